# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Where the programs under test are: a build directory.

The directory is the value of the environment variable OVS_VM_AWARE_BUILD or,
without it, "_build" at the top of the source tree.
"""

import os

from command import LabError

VARIABLE = "OVS_VM_AWARE_BUILD"


class BuildTree:
    """What a lab needs of it.  A tree of installed programs looks the same
    from outside."""

    def __init__(self, directory=None):
        here = os.path.dirname(os.path.abspath(__file__))
        default = os.path.join(here, "..", "..", "_build")
        self.directory = os.path.abspath(
            directory or os.environ.get(VARIABLE) or default)
        self.vswitchd = self._find("vswitchd-plugin/ovs-vswitchd")
        self.ovsdb_server = self._find("ovs/ovsdb/ovsdb-server")
        self.ovsdb_tool = self._find("ovs/ovsdb/ovsdb-tool")
        self.vsctl = self._find("ovs/utilities/ovs-vsctl")
        self.appctl = self._find("ovs/utilities/ovs-appctl")
        self.ofctl = self._find("ovs/utilities/ovs-ofctl")
        self.schema = self._find("ovs/vswitchd/vswitch.ovsschema")
        self.agent = self._find_optional("utilities/ovs-vm-agent")

    def programs(self):
        """The files that a lab needs, but for the agent."""
        return [self.vswitchd, self.ovsdb_server, self.ovsdb_tool, self.vsctl,
                self.appctl, self.ofctl, self.schema]

    def _find_optional(self, name):
        """The program, or None if it was not built."""
        try:
            return self._find(name)
        except LabError:
            return None

    def _find(self, name):
        path = os.path.join(self.directory, name)
        if not os.path.exists(path):
            raise LabError("%s: no such file; build first, or set %s to the "
                           "directory of the build" % (path, VARIABLE))
        return path


class InstalledTree(BuildTree):
    """The outcome of "make install DESTDIR=... prefix=/usr"."""

    PLACES = {
        "vswitchd-plugin/ovs-vswitchd": "usr/sbin/ovs-vswitchd",
        "ovs/ovsdb/ovsdb-server": "usr/sbin/ovsdb-server",
        "ovs/ovsdb/ovsdb-tool": "usr/bin/ovsdb-tool",
        "ovs/utilities/ovs-vsctl": "usr/bin/ovs-vsctl",
        "ovs/utilities/ovs-appctl": "usr/bin/ovs-appctl",
        "ovs/utilities/ovs-ofctl": "usr/bin/ovs-ofctl",
        "ovs/vswitchd/vswitch.ovsschema":
            "usr/share/openvswitch/vswitch.ovsschema",
        "utilities/ovs-vm-agent": "usr/sbin/ovs-vm-agent",
    }

    def _find(self, name):
        return super()._find(self.PLACES[name])
