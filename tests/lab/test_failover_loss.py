# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""What a lost member costs a stream of 500 frames per second and VM, in the
stock modes and in vm-aware, on one bond in one run."""

import functools
import itertools
import statistics
import time

STOCK = ("active-backup", "balance-slb")
MODES = STOCK + ("vm-aware",)
ROUNDS = 12

# How improbable chance alone must make a difference before it counts.
CHANCE = 0.001


def tx_member_of(bed, vm):
    """The member that carries a VM's frames now: what its last 20 took."""
    end = bed.run_for(vm, 25) - 2
    counts = bed.per_member(vm, end - 20, end)
    member = max(counts, key=counts.get)
    return member if counts[member] == 20 else None


def settle(bed, vms, expected):
    """Wait until the VMs' frames take the expected members (None: any)."""
    for vm in vms:
        for _ in range(100):
            member = tx_member_of(bed, vm)
            if member and member == expected.get(vm.name, member):
                break
        else:
            raise AssertionError("%s is not on %s\n%s"
                                 % (vm.name, expected.get(vm.name),
                                    bed.dump()))


def longest_gap(bed, vm, since):
    """The longest time without a frame of a VM, since a time (ns), in ms."""
    times = [arrival.time for arrival in bed.received(vm)
             if arrival.time >= since - 20e6]
    return max(late - early for early, late in zip(times, times[1:])) / 1e6


def chance_of(differences):
    """How probable it is that paired differences of so high a sum come about
    by chance, if each may as well have had the other sign: the exact
    permutation test of R. A. Fisher, The Design of Experiments (1935), 21."""
    observed = sum(differences)
    sums = [sum(sign * value for sign, value in zip(signs, differences))
            for signs in itertools.product((1, -1), repeat=len(differences))]
    return sum(total >= observed - 1e-9 for total in sums) / len(sums)


def one_round(bed, vms):
    """Cut the member of the first VM, and restore it.  Returns the loss per
    moved VM at failover, of the VMs not concerned, per moved VM at failback,
    of the VMs not concerned; the longest gaps at failover, in ms; and the
    source addresses of the RARP frames sent for VMs not concerned."""
    where = {vm.name: tx_member_of(bed, vm) for vm in vms}
    lost_uplink = where[vms[0].name]
    moved = [vm for vm in vms if where[vm.name] == lost_uplink]
    others = [vm for vm in vms if vm not in moved]
    start = time.time_ns()
    counts = []
    for event in bed.upstream.cut, bed.upstream.restore:
        first = {vm.name: bed.sent(vm) for vm in vms}
        event(lost_uplink)
        bed.run_for(vms[0], 250)
        counts.append([bed.loss(vm, first[vm.name]) for vm in moved])
        counts.append([bed.loss(vm, first[vm.name]) for vm in others])
        if event == bed.upstream.cut:
            gaps = [longest_gap(bed, vm, start) for vm in moved]
    strangers = {arrival.source for member in bed.members
                 for arrival in bed.watcher.all_of("rarp", member,
                                                   since=start)}
    strangers &= {vm.mac for vm in others}
    return counts, gaps, strangers


def test_failover_loss(bed, figure):
    bed.add_bridge()
    bed.add_bond("active-backup")
    preferences = {"a": "eth0,*", "b": "eth0,*", "c": "eth1,*", "d": "eth1,*"}
    vms = [bed.add_vm(*item) for item in preferences.items()]
    bed.far_speaks()
    bed.start(*vms)
    failover = {mode: [] for mode in MODES}
    failback = {mode: [] for mode in MODES}
    gaps = {mode: [] for mode in MODES}
    unconcerned = []
    for number in range(ROUNDS):
        # Each mode comes first, second and third equally often.
        for index in range(len(MODES)):
            mode = MODES[(number + index) % len(MODES)]
            expected = {}
            if mode == "vm-aware":
                expected = {name: preference.split(",")[0]
                            for name, preference in preferences.items()}
            bed.set_mode(mode, functools.partial(settle, bed, vms, expected))
            counts, longest, strangers = one_round(bed, vms)
            failover[mode].append(statistics.mean(counts[0]))
            failback[mode].append(max(counts[2]))
            gaps[mode] += longest
            if mode == "vm-aware":
                unconcerned += counts[1] + counts[3]
                assert not strangers, "RARP for VMs that did not move"
    for mode in MODES:
        figure("%s: frames lost per moved VM in %d failovers: mean, worst "
               "failover" % (mode, ROUNDS),
               (statistics.mean(failover[mode]), max(failover[mode])))
        figure("%s: longest gap in ms: median, worst" % mode,
               (statistics.median(gaps[mode]), max(gaps[mode])))
        figure("%s: frames lost per VM at the return, at most" % mode,
               max(failback[mode]))
    figure("vm-aware: lost by VMs on the other member", sum(unconcerned))
    assert sum(unconcerned) == 0
    for mode in STOCK:
        chance = chance_of([ours - theirs for ours, theirs in
                            zip(failover["vm-aware"], failover[mode])])
        figure("probability of losing so much more than in %s by chance"
               % mode, chance)
        assert chance >= CHANCE
    assert max(failover["vm-aware"]) < 50
