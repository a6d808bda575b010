# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Members of little capacity, senders of much traffic, and what arrives.

Rates are in bit/s of Ethernet frames without their checksum, as meters, tbf
and interface counters see them.  They are measured by counters of nftables at
the far end host, one for each vNIC, which know nothing of the switch.
"""

import json
import time

from datapath import rate_text
from frame import BULK_PORT
from switch import settings
from upstream import FAR_DEVICE, FAR_IP, FAR_MAC, end_of
from worker import Worker

# Bytes of a UDP frame: 1400 of payload.
PAYLOAD = 1400
FRAME = 14 + 20 + 8 + PAYLOAD
ETHERNET = 14

# Streams of load beside the stream of numbered frames of the same vNIC.
BESIDE = 200000

# What the switch needs to detect a change of the load, in s: two intervals
# of vm-aware-rate-interval and a second.
SETTLE = 2.0


def jain(values):
    """Jain's index of fairness: 1 if all are the same, 1/n if one has
    everything (R. Jain, D. Chiu, W. Hawe, DEC-TR-301, 1984)."""
    values = list(values)
    return sum(values) ** 2 / (len(values) * sum(v * v for v in values))


class Bandwidth:
    """Give it to the stack of a TestBed, or close it."""

    def __init__(self, bed):
        self.bed = bed
        self.vms = []
        self.tcp = Worker("tcp_process.py")
        bed.stack.callback(self.tcp.stop)
        far = bed.upstream.far
        far.ip("address", "add", FAR_IP + "/16", "dev", FAR_DEVICE)
        self.tcp.ask("listen", namespace=far.name, address=FAR_IP,
                     port=BULK_PORT)

    def shape(self, mbit):
        """Give all members that capacity.  To be called when the switch has
        them: it removes queues that it does not know."""
        for member in self.bed.members:
            self.bed.hypervisor.run(
                "tc", "qdisc", "replace", "dev", member, "root", "tbf",
                "rate", rate_text(mbit) + "bit", "burst", "128kb",
                "latency", "30ms")
            self.bed.switch.vsctl("set", "interface", member,
                                  *settings("other_config", {
                                      "vm-aware-capacity":
                                      rate_text(mbit)}))

    def add_vm(self, name, **options):
        """A vNIC that has an IP address and whose arrivals are counted."""
        vm = self.bed.add_vm(name, **options)
        guests, far = self.bed.guests, self.bed.upstream.far
        guests.write("net/ipv4/conf/all/rp_filter", "0")
        guests.write("net/ipv4/conf/%s/rp_filter" % vm.inner, "0")
        guests.ip("address", "add", vm.ip + "/16", "dev", vm.inner)
        guests.ip("neighbor", "replace", FAR_IP, "lladdr", FAR_MAC,
                  "dev", vm.inner)
        far.ip("neighbor", "replace", vm.ip, "lladdr", vm.mac,
               "dev", FAR_DEVICE)
        self.vms.append(vm)
        return vm

    def count(self):
        """Count from now on what arrives of each vNIC.  UDP is dropped
        then, as no socket listens."""
        lines = ["counter %s { }" % vm.device for vm in self.vms]
        lines += ["chain in {",
                  "type filter hook ingress device %s priority 0;"
                  % FAR_DEVICE]
        lines += ["ip saddr %s counter name %s" % (vm.ip, vm.device)
                  for vm in self.vms]
        lines += ["udp dport %d drop" % BULK_PORT, "}"]
        self.bed.upstream.far.run(
            "nft", "-f", "-",
            stdin="table netdev lab {\n%s\n}\n" % "\n".join(lines))

    def _arrived(self):
        """(time, {device: bits})."""
        text = self.bed.upstream.far.run("nft", "-j", "list", "counters")
        now = time.monotonic()
        counters = [item["counter"] for item in json.loads(text)["nftables"]
                    if "counter" in item]
        return now, {counter["name"]: 8 * (counter["bytes"] + ETHERNET
                                           * counter["packets"])
                     for counter in counters}

    def rates(self, seconds=4.0):
        """What arrives of each vNIC in the seconds to come, bit/s by the
        vNIC's name."""
        begun, before = self._arrived()
        time.sleep(seconds)
        ended, after = self._arrived()
        return {vm.name: (after[vm.device] - before[vm.device])
                / (ended - begun) for vm in self.vms}

    def _crossed(self):
        """(time, [bits]) that came out of each member at its far end."""
        text = self.bed.upstream.namespace.run("cat", *[
            "/sys/class/net/%s/statistics/rx_bytes" % end_of(member)
            for member in self.bed.members])
        return time.monotonic(), [8 * int(line) for line in text.split()]

    def member_loads(self, seconds, window=0.25):
        """What comes out of the members at their far ends in the seconds to
        come: a list of (time at its end, {member: bit/s}) of windows."""
        windows = []
        begun, before = start, _ = self._crossed()
        while begun < start + seconds:
            time.sleep(window)
            ended, after = self._crossed()
            windows.append((ended, {
                member: (after[i] - before[i]) / (ended - begun)
                for i, member in enumerate(self.bed.members)}))
            begun, before = ended, after
        return windows

    # Senders.

    def udp(self, vm, rate, tuples=1, beside=0):
        """Send UDP, 'rate' bit/s, regardless of losses.  With
        beside=BESIDE the vNIC may send numbered frames, too."""
        self.bed.sender.start_bulk(
            beside + vm.number, self.bed.guests, vm.inner, vm.address(),
            (FAR_MAC, FAR_IP), rate / (8.0 * FRAME), tuples, length=PAYLOAD)

    def stop_udp(self, *vms):
        for vm in vms:
            self.bed.sender.stop(vm.number)

    def lost_at_begin(self, vm, rate, seconds=0.5):
        """Send UDP for so long, 'rate' bit/s, from silence.  Returns which
        part of it did not arrive."""
        _, before = self._arrived()
        self.udp(vm, rate)
        time.sleep(seconds)
        sent = 8 * FRAME * self.bed.stop(vm)[vm.name]
        settle(0.2)
        _, after = self._arrived()
        return 1 - (after[vm.device] - before[vm.device]) / sent

    def start_tcp(self, vm, connections=1):
        """Send as fast as TCP allows."""
        for _ in range(connections):
            self.tcp.ask("start", stream=vm.number, device=vm.inner,
                         namespace=self.bed.guests.name, source=vm.ip,
                         destination=FAR_IP, port=BULK_PORT)

    def stop_tcp(self, *vms):
        """End all connections of these vNICs."""
        for vm in vms:
            self.tcp.ask("stop", stream=vm.number)


def settle(seconds=SETTLE):
    """Let the time pass that the switch has for a change of load."""
    time.sleep(seconds)
