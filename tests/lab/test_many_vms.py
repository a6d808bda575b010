# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Two hundred VMs on a bond of four members, each with its own preference."""

from test_preference import only, steady
from waiting import wait_until

COUNT = 200
FRAMES = 20
RATE = 4


def preference(i):
    return "eth%d,*" % (i * 7 % 4)


def check_traffic(bed, vms, member_of):
    """Let every VM send FRAMES frames; return how many crossed the member
    that member_of(i) names, and how many any other."""
    for index, vm in enumerate(vms):
        bed.sender.start(vm.number, bed.guests, vm.inner, vm.address(),
                         ("52:54:00:ff:00:01", "10.99.0.254"), rate=RATE,
                         count=FRAMES, offset=index / COUNT / RATE)
    bed.wait_frames(
        lambda: all(len(bed.watcher.stream("far", vm.number)) >= FRAMES
                    for vm in vms), 30, "all frames of all VMs arrive")
    right = wrong = 0
    for index, vm in enumerate(vms):
        counts = bed.per_member(vm, 0, FRAMES)
        right += counts[member_of(index)]
        wrong += sum(counts.values()) - counts[member_of(index)]
    return right, wrong


def test_200_vms(make_bed, figure):
    bed = make_bed(members=4)
    bed.add_bridge()
    bed.add_bond()
    vms = bed.add_many_vms(COUNT, preference)
    bed.far_speaks()
    wait_until(lambda: len(bed.aware.vms()) == COUNT, 10, "all VMs are known")
    shown = bed.aware.vms()
    for index, vm in enumerate(vms):
        assert shown[vm.name]["uplink"] == preference(index).split(",")[0]
    right, wrong = check_traffic(bed, vms,
                                 lambda i: preference(i).split(",")[0])
    figure("frames over the preferred member", right)
    figure("frames over another member", wrong)
    assert (right, wrong) == (COUNT * FRAMES, 0)

    # A preference changes: one VM moves, and no bridge is reconfigured.
    wait_until(lambda: len({bed.switch.counter("bridge_reconfigure")
                            for _ in range(3)}) == 1, 5, "counters stand")
    before = bed.switch.counter("bridge_reconfigure")
    moved = vms[0]
    bed.set_ids(moved, vm_uplinks="eth3,*")
    bed.wait_member(moved, "eth3")
    after = bed.switch.counter("bridge_reconfigure")
    figure("bridge_reconfigure runs for a change of external_ids",
           after - before)
    assert after == before
    bed.switch.vsctl("set", "interface", vms[1].device,
                     "other_config:lab=counts")
    assert bed.switch.counter("bridge_reconfigure") > after, \
        "the counter does not count"
    shown = bed.aware.vms()
    unmoved = [vm.name for index, vm in enumerate(vms) if index
               and shown[vm.name]["uplink"] != preference(index).split(",")[0]]
    assert not unmoved

    # A member is lost: its VMs alone move.
    bed.upstream.cut("eth2")
    mine = [vm for index, vm in enumerate(vms) if index
            and preference(index).startswith("eth2")]
    wait_until(lambda: all(entry["uplink"] != "eth2"
                           for entry in bed.aware.vms().values()), 5,
               "eth2 is left", bed.dump)
    shown = bed.aware.vms()
    others = [vm for index, vm in enumerate(vms)
              if index and vm not in mine]
    assert all(shown[vm.name]["uplink"] for vm in mine)
    assert all(shown[vm.name]["uplink"] == vm.preference_text().split(",")[0]
               for vm in others)
    shares = {member: sum(shown[vm.name]["uplink"] == member for vm in mine)
              for member in bed.members}
    figure("where the %d VMs of a lost member went" % len(mine), shares)
    kept = [count for member, count in shares.items() if member != "eth2"]
    assert max(kept) - min(kept) <= 2


def test_flapping_member(bed, figure):
    """A member comes and goes faster than VMs can follow, with many VMs
    on it: others do not notice, and in the end all are where they prefer."""
    bed.add_bridge()
    bed.add_bond()
    calm = bed.add_vm("calm", "eth1,*")
    vms = bed.add_many_vms(50, lambda i: "eth0,*")
    bed.far_speaks()
    bed.start(calm)
    steady(bed, calm, "eth1")
    first = bed.sent(calm)
    for _ in range(15):
        bed.upstream.cut("eth0")
        bed.upstream.restore("eth0")
    wait_until(lambda: all(entry["uplink"] == "eth0"
                           for name, entry in bed.aware.vms().items()
                           if name != "calm"), 10,
               "all VMs are back on eth0", bed.dump)
    counts = bed.phase(calm)["calm"]
    assert only("eth1", counts)
    lost = bed.loss(calm, first)
    figure("calm VM on the other member: frames lost", lost)
    assert lost == 0
    lines = [line for line in bed.switch.log_lines()
             if "|vm_aware_log|INFO|" in line]
    figure("log lines for 15 flaps with %d VMs" % len(vms), len(lines))
    assert 0 < len(lines) < 15 * len(vms), "the log is not limited"
    figure("announcements", len(bed.announcements()))
