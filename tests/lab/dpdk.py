# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""A test bed whose members, and VMs where a test wants it, are ports of DPDK
that PMD threads poll.

A member is the DPDK device net_af_packet on the same cable as in the other
labs, or net_tap, whose link can be lost.
"""

import os

from command import Daemon, run
from namespace import PREFIX
from switch import Switch, settings
from testbed import TestBed
from vm import Vm
from waiting import wait_until

HUGE = "/sys/kernel/mm/hugepages/hugepages-2048kB/"
PAGES = 300
HUGEPAGES = "-m 512"
NO_HUGEPAGES = "--no-huge --legacy-mem " + HUGEPAGES

# What DPDK and its virtual devices warn of, with its reason.
ALLOWED = (
    # Sockets for telemetry are not wanted.
    r"\|dpdk\|\w+\|TELEMETRY",
    # A virtual device computes no checksums, has no flows and no MTU.
    r"Rx checksum offload is not supported|does not support MTU config",
    r"\|dpdk\|\w+\|(tap_|rte_pmd_tap|Can't get hw|eth_dev_tap)",
    # The kernel lacks what net_tap would offload flows by.
    r"qdisc_create_multiq",
    # A guest has not started or has ended.
    r"VHOST_CONFIG: .* (failed to connect|failed on fd|"
    r"vhost read message failed)",
    # net_memif would serve several processes of one DPDK.
    r"Failed to register mp action callback",
    # Larger pages are not needed.
    r"No free \d+ kB hugepages",
)


def version(tree):
    """The version of DPDK that a build has, None without DPDK."""
    text = run([tree.vswitchd, "--version"])
    found = [line.split()[1] for line in text.splitlines()
             if line.startswith("DPDK ")]
    return found[0] if found else None


def read_number(name):
    with open(HUGE + name) as file:
        return int(file.read())


class Memory:
    """Hugepages, which are given back, or ordinary pages where there are no
    hugepages.  Use it as a context manager."""

    def __init__(self):
        self.taken = 0

    def __enter__(self):
        if os.path.isdir(HUGE):
            before = read_number("nr_hugepages")
            self._set(before + PAGES)
            self.taken = read_number("nr_hugepages") - before
        return self

    def __exit__(self, *unused):
        if self.taken:
            self._set(read_number("nr_hugepages") - self.taken)

    @staticmethod
    def _set(pages):
        # Where hugepages may not be had, writing fails.
        run(["tee", HUGE + "nr_hugepages"], stdin=str(pages), check=False)

    def huge(self):
        return self.taken == PAGES

    def arguments(self):
        """Of DPDK's environment abstraction layer."""
        return HUGEPAGES if self.huge() else NO_HUGEPAGES


def init_dpdk(switch, arguments, pmds):
    """Let a switch initialize DPDK and run so many PMD threads."""
    cores = sorted(os.sched_getaffinity(0))[:pmds]
    # PMD threads leave the processor when there is nothing to do; the key has
    # another name since Open vSwitch 3.2.
    switch.vsctl("set", "Open_vSwitch", ".", *settings("other_config", {
        "dpdk-init": "true",
        "dpdk-extra": "--no-pci --iova-mode=va --file-prefix=%s-%d %s"
        % (PREFIX, os.getpid(), arguments),
        "pmd-cpu-mask": hex(sum(1 << core for core in cores)),
        "pmd-maxsleep": "200", "pmd-sleep-max": "200"}))


