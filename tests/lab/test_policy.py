# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""More of the policy on real frames: exclusive members, standby members, no
failback, the host's own traffic."""

import socket
import time

import pytest

from packet_socket import inside
from test_preference import only, steady
from upstream import FAR_DEVICE, FAR_IP
from waiting import wait_until


def test_exclusive(bed, figure):
    """Claim C30: the important VM keeps its member to itself; a VM that
    has no other is discarded."""
    bed.add_bridge()
    bed.add_bond()
    first = bed.add_vm("first", "eth0,*", policy={
        "vm-priority": "6", "vm-exclusive": "true"})
    second = bed.add_vm("second", "*")
    bed.far_speaks()
    bed.start(first, second)
    steady(bed, first, "eth0")
    steady(bed, second, "eth1")
    bed.upstream.cut("eth1")
    steady(bed, second, None)
    counts = bed.phase(first, second)
    figure("eth0 is exclusive, eth1 lost", counts)
    assert only("eth0", counts["first"])
    assert counts["second"]["eth0"] == counts["second"]["eth1"] == 0
    assert bed.aware.vm("second")["state"] == "dropping"
    bed.upstream.restore("eth1")
    steady(bed, second, "eth1")

    # It takes its exclusive right along.
    bed.upstream.cut("eth0")
    steady(bed, first, "eth1")
    steady(bed, second, None)
    counts = bed.phase(first, second)
    figure("eth1 is exclusive, eth0 lost", counts)
    assert only("eth1", counts["first"])
    assert counts["second"]["lost"] == counts["second"]["sent"]


def test_standby(make_bed, figure):
    """A standby member is used when no other one is usable."""
    bed = make_bed(members=3)
    bed.add_bridge()
    bed.add_bond()
    bed.switch.vsctl("set", "interface", "eth2",
                     "other_config:vm-aware-standby=true")
    vms = [bed.add_vm("vm%d" % i, "*") for i in range(4)]
    bed.far_speaks()
    bed.start(*vms)
    for vm in vms:
        bed.run_for(vm, 20)
    placed = [entry["uplink"] for entry in bed.aware.vms().values()]
    assert sorted(placed) == ["eth0", "eth0", "eth1", "eth1"]
    bed.upstream.cut("eth0")
    for vm in vms:
        steady(bed, vm, "eth1")
    bed.upstream.cut("eth1")
    for vm in vms:
        steady(bed, vm, "eth2")
    counts = bed.phase(*vms)
    figure("only the standby member is left", counts)
    assert all(only("eth2", count) for count in counts.values())
    bed.upstream.restore("eth1")
    for vm in vms:
        steady(bed, vm, "eth1")


def test_no_failback(bed, figure):
    """With vm-aware-failback=false a VM stays where a loss moved it; the
    next loss sends it back."""
    bed.add_bridge()
    bed.add_bond(other_config={"vm-aware-failback": "false"})
    vm = bed.add_vm("a", "eth0,*")
    bed.far_speaks()
    bed.start(vm)
    steady(bed, vm, "eth0")
    bed.upstream.cut("eth0")
    steady(bed, vm, "eth1")
    bed.upstream.restore("eth0")
    counts = bed.phase(vm, frames=1000)["a"]
    figure("eth0 is back, failback is off", counts)
    assert only("eth1", counts)
    bed.upstream.cut("eth1")
    steady(bed, vm, "eth0")


@pytest.mark.kernel
def test_host_traffic(bed, figure):
    """Claim C68: what the host itself sends follows vm-aware-host."""
    bed.add_bridge()
    bed.add_bond(other_config={"vm-aware-host": "uplinks=eth1,*"})
    bed.hypervisor.ip("addr", "add", "10.99.200.1/16", "dev", "br0")
    bed.hypervisor.ip("link", "set", "br0", "up")
    bed.upstream.far.ip("addr", "add", FAR_IP + "/16", "dev", FAR_DEVICE)
    mac = bed.hypervisor.mac_of("br0")
    with inside(bed.hypervisor.name):
        host = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with inside(bed.upstream.far.name):
        far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with host, far:
        far.bind((FAR_IP, 7000))
        host.connect((FAR_IP, 7000))

        def arrives():
            """Whether a datagram arrives.  While the flow of the host is not
            translated again, it leads to a member that is lost."""
            far.settimeout(0.2)
            host.send(b"first")
            try:
                return far.recv(100)
            except TimeoutError:
                return None

        def crossed():
            """{member: frames} of twenty datagrams."""
            wait_until(arrives, 5, "a datagram arrives", bed.dump)
            far.settimeout(5)
            since = time.time_ns()
            for number in range(20):
                host.send(b"%d" % number)
                far.recv(100)

            def counts():
                found = {member: len([
                    arrival for arrival in bed.watcher.all_of(
                        "other", member, since=since)
                    if arrival.source == mac]) for member in bed.members}
                return found if sum(found.values()) >= 20 else None
            return bed.wait_frames(counts, 5, "the host's frames")

        counts = crossed()
        figure("the host's frames", counts)
        assert counts == {"eth0": 0, "eth1": 20}
        bed.upstream.cut("eth1")
        wait_until(lambda: bed.aware.vm("host")["uplink"] == "eth0", 5,
                   "the host is on eth0", bed.dump)
        counts = crossed()
        figure("the host's frames while eth1 is lost", counts)
        assert counts == {"eth0": 20, "eth1": 0}
