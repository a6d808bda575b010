# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""What the switch reads of the devices of members: their speed, and what their
queues drop."""

import time

import pytest

from bandwidth import Bandwidth
from waiting import wait_until

MBIT = 1e6
TAP = "tap9"
SILENT = "silent8"


@pytest.fixture
def tap(bed):
    """A bond with one more member, a tap, whose speed can be set."""
    bed.add_bridge()
    bed.hypervisor.ip("tuntap", "add", TAP, "mode", "tap")
    bed.hypervisor.ip("link", "set", TAP, "up")
    set_speed(bed, 2500)
    bed.add_bond()
    bed.switch.vsctl("--", "--id=@i", "create", "interface", "name=" + TAP,
                     "--", "add", "port", "bond0", "interfaces", "@i")
    return bed.aware


def set_speed(bed, mbit):
    bed.hypervisor.run("ethtool", "-s", TAP, "speed", str(mbit), "duplex",
                       "full")


def wait_capacity(bed, mbit):
    wait_until(lambda: bed.aware.member(TAP)["capacity_bps"]
               == (mbit and mbit * MBIT), 10,
               "the capacity is %s Mbit/s" % mbit, bed.dump)


def test_speed(tap, bed, figure):
    """Any speed, also when it changes, the max-rate of a QoS, and
    vm-aware-capacity."""
    wait_capacity(bed, 2500)
    for mbit in 5000, 25000, 200000, 400000:
        set_speed(bed, mbit)
        wait_capacity(bed, mbit)
    figure("speeds believed", "2.5, 5, 25, 200 and 400 Gbit/s")

    set_speed(bed, 2500)
    bed.set_bond("qos=@q", "--", "--id=@q", "create", "qos",
                 "type=linux-htb", "other_config:max-rate=300000000")
    wait_capacity(bed, 300)
    bed.switch.vsctl("clear", "port", "bond0", "qos")
    wait_capacity(bed, 2500)

    bed.switch.vsctl("set", "interface", TAP,
                     "other_config:vm-aware-capacity=700M")
    wait_capacity(bed, 700)


def test_no_speed(bed):
    """A device that reports none."""
    bed.add_bridge()
    bed.hypervisor.ip("link", "add", SILENT, "type", "ifb")
    bed.hypervisor.ip("link", "set", SILENT, "up")
    bed.members.append(SILENT)
    bed.allowed_log.append("its speed is unknown")
    bed.add_bond()
    bed.members.pop()
    member = bed.aware.member(SILENT)
    assert member["state"] == "usable"
    assert member["capacity_bps"] is None and member["load_ppm"] is None
    assert member["assumed_bps"] == 10000 * MBIT
    assert [warning["where"] for warning in bed.aware.warnings()] == [SILENT]


def test_overflow(bed, figure):
    """Four VMs of 9 Mbit/s on a member that carries 20 by its qdisc, which
    nobody has told the switch."""
    bed.add_bridge()
    bed.add_bond(other_config={"bond-rebalance-interval": "3000"})
    bed.allowed_log += [r"error sending Ethernet packet on \w+: ",
                        r"netdev_linux\|WARN\|Dropped \d+ log messages"]
    first, other = bed.members[:2]
    bed.upstream.cut(other)
    lines = Bandwidth(bed)
    vms = [lines.add_vm("vm%d" % i) for i in range(4)]
    lines.count()
    bed.far_speaks()
    bed.hypervisor.run("tc", "qdisc", "replace", "dev", first, "root", "tbf",
                       "rate", "20mbit", "burst", "32kb", "latency", "30ms")
    for vm in vms:
        bed.wait_member(vm, first)
        lines.udp(vm, 9 * MBIT)
    wait_until(lambda: bed.aware.member(first)["full"], 20,
               "the member is full", bed.dump)
    bed.upstream.restore(other)
    wait_until(lambda: sorted(bed.aware.member(member)["vms"]
                              for member in (first, other)) == [2, 2], 20,
               "two VMs have moved to the other member", bed.dump)
    rates = lines.rates()
    figure("20 Mbit/s by tbf, four VMs of 9: Mbit/s each",
           {name: "%.1f" % (rate / MBIT) for name, rate in rates.items()})
    assert min(rates.values()) >= 8.5 * MBIT


def port_changes(bed, vm, since):
    """How often a switch upstream saw the VM's address at another port."""
    seen = sorted((arrival.time, member) for member in bed.members
                  for arrival in bed.received(vm, member)
                  if arrival.time >= since)
    ports = [member for _, member in seen]
    return sum(before != after for before, after in zip(ports, ports[1:]))


def test_flapping(bed, figure):
    """A carrier that is lost 20 times in 30 s moves a VM no more often than
    with balance-slb."""
    bed.add_bridge()
    bed.add_bond(other_config={"vm-aware-hold-off": "300"})
    bed.allowed_log.append("eth1: it was lost again soon after it was back")
    vms = [bed.add_vm("vm%d" % i) for i in range(4)]
    bed.far_speaks()
    bed.start(*vms)
    changes = {}
    for mode in "balance-slb", "vm-aware":
        bed.set_bond("bond_mode=" + mode)
        for vm in vms:
            bed.run_for(vm, 50)
        since = time.time_ns()
        for _ in range(20):
            bed.upstream.cut("eth1")
            time.sleep(0.5)
            bed.upstream.restore("eth1")
            time.sleep(1)
        changes[mode] = [port_changes(bed, vm, since) for vm in vms]
        figure("%s: changes of the port upstream, per VM" % mode,
               changes[mode])
    assert max(changes["vm-aware"]) <= 3
