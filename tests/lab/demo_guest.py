# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The part of the demo that is about VMs that the network cannot carry: a
real guest is suspended while its only uplink is lost."""

import json
import os
import re
import textwrap
import time

import libvirt_host
from agent_host import Agent
from guest_image import GuestImage
from table import table
from upstream import FAR_DEVICE, FAR_IP
from vm import Vm
from waiting import NeverHappened, wait_until

NAME = "web"
POLICY = "<policy uplinks='eth1' on-loss='suspend'/>"
DELAY = 3.0                     # Default of vm-aware-request-delay, in s.
PINGS = 20


def what_is_missing(tree):
    """Why a guest cannot be shown, None if it can."""
    missing = libvirt_host.missing_programs()
    if missing:
        return "not installed: " + ", ".join(missing)
    return None if tree.agent else "ovs-vm-agent was built without libvirt"


def make_image(tree):
    """The guest's kernel and programs; fetches the kernel the first time."""
    image = GuestImage(os.path.join(tree.directory, "lab-guest"))
    image.build()
    return image


class GuestDemo:
    """'promise' is called with what was seen and what was announced.  What
    this starts ends with 'bed'."""

    def __init__(self, bed, image, promise):
        self.bed = bed
        self.promise = promise
        bed.add_bridge()
        bed.add_bond()
        bed.upstream.far.ip("addr", "add", FAR_IP + "/16", "dev", FAR_DEVICE)
        self.host = libvirt_host.LibvirtHost(bed, image)
        bed.stack.callback(self.host.stop)
        self.host.start()
        self.agent = Agent(bed.tree, bed.hypervisor, bed.switch, self.host)
        bed.stack.callback(self.agent.stop)
        self.agent.start()
        self.last = 0           # Number of the last reply before eth1 is lost.
        self.vm = Vm(NAME, 1)
        self.vm.device = "tap" + NAME
        self.host.start_domain(self.vm, FAR_IP)

    # What is shown, each from where it is.

    def answered(self):
        """The numbers of the pings to which the guest has got a reply."""
        return [int(number) for number in re.findall(
            r"bytes from %s: seq=(\d+)" % re.escape(FAR_IP),
            self.host.console(self.vm))]

    def frames_sent(self):
        """How many frames have left the guest, as its tap counts them."""
        text = self.bed.hypervisor.ip("-s", "-j", "link", "show", "dev",
                                      self.vm.device)
        return json.loads(text)[0]["stats64"]["rx"]["packets"]

    def member(self):
        return self.bed.aware.member_of(self.vm.device)

    def request(self):
        status = self.bed.switch.get("interface", self.vm.device, "status")
        return status.get("vm_aware_request"), status.get(
            "vm_aware_request_reason", "none")

    def agent_entry(self):
        """What agent/show says about the guest, {} if nothing."""
        return next((entry for entry in self.agent.show()["vms"]
                     if entry["uuid"] == self.vm.identity), {})

    def row(self, when):
        agent = self.agent_entry()
        request, reason = self.request()
        return [when, self.member() or "none",
                request if request == "none" else "%s: %s" % (request, reason),
                "%s: %s" % (agent.get("answer", "none"),
                            agent.get("note") or "none"),
                self.host.state(self.vm), len(self.answered())]

    def wait(self, condition, timeout, what):
        """Returns whether 'what' was seen, and after how many seconds."""
        began = time.monotonic()
        try:
            wait_until(condition, timeout, what)
            return True, time.monotonic() - began
        except NeverHappened:
            return False, time.monotonic() - began

    def wait_pings(self, more):
        count = len(self.answered()) + more
        wait_until(lambda: len(self.answered()) >= count, 60,
                   "the guest's pings are answered",
                   lambda: self.host.console(self.vm)[-2000:]
                   + self.bed.dump())

    def play(self, number):
        print("\n%d. %s\n" % (number, "A real guest loses its only uplink"))
        text = """Another lab, with libvirt, ovs-vm-agent, and a guest in
            QEMU that pings the far end host every 50 ms.  virsh has written
            its policy into the domain: eth1 and nothing else, and to be
            suspended without it.  The cable of eth1 is pulled, and %g s
            later (vm-aware-request-delay) the switch requests a suspension;
            the agent has libvirt carry it out.  Then the cable is plugged in
            again.""" % DELAY
        print(textwrap.fill(" ".join(text.split()), 78) + "\n", flush=True)
        self.wait_pings(1)
        self.host.virsh("metadata", self.vm.identity,
                        "urn:ovs-vm-aware:policy:1", "--live", "--key", "vm",
                        "--set", POLICY)
        self.bed.wait_member(self.vm, "eth1")
        self.wait_pings(PINGS)
        rows = [self.row("before")]
        seen = [self.lose(rows), self.give_back(rows)]
        print("\n".join(table(["when", "member", "switch requests",
                               "agent/show", "virsh domstate", "replies"],
                              rows)) + "\n", flush=True)
        for truth, what in seen[0] + seen[1]:
            self.promise(truth, what)

    def lose(self, rows):
        """Returns what was seen as pairs of a truth and a sentence."""
        self.bed.upstream.cut("eth1")
        paused, taken = self.wait(
            lambda: self.host.state(self.vm) == "paused", DELAY + 10,
            "suspended")
        told, _ = self.wait(
            lambda: self.agent_entry().get("answer") == "done"
            and self.agent_entry()["suspended"], 5, "answered")
        self.last = self.answered()[-1]
        sent = self.frames_sent()
        time.sleep(1)
        still = self.frames_sent() == sent
        rows.append(self.row("eth1 lost"))
        return [(paused and taken <= DELAY + 5,
                 "virsh says that the guest is suspended, %.1f s after the "
                 "cable was pulled" % taken),
                (told and self.request() == ("suspend", "no-uplink"),
                 "switch and agent agree why: no member may carry it"),
                (still, "the guest stands still: not a frame in a second")]

    def give_back(self, rows):
        self.bed.upstream.restore("eth1")
        running, taken = self.wait(
            lambda: self.host.state(self.vm) == "running", 20, "running")
        over, _ = self.wait(
            lambda: self.request()[0] == "none"
            and not self.agent_entry().get("suspended"), 10, "over")
        self.wait_pings(PINGS)
        rows.append(self.row("eth1 is back"))
        numbers = self.answered()
        first = min(number for number in numbers if number > self.last)
        return [(running, "virsh says that the guest runs, %.1f s after the "
                 "cable was plugged in" % taken),
                (over, "nothing is requested any more, and the agent holds "
                 "no VM suspended"),
                (numbers == sorted(set(numbers)) and self.member() == "eth1",
                 "the same ping goes on over eth1: it lost %d, those of the "
                 "time before the suspension" % (first - self.last - 1))]
