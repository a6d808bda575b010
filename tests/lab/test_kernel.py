# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""What the kernel datapath does otherwise than that in userspace.  These
tests run on that datapath alone, see kernel_guest.py."""

import re
import time

import pytest

import datapath
from bandwidth import FRAME, settle
from datapath import MBIT, TOLERANCE, rate_text
from frame import GENEVE_PORT, VXLAN_PORT
from kernel_meters import kernel_meters
from test_integration_bridge import tunnel
from test_preference import begin, only, steady
from upstream import FAR_IP, FAR_MAC, end_of
from waiting import wait_until

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(not datapath.IN_KERNEL,
                       reason="needs the kernel datapath"),
]


def meters(bed):
    return kernel_meters(bed.hypervisor)


def no_meter_is_left(bed):
    wait_until(lambda: not meters(bed), 30, "no meter is left",
               lambda: "%s\n%s" % (meters(bed), bed.dump()), pause=0.5)


def meter_of(bed, vm):
    """The number of the datapath meter of what a VM sends, or None."""
    text = bed.switch.appctl(
        "ofproto/trace", "br0", "in_port=%s,dl_src=%s,dl_dst=%s"
        % (vm.device, vm.mac, FAR_MAC))
    found = re.search(r"through datapath meter (\d+)", text)
    return int(found.group(1)) if found else None


def limit(bed, vm, mbit):
    bed.set_ids(vm, vm_max_rate=rate_text(mbit))


def no_limit(bed, vm):
    bed.switch.vsctl("--no-wait", "remove", "interface", vm.device,
                     "external_ids", "vm-max-rate")


def limit_all(bed, vms, mbit=10):
    """Limit these VMs and no others: each has a meter then."""
    for vm in vms:
        limit(bed, vm, mbit)
    wait_until(lambda: len(meters(bed)) == len(vms), 10,
               "%d meters" % len(vms), bed.dump)


def limited_vms(bed, count=4):
    """A bridge, a bond, and VMs with limits."""
    bed.add_bridge()
    bed.add_bond()
    vms = [bed.add_vm("vm%d" % i) for i in range(count)]
    limit_all(bed, vms)
    return vms


def test_meters_are_freed(bed):
    """With the last key, with the bond, and with the mode."""
    vms = limited_vms(bed)
    for vm in vms:
        no_limit(bed, vm)
    no_meter_is_left(bed)
    limit_all(bed, vms)
    bed.set_bond("bond_mode=balance-slb")
    no_meter_is_left(bed)


@pytest.mark.parametrize("way", ("kill -9", "exit"))
def test_meters_of_the_past(bed, figure, way):
    """All limits are gone while the switch is away."""
    vms = limited_vms(bed)
    if way == "exit":
        bed.switch.exit_vswitchd()
    else:
        bed.switch.kill_vswitchd()
    figure("meters after " + way, len(meters(bed)))
    for vm in vms[1:]:
        no_limit(bed, vm)
    bed.switch.start_vswitchd()
    wait_until(lambda: meters(bed) == [meter_of(bed, vms[0])], 30,
               "one meter is left",
               lambda: "%s\n%s" % (meters(bed), bed.dump()), pause=0.5)


def test_numbers_of_the_past(bed, figure):
    """A restart keeps the flows.  Meters that they use are given to no
    other VM, and limit as before until the flows are gone."""
    bed.add_bridge()
    bed.add_bond()
    old = [bed.add_vm("old%d" % i, "eth0") for i in range(3)]
    new = bed.add_vm("new", "eth0")
    limit_all(bed, old)
    begin(bed, {vm: "eth0" for vm in [*old, new]})

    def used():
        return {int(number) for flow in bed.switch.datapath_flows()
                for number in re.findall(r"meter\((\d+)\)", flow)}
    wait_until(lambda: len(used()) == 3, 10, "flows of three meters",
               bed.dump)
    numbers = used()
    bed.switch.vsctl("set", "Open_vSwitch", ".",
                     "other_config:flow-restore-wait=true")
    bed.switch.kill_vswitchd()
    for vm in old:
        no_limit(bed, vm)
    limit(bed, new, 5)
    bed.switch.start_vswitchd()
    given = wait_until(lambda: {meter for meter in [meter_of(bed, new)]
                                if meter is not None}, 10,
                       "the new VM has a meter", bed.dump)
    figure("meters of flows of the past, of the new VM", [numbers, given])
    assert used() == numbers
    assert numbers <= set(meters(bed))
    assert not given & numbers
    bed.switch.vsctl("remove", "Open_vSwitch", ".", "other_config",
                     "flow-restore-wait")
    wait_until(lambda: set(meters(bed)) == given, 30,
               "the meters of the past are deleted",
               lambda: "%s\n%s" % (meters(bed), bed.dump()), pause=0.5)
    for vm in old:
        bed.run_for(vm, 20, place="eth0")


def test_openflow_meter_stays(bed):
    """A meter of OpenFlow is known, also one that was there first."""
    bed.add_bridge()
    bed.switch.vsctl("set", "bridge", "br0", "protocols=OpenFlow13")
    bed.switch.ofctl("-O", "OpenFlow13", "add-meter", "br0",
                     "meter=7,kbps,band=type=drop,rate=5000")
    before = meters(bed)
    assert len(before) == 1
    bed.add_bond()
    vm = bed.add_vm("a")
    limit(bed, vm, 10)
    wait_until(lambda: len(meters(bed)) == 2, 10, "two meters", bed.dump)
    no_limit(bed, vm)
    wait_until(lambda: meters(bed) == before, 30,
               "the meter of OpenFlow is left", bed.dump, pause=0.5)
    assert "meter=7" in bed.switch.ofctl("-O", "OpenFlow13", "dump-meters",
                                         "br0")


def test_accounting(bed, figure):
    """Statistics are what was sent, and what arrived."""
    bed.add_bridge()
    bed.add_bond()
    vm = bed.add_vm("a", "eth0,*")
    begin(bed, {vm: "eth0"})
    bed.run_for(vm, 200)
    sent = bed.stop(vm)["a"]
    bed.wait_arrived(vm, sent - 1)

    def counted():
        return bed.switch.get("interface", vm.device, "statistics").get(
            "vm_aware_tx_packets")
    wait_until(lambda: counted() == sent, 20,
               "vm_aware_tx_packets is %d" % sent, bed.dump, pause=0.2)
    figure("frames sent, arrived, counted",
           [sent, len(bed.received(vm)), counted()])


def test_many_new_flows(bed, figure):
    """20,000 new flows are more than the sockets of upcalls hold: frames of
    others may be lost with them, and their policy holds."""
    bed.add_bridge()
    bed.add_bond()
    bed.allowed_log += [r"lost packet on handler",
                        r"\|WARN\|Dropped \d+ log messages"]
    calm = bed.add_vm("calm", "eth1,*")
    wild = bed.add_vm("wild", "eth0,*")
    bed.switch.add_flows("br0", ["priority=1,udp,tp_src=1,actions=drop",
                                 "priority=0,actions=NORMAL"])
    begin(bed, {calm: "eth1"})
    bed.sender.start_bulk(wild.number, bed.guests, wild.inner,
                          wild.address(), (FAR_MAC, FAR_IP), 4000, 20000,
                          count=20000)
    wait_until(lambda: bed.sent(wild) >= 20000, 120, "20,000 frames are sent",
               bed.dump, pause=0.5)
    counts = bed.phase(calm)["calm"]
    figure("frames of a calm VM after 20,000 new flows of another", counts)
    assert counts["eth1"] == counts["sent"] and not counts["eth0"]
    figure("lines about lost packets",
           len([line for line in bed.switch.log_lines()
                if "lost packet on handler" in line]))


def netlink_calls(bed, seconds):
    """Messages that the switch sends to the kernel in so many seconds."""
    before = bed.switch.counter("netlink_sent")
    settle(seconds)
    return bed.switch.counter("netlink_sent") - before


def test_calls_of_unlimited_vms(bed, figure):
    """VMs that nobody limits cost no netlink calls.  (Open vSwitch itself
    asks for the statistics of each port, here only once an hour.)"""
    bed.switch.vsctl("set", "Open_vSwitch", ".",
                     "other_config:stats-update-interval=3600000")
    bed.add_bridge()
    bed.add_bond(other_config={"bond-rebalance-interval": "1000"})
    calls, known = [], 0
    for count in 100, 1000:
        while known < count:
            bed.add_many_vms(100, lambda i: "*", wait=False)
            known += 100
        wait_until(lambda: len(bed.aware.vms()) == known, 60,
                   "all VMs are known", pause=1)
        wait_until(lambda: netlink_calls(bed, 2) < 200, 20,
                   "the switch has come to rest", pause=1)
        calls.append(netlink_calls(bed, 10))
        figure("netlink messages in 10 s with %d VMs" % count, calls[-1])
    assert calls[1] <= 1.5 * calls[0] + 50


def crossed(bed, member, seconds=4.0):
    """What comes out of a member in the seconds to come, in bit/s."""
    def read():
        text = bed.upstream.namespace.run(
            "cat", "/sys/class/net/%s/statistics/rx_bytes" % end_of(member))
        return time.monotonic(), 8 * int(text)
    begun, before = read()
    settle(seconds)
    ended, after = read()
    return (after - before) / (ended - begun)


def flood(bed, vm, mbit):
    bed.sender.start_bulk(vm.number, bed.guests, vm.inner, vm.address(),
                          (FAR_MAC, FAR_IP), mbit * MBIT / (8.0 * FRAME), 1,
                          length=1400)


def wait_metered(bed, vm, metered):
    """Wait until all flows of a VM into a tunnel go through a meter, or
    none."""
    wait_until(lambda: {"meter(" in flow
                        for flow in bed.switch.datapath_flows()
                        if "in_port(%s)" % vm.device in flow
                        and "set(tunnel(" in flow} == {metered}, 10,
               "flows into the tunnel are metered: %s" % metered, bed.dump)


def check_route(bed, vm):
    """A VM above its limit sends into the tunnel while another route to its
    other end comes and goes, which does not lead to the bond."""
    host = bed.hypervisor
    host.ip("link", "add", "away0", "type", "veth", "peer", "name", "away1")
    host.ip("address", "add", "172.31.0.2/24", "dev", "away0",
            "noprefixroute")
    for device in "away0", "away1":
        host.ip("link", "set", device, "up")
    wait_metered(bed, vm, True)
    host.ip("route", "add", "172.31.0.254/32", "dev", "away0")
    wait_metered(bed, vm, False)
    host.ip("route", "del", "172.31.0.254/32", "dev", "away0")
    wait_metered(bed, vm, True)


@pytest.mark.parametrize("kind, port", (("vxlan", VXLAN_PORT),
                                        ("geneve", GENEVE_PORT)))
def test_kernel_tunnel(bed, figure, kind, port):
    """The IP stack of the host sends the outer frames: over the host's
    member, within the limit of the VM, and not at all if the VM has no
    member."""
    with tunnel(bed, kind, port):
        bed.set_bond("other_config:vm-aware-host=uplinks=eth0,*")
        free = bed.add_vm("free", "*", bridge="br-int")
        pinned = bed.add_vm("pinned", "eth1", bridge="br-int")
        bed.start(free, pinned)
        for vm in free, pinned:
            bed.run_for(vm, 20, place="eth0")
        counts = bed.phase(free, pinned)
        figure("through the tunnel", counts)
        assert all(only("eth0", count) for count in counts.values())
        assert {arrival.kind for arrival in bed.received(pinned)} \
            == {"tunnel"}
        assert "tunnels of the kernel: tunnel0\n  what VMs send into them " \
            "leaves over the host's member, eth0" in bed.aware.text()

        bed.upstream.cut("eth1")
        bed.wait_member(pinned, None)
        bed.run_for(free, 20)
        counts = bed.phase(free, pinned)
        figure("while the VM has no member", counts)
        assert counts["pinned"]["lost"] == counts["pinned"]["sent"]
        assert only("eth0", counts["free"])
        bed.upstream.restore("eth1")
        bed.wait_member(pinned, "eth1")
        bed.run_for(pinned, 20, place="eth0")

        bed.stop(free, pinned)
        limit_all(bed, [pinned])
        flood(bed, pinned, 40)
        settle(4)
        rate = crossed(bed, "eth0") / MBIT
        figure("limit of 10, 40 are sent, arrive with outer headers",
               "%.2f" % rate)
        rate /= 1 + 50 / FRAME
        assert abs(rate / 10 - 1) <= TOLERANCE
        wait_until(lambda: bed.aware.vm("pinned")["dropped_limit_packets"],
                   10, "what exceeds the limit is counted", bed.dump)
        check_route(bed, pinned)
        bed.stop(pinned)


def flow_places(bed, vm, broadcast=False):
    """{"tc", "ovs"} of the flows of what a VM sends to one port, or of its
    broadcasts."""
    to = "dst=ff:ff:ff:ff:ff:ff" if broadcast else "dst=" + FAR_MAC
    return {place for flow in bed.switch.appctl(
        "dpctl/dump-flows", "-m", "--names").splitlines()
        for place in re.findall(r"dp:(\w+)", flow)
        if "in_port(%s)" % vm.device in flow and to in flow
        and "0x0800" in flow}


def broadcasts(bed, *vms):
    """Where the flows of the VMs' broadcasts are."""
    places = {}
    for vm in vms:
        bed.sender.start_bulk(300000 + vm.number, bed.guests, vm.inner,
                              vm.address(), ("ff:ff:ff:ff:ff:ff", vm.ip),
                              20, 1)
        places[vm.name] = wait_until(
            lambda v=vm: flow_places(bed, v, broadcast=True), 10,
            "a flow of broadcasts", bed.dump)
        bed.sender.stop(300000 + vm.number)
    return places


