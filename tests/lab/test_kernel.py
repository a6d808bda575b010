# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""What the kernel datapath does otherwise than that in userspace.  These
tests run on that datapath alone, see kernel_guest.py."""

import re

import pytest

import datapath
from datapath import rate_text
from kernel_meters import kernel_meters
from test_preference import steady
from upstream import FAR_MAC
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


def test_meters_are_freed(bed):
    """With the last key, with the bond, and with the mode."""
    bed.add_bridge()
    bed.add_bond()
    vms = [bed.add_vm("vm%d" % i) for i in range(4)]
    for vm in vms:
        limit(bed, vm, 10)
    wait_until(lambda: len(meters(bed)) == 4, 10, "four meters", bed.dump)
    for vm in vms:
        no_limit(bed, vm)
    no_meter_is_left(bed)
    for vm in vms:
        limit(bed, vm, 10)
    wait_until(lambda: len(meters(bed)) == 4, 10, "four meters", bed.dump)
    bed.set_bond("bond_mode=balance-slb")
    no_meter_is_left(bed)


@pytest.mark.parametrize("way", ("kill -9", "exit"))
def test_meters_of_the_past(bed, figure, way):
    """All limits are gone while the switch is away."""
    bed.add_bridge()
    bed.add_bond()
    vms = [bed.add_vm("vm%d" % i) for i in range(4)]
    for vm in vms:
        limit(bed, vm, 10)
    wait_until(lambda: len(meters(bed)) == 4, 10, "four meters", bed.dump)
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
    for vm in old:
        limit(bed, vm, 10)
    bed.far_speaks()
    bed.start(*old, new)
    for vm in old:
        steady(bed, vm, "eth0")

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
    bed.far_speaks()
    bed.start(vm)
    steady(bed, vm, "eth0")
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
