#!/usr/bin/python3
# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Shows in a minute what vm-aware does, on real interfaces with real frames.

Builds a private lab of network namespaces: a hypervisor with a bond of two
members, an upstream switch, four VMs that send 500 frames per second each.
Takes a member away and gives it back, and prints what happened; then shows a
limit and a guarantee on a narrow member, how load is spread, and how a real
guest is suspended and resumed.  The exit status is 0 if everything that was
announced was seen.
"""

import argparse
import os
import signal
import sys
import textwrap
import time

import namespace
from build_tree import BuildTree
from command import LabError, end_all_daemons
from demo_bandwidth import BandwidthDemo
from demo_guest import GuestDemo, make_image, what_is_missing
from demo_load import LoadDemo
from table import table
from testbed import TestBed
from waiting import NeverHappened, wait_until

# name, policy
VMS = (
    ("web", {"vm-uplinks": "eth0,*", "vm-priority": "6"}),
    ("db", {"vm-uplinks": "eth1,*", "vm-priority": "5"}),
    ("backup", {"vm-uplinks": "eth1", "vm-priority": "1"}),
    ("mail", {"vm-uplinks": "eth0,eth1"}),
)

FRAMES = 1500


class Demo:
    def __init__(self, bed):
        self.bed = bed
        self.vms = []
        self.broken = []
        self.step = 0

    def say(self, text):
        print(textwrap.fill(" ".join(text.split()), 78), flush=True)

    def promise(self, truth, text):
        """Say whether what was announced was seen."""
        print("  [%s] %s" % ("seen" if truth else "NOT SEEN", text),
              flush=True)
        if not truth:
            self.broken.append(text)

    def members(self):
        shown = self.bed.aware.vms()
        return {vm.name: shown[vm.name]["uplink"] for vm in self.vms}

    def build(self):
        bed = self.bed
        bed.add_bridge()
        bed.add_bond()
        self.vms = [bed.add_vm(name, policy=policy)
                    for name, policy in VMS]
        bed.far_speaks()
        wait_until(lambda: all(self.members().values()), 10,
                   "every VM has a member", bed.dump)
        bed.start(*self.vms)
        for vm in self.vms:
            bed.run_for(vm, 50)

    def show(self, title, explanation, event=None, expected=None):
        """Explain a step, let its event happen, wait until the VMs are where
        'expected' says, let FRAMES frames pass, and print what became of
        them.  Returns {VM: (frames lost, {member: frames})}."""
        bed = self.bed
        self.step += 1
        print("\n%d. %s\n" % (self.step, title))
        self.say(explanation)
        print(flush=True)
        before = self.members()
        first = {vm.name: bed.sent(vm) for vm in self.vms}
        since = time.time_ns()
        if event:
            event()
        if expected:
            try:
                wait_until(lambda: self.members() == expected, 5, "moves")
            except NeverHappened:
                self.promise(False, "the VMs are on %s" % expected)
        bed.run_for(self.vms[0], FRAMES)
        end = {vm.name: bed.sent(vm) for vm in self.vms}
        bed.run_for(self.vms[0], 50)
        return self.report(before, first, end, since)

    def report(self, before, first, end, since):
        bed = self.bed
        shown = bed.aware.vms()
        rows, result = [], {}
        for vm in self.vms:
            entry = shown[vm.name]
            span = first[vm.name], end[vm.name]
            sent, lost = span[1] - span[0], bed.lost(vm, *span)
            per_member = bed.per_member(vm, *span)
            where = [before[vm.name] or "none", entry["uplink"] or "none"]
            rows.append([vm.name, vm.preference_text(),
                         " -> ".join(where) if where[0] != where[1]
                         else where[0], entry["state"], sent, sent - lost,
                         lost] + [per_member[name] for name in bed.members]
                        + [entry["reason_text"]])
            result[vm.name] = lost, per_member
        heading = (["VM", "vm-uplinks", "member", "state", "sent",
                    "received", "lost"]
                   + ["over " + name for name in bed.members] + ["reason"])
        print("\n".join(table(heading, rows)))
        told = {arrival.source for arrival in bed.announcements(since=since)}
        names = sorted(vm.name for vm in self.vms if vm.mac in told)
        print("\n  announced to the upstream switch (RARP): %s\n"
              % (", ".join(names) or "none"), flush=True)
        return result

    def play(self):
        self.normal()
        self.member_lost()
        self.member_back()
        self.pinned()
        print("\nThe operator's view, ovs-appctl vm-aware/show:\n")
        print(textwrap.indent(self.bed.aware.text(), "  "))

    def normal(self):
        result = self.show(
            "Both members work",
            """Each VM says in external_ids:vm-uplinks which members it
            wants, in order; '*' stands for any other.  Frames are counted at
            the far end of each member.""")
        for name, member in (("web", "eth0"), ("mail", "eth0"),
                             ("db", "eth1"), ("backup", "eth1")):
            counts = result[name][1]
            self.promise(result[name][0] == 0
                         and sum(counts.values()) == counts[member],
                         "every frame of %s takes %s" % (name, member))

    def member_lost(self):
        bed = self.bed
        result = self.show(
            "The cable of eth1 is pulled",
            """db falls back to eth0.  backup wants eth1 and nothing else:
            its frames are dropped rather than sent over eth0.  web and mail
            do not notice.""",
            lambda: bed.upstream.cut("eth1"),
            {"web": "eth0", "db": "eth0", "mail": "eth0", "backup": None})
        self.promise(result["web"][0] == 0 and result["mail"][0] == 0,
                     "web and mail lose nothing")
        self.promise(result["db"][1]["eth0"] >= FRAMES * 0.9,
                     "db goes on over eth0; it lost %d frames on the way"
                     % result["db"][0])
        self.promise(result["backup"][1]["eth0"] == 0,
                     "not one frame of backup takes eth0")

    def member_back(self):
        bed = self.bed
        result = self.show(
            "The cable of eth1 is back",
            """db and backup return to eth1, and the upstream switch is told
            where they are now.""",
            lambda: bed.upstream.restore("eth1"),
            {"web": "eth0", "db": "eth1", "mail": "eth0", "backup": "eth1"})
        self.promise(result["backup"][1]["eth1"] >= FRAMES * 0.9,
                     "backup is forwarded again")
        self.promise(result["db"][1]["eth1"] >= FRAMES * 0.9,
                     "db is back on its first choice")
        self.promise(result["web"][0] == 0 and result["mail"][0] == 0,
                     "web and mail lose nothing")

    def pinned(self):
        bed = self.bed
        result = self.show(
            "The operator moves mail",
            """'ovs-appctl vm-aware/migrate bond0 mail eth1' pins one VM to a
            member, until 'auto' unpins it.""",
            lambda: bed.aware.migrate("mail", "eth1"),
            {"web": "eth0", "db": "eth1", "mail": "eth1", "backup": "eth1"})
        self.promise(result["mail"][1]["eth1"] >= FRAMES * 0.9,
                     "mail goes on over eth1")
        self.promise(all(lost <= 5 for lost, _ in result.values()),
                     "moving costs no VM more than a few frames")


def interrupt(*unused):
    """Once is enough: what follows does not disturb cleaning up."""
    for number in signal.SIGINT, signal.SIGTERM:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def play_guest(tree, demo, number):
    missing = what_is_missing(tree)
    if missing:
        print("\n%d. A real guest: left out, %s." % (number, missing))
        return
    image = make_image(tree)
    with TestBed(tree) as bed:
        GuestDemo(bed, image, demo.promise).play(number)
        print("\nRemoving the lab ...", flush=True)


def run_demo(tree):
    print("Building a private lab of network namespaces ...", flush=True)
    with TestBed(tree) as bed:
        demo = Demo(bed)
        demo.build()
        demo.play()
    with TestBed(tree) as bed:
        BandwidthDemo(bed, demo.promise).play(demo.step + 1)
    with TestBed(tree) as bed:
        LoadDemo(bed, demo.promise).play(demo.step + 4)
    play_guest(tree, demo, demo.step + 5)
    if demo.broken:
        print("\nNot everything was seen:\n  " + "\n  ".join(demo.broken))
        return 1
    print("\nEverything that was announced was seen.")
    return 0


def main():
    parser = argparse.ArgumentParser(
        description="Show on real interfaces what bond_mode=vm-aware does.")
    parser.add_argument("--build", metavar="DIR",
                        help="the build directory (default: _build)")
    options = parser.parse_args()
    for number in signal.SIGINT, signal.SIGTERM:
        signal.signal(number, interrupt)
    if os.geteuid():
        print("demo: must run as root: it makes network namespaces",
              file=sys.stderr)
        return 2
    try:
        namespace.remove_stale()
        return run_demo(BuildTree(options.build))
    except KeyboardInterrupt:
        print("\ninterrupted; the lab has been removed", file=sys.stderr)
        return 130
    except (LabError, NeverHappened) as error:
        print("demo: %s" % error, file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        end_all_daemons()
        namespace.remove_own()


if __name__ == "__main__":
    sys.exit(main())
