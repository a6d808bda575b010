# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""A hypervisor with a bond, VMs on it, and the network above: everything a
test needs, made and removed as one.

    VMs (namespace vms) - hypervisor (hv, Open vSwitch, bond0 of eth0..ethN)
        - upstream switch (up) - far end host (far)
"""

import contextlib
import os
import shutil
import tempfile

import datapath
import frame
import upstream
from arrivals import between, delivered, missing
from command import LabError
from log_check import unexpected
from namespace import PREFIX, Namespace
from switch import Switch, settings
from traffic import RATE, Sender, Watcher
from upstream import FAR_DEVICE, FAR_IP, FAR_MAC, end_of
from vm import Vm
from vm_aware import VmAware
from waiting import NeverHappened, wait_until

FAR = "far"
FAR_ADDRESS = (FAR_MAC, FAR_IP)


class TestBed:
    """Use it as a context manager."""

    # Not a test class, whatever its name looks like.
    __test__ = False

    def __init__(self, tree, members=2, lacp=False):
        self.tree = tree
        self.members = ["eth%d" % i for i in range(members)]
        self.lacp = lacp
        self.vms = []
        self.allowed_log = []
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        try:
            self._build()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *unused):
        self.stack.close()

    def _build(self):
        self.directory = tempfile.mkdtemp(
            prefix="%s-%d-" % (PREFIX, os.getpid()))
        self.stack.callback(shutil.rmtree, self.directory,
                            ignore_errors=True)
        self.hypervisor = self._owned(Namespace("hv"), "delete")
        self.guests = self._owned(Namespace("vms"), "delete")
        self.upstream = self._owned(self._upstream(), "delete")
        self.upstream.build()
        self.switch = Switch("hypervisor", self.tree, self.hypervisor,
                             os.path.join(self.directory, "hv"),
                             **self.switch_env())
        self.stack.callback(self.switch.stop)
        self.switch.start()
        self.aware = VmAware(self.switch)
        self.sender = self._owned(Sender(), "close")
        self.watcher = self._owned(Watcher(), "close")
        for member in self.members:
            self.watcher.tap(member, self.upstream.namespace, end_of(member),
                             outgoing=True)
        self.watcher.tap(FAR, self.upstream.far, FAR_DEVICE)

    def _owned(self, thing, method):
        self.stack.callback(getattr(thing, method))
        return thing

    def _upstream(self):
        if self.lacp:
            return upstream.LacpUpstream(self.hypervisor, self.members,
                                         self.tree, self.directory)
        return upstream.BridgeUpstream(self.hypervisor, self.members)

    # What a bed of another kind has otherwise.

    def switch_env(self):
        """More variables of the environment of the hypervisor's switch."""
        return {}

    def member_commands(self):
        """More arguments of the ovs-vsctl that adds the bond."""
        return []

    # The hypervisor's bridges, ports and VMs.

    def add_bridge(self, name="br0"):
        self.switch.vsctl("add-br", name, "--", "set", "bridge", name,
                          "datapath_type=" + datapath.TYPE)

    def add_bond(self, mode="vm-aware", bridge="br0", **columns):
        """Add bond0 of all members.  Further columns of the Port may be
        given; other_config as a dict.  The cables of the lab come and go,
        so that a member that flaps is not held off unless that is said."""
        config = {"vm-aware-hold-off": "0", **columns.pop("other_config", {})}
        values = ["%s=%s" % item for item in sorted(columns.items())]
        self.switch.vsctl(
            "add-bond", bridge, "bond0", *self.members, "bond_mode=" + mode,
            *values, *settings("other_config", config),
            *self.member_commands())

    def set_mode(self, mode, ready, *settings):
        """Gives the bond another mode and calls 'ready', which waits until all
        is in place.  The announcements of all VMs, which vm-aware begins with,
        are left out, so that those that follow can be told from them."""
        self.set_bond("bond_mode=" + mode,
                      "other_config:vm-aware-announce=0", *settings)
        ready()
        self.set_bond("other_config:vm-aware-announce=3")

    def set_bond(self, *values):
        self.switch.vsctl("set", "port", "bond0", *values)

    def add_patch(self, one, other):
        """Join two bridges by patch ports "ONE-to-OTHER" and back."""
        names = "%s-to-%s" % (one, other), "%s-to-%s" % (other, one)
        commands = []
        for bridge, name, peer in ((one, names[0], names[1]),
                                   (other, names[1], names[0])):
            commands += ["--", "add-port", bridge, name,
                         "--", "set", "interface", name, "type=patch",
                         "options:peer=" + peer]
        self.switch.vsctl(*commands[1:])

    def add_vm(self, name, uplinks=None, **more):
        """Add a VM with one vNIC.  'uplinks' is its vm-uplinks; 'more' goes
        to Vm()."""
        policy = dict(more.pop("policy", {}))
        if uplinks is not None:
            policy["vm-uplinks"] = uplinks
        vm = Vm(name, len(self.vms) + 1, policy=policy, **more)
        vm.cable(self.hypervisor, self.guests)
        self.switch.vsctl(*vm.vsctl_commands()[1:])
        self.vms.append(vm)
        self.watcher.tap(vm.name, self.guests, vm.inner)
        return vm

    def add_many_vms(self, count, members_of, wait=True):
        """Add 'count' VMs in one transaction; members_of(i) is the
        preference of the i-th.  Frames towards them are not watched.  With
        'wait', returns when the switch has added their ports."""
        first = len(self.vms) + 1
        vms = [Vm("vm%03d" % (first - 1 + i), first + i,
                  {"vm-uplinks": members_of(i)})
               for i in range(count)]
        self.hypervisor.ip_batch([line for vm in vms
                                  for line in vm.cable_commands(self.guests)])
        self.guests.ip_batch(["link set %s up" % vm.inner for vm in vms])
        commands = [part for vm in vms for part in vm.vsctl_commands()]
        self.switch.vsctl(*([] if wait else ["--no-wait"]), *commands[1:])
        self.vms += vms
        return vms

    def set_ids(self, vm, **ids):
        """Set external_ids of a VM's interface; "_" stands for "-".  As most
        writers of external_ids do, do not wait for the switch."""
        values = {key.replace("_", "-"): value for key, value in ids.items()}
        self.switch.vsctl("--no-wait", "set", "interface", vm.device,
                          *settings("external_ids", values))

    # Traffic.

    def far_speaks(self):
        """Let every switch learn where the far end host is."""
        self.sender.inject(self.upstream.far, FAR_DEVICE,
                           frame.announcement(FAR_MAC, FAR_IP))
        bridges = self.switch.vsctl("list-br").split()
        wait_until(lambda: any(
            FAR_MAC in self.switch.appctl("fdb/show", bridge)
            for bridge in bridges), 10, "a bridge learns the far end host",
            self.dump)

    def start(self, *vms, **more):
        """Let VMs send to the far end host at a constant rate."""
        for index, vm in enumerate(vms):
            self.sender.start(vm.number, self.guests, vm.inner, vm.address(),
                              FAR_ADDRESS, offset=0.0005 * index, **more)

    def stop(self, *vms):
        """End the streams and return {VM's name: frames sent}."""
        return {vm.name: self.sender.stop(vm.number) for vm in vms}

    def received(self, vm, place=FAR):
        """The arrivals of a VM's stream."""
        return list(self.watcher.stream(place, vm.number))

    def send_to(self, vm, number, member=None):
        """Send numbered frame 'number' from the far end host to a VM or,
        with 'member', put it on that member behind the switch's back."""
        namespace, device = self.upstream.far, FAR_DEVICE
        if member:
            namespace, device = self.upstream.namespace, end_of(member)
        raw = bytearray(frame.udp_frame(FAR_MAC, vm.mac, FAR_IP, vm.ip,
                                        frame.DATA_PORT, frame.DATA_PORT))
        frame.NUMBERED.pack_into(raw, frame.PAYLOAD_AT, frame.MAGIC,
                                 self.towards(vm), number, 0)
        self.sender.inject(namespace, device, bytes(raw))

    @staticmethod
    def towards(vm):
        """The stream number of frames from the far end host to a VM."""
        return 100000 + vm.number

    def per_member(self, vm, first, end):
        """{member: frames} of the frames numbered first..end-1 that a VM's
        stream sent over each member."""
        return {member: delivered(between(self.received(vm, member), first,
                                          end))
                for member in self.members}

    def lost(self, vm, first, end):
        """How many of the frames numbered first..end-1 the far end host did
        not get."""
        return len(missing(self.received(vm), first, end))

    def sent(self, vm):
        return self.sender.sent(vm.number)

    def wait_arrived(self, vm, number, place=FAR, timeout=10):
        """Wait until a frame of the VM's stream with this number or a later
        one has arrived."""
        stream = self.watcher.stream(place, vm.number)
        self.wait_frames(
            lambda: stream and stream[-1].number >= number, timeout,
            "frame %d of %s arrives at %s" % (number, vm.name, place))

    def wait_frames(self, condition, timeout, what):
        """Wait until arriving frames make condition() true; its value."""
        try:
            return self.watcher.wait_for(condition, timeout, what)
        except NeverHappened as error:
            raise NeverHappened("%s\n%s" % (error, self.dump())) from None

    def run_for(self, vm, frames, place=FAR, timeout=10):
        """Wait until 'frames' more frames of a VM have been sent and one of
        them or a later one has arrived; return the number reached.  This is
        the clock of a test: frames rather than seconds."""
        number = self.sent(vm) + frames
        self.wait_arrived(vm, number, place, timeout)
        return number

    def loss(self, vm, first=0):
        """How many frames a VM that gets through has lost of those from
        number 'first' to the one that it sends now."""
        end = self.sent(vm)
        self.wait_arrived(vm, end)
        return self.lost(vm, first, end)

    def phase(self, *vms, frames=RATE):
        """Let the first of 'vms', which must get through, send 'frames'
        frames, and return for each VM by its name {member: frames that
        crossed it}, with "sent" and "lost"."""
        first = {vm.name: self.sent(vm) for vm in vms}
        self.run_for(vms[0], frames)
        end = {vm.name: self.sent(vm) for vm in vms}
        self.run_for(vms[0], 40)
        counts = {}
        for vm in vms:
            span = first[vm.name], end[vm.name]
            counts[vm.name] = dict(self.per_member(vm, *span),
                                   sent=span[1] - span[0],
                                   lost=self.lost(vm, *span))
        return counts

    def announcements(self, member=None, since=0, vm=None):
        """The RARP frames that crossed a member (any, without one) since a
        time (ns), of one VM or of all."""
        return [arrival for name in self.members if member in (None, name)
                for arrival in self.watcher.all_of("rarp", name, since=since)
                if vm is None or arrival.source == vm.mac]

    def wait_announced(self, vm, member, since, count=1):
        """Wait for 'count' RARP frames of a VM over a member, and return
        them."""
        return self.watcher.wait_for(
            lambda: self._at_least(count, member, since, vm), 10,
            "%d RARP of %s over %s" % (count, vm.name, member))

    def silent(self, vm, member, since, count, seconds):
        """True if for 'seconds' no more than 'count' RARP frames of a VM
        crossed a member."""
        return self.watcher.wait_quiet(
            lambda: self._at_least(count + 1, member, since, vm), seconds)

    def _at_least(self, count, member, since, vm):
        found = self.announcements(member, since, vm)
        return found if len(found) >= count else None

    # State.

    def drop_flows(self, vm):
        """The datapath flows that drop a VM's frames."""
        return [flow for flow in self.switch.datapath_flows()
                if "in_port(%s)" % vm.device in flow
                and flow.endswith("actions:drop")]

    def wait_member(self, vm, member, timeout=5):
        """Wait until the switch says that a VM is on a member (None: on
        none)."""
        wait_until(lambda: self.aware.member_of(vm.device) == member, timeout,
                   "%s is on %s" % (vm.name, member), self.dump)

    def dump(self):
        """All that helps to understand why something was not seen."""
        parts = []
        for command in (("vm-aware/show",), ("bond/show",),
                        ("dpctl/dump-flows", "--names")):
            try:
                text = self.switch.appctl(*command)
            except LabError as error:
                text = str(error)
            text = "\n".join(text.splitlines()[:60])
            parts.append("-- %s\n%s" % (" ".join(command), text))
        parts.append("-- end of the log\n" + self.switch.log_tail())
        return "\n".join(parts)

    def bad_log_lines(self):
        """Unexpected warnings and errors in the logs of all switches."""
        switches = [self.switch]
        if self.lacp:
            switches.append(self.upstream.switch)
        return ["%s: %s" % (switch.label, line) for switch in switches
                for line in unexpected(switch.log_lines(), self.allowed_log)]
