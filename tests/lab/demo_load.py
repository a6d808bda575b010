# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The part of the demo that is about load: two heavy VMs on one member are
separated."""

import textwrap
import time

from one_member import OneMember
from table import table
from waiting import NeverHappened, wait_until

CAPACITY = 50
INTERVAL = 5

# Mbit/s.
LOADS = {"heavy1": 14, "heavy2": 14, "light1": 1, "light2": 1}


class LoadDemo:
    """'promise' is called with what was seen and what was announced."""

    def __init__(self, bed, promise):
        self.bed = bed
        self.promise = promise
        bed.add_bridge()
        bed.add_bond(other_config={
            "bond-rebalance-interval": "%d" % (1000 * INTERVAL)})
        self.scene = OneMember(bed, LOADS, CAPACITY)
        self.took = None

    def play(self, number):
        print("\n%d. %s\n" % (number, "Two heavy VMs on one member"))
        text = """Another lab, with members of %d Mbit/s and four VMs that may
            use either.  They come up while only eth0 is cabled, so all of
            their load is there.  Then eth1 is cabled, too.  Every %d s
            (bond-rebalance-interval, 10 s by default) the switch
            moves VMs if that lowers the highest utilization."""
        text %= CAPACITY, INTERVAL
        print(textwrap.fill(" ".join(text.split()), 78) + "\n", flush=True)
        scene = self.scene
        scene.start()
        before = scene.watch(2).mean(1)
        was = self.members()
        course = scene.watch(INTERVAL, lambda: self.plug_in(was))
        after = scene.watch(2).mean(1)
        self.report(before, after, was, course)

    def members(self):
        shown = self.bed.aware.vms()
        return {name: shown[name]["uplink"] for name in LOADS}

    def plug_in(self, was):
        """Cable eth1, and wait until a VM has moved."""
        begun = time.monotonic()
        self.scene.release()
        try:
            wait_until(lambda: self.members() != was, INTERVAL + 5, "moves")
            self.took = time.monotonic() - begun
        except NeverHappened:
            self.promise(False, "the load is balanced after %d s" % INTERVAL)

    def report(self, before, after, was, course):
        bed = self.bed
        now, shown = self.members(), bed.aware.vms()
        moved = sorted(name for name in LOADS if was[name] != now[name])
        lost, told = course.lost(), sorted(course.announced())
        rows = [[member, load(before[member]), names_on(was, member),
                 load(after[member]), names_on(now, member)]
                for member in bed.members]
        print("\n".join(table(["member", "load before", "VMs before",
                               "load after", "VMs after"], rows)) + "\n")
        rows = [[name, "%d Mbit/s" % LOADS[name],
                 "%s -> %s" % (was[name], now[name]) if name in moved
                 else now[name], lost[name],
                 shown[name]["reason_text"] if name in moved
                 else "did not move"] for name in LOADS]
        print("\n".join(table(["VM", "sends", "member", "frames lost",
                               "why"], rows)))
        if self.took is not None:
            print("\n  moved %.1f s after eth1 was cabled" % self.took)
        print("  announced to the upstream switch (RARP): %s\n"
              % (", ".join(told) or "none"), flush=True)
        self.promise(now["heavy1"] != now["heavy2"],
                     "heavy1 and heavy2 are on different members")
        self.promise(max(after.values()) <= 0.55 * sum(after.values()),
                     "no member carries more than 55 % of the load")
        self.promise(not any(lost[name] for name in LOADS
                             if name not in moved),
                     "VMs that did not move lost nothing")
        self.promise(told == moved,
                     "the VMs that moved were announced, and no others")


def load(mbit):
    return "%d Mbit/s, %d %%" % (round(mbit), round(100 * mbit / CAPACITY))


def names_on(members, member):
    return ", ".join(sorted(name for name in members
                            if members[name] == member)) or "none"
