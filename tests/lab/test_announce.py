# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The first frame towards a VM that has moved arrives over its new member,
though the VM has been silent since; the upstream switch learns that from
RARP frames sent for the VMs that moved and for no other."""

import time

import pytest


class Silent:
    """VMs that have spoken once, so that the upstream switch knows where
    they are, and are silent from then on."""

    def __init__(self, bed):
        self.bed = bed
        bed.add_bridge()
        bed.add_bond()
        self.mover = bed.add_vm("mover", "eth0,*")
        self.stayer = bed.add_vm("stayer", "eth1,*")
        bed.far_speaks()
        self.number = 0
        self.speak()

    def speak(self):
        vms = self.mover, self.stayer
        self.bed.start(*vms)
        self.bed.wait_member(self.mover, "eth0")
        self.bed.wait_member(self.stayer, "eth1")
        self.bed.run_for(self.mover, 20, place="eth0")
        self.bed.run_for(self.stayer, 20, place="eth1")
        for name, sent in self.bed.stop(*vms).items():
            vm = self.mover if name == "mover" else self.stayer
            self.bed.wait_arrived(vm, sent - 1)

    def first_frame_back(self, vm):
        """Send one frame to a VM; return the members over which it went."""
        bed, watcher = self.bed, self.bed.watcher
        self.number += 1
        stream, number = bed.towards(vm), self.number
        arrivals = watcher.stream(vm.name, stream)
        bed.send_to(vm, number)
        bed.wait_frames(lambda: arrivals and arrivals[-1].number == number,
                        5, "a frame arrives at " + vm.name)
        return [member for member in bed.members
                for arrival in watcher.stream(member, stream, outgoing=True)
                if arrival.number == number]


def check_move(scene, figure, what, event, member, returned=False):
    """Let 'event' move the silent mover to 'member' and see where the first
    frame towards it goes.  'returned' says that the member was lost before:
    then the upstream switch may lose the first announcement, as its port may
    not forward yet, and the second has to do."""
    bed, mover = scene.bed, scene.mover
    since = time.time_ns()
    event()
    rarp = bed.wait_announced(mover, member, since)
    figure("%s: first RARP after (ms)" % what, (rarp[0].time - since) / 1e6)
    if returned:
        ready = bed.upstream.wait_forwarding(member)
        if rarp[0].time < ready:
            bed.wait_announced(mover, member, ready)
    assert scene.first_frame_back(mover) == [member]
    assert scene.first_frame_back(scene.stayer) == ["eth1"]
    bed.wait_announced(mover, member, since, count=3)
    assert bed.silent(mover, member, since, 3, 1.5), \
        "more RARP frames than vm-aware-announce says"
    announced = {(arrival.source, arrival.place)
                 for arrival in bed.announcements(since=since)}
    assert announced == {(mover.mac, member)}


@pytest.mark.kernel
def test_silent_vm(bed, figure):
    scene = Silent(bed)
    check_move(scene, figure, "failover", lambda: bed.upstream.cut("eth0"),
               "eth1")
    check_move(scene, figure, "failback",
               lambda: bed.upstream.restore("eth0"), "eth0", returned=True)
    check_move(scene, figure, "migrate",
               lambda: bed.aware.migrate("mover", "eth1"), "eth1")
    check_move(scene, figure, "migrate auto",
               lambda: bed.aware.migrate("mover", "auto"), "eth0")


def test_never_spoke(bed, figure):
    """The upstream switch floods an announcement back over the other member;
    the switch must not take it as a sign that the VM is out there."""
    bed.add_bridge()
    bed.add_bond()
    vm = bed.add_vm("mute", "eth0,*")
    bed.far_speaks()
    bed.wait_member(vm, "eth0")
    arrivals = bed.watcher.stream(vm.name, bed.towards(vm))
    # One of the two is not the bond's active member.
    for number, member in enumerate(("eth1", "eth0", "eth1")):
        since = time.time_ns()
        bed.aware.migrate("mute", member)
        bed.wait_announced(vm, member, since, count=3)
        bed.send_to(vm, number)
        bed.wait_frames(
            lambda n=number: arrivals and arrivals[-1].number == n, 5,
            "a frame reaches a VM that has never spoken")
        crossed = [name for name in bed.members
                   for arrival in bed.watcher.stream(
                       name, bed.towards(vm), outgoing=True)
                   if arrival.number == number]
        assert crossed == [member]
    figure("moves of a VM that never spoke, each followed by a frame to it",
           len(arrivals))


def test_preference_change(bed, figure):
    """A new preference moves the VM and is announced as every move is."""
    scene = Silent(bed)
    check_move(scene, figure, "new vm-uplinks",
               lambda: bed.set_ids(scene.mover, vm_uplinks="eth1,*"), "eth1")


@pytest.mark.parametrize("repeats", (1, 5))
def test_announce_count(bed, figure, repeats):
    scene = Silent(bed)
    bed.set_bond("other_config:vm-aware-announce=%d" % repeats)
    since = time.time_ns()
    bed.aware.migrate("mover", "eth1")
    rarp = bed.wait_announced(scene.mover, "eth1", since, repeats)
    figure("%d announcements took (ms)" % repeats,
           (rarp[-1].time - since) / 1e6)
    assert bed.silent(scene.mover, "eth1", since, repeats, 1.5)


@pytest.mark.kernel
def test_vlan(bed, figure):
    """The announcement carries the VLAN of the VM's port."""
    bed.add_bridge()
    bed.add_bond()
    vm = bed.add_vm("tagged", "eth0,*", tag=10)
    other = bed.add_vm("untagged", "eth0,*")
    bed.far_speaks()
    bed.start(vm, other)
    bed.wait_member(vm, "eth0")
    bed.run_for(vm, 20, place="eth0")
    bed.run_for(other, 20, place="eth0")
    since = time.time_ns()
    bed.upstream.cut("eth0")

    def announced():
        pairs = {(arrival.source, arrival.vlan)
                 for arrival in bed.announcements("eth1", since)}
        return pairs if len(pairs) >= 2 else None
    pairs = bed.wait_frames(announced, 5, "RARP for both VMs")
    figure("RARP over eth1", sorted(pairs, key=str))
    assert pairs == {(vm.mac, 10), (other.mac, None)}
