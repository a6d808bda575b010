# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""ovs-vm-agent on a hypervisor, and a second hypervisor to migrate to."""

import json
import os

import libvirt_host
from command import Daemon, LabError, run
from namespace import Namespace, cable
from switch import Switch
from waiting import wait_until


class Agent:
    """'host' is a LibvirtHost."""

    def __init__(self, tree, namespace, switch, host, *options):
        self.tree = tree
        self.namespace = namespace
        self.switch = switch
        self.host = host
        self.options = options
        self.daemon = None

    def start(self):
        control = self.switch.path("agent.ctl")
        if os.path.exists(control):
            os.unlink(control)
        self.daemon = Daemon(
            "ovs-vm-agent", self.namespace.exec(
                self.tree.agent, "--connect=" + self.host.uri(),
                "--log-file", "--pidfile", "--overwrite-pidfile",
                "--unixctl=" + control, *self.options,
                self.switch.remote()),
            self.switch.path("agent.out"), env=self.switch.env)
        wait_until(self._answers, 10, "ovs-vm-agent answers")

    def _answers(self):
        self.daemon.require_running()
        try:
            return self.show()
        except LabError:
            return None

    def kill(self, number):
        self.daemon.kill(number)

    def stop(self):
        self.daemon.stop()

    def ask(self, vm, request, identifier):
        """Ask for something, as the switch does."""
        self.switch.vsctl(
            "--no-wait", "set", "interface", vm.device,
            "status:vm_aware_request=" + request,
            "status:vm_aware_request_id=" + identifier,
            "status:vm_aware_request_reason=uplinks-lost")

    def withdraw(self, vm):
        self.switch.vsctl(
            "--no-wait", "set", "interface", vm.device,
            "status:vm_aware_request=none",
            "--", "remove", "interface", vm.device, "status",
            "vm_aware_request_id", "vm_aware_request_reason")

    def answer(self, vm):
        try:
            ids = self.switch.get("interface", vm.device, "external_ids")
        except LabError:
            return {}
        return {key: value for key, value in ids.items()
                if key.startswith("vm-agent-")}

    def wait_answer(self, vm, identifier, state=None):
        """Wait for the answer to a request and return its state, which must
        be 'state' if that is given."""
        def final():
            answer = self.answer(vm)
            return (answer.get("vm-agent-request") == identifier
                    and answer["vm-agent-state"] != "doing" and answer)
        answer = wait_until(final, 60, "answer to " + identifier, self.dump)
        if state:
            assert answer["vm-agent-state"] == state, answer
        return answer["vm-agent-state"]

    def show(self):
        text = run([self.tree.appctl, "--timeout=10",
                    "--target=" + self.switch.path("agent.ctl"),
                    "agent/show", "--json"], env=self.switch.env)
        return json.loads(text)

    def steps(self, vm):
        """What the agent does for a VM at present."""
        return [entry["request"] for entry in self.show()["vms"]
                if entry["uuid"] == vm.identity and entry["step"] == "act"]

    def log_lines(self):
        path = self.switch.path("ovs-vm-agent.log")
        with open(path, errors="replace") as log:
            return log.read().splitlines()

    def dump(self):
        return "-- agent\n" + "\n".join(self.log_lines()[-30:])


class SecondHost:
    """A hypervisor with Open vSwitch, a vm-aware bond and libvirt, on the same
    upstream switch as that of a test bed, and with a cable to it for
    migrations."""

    def __init__(self, bed, image, address):
        self.tree = bed.tree
        self.directory = os.path.join(bed.directory, "second")
        os.makedirs(self.directory)
        self.upstream = bed.upstream
        self.first = bed.hypervisor
        self.address = address
        self.hypervisor = Namespace("hv2")
        self.switch = Switch("second", bed.tree, self.hypervisor,
                             os.path.join(self.directory, "ovs"))
        self.libvirt = libvirt_host.LibvirtHost(self, image, name="two",
                                                address=address)
        self.agent = None

    def start_agent(self):
        self.agent = Agent(self.tree, self.hypervisor, self.switch,
                           self.libvirt)
        self.agent.start()

    def target(self):
        """As a candidate for migrations, with its database."""
        return self.libvirt.uri() + "=" + self.switch.remote()

    def status(self):
        """What its bond says of itself."""
        return self.switch.get("port", "bond0", "status")

    def member_of(self, vm):
        status = self.switch.get("interface", vm.device, "status")
        return status.get("vm_aware_uplink")

    def has_mark(self, vm):
        """Whether an agent has left its mark in the domain."""
        try:
            return self.libvirt.virsh("metadata", vm.identity,
                                      "urn:ovs-vm-aware:agent:1").strip()
        except LabError:
            return None

    def start(self):
        cable(self.first, "mig0", self.hypervisor, "mig0")
        self.hypervisor.ip("addr", "add", self.address + "/24", "dev", "mig0")
        up = self.upstream.namespace
        for member in "eth0", "eth1":
            end = member.replace("eth", "two")
            cable(self.hypervisor, member, up, end)
            up.ip("link", "set", end, "master", "sw")
        self.switch.start()
        self.switch.vsctl("add-br", "br0", "--", "set", "bridge", "br0",
                          "datapath_type=netdev")
        self.switch.vsctl("add-bond", "br0", "bond0", "eth0", "eth1",
                          "bond_mode=vm-aware")
        self.libvirt.start()

    def stop(self):
        if self.agent:
            self.agent.stop()
        self.libvirt.stop()
        self.switch.stop()
        self.hypervisor.delete()
