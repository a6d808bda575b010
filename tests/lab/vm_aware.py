# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""What the switch says about the VMs of a bond, read from JSON."""

import json

from command import LabError

# Identity of the endpoint that is no VM.
HOST = "host"


class VmAware:
    def __init__(self, switch, bond="bond0"):
        self.switch = switch
        self.name = bond

    def text(self):
        return self.switch.appctl("vm-aware/show", self.name)

    def show(self):
        """The bond's entry of vm-aware/show."""
        reply = json.loads(self.switch.appctl("vm-aware/show", "--json",
                                              self.name))
        return _named(reply["bonds"], self.name, "bond")

    def vm(self, name):
        """The entry of a VM, by its name or identity."""
        return _named(self.show()["vms"], name, "VM")

    def vms(self):
        """{name: entry} of all VMs, without the host."""
        return {vm["name"]: vm for vm in self.show()["vms"]
                if vm["id"] != HOST}

    def interface(self, device):
        """The entry of one vNIC, by the name of its interface."""
        found = [interface for vm in self.show()["vms"]
                 for interface in vm["interfaces"]]
        return _named(found, device, "interface")

    def member_of(self, device):
        """The member of one vNIC; None if there is none for it now."""
        return self.interface(device)["uplink"]

    def member(self, member):
        return _named(self.show()["members"], member, "member")

    def warnings(self):
        return self.show()["warnings"]

    def migrate(self, vm, member):
        return self.switch.appctl("vm-aware/migrate", self.name, vm, member)

    def log(self):
        return json.loads(self.switch.appctl("vm-aware/log", "--json",
                                             self.name))

    def explain(self, vm):
        return json.loads(self.switch.appctl("vm-aware/explain", "--json",
                                             self.name, vm))


def _named(entries, name, what):
    for entry in entries:
        if name in (entry.get("name"), entry.get("id")):
            return entry
    raise LabError("no %s named %s among %s"
                   % (what, name,
                      ", ".join(str(entry.get("name")) for entry in entries)))
