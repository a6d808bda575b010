# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""A VM behind a real OVN integration bridge keeps its preference, and is
announced in its VLAN."""

import time

import pytest

import ovn
from test_integration_bridge import check_preferences
from waiting import wait_until


@pytest.fixture
def network(bed):
    if not ovn.installed():
        pytest.skip("OVN is not installed (ovn-common, ovn-central, "
                    "ovn-host)")
    bed.add_bridge()
    bed.add_bond()
    instance = ovn.Ovn(bed)
    try:
        instance.start()
        yield instance
    finally:
        instance.stop()


def test_ovn(bed, network, figure):
    network.add_network("ls0")
    network.filter_statefully("ls0")
    fallback = bed.add_vm("fallback", "eth1,*", bridge="br-int")
    alone = bed.add_vm("alone", "eth1", bridge="br-int")
    for vm in fallback, alone:
        network.add_port("ls0", vm)
    network.sync()
    bed.far_speaks()
    ids = bed.switch.get("interface", alone.device, "external_ids")
    assert ids["ovn-installed"] == "true"
    check_preferences(bed, figure, fallback, alone)
    recirculated = [flow for flow in bed.switch.datapath_flows()
                    if "recirc_id(0)" not in flow and "recirc_id(" in flow]
    figure("recirculated datapath flows", len(recirculated))
    assert recirculated

    # And back: a frame towards the VM passes OVN's tables, too.
    arrivals = bed.watcher.stream(alone.name, bed.towards(alone))
    bed.send_to(alone, 1)
    bed.wait_frames(lambda: arrivals, 5, "a frame arrives at the VM")


def test_ovn_silent(bed, network, figure):
    """A VM that has not sent anything is announced in the VLAN in which OVN
    has made it known: that of the localnet port."""
    network.add_network("ls0")
    network.nbctl("set", "logical_switch_port", "phys-port", "tag_request=7",
                  "tag=7")
    vm = bed.add_vm("mute", "eth1,*", bridge="br-int")
    network.add_port("ls0", vm)
    network.sync()
    bed.wait_member(vm, "eth1")
    # OVN announces it by a controller's frame.
    wait_until(lambda: vm.mac in bed.switch.appctl("fdb/show", "br0"), 30,
               "br0 knows the VM", bed.dump)
    since = time.time_ns()
    bed.upstream.cut("eth1")
    bed.wait_member(vm, "eth0")
    rarps = bed.wait_announced(vm, "eth0", since)
    figure("VLANs of a silent VM", sorted({rarp.vlan for rarp in rarps}))
    assert {rarp.vlan for rarp in rarps} == {7}
