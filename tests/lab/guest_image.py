# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""A kernel and an initramfs with which a real guest boots in seconds.

The kernel is that of the machine or, where there is none, Debian's cloud
kernel, unpacked and not installed.  Everything is kept in the build
directory for the next run.
"""

import glob
import gzip
import lzma
import os
import re
import shutil

from command import LabError, run

MODULES = ("virtio_ring", "virtio", "virtio_pci_legacy_dev",
           "virtio_pci_modern_dev", "virtio_pci", "failover",
           "net_failover", "virtio_net")

# The guest pings without end; the kernel's command line says from and to
# where.  A console line tells that it has begun.
INIT = """#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
for module in /modules/*.ko; do /bin/busybox insmod "$module"; done
for word in $(/bin/busybox cat /proc/cmdline); do
    case $word in lab_*) eval "$word" ;; esac
done
while [ ! -e /sys/class/net/eth0 ]; do /bin/busybox usleep 50000; done
/bin/busybox ip link set eth0 up
/bin/busybox ip addr add "$lab_ip/16" dev eth0
echo LAB-GUEST-RUNS
exec /bin/busybox ping -i 0.05 "$lab_to"
"""


class GuestImage:
    """'kernel' and 'initramfs' are paths after build()."""

    def __init__(self, directory):
        self.directory = directory
        self.kernel = os.path.join(directory, "vmlinuz")
        self.initramfs = os.path.join(directory, "initramfs.gz")

    def build(self):
        if not os.path.exists(self.initramfs):
            os.makedirs(self.directory, exist_ok=True)
            root = self._kernel_root()
            self._build_initramfs(root)

    def _kernel_root(self):
        """The directory with the modules of one kernel, which lies in
        usr/lib since Debian 13; copies the kernel."""
        for root in "/", self._unpacked():
            for modules in sorted(
                    glob.glob(os.path.join(root, "lib/modules/*"))
                    + glob.glob(os.path.join(root, "usr/lib/modules/*"))):
                kernel = self._kernel(root, modules)
                if kernel and self._modules(modules):
                    shutil.copy(kernel, self.kernel)
                    return modules
        raise LabError("no kernel for a guest was found")

    @staticmethod
    def _kernel(root, modules):
        """The kernel of these modules, which may lie beside them."""
        release = os.path.basename(modules)
        for path in (os.path.join(root, "boot/vmlinuz-" + release),
                     os.path.join(modules, "vmlinuz")):
            if os.path.exists(path):
                return path
        return None

    def kernel_modules(self, kernel):
        """Copy Debian's cloud kernel to 'kernel' and return the directory of
        its modules, in which their dependencies are known."""
        root = self._unpacked()
        modules, = (glob.glob(os.path.join(root, "lib/modules/*"))
                    + glob.glob(os.path.join(root, "usr/lib/modules/*")))
        shutil.copy(self._kernel(root, modules), kernel)
        run(["depmod", "-b", modules.rsplit("/lib/modules/", 1)[0],
             os.path.basename(modules)])
        return modules

    def _unpacked(self):
        """Unpack Debian's cloud kernel, fetched by apt-get, here."""
        root = os.path.join(self.directory, "kernel")
        new = root + ".new"
        if not os.path.isdir(root):
            shutil.rmtree(new, ignore_errors=True)
            os.makedirs(new)
            run(["sh", "-c", "cd \"$1\" && shift && "
                 "apt-get download \"$@\" && "
                 "for deb in ./*.deb; do dpkg -x \"$deb\" .; done && "
                 "rm ./*.deb", "sh", new] + self._packages(), timeout=120)
            os.rename(new, root)
        return root

    @staticmethod
    def _packages():
        """Newer releases have kernel and modules in packages of their own,
        on which the first one depends."""
        text = run(["apt-cache", "depends", "linux-image-cloud-amd64"])
        image = re.search(r"Depends: (linux-image-\S+)", text)
        if not image:
            raise LabError("apt knows no linux-image-cloud-amd64")
        text = run(["apt-cache", "depends", image.group(1)])
        return [image.group(1)] + re.findall(
            r" Depends: (linux-(?:binary|modules)-\S+)", text)

    @staticmethod
    def _modules(directory):
        """The files of MODULES, in their order; those built in have none.
        Debian compresses them since release 13."""
        found = []
        for name in MODULES:
            for end in ".ko", ".ko.xz":
                found += glob.glob(os.path.join(
                    glob.escape(directory), "kernel", "**", name + end),
                    recursive=True)
        return found

    def _build_initramfs(self, modules):
        archive = Archive()
        for name in "bin", "modules", "proc", "sys", "dev":
            archive.add(name, 0o040755)
        archive.add("init", 0o100755, INIT.encode())
        archive.add_file("bin/busybox", shutil.which("busybox"))
        for index, path in enumerate(self._modules(modules)):
            opener = lzma.open if path.endswith(".xz") else open
            with opener(path, "rb") as module:
                name = os.path.basename(path).split(".")[0]
                archive.add("modules/%02d-%s.ko" % (index, name), 0o100644,
                            module.read())
        with open(self.initramfs + ".new", "wb") as image:
            image.write(gzip.compress(archive.finish(), 1))
        os.rename(self.initramfs + ".new", self.initramfs)


class Archive:
    """A cpio archive in the "new" format, which the kernel unpacks."""

    def __init__(self):
        self.data = bytearray()
        self.inode = 0

    def add(self, name, mode, content=b""):
        self.inode += 1
        fields = (self.inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0,
                  len(name) + 1, 0)
        self.data += b"070701" + b"".join(b"%08X" % field
                                          for field in fields)
        self.data += name.encode() + b"\0"
        self._align()
        self.data += content
        self._align()

    def add_file(self, name, path):
        with open(path, "rb") as file:
            self.add(name, 0o100755, file.read())

    def _align(self):
        self.data += bytes(-len(self.data) % 4)

    def finish(self):
        self.add("TRAILER!!!", 0)
        return bytes(self.data)
