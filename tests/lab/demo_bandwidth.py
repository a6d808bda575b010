# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The part of the demo that is about bandwidth: a limit and a guarantee on
a member that is too small for all."""

import textwrap

from bandwidth import Bandwidth, settle
from table import table
from waiting import wait_until

MBIT = 1e6
CAPACITY = 50

# name, policy, what it tries to send in Mbit/s
VMS = (
    ("db", {"vm-min-rate": "30M", "vm-priority": "6"}, 35),
    ("guest", {"vm-max-rate": "5M"}, 15),
    ("bulk", {"vm-priority": "1"}, 60),
)


class BandwidthDemo:
    """'promise' is called with what was seen and what was announced."""

    def __init__(self, bed, promise):
        self.bed = bed
        self.promise = promise
        bed.add_bridge()
        bed.add_bond()
        self.lines = Bandwidth(bed)
        self.lines.shape(CAPACITY)
        self.vms = {}
        for name, policy, _ in VMS:
            self.vms[name] = self.lines.add_vm(name, uplinks="eth0",
                                               policy=policy)
        self.lines.count()
        bed.far_speaks()
        wait_until(lambda: all(bed.aware.member_of(vm.device)
                               for vm in self.vms.values()), 10,
                   "every VM has a member", bed.dump)

    def step(self, number, title, explanation, starting):
        """Let the VMs named 'starting' begin to send.  Returns what arrives
        of each VM, in Mbit/s."""
        print("\n%d. %s\n" % (number, title))
        print(textwrap.fill(" ".join(explanation.split()), 78) + "\n",
              flush=True)
        tries = {name: rate for name, _, rate in VMS}
        for name in starting:
            self.lines.udp(self.vms[name], tries[name] * MBIT)
        settle()
        rates = {name: rate / MBIT
                 for name, rate in self.lines.rates().items()}
        shown = self.bed.aware.vms()
        rows = [[name,
                 " ".join("%s=%s" % item for item in policy.items()),
                 "%d Mbit/s" % tries[name] if rates[name] > 0.1 else "none",
                 "%.1f Mbit/s" % rates[name], shown[name]["state"]]
                for name, policy, _ in VMS]
        print("\n".join(table(["VM", "policy", "tries to send", "arrives",
                               "state"], rows)) + "\n", flush=True)
        return rates

    def play(self, number):
        rates = self.step(
            number, "A limit", """Another lab, with members of %d Mbit/s.
            guest may send 5 Mbit/s and tries 15: what is too much is dropped
            by a meter of the datapath.""" % CAPACITY, ["guest"])
        self.promise(abs(rates["guest"] / 5 - 1) < 0.05,
                     "guest is policed to its limit")
        rates = self.step(
            number + 1, "A guarantee under contention", """db is guaranteed 30
            Mbit/s.  bulk floods the same member with more than it can
            carry.""", ["db", "bulk"])
        self.promise(rates["db"] >= 0.98 * 30,
                     "db has at least what it is guaranteed")
        self.promise(sum(rates.values()) >= 0.9 * CAPACITY,
                     "bulk gets what is left, the member is full")
        self.begin_again(number + 2)

    def begin_again(self, number):
        """db falls silent, lends its guarantee, and begins to send again."""
        self.lines.stop_udp(self.vms["db"])
        rates = self.step(
            number, "A guarantee holds from the first frame", """db falls
            silent: bulk uses the whole member.  Then db begins to send 29
            Mbit/s.  Its meter never stands below its guarantee, and bulk is
            reduced within 50 to 100 ms.""", [])
        self.promise(sum(rates.values()) >= 0.9 * CAPACITY,
                     "bulk uses what db is guaranteed and does not use")
        lost = self.lines.lost_at_begin(self.vms["db"], 29 * MBIT)
        print("Of its first half second db lost %.1f %%, in the queue of the "
              "member.\n" % (100 * lost), flush=True)
        self.promise(lost <= 0.2, "db loses next to nothing when it begins")
