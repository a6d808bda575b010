# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Frames towards a VM that come in over another member than the VM's."""

import time

from waiting import wait_until

GRACE = 1500


class Numbers:
    """Frames towards a VM, each with a number of its own."""

    def __init__(self, bed, vm):
        self.bed = bed
        self.vm = vm
        self.number = 0
        self.arrivals = bed.watcher.stream(vm.name, bed.towards(vm))

    def arrives(self, member):
        """Put a frame to the VM on a member.  True if the VM gets it; False
        if it gets the next one, sent over its own member, instead."""
        bed, vm = self.bed, self.vm
        self.number += 2
        number = self.number
        bed.send_to(vm, number, member)
        bed.send_to(vm, number + 1, bed.aware.member_of(vm.device))

        def got():
            return {arrival.number for arrival in self.arrivals}
        bed.wait_frames(lambda: number + 1 in got(), 5,
                        "a frame over its own member reaches the VM")
        # Both members are read by one thread in turn: a frame put on the
        # wrong one earlier may come a moment later.
        bed.watcher.wait_quiet(lambda: number in got(), 0.2)
        return number in got()


def mismatches(bed, vm):
    """Frames towards the VM that arrived over another member."""
    return bed.aware.interface(vm.device)["reverse_mismatch_packets"]


def placed_vm(bed):
    """A VM on eth0 that has spoken, so that all switches know it."""
    vm = bed.add_vm("a", "eth0,*")
    bed.far_speaks()
    bed.start(vm)
    bed.wait_member(vm, "eth0")
    bed.run_for(vm, 10, place="eth0")
    bed.stop(vm)
    return vm


def test_accept_is_default(bed, figure):
    bed.add_bridge()
    bed.add_bond()
    vm = placed_vm(bed)
    numbers = Numbers(bed, vm)
    assert numbers.arrives("eth1")
    wait_until(lambda: mismatches(bed, vm) >= 1, 10,
               "the frame over the other member is counted", bed.dump)


def test_drop_after_grace(bed, figure):
    bed.add_bridge()
    bed.add_bond(other_config={"vm-aware-reverse-path": "drop",
                               "vm-aware-reverse-grace": str(GRACE)})
    vm = placed_vm(bed)
    numbers = Numbers(bed, vm)
    # The VM's first placement is no move: wait for the end of any grace.
    wait_until(lambda: not numbers.arrives("eth1"), 10,
               "frames over the other member are dropped", bed.dump)
    moved = time.monotonic()
    bed.aware.migrate("a", "eth1")
    bed.wait_member(vm, "eth1")
    assert numbers.arrives("eth0"), "dropped within the grace"
    assert time.monotonic() - moved < GRACE / 1000, "the machine is too slow"
    wait_until(lambda: not numbers.arrives("eth0"), 10,
               "frames over the old member are dropped after the grace",
               bed.dump)
    figure("dropped after a move by (ms, grace is %d)" % GRACE,
           (time.monotonic() - moved) * 1000)
    assert time.monotonic() - moved >= GRACE / 1000 * 0.9
    before = mismatches(bed, vm)
    for _ in range(5):
        assert not numbers.arrives("eth0")
    wait_until(lambda: mismatches(bed, vm) >= before + 5, 10,
               "five more are counted", bed.dump)
    figure("reverse_mismatch_packets", mismatches(bed, vm))
    # Other frames pass: those over the VM's own member, and broadcasts.
    assert numbers.arrives("eth1")
