# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Network namespaces and the cables between them.

The name of a namespace carries the process id of the run that made it, so
that runs do not meet, and so that what a killed run has left behind can be
recognised and removed by the next one.
"""

import os
import re
import signal

import datapath
from command import LabError, process_exists, run

PREFIX = "vml"
DIRECTORY = "/run/netns"


class Namespace:
    """One network namespace.  'label' says what it stands for."""

    def __init__(self, label):
        self.label = label
        self.name = "%s-%d-%s" % (PREFIX, os.getpid(), label)
        run(["ip", "netns", "add", self.name])
        self.write("net/ipv6/conf/all/disable_ipv6", "1")
        self.write("net/ipv6/conf/default/disable_ipv6", "1")
        self.ip("link", "set", "lo", "up")

    def exec(self, *argv):
        """Return 'argv' as it must be run to run in this namespace.  The
        process id stays that of the program."""
        return ["ip", "netns", "exec", self.name] + list(argv)

    def run(self, *argv, **options):
        return run(self.exec(*argv), **options)

    def write(self, key, value):
        """Write a sysctl of this namespace."""
        run(self.exec("tee", "/proc/sys/" + key), stdin=value, check=False)

    def ip(self, *args):
        return run(["ip", "-n", self.name] + list(args))

    def ip_batch(self, lines):
        """Run many ip(8) commands in one process."""
        return run(["ip", "-n", self.name, "-batch", "-"],
                   stdin="\n".join(lines) + "\n")

    def mac_of(self, device):
        found = re.search(r"link/ether (\S+)",
                          self.ip("-o", "link", "show", device))
        if not found:
            raise LabError("%s has no MAC address" % device)
        return found.group(1)

    def offload_off(self, device):
        """Let the kernel compute checksums before it hands frames on: the
        userspace datapath sees them as they are.  That of the kernel knows
        what is still to be done, and gets packets of up to 64 KiB."""
        if not datapath.IN_KERNEL:
            self.run("ethtool", "-K", device, "tx", "off")

    def delete(self):
        if os.path.exists(os.path.join(DIRECTORY, self.name)):
            run(["ip", "netns", "del", self.name])


def cable(one, one_device, other, other_device, mac=None):
    """Join two namespaces with a veth pair and set both ends up.  'mac' is
    the address of the second end."""
    address = ["address", mac] if mac else []
    one.ip("link", "add", one_device, "type", "veth", "peer", "name",
           other_device, "netns", other.name, *address)
    one.ip("link", "set", one_device, "up")
    other.ip("link", "set", other_device, "up")


def existing(pid=None):
    """Names of the lab's namespaces, of all runs or of the run 'pid'."""
    pattern = re.compile(r"%s-(\d+)-" % PREFIX)
    names = os.listdir(DIRECTORY) if os.path.isdir(DIRECTORY) else []
    found = [(name, pattern.match(name)) for name in sorted(names)]
    return [name for name, match in found
            if match and pid in (None, int(match.group(1)))]


def remove(name):
    """Remove a namespace of the lab and end what still runs in it, such as a
    guest whose libvirtd was killed."""
    for pid in run(["ip", "netns", "pids", name], check=False).split():
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            continue
    run(["ip", "netns", "del", name], check=False)


def remove_stale():
    """Remove the namespaces of runs that no longer exist."""
    for name in existing():
        if not process_exists(int(name.split("-")[1])):
            remove(name)


def remove_own():
    """Remove what this run still has, as after an interruption, and return
    the names."""
    names = existing(os.getpid())
    for name in names:
        remove(name)
    return names
