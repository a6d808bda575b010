# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""After a restart of ovs-vswitchd, and after kill -9, every VM is where it
was, also where placement would not have put it."""

import pytest

from test_lacp import negotiated
from waiting import wait_until


def members(bed):
    return {name: entry["uplink"] for name, entry in bed.aware.vms().items()}


def place(bed):
    """Add VMs and pin some where placement would not put them."""
    preferences = {"first": "eth0,*", "second": "eth1,*", "any1": "*",
                   "any2": "*", "pinned": "eth0,*", "also-pinned": "*"}
    vms = {name: bed.add_vm(name, uplinks)
           for name, uplinks in preferences.items()}
    bed.far_speaks()
    placed = members(bed)
    # Three of '*' pinned to one member: placement would spread them.
    away = "eth1" if placed["also-pinned"] == "eth0" else "eth0"
    bed.aware.migrate("pinned", "eth1")
    bed.aware.migrate("also-pinned", away)
    bed.wait_member(vms["pinned"], "eth1")
    bed.wait_member(vms["also-pinned"], away)
    return vms


def restart(bed, way):
    if way == "exit":
        bed.switch.exit_vswitchd()
    else:
        bed.switch.kill_vswitchd()
    bed.switch.start_vswitchd()


def start_placed(bed, vms):
    """Let VMs send.  {name: member} of where they are, as their frames say,
    too."""
    before = members(bed)
    bed.start(*vms.values())
    for name, vm in vms.items():
        bed.run_for(vm, 5, place=before[name])
    return before


def check_places_kept(bed, figure, vms, before, first, timeout=10):
    """VMs send over the members 'before', and have sent over no other one
    since frame number first[name]."""
    for name, vm in vms.items():
        bed.run_for(vm, 300, place=before[name], timeout=timeout)
        counts = bed.per_member(vm, first[name], bed.sent(vm))
        figure("%s on %s: frames since the restart" % (name, before[name]),
               counts)
        strayed = sum(counts.values()) - counts[before[name]]
        assert strayed == 0, "frames took another member for a while"
    assert members(bed) == before


@pytest.mark.kernel
@pytest.mark.parametrize("way", ("exit", "kill -9"))
def test_restart(bed, figure, way):
    bed.add_bridge()
    bed.add_bond()
    vms = place(bed)
    before = start_placed(bed, vms)

    first = {name: bed.sent(vm) for name, vm in vms.items()}
    restart(bed, way)
    assert members(bed) == before
    check_places_kept(bed, figure, vms, before, first)

    # A pinned VM stays pinned until "auto".
    bed.aware.migrate("pinned", "auto")
    bed.wait_member(vms["pinned"], "eth0")


def test_restart_without_a_member(bed, figure):
    """A member is lost during the restart: its VMs are on the other one,
    and are back when it is."""
    bed.add_bridge()
    bed.add_bond()
    vms = place(bed)
    alone = bed.add_vm("alone", "eth1")
    before = members(bed)
    bed.start(*vms.values(), alone)
    bed.switch.kill_vswitchd()
    bed.upstream.cut("eth1")
    bed.switch.start_vswitchd()
    for name, vm in vms.items():
        bed.wait_member(vm, "eth0")
    bed.wait_member(alone, None)
    bed.run_for(vms["second"], 20, place="eth0")
    bed.upstream.restore("eth1")
    bed.wait_member(vms["second"], "eth1")
    bed.wait_member(alone, "eth1")
    bed.run_for(vms["second"], 20, place="eth1")
    figure("before", before)
    figure("after the restart and the return of eth1", members(bed))


def test_restart_with_lacp(make_bed, figure):
    """With LACP the members become usable one after the other: in the end
    every VM is where it was all the same."""
    bed = make_bed(lacp=True)
    bed.add_bridge()
    bed.add_bond(lacp="active", other_config={"lacp-time": "fast"})
    wait_until(lambda: negotiated(bed), 20, "LACP is negotiated", bed.dump)
    vms = place(bed)
    before = start_placed(bed, vms)
    restart(bed, "kill -9")
    wait_until(lambda: negotiated(bed), 20, "LACP is negotiated", bed.dump)
    wait_until(lambda: members(bed) == before, 10,
               "every VM is where it was: %s" % before, bed.dump)
    for name, vm in vms.items():
        bed.run_for(vm, 20, place=before[name])
    figure("before and after", before)


def test_restart_with_updelay(bed, figure):
    """The same when the members have to wait for bond_updelay."""
    bed.add_bridge()
    bed.add_bond(bond_updelay="800")
    wait_until(lambda: bed.switch.appctl("bond/show").count(": enabled") == 2,
               5, "both members are enabled", bed.dump)
    vms = place(bed)
    before = start_placed(bed, vms)
    restart(bed, "exit")
    wait_until(lambda: members(bed) == before, 10,
               "every VM is where it was: %s" % before, bed.dump)
    for name, vm in vms.items():
        bed.run_for(vm, 20, place=before[name])
    figure("before and after", before)