def test_offload(bed, figure):
    """Flows that tc has, in software: pins, limits, failover and what is
    counted."""
    bed.switch.vsctl("set", "Open_vSwitch", ".",
                     "other_config:hw-offload=true",
                     "other_config:tc-policy=skip_hw")
    bed.switch.exit_vswitchd()
    bed.switch.start_vswitchd()
    bed.add_bridge()
    bed.add_bond()
    free = bed.add_vm("free", "eth0,*")
    slow = bed.add_vm("slow", "eth1,*")
    begin(bed, {free: "eth0", slow: "eth1"})
    for vm in free, slow:
        wait_until(lambda v=vm: flow_places(bed, v) == {"tc"}, 10,
                   "the flow of %s is in tc" % vm.name, bed.dump)
    counts = bed.phase(free, slow)
    figure("flows in tc", counts)
    assert only("eth0", counts["free"]) and only("eth1", counts["slow"])

    bed.stop(slow)
    limit_all(bed, [slow])
    flood(bed, slow, 40)
    settle(4)
    assert flow_places(bed, slow) == {"tc"}
    rate = crossed(bed, "eth1") / MBIT
    figure("limit of 10, 40 are sent, arrive", "%.2f" % rate)
    assert abs(rate / 10 - 1) <= TOLERANCE
    sent = bed.stop(slow)["slow"]
    wait_until(lambda: bed.aware.vm("slow")["dropped_limit_packets"]
               >= sent / 2, 10, "drops are counted", bed.dump)
    shown = bed.aware.vm("slow")
    size = shown["dropped_limit_bytes"] / shown["dropped_limit_packets"]
    figure("sent, dropped, bytes of each that was dropped",
           [sent, shown["dropped_limit_packets"], size])
    assert 0.95 * FRAME <= size <= FRAME

    where = broadcasts(bed, free, slow)
    figure("where the flows of broadcasts are", where)
    assert where["slow"] == {"ovs"}
    assert [vm["name"] for vm in bed.aware.show()["software"]] == ["slow"]
    assert "stay in software, of slow" in bed.aware.text()

    bed.upstream.cut("eth0")
    steady(bed, free, "eth1")
    counts = bed.phase(free)
    figure("after a failover", counts)
    assert only("eth1", counts["free"])
    no_limit(bed, slow)
    no_meter_is_left(bed)
