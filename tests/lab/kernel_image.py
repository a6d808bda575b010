# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The image of a guest that has the kernel datapath and can run the lab.

Its kernel is that of guest_image.py, its root the files of Debian packages
that are installed here, with all that they depend on: so the programs that
were built here find their libraries.  It is kept in the build directory, and
built anew when a package or this file has changed.
"""

import gzip
import hashlib
import os
import re
import shutil
import stat

from command import LabError, run
from guest_image import Archive, GuestImage

PACKAGES = ("bash", "busybox-static", "coreutils", "dash", "ethtool", "grep",
            "iproute2", "kmod", "libcap-ng0", "libssl3", "libunbound8",
            "mount", "nftables", "procps", "python3", "python3-pytest",
            "python3-pytest-rerunfailures", "sed", "tar", "util-linux")
# Packages of other releases are called so.
OTHER_NAMES = {"libssl3": "libssl3t64", "libunbound8": "libunbound8t64"}

# Directories of the kernel's modules that are copied, and modules that the
# initramfs needs to find the root.
MODULES = ("net", "drivers/net", "lib", "crypto", "arch/x86/crypto")
EARLY = ("virtio_pci", "virtio_blk", "virtio_rng", "ext4", "overlay")

LEFT_OUT = re.compile(r"/usr/share/(doc|man|locale|info|lintian|bug)(/|$)")

# The root is overlaid, so that the image stays as it is, and the archive on
# the second disk is laid over it.
INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in /modules/*.ko; do insmod "$module"; done
while [ ! -e /dev/vdb ]; do usleep 20000; done
mount -t ext4 -o ro /dev/vda /image
mount -t tmpfs -o size=70% upper /upper
mkdir /upper/files /upper/work
where=lowerdir=/image,upperdir=/upper/files,workdir=/upper/work
mount -t overlay -o $where new /new
tar x -f /dev/vdb -C /new
for directory in proc sys dev; do
    mount --move /$directory /new/$directory
done
exec switch_root /new /bin/bash /guest-main
"""


def installed_closure(names):
    """{package: version} of 'names' and all that they depend on, as far as
    that is installed."""
    found, wanted = {}, list(names)
    while wanted:
        text = run(["dpkg-query", "-W", "-f", "${Package}|"
                    "${db:Status-Status}|${Version}|${Pre-Depends}, "
                    "${Depends}\\n"] + wanted, check=False)
        asked, wanted = wanted, []
        for line in text.splitlines():
            package, status, version, needs = line.split("|", 3)
            if status == "installed" and package not in found:
                found[package] = version
                needs = re.sub(r"\([^)]*\)|:any", "", needs)
                wanted += re.findall(r"[a-z0-9][a-z0-9+.-]+", needs)
        wanted = sorted(set(wanted) - set(found) - set(asked))
    return found


def packages():
    found = installed_closure(PACKAGES + tuple(OTHER_NAMES.values()))
    absent = [name for name in PACKAGES if name not in found
              and OTHER_NAMES.get(name) not in found]
    if absent:
        raise LabError("packages that are not installed: "
                       + " ".join(absent))
    return found


class KernelImage:
    """'kernel', 'initramfs' and 'root' are paths after build()."""

    def __init__(self, directory):
        self.directory = directory
        self.guest = GuestImage(os.path.join(os.path.dirname(directory),
                                             "lab-guest"))
        self.kernel = os.path.join(directory, "vmlinuz")
        self.initramfs = os.path.join(directory, "initramfs.gz")
        self.root = os.path.join(directory, "root.ext4")

    def build(self):
        found = packages()
        with open(os.path.abspath(__file__), "rb") as source:
            stamp = hashlib.sha256(source.read() + repr(
                sorted(found.items())).encode()).hexdigest()
        path = os.path.join(self.directory, "stamp")
        if os.path.exists(path):
            with open(path) as old:
                if old.read() == stamp:
                    return
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(self.directory)
        modules = self.guest.kernel_modules(self.kernel)
        self._build_root(sorted(found), modules)
        self._build_initramfs(modules)
        with open(path, "w") as new:
            new.write(stamp)

    def _build_root(self, names, modules):
        tree = os.path.join(self.directory, "tree")
        copy_packages(names, tree)
        copy_modules(modules, tree)
        for name in ("dev", "etc", "proc", "run", "sys", "tmp",
                     "var/log"):
            os.makedirs(os.path.join(tree, name), exist_ok=True)
        with open(os.path.join(tree, "etc/passwd"), "w") as passwd:
            passwd.write("root:x:0:0:root:/:/bin/bash\n")
        run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-m", "0",
             "-d", tree, self.root, "600M"], timeout=120)
        shutil.rmtree(tree)

    def _build_initramfs(self, modules):
        release = os.path.basename(modules)
        base = modules.split("/lib/modules/")[0]
        archive = Archive()
        for name in ("bin", "modules", "proc", "sys", "dev", "image",
                     "upper", "new"):
            archive.add(name, 0o040755)
        archive.add("init", 0o100755, INIT.encode())
        archive.add_file("bin/busybox", shutil.which("busybox"))
        files = []
        for name in EARLY:
            text = run(["modprobe", "-d", base, "-S", release,
                        "--show-depends", name])
            files += [line.split()[1] for line in text.splitlines()
                      if line.startswith("insmod")]
        for index, path in enumerate(dict.fromkeys(files)):
            archive.add_file("modules/%02d-%s"
                             % (index, os.path.basename(path)), path)
        with open(self.initramfs, "wb") as image:
            image.write(gzip.compress(archive.finish(), 1))


def copy_packages(names, tree):
    """Copy what packages have installed.  Directories that are links, such
    as /bin, stay links."""
    for name in "bin", "sbin", "lib", "lib64":
        if os.path.islink("/" + name):
            os.makedirs(tree, exist_ok=True)
            os.symlink(os.readlink("/" + name), os.path.join(tree, name))
    for path in run(["dpkg", "-L"] + names).splitlines():
        if path.startswith("/") and not LEFT_OUT.match(path):
            copy(path, tree)


def copy(path, tree):
    """Copy a file, or make a directory, with what Python has compiled."""
    path = os.path.join(os.path.realpath(os.path.dirname(path)),
                        os.path.basename(path))
    target = tree + path
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if os.path.lexists(target):
        return
    if stat.S_ISDIR(mode):
        os.makedirs(target, exist_ok=True)
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if stat.S_ISLNK(mode) or stat.S_ISREG(mode):
        shutil.copy2(path, target, follow_symlinks=False)
    if path.endswith(".py"):
        folder, name = os.path.split(path)
        compiled = os.path.join(folder, "__pycache__", name[:-3]
                                + ".cpython-3%d.pyc" % sys_minor())
        if os.path.exists(compiled):
            os.makedirs(tree + os.path.dirname(compiled), exist_ok=True)
            shutil.copy2(compiled, tree + compiled)


def sys_minor():
    """The minor number of the Python that the packages are for."""
    return int(os.readlink("/usr/bin/python3").rsplit(".", 1)[1])


def copy_modules(modules, tree):
    target = tree + "/usr/lib/modules/" + os.path.basename(modules)
    for name in MODULES:
        source = os.path.join(modules, "kernel", name)
        if os.path.isdir(source):
            shutil.copytree(source, os.path.join(target, "kernel", name))
    for name in os.listdir(modules):
        if name.startswith(("modules.builtin", "modules.order")):
            shutil.copy2(os.path.join(modules, name), target)
    run(["depmod", "-b", tree, os.path.basename(modules)])
