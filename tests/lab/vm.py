# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for virtual machines: cables into a namespace of their own, with
the external_ids that libvirt writes for a real one."""

import uuid

from namespace import cable
from switch import settings


class Vm:
    """One vNIC of a virtual machine, number 1 to 65535.

    'policy' are further external_ids (vm-uplinks and so on); 'identity'
    makes it a vNIC of the same machine as another one; 'mac' is its address,
    made from the number without one; 'columns' are more settings of its
    Interface."""

    def __init__(self, name, number, policy=None, identity=None,
                 bridge="br0", tag=None, mac=None, columns=()):
        self.name = name
        self.number = number
        self.policy = dict(policy or {})
        self.bridge = bridge
        self.tag = tag
        self.columns = list(columns)
        self.device = "vnet%d" % number
        self.inner = "g%d" % number
        high, low = divmod(number, 256)
        self.mac = mac or "52:54:00:00:%02x:%02x" % (high, low)
        self.ip = "10.99.%d.%d" % (high, low)
        self.identity = identity or str(uuid.UUID(int=(1 << 80) + number))

    def address(self):
        return self.mac, self.ip

    def preference_text(self):
        return self.policy.get("vm-uplinks", "*")

    def external_ids(self):
        ids = {"attached-mac": self.mac,
               "iface-id": str(uuid.UUID(int=(2 << 80) + self.number)),
               "iface-status": "active",
               "vm-id": self.identity,
               "vm-name": self.name}
        ids.update(self.policy)
        return ids

    def cable(self, hypervisor, guests):
        """Join the VM's end, in the namespace 'guests', to 'hypervisor'."""
        cable(hypervisor, self.device, guests, self.inner, self.mac)
        guests.offload_off(self.inner)

    def cable_commands(self, guests):
        """The same as ip(8) commands, for many at once."""
        return ["link add %s type veth peer name %s netns %s address %s"
                % (self.device, self.inner, guests.name, self.mac),
                "link set %s up" % self.device]

    def vsctl_commands(self):
        """Arguments for ovs-vsctl that add the port."""
        tag = ["tag=%d" % self.tag] if self.tag else []
        return (["--", "add-port", self.bridge, self.device] + tag
                + ["--", "set", "interface", self.device] + self.columns
                + settings("external_ids", self.external_ids()))
