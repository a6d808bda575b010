# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Run the lab's core on the kernel datapath: "make check-kernel".

Usage: kernel_guest.py [--build DIR] [ARGUMENT OF PYTEST]...

Boots a guest of QEMU, by KVM where that works, with the kernel of Debian, and
runs in it those tests that are marked "kernel", with datapath_type=system.
Exits with the status of pytest.  Where there is no QEMU or no such kernel, it
says SKIP and why.
"""

import argparse
import io
import os
import re
import selectors
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

from build_tree import BuildTree
from command import LabError
from kernel_image import KernelImage

# For how long (s) a guest may be silent before and after it is up, the
# former by KVM, which does not run every kernel everywhere.
BOOT = {"kvm": 20, "tcg,thread=multi": 180}
SILENCE = 900

UP = "LAB-GUEST-IS-UP"
ENDED = re.compile(r"LAB-GUEST-ENDED (\d+)")

# Open vSwitch 3.1 sees no processor in the first 10 s after the start of the
# machine and then never gets a frame of the kernel.  A frame keeps its socket
# on its way through the cables, so that the queue of a member would slow its
# sender down.
MAIN = """#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ TERM=dumb LC_ALL=C.UTF-8
exec < /dev/null > /dev/ttyS0 2>&1
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
mkdir -p /dev/pts /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm
ip link set lo up
echo %(up)s
echo 4 > /proc/sys/kernel/printk
sysctl -qw net.core.wmem_default=8388608 net.core.wmem_max=8388608
modprobe openvswitch
modprobe tun
while [ "$(cut -d. -f1 /proc/uptime)" -lt 11 ]; do sleep 0.2; done
export OVS_VM_AWARE_DATAPATH=system OVS_VM_AWARE_BUILD=/build
export PYTHONDONTWRITEBYTECODE=yes
cd /source
/usr/bin/python3 -m pytest -p no:cacheprovider -v --durations=10 \\
    -m kernel %(arguments)s tests/lab
status=$?
if dmesg | grep -E 'WARNING:|BUG:|Oops|soft lockup|blocked for more'; then
    echo 'the kernel complains, see above'
    dmesg | tail -60
    status=1
fi
echo LAB-GUEST-REPORT
cat /build/lab-report.md
echo LAB-GUEST-ENDED $status
sync
busybox poweroff -f
"""


def quoted(argument):
    return "'%s'" % argument.replace("'", "'\\''")


def pack(tree, arguments, path):
    """Make the archive that is laid over the root of the guest."""
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    main = MAIN % {"up": UP,
                   "arguments": " ".join(quoted(a) for a in arguments)}
    with tarfile.open(path, "w") as archive:
        entry = tarfile.TarInfo("guest-main")
        entry.size, entry.mode = len(main.encode()), 0o755
        archive.addfile(entry, io.BytesIO(main.encode()))
        for program in tree.programs():
            archive.add(program, "build/" + os.path.relpath(
                program, tree.directory))
        archive.add(os.path.join(top, "tests/lab"), "source/tests/lab",
                    filter=lambda item: None if "__pycache__" in item.name
                    else item)


class Guest:
    """One run.  'status' is that of pytest, None if the guest did not come
    so far."""

    def __init__(self, image, disk, accelerator, report):
        self.accelerator = accelerator
        self.report = report
        self.up = self.reporting = False
        self.status = None
        self.popen = subprocess.Popen(
            ["qemu-system-x86_64", "-accel", accelerator, "-cpu", "max",
             "-smp", "2", "-m", "2048", "-nic", "none", "-display", "none",
             "-monitor", "none", "-serial", "stdio", "-no-reboot",
             "-device", "virtio-rng-pci", "-kernel", image.kernel,
             "-initrd", image.initramfs, "-append",
             "console=ttyS0 quiet panic=-1 mitigations=off",
             "-drive", "file=%s,format=raw,if=virtio,readonly=on"
             % image.root,
             "-drive", "file=%s,format=raw,if=virtio,readonly=on" % disk],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)

    def run(self):
        """Show what the guest prints, until it ends or is silent."""
        selector = selectors.DefaultSelector()
        selector.register(self.popen.stdout, selectors.EVENT_READ)
        rest = b""
        try:
            while selector.select(SILENCE if self.up
                                  else BOOT[self.accelerator]):
                data = os.read(self.popen.stdout.fileno(), 65536)
                if not data:
                    break
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._line(line.decode(errors="replace").rstrip("\r"))
        finally:
            self.popen.kill()
            self.popen.wait()

    def _line(self, line):
        ended = ENDED.match(line)
        if ended:
            self.status = int(ended.group(1))
        elif line == UP:
            self.up = True
        elif line == "LAB-GUEST-REPORT":
            self.reporting = True
        elif self.reporting:
            self.report.append(line)
        elif self.up:
            print(line, flush=True)


def skip(why):
    print("SKIP: the kernel datapath: %s" % why)
    return 0


def accelerators():
    return (["kvm"] if os.access("/dev/kvm", os.W_OK) else []) \
        + ["tcg,thread=multi"]


def run_guest(tree, image, arguments):
    report = []
    with tempfile.TemporaryDirectory(prefix="vml-kernel-") as directory:
        disk = os.path.join(directory, "disk.tar")
        pack(tree, arguments, disk)
        # A size that QEMU takes.
        os.truncate(disk, (os.path.getsize(disk) | 0xfffff) + 1)
        for accelerator in accelerators():
            began = time.monotonic()
            guest = Guest(image, disk, accelerator, report)
            guest.run()
            if guest.up:
                break
        print("guest by %s: %d s" % (accelerator.split(",")[0],
                                     time.monotonic() - began))
    with open(os.path.join(tree.directory, "lab-report.md"), "a") as file:
        file.writelines(line + "\n" for line in report)
    if guest.status is None:
        print("the guest did not come to its end")
        return 1
    return guest.status


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--build", metavar="DIR")
    options, arguments = parser.parse_known_args()
    try:
        tree = BuildTree(options.build)
    except LabError as error:
        sys.exit(str(error))
    if not shutil.which("qemu-system-x86_64"):
        return skip("there is no qemu-system-x86_64 (qemu-system-x86)")
    image = KernelImage(os.path.join(tree.directory, "kernel-guest"))
    try:
        image.build()
    except LabError as error:
        return skip(str(error))
    return run_guest(tree, image, arguments)


if __name__ == "__main__":
    sys.exit(main())