class DpdkBed(TestBed):
    """'memory' is a Memory; 'driver' is "net_af_packet" or "net_tap".  A
    member that 'devices' names has the device that it says instead."""

    def __init__(self, tree, memory, driver="net_af_packet", pmds=1,
                 **options):
        super().__init__(tree, **options)
        self.memory = memory
        self.driver = driver
        self.devices = {}
        self.pmds = min(pmds, len(os.sched_getaffinity(0)))
        self.allowed_log += ALLOWED

    def switch_env(self):
        # Where DPDK has its files instead of /run.
        return {"RUNTIME_DIRECTORY": self.directory}

    def _build(self):
        super()._build()
        init_dpdk(self.switch, self.memory.arguments(), self.pmds)

    def start_peer(self, socket):
        """Start another switch, which connects the device net_memif to
        'socket', and return it."""
        directory = os.path.join(self.directory, "peer")
        peer = Switch("peer", self.tree, self.upstream.namespace, directory,
                      RUNTIME_DIRECTORY=directory)
        self.stack.callback(peer.stop)
        peer.start()
        init_dpdk(peer, NO_HUGEPAGES, 1)
        peer.vsctl("add-br", "peer", "--", "set", "bridge", "peer",
                   "datapath_type=netdev", "--", "add-port", "peer", "memif",
                   "--", "set", "interface", "memif", "type=dpdk",
                   "options:n_rxq=2",
                   "options:dpdk-devargs=\"net_memif0,role=client,"
                   "socket-abstract=no,socket=%s\"" % socket)
        return peer

    # Members.

    def device_of(self, member):
        """The kernel's device behind a member."""
        return member if self.driver == "net_af_packet" else "d" + member

    def device_arguments(self, member):
        if member in self.devices:
            return self.devices[member]
        return "%s%s,iface=%s" % (self.driver, member[len("eth"):],
                                  self.device_of(member))

    def member_commands(self):
        return [part for member in self.members
                for part in self.member_command(member)]

    def member_command(self, member):
        # net_tap and net_memif want as many queues for receiving as there are
        # threads that send: those of PMD and the main thread.
        queues = (["options:n_rxq=%d" % (self.pmds + 1)]
                  if self.driver == "net_tap" or member in self.devices
                  else [])
        return (["--", "set", "interface", member, "type=dpdk"] + queues
                + ["options:dpdk-devargs=\"%s\""
                   % self.device_arguments(member)])

    def add_bond(self, mode="vm-aware", bridge="br0", **columns):
        super().add_bond(mode, bridge, **columns)
        if self.driver == "net_tap":
            for member in self.members:
                self.hypervisor.ip("link", "add", "w" + member, "type",
                                   "bridge", "stp_state", "0")
                self.hypervisor.ip("link", "set", "w" + member, "up")
                self.hypervisor.ip("link", "set", member, "master",
                                   "w" + member)
                self.plug(member)

    def plug(self, member):
        """Joins the tap device of a member to its cable."""
        self.hypervisor.ip("link", "set", self.device_of(member), "master",
                           "w" + member, "up")

    def set_link(self, member, state):
        """Take the link of a tap device away ("down"), or give it back."""
        self.hypervisor.ip("link", "set", self.device_of(member), state)

    def set_admin_state(self, member, state):
        self.switch.appctl("netdev-dpdk/set-admin-state", member, state)

    def wakes(self):
        """How often the main thread of the switch has waited so far."""
        path = "/proc/%d/status" % self.switch.vswitchd.pid
        with open(path) as file:
            return next(int(line.split()[1]) for line in file
                        if line.startswith("voluntary_ctxt_switches"))

    def lines_of(self, command, *words):
        return [line for line in self.switch.appctl(command).splitlines()
                if all(word in line for word in words)]

    # VMs.

    def add_dpdk_vm(self, name, uplinks=None, queues=1, add=None, **more):
        """Add a VM whose vNIC PMD threads poll, in so many queues."""
        number = len(self.vms) + 1
        return (add or self.add_vm)(name, uplinks=uplinks, columns=[
            "type=dpdk", "options:n_rxq=%d" % queues,
            "options:dpdk-devargs=\"net_af_packet%d,iface=vnet%d,qpairs=%d\""
            % (100 + number, number, queues)], **more)


class DpdkGuest:
    """A real guest of QEMU at a vhost-user port."""

    def __init__(self, bed, image, name, uplinks, to):
        self.bed = bed
        self.vm = Vm(name, len(bed.vms) + 1, {"vm-uplinks": uplinks},
                     columns=["type=dpdkvhostuserclient"])
        self.socket = os.path.join(bed.directory, self.vm.device)
        self.vm.columns.append("options:vhost-server-path=" + self.socket)
        bed.switch.vsctl(*self.vm.vsctl_commands()[1:])
        self.image = image
        self.to = to
        self.qemu = None

    def argv(self):
        return [
            "qemu-system-x86_64", "-nodefaults", "-display", "none",
            "-machine", "pc,accel=tcg", "-m", "96", "-no-reboot",
            "-object", "memory-backend-memfd,id=ram,size=96M,share=on",
            "-numa", "node,memdev=ram",
            "-kernel", self.image.kernel, "-initrd", self.image.initramfs,
            "-append", "console=ttyS0 quiet lab_ip=%s lab_to=%s"
            % (self.vm.ip, self.to),
            "-serial", "file:%s.console" % self.socket,
            "-chardev", "socket,id=char0,path=%s,server=on,wait=off"
            % self.socket,
            "-netdev", "vhost-user,id=net0,chardev=char0",
            # Without KVM, MSI-X ends QEMU.
            "-device", "virtio-net-pci,netdev=net0,mac=%s,vectors=0,romfile="
            % self.vm.mac]

    def start(self):
        self.qemu = Daemon("guest", self.argv(), self.socket + ".out")

    def stop(self):
        if self.qemu:
            self.qemu.stop()

    def text(self):
        """What QEMU and the guest's console said."""
        text = ""
        for path in self.socket + ".out", self.socket + ".console":
            if os.path.exists(path):
                with open(path, errors="replace") as file:
                    text += file.read()
        return text

    def wait_link(self, state, timeout=60):
        wait_until(lambda: self.bed.switch.get(
            "interface", self.vm.device, "link_state") == state, timeout,
            "the link of the guest is " + state,
            lambda: self.text()[-2000:] + self.bed.dump())
