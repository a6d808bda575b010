# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Claims C8 and C30: one VM prefers a member and falls back, another has
one member alone and is discarded without it."""

import pytest

from arrivals import longest_delay
from waiting import wait_until


def only(member, counts):
    """Whether every frame sent crossed this member and none another."""
    others = [counts[name] for name in counts
              if name.startswith("eth") and name != member]
    return counts[member] == counts["sent"] and not any(others)


def steady(bed, vm, member):
    """Wait until the switch and the frames of a VM agree on its member."""
    bed.wait_member(vm, member)
    if member:
        bed.run_for(vm, 5, place=member)


def begin(bed, members):
    """Let VMs send, {VM: the member that it is to be on}."""
    bed.far_speaks()
    bed.start(*members)
    for vm, member in members.items():
        steady(bed, vm, member)


def discarded(bed, vm, figure):
    """A VM has lost its only member: its frames are dropped and counted."""
    during = bed.phase(*bed.vms)
    figure("while eth1 is lost", during)
    sent = during[vm.name]["sent"]
    assert during[vm.name]["lost"] == sent
    assert bed.aware.vm(vm.name)["state"] == "dropping"
    # The counter follows the datapath's statistics, which revalidators read.
    wait_until(lambda: bed.aware.interface(vm.device)["dropped_packets"]
               >= sent, 10, "the drops are counted", bed.dump)
    wait_until(lambda: bed.switch.get("interface", vm.device, "statistics")
               .get("vm_aware_dropped_packets", 0) >= sent,
               15, "the drops are in Interface.statistics", bed.dump)
    status = bed.switch.get("interface", vm.device, "status")
    assert status["vm_aware_uplink"] == "none"
    assert status["vm_aware_state"] == "dropping"
    figure("vm_aware_reason while eth1 is lost", status["vm_aware_reason"])
    return during


@pytest.mark.kernel
def test_preference(bed, figure):
    bed.add_bridge()
    bed.add_bond()
    a = bed.add_vm("a", "eth0,*")
    b = bed.add_vm("b", "eth1")
    begin(bed, {a: "eth0", b: "eth1"})

    before = bed.phase(a, b)
    figure("before", before)
    assert only("eth0", before["a"])
    assert only("eth1", before["b"])
    calm = longest_delay(bed.received(a))
    first_during = bed.sent(a)

    bed.upstream.cut("eth1")
    steady(bed, b, None)
    wait_until(lambda: bed.drop_flows(b), 5,
               "a datapath flow drops b's frames", bed.dump)
    during = discarded(bed, b, figure)
    assert only("eth0", during["a"])
    disturbed = longest_delay([arrival for arrival in bed.received(a)
                               if arrival.number >= first_during])
    figure("a: longest delay (ms) before", calm)
    figure("a: longest delay (ms) while b is dropped", disturbed)
    assert disturbed < max(4 * calm, 50)
    assert bed.loss(a) == 0

    bed.upstream.restore("eth1")
    steady(bed, b, "eth1")
    after = bed.phase(a, b)
    figure("after eth1 returned", after)
    assert only("eth0", after["a"])
    assert only("eth1", after["b"])

    bed.upstream.cut("eth0")
    steady(bed, a, "eth1")
    during = bed.phase(a, b)
    figure("while eth0 is lost", during)
    assert only("eth1", during["a"])
    assert only("eth1", during["b"])

    bed.upstream.restore("eth0")
    steady(bed, a, "eth0")
    after = bed.phase(a, b)
    figure("after eth0 returned", after)
    assert only("eth0", after["a"])
    assert only("eth1", after["b"])


@pytest.mark.kernel
def test_both_lost(bed, figure):
    """No member at all: even a VM that takes any is dropped, and returns."""
    bed.add_bridge()
    bed.add_bond()
    a = bed.add_vm("a", "eth0,*")
    begin(bed, {a: "eth0"})
    bed.upstream.cut("eth0")
    bed.upstream.cut("eth1")
    steady(bed, a, None)
    assert bed.aware.vm("a")["state"] == "dropping"
    bed.upstream.restore("eth1")
    steady(bed, a, "eth1")
    counts = bed.phase(a)["a"]
    figure("after the second choice returned", counts)
    assert only("eth1", counts)
