# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The mode of a live bond is changed under traffic, with many datapath
flows: forwarding goes on (ovs-issues #378)."""

import re

import pytest

from arrivals import between, longest_gap
from waiting import wait_until

FLOWS = 20000
BULK_RATE = 4000
TUPLES = 24000
BULK_STREAM = 1000


def fill_datapath(bed, vm):
    """Make the datapath hold more than FLOWS flows, and keep them in use."""
    bed.switch.vsctl("set", "Open_vSwitch", ".",
                     "other_config:flow-limit=200000",
                     "other_config:max-idle=60000")
    # What OVS says when it makes room among very many flows.
    bed.allowed_log += [r"datapath reached the dynamic limit",
                        r"ukey installation fails"]
    # Reading both ports makes every connection a flow of its own.
    bed.switch.add_flows("br0", [
        "priority=10,udp,actions=move:NXM_OF_UDP_SRC[]->NXM_NX_REG0[0..15],"
        "move:NXM_OF_UDP_DST[]->NXM_NX_REG0[16..31],NORMAL",
        "priority=1,actions=NORMAL"])
    bed.sender.start_bulk(BULK_STREAM, bed.guests, vm.inner, vm.address(),
                          ("52:54:00:ff:00:01", "10.99.0.254"), BULK_RATE,
                          TUPLES)
    wait_flows(bed)


def wait_flows(bed):
    """Wait until there are enough flows, and the switch, which starts with a
    low limit and raises it as it finds that it can, allows for them all."""
    wait_until(lambda: flow_figure(bed, "current") > FLOWS
               and flow_figure(bed, "limit") >= TUPLES, 60,
               "%d datapath flows" % FLOWS, pause=0.5)


def flow_figure(bed, name):
    """A figure of upcall/show."""
    text = bed.switch.appctl("upcall/show")
    return int(re.search(r"\(%s (\d+)\)" % name, text).group(1))


def switch_to(bed, vms, mode):
    """Change the mode; return the longest gap (ms) and the frames lost, the
    worst of the VMs, from then on until traffic has been steady."""
    first = {vm.name: bed.sent(vm) for vm in vms}
    bed.set_bond("bond_mode=" + mode)
    bed.run_for(vms[0], 1000, timeout=30)
    end = {vm.name: bed.sent(vm) for vm in vms}
    for vm in vms:
        bed.wait_arrived(vm, end[vm.name], timeout=30)
    spans = {vm.name: (first[vm.name], end[vm.name]) for vm in vms}
    return (max(longest_gap(between(bed.received(vm), *spans[vm.name]))
                for vm in vms),
            max(bed.lost(vm, *spans[vm.name]) for vm in vms))


def test_switch_under_load(bed, figure):
    bed.add_bridge()
    bed.add_bond("balance-slb")
    vms = [bed.add_vm("a", "eth0,*"), bed.add_vm("b", "eth1,*")]
    loader = bed.add_vm("loader", "eth1,*")
    bed.far_speaks()
    bed.start(*vms)
    bed.run_for(vms[0], 50)
    fill_datapath(bed, loader)
    gaps, lost = {}, {}
    # The change between stock modes is what the others are measured by.
    for mode in ("active-backup", "balance-slb", "vm-aware", "balance-slb",
                 "vm-aware"):
        key = "stock" if not gaps else mode
        if key == mode and mode == "balance-slb" and "vm-aware" not in gaps:
            key = "stock"
        wait_flows(bed)
        flows = flow_figure(bed, "current")
        gap, frames = switch_to(bed, vms, mode)
        figure("to %s with %d flows: longest gap (ms), lost, flows later"
               % (mode, flows), "%.1f, %d, %d"
               % (gap, frames, flow_figure(bed, "current")))
        gaps[key] = max(gap, gaps.get(key, 0))
        lost[key] = max(frames, lost.get(key, 0))
    end = bed.run_for(vms[0], 200) - 2
    assert bed.per_member(vms[0], end - 100, end) == {"eth0": 100, "eth1": 0}
    worst = max(gaps["vm-aware"], gaps["balance-slb"])
    assert worst < max(2 * gaps["stock"], 250), gaps
    assert max(lost["vm-aware"], lost["balance-slb"]) \
        <= max(2 * lost["stock"], 25), lost


@pytest.mark.kernel
def test_nothing_stays(bed):
    """What vm-aware wrote about the VMs goes with the mode."""
    bed.add_bridge()
    bed.add_bond()
    vm = bed.add_vm("a", "eth1,*")
    bed.wait_member(vm, "eth1")

    def written():
        return sorted(key for column in ("status", "statistics")
                      for key in bed.switch.get("interface", vm.device,
                                                column)
                      if key.startswith("vm_aware"))
    wait_until(lambda: "vm_aware_tx_bytes" in written(), 10,
               "statistics are written", bed.dump)
    bed.set_bond("bond_mode=balance-slb")
    wait_until(lambda: not written(), 10,
               "status and statistics of vm-aware are gone", bed.dump)
    bed.set_bond("bond_mode=vm-aware")
    bed.wait_member(vm, "eth1")
