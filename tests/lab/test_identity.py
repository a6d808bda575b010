# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Identity: a guest cannot leave its policy by changing its MAC address,
and many vNICs of one machine are one VM."""

import pytest

from waiting import wait_until


@pytest.mark.kernel
def test_changed_mac(bed, figure):
    bed.add_bridge()
    bed.add_bond()
    vm = bed.add_vm("a", "eth1")
    other = bed.add_vm("b", "eth0")
    bed.far_speaks()
    bed.start(vm, other)
    bed.wait_member(vm, "eth1")
    bed.run_for(vm, 5, place="eth1")
    first = bed.sent(vm)
    # Random ones, and the one of the other VM.
    addresses = ["02:00:00:00:%02x:%02x" % (i, 37 * i % 256)
                 for i in range(16)] + [other.mac]
    for mac in addresses:
        bed.sender.set_source(vm.number, mac)
        bed.run_for(vm, 20)
    end = bed.sent(vm)
    bed.wait_arrived(vm, end)
    counts = bed.per_member(vm, first, end)
    seen = {arrival.source for arrival in bed.received(vm, "eth1")}
    figure("frames of a guest with %d source MACs" % len(seen), counts)
    assert seen == set(addresses) | {vm.mac}
    assert counts == {"eth0": 0, "eth1": end - first}


def test_eight_vnics(bed, figure):
    """Four vNICs on the bond's bridge, four behind a patch port."""
    bed.add_bridge()
    bed.add_bond()
    bed.add_bridge("br-int")
    bed.add_patch("br0", "br-int")
    first = bed.add_vm("octopus", "eth1,*")
    vnics = [first] + [
        bed.add_vm("octopus", "eth1,*", identity=first.identity,
                   bridge="br0" if number < 4 else "br-int")
        for number in range(1, 8)]
    lone = bed.add_vm("lone", "eth0,*")
    bed.far_speaks()
    wait_until(lambda: len(bed.aware.vm("octopus")["interfaces"]) == 8, 5,
               "eight vNICs are one VM", bed.dump)
    assert sorted(bed.aware.vms()) == ["lone", "octopus"]
    for vnic in vnics:
        bed.start(vnic, rate=200)
    bed.start(lone)
    for vnic in vnics:
        bed.wait_member(vnic, "eth1")
        bed.run_for(vnic, 5, place="eth1")
    counts = bed.phase(lone, frames=100)
    assert counts["lone"]["eth0"] == counts["lone"]["sent"]
    for vnic in vnics:
        end = bed.run_for(vnic, 20) - 5
        share = bed.per_member(vnic, end - 50, end)
        figure(vnic.device + " on " + vnic.bridge, share)
        assert share == {"eth0": 0, "eth1": 50}

    # One of them has a preference of its own.
    bed.set_ids(vnics[5], vm_uplinks="eth0,*")
    bed.wait_member(vnics[5], "eth0")
    bed.run_for(vnics[5], 5, place="eth0")
    assert bed.aware.member_of(vnics[6].device) == "eth1"
    assert len(bed.aware.vm("octopus")["interfaces"]) == 8


def test_nested_guests(bed, figure):
    """Behind a trunk with vm-identify=mac the source MAC is the identity."""
    bed.add_bridge()
    bed.add_bond()
    trunk = bed.add_vm("trunk", "eth0,*", policy={"vm-identify": "mac"})
    nested = bed.add_vm("nested", "eth1,*")
    plain = bed.add_vm("plain", "eth0,*")
    bed.far_speaks()
    bed.wait_member(trunk, "eth0")
    bed.wait_member(nested, "eth1")
    bed.start(trunk, plain)
    counts = bed.phase(trunk, frames=100)["trunk"]
    figure("the trunk's own frames", counts)
    assert counts["eth0"] == counts["sent"]
    bed.sender.set_source(trunk.number, nested.mac)
    bed.run_for(trunk, 10)
    counts = bed.phase(trunk, frames=100)["trunk"]
    figure("frames of a nested guest", counts)
    assert counts["eth1"] == counts["sent"]
    # Where the port identifies, the same address means nothing.
    bed.sender.set_source(plain.number, nested.mac)
    bed.run_for(plain, 10)
    counts = bed.phase(plain, frames=100)["plain"]
    figure("the same address behind another port", counts)
    assert counts["eth0"] == counts["sent"]


def test_trace(bed, figure):
    """ofproto/trace finds the same sender and member as the datapath."""
    bed.add_bridge()
    bed.add_bond()
    bed.add_bridge("br-int")
    bed.add_patch("br0", "br-int")
    for bridge in "br0", "br-int":
        vm = bed.add_vm("on-" + bridge, "eth1,*", bridge=bridge)
        bed.far_speaks()
        bed.wait_member(vm, "eth1")
        for expected in "eth1", "eth0":
            if expected == "eth0":
                bed.aware.migrate(vm.name, "eth0")
                bed.wait_member(vm, "eth0")
            text = bed.switch.appctl(
                "ofproto/trace", "--names", bridge,
                "in_port=%s,ip,dl_src=%s,dl_dst=52:54:00:ff:00:01"
                % (vm.device, vm.mac))
            said = [line.strip() for line in text.splitlines()
                    if vm.name in line]
            figure("trace on " + bridge, "; ".join(said))
            assert any(expected in line for line in said), text
            assert text.rsplit("Datapath actions:", 1)[1].strip() == expected
