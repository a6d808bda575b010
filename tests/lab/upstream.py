# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The physical network above the hypervisor: one switch with a port for each
member, and the far end host behind it.

Member ethN of the hypervisor ends at device upN in the upstream namespace.
"""

import os
import time

from namespace import Namespace, cable
from switch import Switch
from waiting import wait_until

FAR_DEVICE = "far0"
TO_FAR = "tofar"
FAR_MAC = "52:54:00:ff:00:01"
FAR_IP = "10.99.0.254"


def end_of(member):
    """The device at the upstream end of a member."""
    return member.replace("eth", "up")


class Upstream:
    """What both kinds of upstream switch have in common.  build() makes
    what is in the namespaces; delete() also removes what a build() that
    failed has made."""

    def __init__(self, hypervisor, members):
        self.hypervisor = hypervisor
        self.members = members
        self.namespace = Namespace("up")
        self.far = Namespace("far")

    def cable_far_end(self):
        cable(self.namespace, TO_FAR, self.far, FAR_DEVICE, FAR_MAC)
        self.far.offload_off(FAR_DEVICE)

    def cut(self, member):
        """Take the carrier away at the far end of a member."""
        self.namespace.ip("link", "set", end_of(member), "down")

    def restore(self, member):
        self.namespace.ip("link", "set", end_of(member), "up")

    def delete(self):
        self.namespace.delete()
        self.far.delete()


class BridgeUpstream(Upstream):
    """A Linux bridge: it learns, and it knows nothing of bonds."""

    def build(self):
        self.namespace.ip("link", "add", "sw", "type", "bridge",
                          "stp_state", "0", "mcast_snooping", "0")
        self.namespace.ip("link", "set", "sw", "up")
        self.namespace.offload_off("sw")
        for member in self.members:
            cable(self.hypervisor, member, self.namespace, end_of(member))
            self.namespace.ip("link", "set", end_of(member), "master", "sw")
        self.cable_far_end()
        self.namespace.ip("link", "set", TO_FAR, "master", "sw")
        for member in self.members:
            self.wait_forwarding(member)

    def wait_forwarding(self, member):
        wait_until(lambda: "state forwarding" in self.namespace.run(
            "bridge", "link", "show", "dev", end_of(member)), 5,
            "the upstream switch forwards on the port of " + member)
        return time.time_ns()


class LacpUpstream(Upstream):
    """A second Open vSwitch with an LACP bond.  Each member crosses a *wire*,
    a bridge of two ports that can lose every frame while the carrier stays
    on both sides."""

    def __init__(self, hypervisor, members, tree, directory):
        super().__init__(hypervisor, members)
        self.switch = Switch("upstream", tree, self.namespace,
                             os.path.join(directory, "up"))

    def build(self):
        self.switch.start()
        self.cable_far_end()
        for member in self.members:
            self._add_wire(member)
        self.switch.vsctl(
            "add-br", "sw", "--", "set", "bridge", "sw",
            "datapath_type=netdev",
            "--", "add-bond", "sw", "lag", *[end_of(u) for u in self.members],
            "bond_mode=balance-slb", "lacp=active",
            "other_config:lacp-time=fast",
            "--", "add-port", "sw", TO_FAR)

    def _add_wire(self, member):
        """ethN - wireN - [bridge] - plugN - upN."""
        number = member[len("eth"):]
        wire, plug = "wire" + number, "plug" + number
        cable(self.hypervisor, member, self.namespace, wire)
        cable(self.namespace, plug, self.namespace, end_of(member))
        bridge = "w" + number
        self.switch.vsctl(
            "add-br", bridge, "--", "set", "bridge", bridge,
            "datapath_type=netdev", "fail_mode=secure",
            "other_config:disable-in-band=true",
            "--", "add-port", bridge, wire,
            "--", "set", "interface", wire, "ofport_request=1",
            "--", "add-port", bridge, plug,
            "--", "set", "interface", plug, "ofport_request=2")
        self.mend(member)

    def break_silently(self, member):
        """Lose every frame of a member; its carrier stays."""
        self.switch.add_flows("w" + member[len("eth"):], ["actions=drop"])

    def mend(self, member):
        self.switch.add_flows("w" + member[len("eth"):],
                              ["in_port=1,actions=output:2",
                               "in_port=2,actions=output:1"])

    def cut(self, member):
        self.namespace.ip("link", "set",
                          member.replace("eth", "wire"), "down")

    def restore(self, member):
        self.namespace.ip("link", "set", member.replace("eth", "wire"), "up")

    def delete(self):
        self.switch.stop()
        super().delete()
