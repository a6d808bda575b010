# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""A VM keeps its preference when bridges, connection tracking or a tunnel lie
between its port and the bond."""

import socket
from contextlib import contextmanager

import pytest

from frame import GENEVE_PORT, VXLAN_PORT
from packet_socket import inside


def build(bed, *bridges):
    """The bond's bridge and a chain of further bridges behind it."""
    bed.add_bridge()
    bed.add_bond()
    before = "br0"
    for bridge in bridges:
        bed.add_bridge(bridge)
        bed.add_patch(before, bridge)
        before = bridge


def check_preferences(bed, figure, fallback, alone, kind="data"):
    """VM 'fallback' prefers eth1,* and VM 'alone' has eth1: count their frames
    before, while eth1 is lost, and after."""
    bed.start(fallback, alone)
    bed.wait_member(fallback, "eth1")
    bed.wait_member(alone, "eth1")
    bed.run_for(fallback, 5, place="eth1")
    bed.run_for(alone, 5, place="eth1")
    for when, member in (("before", "eth1"), ("while eth1 is lost", "eth0"),
                         ("after", "eth1")):
        if when == "while eth1 is lost":
            bed.upstream.cut("eth1")
            bed.wait_member(alone, None)
        elif when == "after":
            bed.upstream.restore("eth1")
            bed.wait_member(alone, "eth1")
            bed.run_for(alone, 5, place="eth1")
        bed.run_for(fallback, 5, place=member)
        counts = bed.phase(fallback, alone, frames=200)
        for name, count in sorted(counts.items()):
            figure("%s, VM %s" % (when, name), count)
        assert counts["fallback"][member] == counts["fallback"]["sent"]
        expected = counts["alone"]["sent"] if member == "eth1" else 0
        assert counts["alone"]["eth1"] == expected
        assert counts["alone"]["eth0"] == 0
    assert {arrival.kind for arrival in bed.received(alone, "eth1")} == {kind}


@pytest.mark.kernel
@pytest.mark.parametrize("bridges", (["br-int"], ["br-mid", "br-int"]),
                         ids=("one-patch", "two-patches"))
def test_patch_with_vlan(bed, figure, bridges):
    build(bed, *bridges)
    fallback = bed.add_vm("fallback", "eth1,*", bridge="br-int", tag=10)
    alone = bed.add_vm("alone", "eth1", bridge="br-int", tag=20)
    bed.far_speaks()
    check_preferences(bed, figure, fallback, alone)
    assert {arrival.vlan for arrival in bed.received(fallback)} == {10}
    assert {arrival.vlan for arrival in bed.received(alone)} == {20}


@pytest.mark.kernel
def test_conntrack_and_cleared_in_port(bed, figure):
    """What OVN's tables do: track, recirculate, and forget the port."""
    build(bed, "br-int")
    fallback = bed.add_vm("fallback", "eth1,*", bridge="br-int")
    alone = bed.add_vm("alone", "eth1", bridge="br-int")
    bed.switch.add_flows("br-int", [
        "table=0,priority=20,in_port=br-int-to-br0,actions=NORMAL",
        "table=0,priority=10,ip,actions=move:NXM_OF_IN_PORT[]->"
        "NXM_NX_REG1[0..15],load:0->NXM_OF_IN_PORT[],ct(table=1,zone=5)",
        "table=0,priority=1,actions=NORMAL",
        "table=1,priority=10,ct_state=+new+trk,ip,"
        "actions=ct(commit,zone=5),resubmit(,2)",
        "table=1,priority=10,ct_state=+est+trk,ip,"
        "actions=ct(table=2,zone=6)",
        "table=2,ip,actions=output:br-int-to-br0"])
    bed.far_speaks()
    check_preferences(bed, figure, fallback, alone)
    recirculated = [flow for flow in bed.switch.datapath_flows()
                    if "recirc_id(0)" not in flow and "recirc_id(" in flow]
    figure("recirculated datapath flows", len(recirculated))
    assert recirculated


@contextmanager
def tunnel(bed, kind, port):
    """A tunnel from br-int to the far end host, which receives its frames and
    does not answer them.  The outer frame leaves through the bond's bridge,
    whose LOCAL port has the IP address."""
    bed.add_bridge()
    bed.add_bond()
    bed.add_bridge("br-int")
    bed.hypervisor.ip("addr", "add", "172.31.0.1/24", "dev", "br0")
    bed.hypervisor.ip("link", "set", "br0", "up")
    far = bed.upstream.far
    far.ip("addr", "add", "172.31.0.254/24", "dev", "far0")
    bed.switch.vsctl("add-port", "br-int", "tunnel0", "--", "set",
                     "interface", "tunnel0", "type=" + kind,
                     "options:remote_ip=172.31.0.254", "options:key=7")
    with inside(far.name):
        taker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with taker:
        taker.bind(("172.31.0.254", port))
        yield


@pytest.mark.parametrize("kind, port", (("vxlan", VXLAN_PORT),
                                        ("geneve", GENEVE_PORT)))
def test_native_tunnel(bed, figure, kind, port):
    """The sender of the outer frame is still the VM."""
    with tunnel(bed, kind, port):
        bed.set_bond("other_config:vm-aware-tunnels=split")
        fallback = bed.add_vm("fallback", "eth1,*", bridge="br-int")
        alone = bed.add_vm("alone", "eth1", bridge="br-int")
        check_preferences(bed, figure, fallback, alone, kind="tunnel")


def test_tunnel_end_point_on_one_member(bed, figure):
    """The upstream switch sees the address of the tunnel end point on the
    host's member only, and no VM loses a frame by that."""
    with tunnel(bed, "vxlan", VXLAN_PORT):
        bed.set_bond("other_config:vm-aware-host=uplinks=eth1,*")
        vms = [bed.add_vm("left", "eth0", bridge="br-int"),
               bed.add_vm("right", "eth1", bridge="br-int")]
        bed.start(*vms)
        for member in ("eth1", "eth0"):
            bed.set_bond("other_config:vm-aware-host=uplinks=" + member)
            for vm in vms:
                bed.run_for(vm, 20, place=member)
            counts = bed.phase(*vms, frames=200)
            for name, count in sorted(counts.items()):
                figure("host on %s, VM %s" % (member, name), count)
                assert count[member] == count["sent"]
