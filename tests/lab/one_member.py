# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""VMs that have all come up on the first member, as on a machine whose other
cables are plugged in later.  All of them may use any member.

Beside its load each sends numbered frames, so that every loss is seen.
"""

import re
import time

from bandwidth import BESIDE, Bandwidth

MBIT = 1e6


def macs_of_one_bucket(switch, among=64):
    """Two MAC addresses that balance-slb puts into one of its 256 buckets,
    so that it can never part them.  Among 64 addresses chosen at random there
    are such two with a probability of 99.97 %."""
    seen = {}
    for i in range(among):
        mac = "52:54:00:77:00:%02x" % i
        bucket = switch.appctl("bond/hash", mac)
        if bucket in seen:
            return seen[bucket], mac
        seen[bucket] = mac
    raise AssertionError("no two of %d addresses share a bucket" % among)


def basis_that_parts(switch, macs):
    """A bond-hash-basis with which balance-slb can part them."""
    return next(basis for basis in range(1, 1000)
                if len({switch.appctl("bond/hash", mac, "0", str(basis))
                        for mac in macs}) > 1)


class OneMember:
    """The bond must be there; this pulls the cables and adds the VMs.
    'loads' is what each VM is to send beside its numbered frames, {name:
    Mbit/s}; 'macs' the addresses of some of them.  Rates of members are in
    Mbit/s here, too."""

    def __init__(self, bed, loads, capacity, macs=None):
        self.bed = bed
        self.loads = loads
        self._pull()
        self.lines = Bandwidth(bed)
        self.lines.shape(capacity)
        self.vms = [self.lines.add_vm(name, mac=(macs or {}).get(name))
                    for name in loads]
        self.lines.count()
        bed.far_speaks()

    def start(self):
        """Let all of them send.  Returns when all frames take the first
        member."""
        self.bed.start(*self.vms)
        for vm in self.vms:
            if self.loads[vm.name]:
                self.lines.udp(vm, self.loads[vm.name] * MBIT, beside=BESIDE)
        self._wait_gathered()

    def restart(self, mode, *settings):
        """Pull the cables again and give the bond another mode and 'settings',
        which make it begin anew."""
        self._pull()
        self.bed.set_mode(mode, self._wait_gathered, *settings)

    def _pull(self):
        for member in self.bed.members[1:]:
            self.bed.upstream.cut(member)

    def _wait_gathered(self):
        bed = self.bed
        first = bed.members[0]
        for vm in self.vms:
            number = bed.sent(vm)
            bed.wait_arrived(vm, number + 100, first)
            crossed = bed.per_member(vm, number, number + 100)
            assert sum(crossed.values()) == crossed[first], bed.dump()

    def drops(self):
        """What meters and the members' queues have dropped so far: where
        frames that were lost may be."""
        shown = self.bed.aware.vms()
        counts = {name: shown[name]["dropped_share_packets"]
                  for name in self.loads}
        for member in self.bed.members:
            text = self.bed.hypervisor.run("tc", "-s", "qdisc", "show", "dev",
                                           member)
            counts[member] = int(re.search(r"dropped (\d+)", text).group(1))
        return counts

    def release(self):
        """Plug the cables in."""
        for member in self.bed.members[1:]:
            self.bed.upstream.restore(member)

    def watch(self, seconds, event=None):
        """Let 'event' happen, and see what becomes of it."""
        counts = self.bed.sender.sent()
        first = {vm.name: counts.get(vm.number) for vm in self.vms}
        since, begun = time.time_ns(), time.monotonic()
        if event:
            event()
        windows = [(when - begun, loads) for when, loads
                   in self.lines.member_loads(seconds)]
        return Course(self, since, first, windows)


class Course:
    """What happened from 'since' (ns) on, when the VMs had sent 'first'
    frames.  'windows' are the loads that were measured then; their times
    count from there, in s."""

    def __init__(self, scene, since, first, windows):
        self.scene = scene
        self.bed = scene.bed
        self.since = since
        self.first = first
        self.windows = windows

    def mean(self, seconds):
        """{member: Mbit/s} in the last seconds."""
        end = self.windows[-1][0]
        last = [loads for when, loads in self.windows
                if when > end - seconds]
        return {name: sum(loads[name] for loads in last) / len(last) / MBIT
                for name in self.bed.members}

    def balanced_after(self, share):
        """The time (s) from which on no member carried more than that share
        of the load, None if that was so at no time."""
        after = None
        for when, loads in self.windows:
            if max(loads.values()) > share * sum(loads.values()):
                after = None
            elif after is None:
                after = when
        return after

    def lost(self):
        """{VM: numbered frames that it has lost until now}, for those that
        send any.  All of them must get through."""
        return {vm.name: self.bed.loss(vm, self.first[vm.name])
                for vm in self.scene.vms
                if self.first[vm.name] is not None}

    def announced(self):
        """{VM: [members over which it was announced]}."""
        names = {vm.mac: vm.name for vm in self.scene.vms}
        told = {}
        for arrival in self.bed.announcements(since=self.since):
            told.setdefault(names.get(arrival.source, arrival.source),
                            []).append(arrival.place)
        return told
