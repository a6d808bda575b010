# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""A VM behind a real OVN integration bridge keeps its preference."""

import pytest

import ovn
from test_integration_bridge import check_preferences


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
