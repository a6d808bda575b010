# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The database of Open vSwitch: through its server where that runs, otherwise
in its file.  Both hold the same rows, with the same UUIDs."""

import json
import os
import time

from command import Failure, run

RUNDIR = os.environ.get("OVS_RUNDIR", "/var/run/openvswitch")
DIRECTORY = os.environ.get("OVS_DBDIR", "/etc/openvswitch")
NAME = "Open_vSwitch"
MODE = "vm-aware"
PREFIX = "vm_aware_"


class Database:
    def __init__(self):
        self.file = os.path.join(DIRECTORY, "conf.db")
        self.socket = "unix:" + os.path.join(RUNDIR, "db.sock")

    def served(self):
        """Whether the server of the database answers."""
        return (os.path.exists(self.socket[len("unix:"):])
                and run(["ovsdb-client", "--timeout=10", "list-dbs",
                         self.socket], check=False) is not None)

    def exists(self):
        return self.served() or os.path.exists(self.file)

    def _tool(self, command, *arguments):
        """Runs a command that ovsdb-client and ovsdb-tool both have."""
        if self.served():
            return run(["ovsdb-client", "--timeout=60", command, self.socket]
                       + list(arguments))
        return run(["ovsdb-tool", command, self.file] + list(arguments))

    def transact(self, *operations):
        """Returns the results of the operations, of which none has an effect
        if one fails."""
        reply = json.loads(self._tool(
            "transact", json.dumps([NAME] + list(operations))))
        for result in reply:
            if result and "error" in result:
                raise Failure("the database refuses a change: %s (%s)"
                              % (result["error"], result.get("details", "")))
        return reply

    def _select(self, table, *columns):
        reply = self.transact({"op": "select", "table": table, "where": [],
                               "columns": ["_uuid"] + list(columns)})
        return {row["_uuid"][1]: row for row in reply[0]["rows"]}

    # The schema.

    def needs(self, schema):
        return self._tool("needs-conversion", schema).strip() == "yes"

    def convert(self, schema):
        """Gives the database a schema.  Rows stay, and so does what runs.

        That the rows fit is checked here: a server of Open vSwitch 3.1 that
        refuses a conversion crashes."""
        if self.needs(schema):
            with open(schema) as source:
                known = '"%s"' % MODE in source.read()
            left = [name for name, mode in sorted(self.modes().values())
                    if mode == MODE and not known]
            if left:
                raise Failure("bond_mode=%s of %s does not fit the schema %s"
                              % (MODE, ", ".join(left), schema))
            if not self.served():
                # Or values that were there before are refused.
                self._tool("compact")
            self._tool("convert", schema)
        # As ovs-ctl does when it starts the server.
        version = run(["ovsdb-tool", "schema-version", schema]).strip()
        self.transact({"op": "update", "table": NAME, "where": [],
                       "row": {"db_version": version}})

    def save(self, path):
        """Saves a copy of the database, as ovsdb-tool reads it."""
        if self.served():
            text = run(["ovsdb-client", "--timeout=60", "backup",
                        self.socket])
        else:
            with open(self.file) as source:
                text = source.read()
        with open(path + ".new", "w") as copy:
            copy.write(text)
        os.rename(path + ".new", path)

    # Bonds.

    def modes(self):
        """{UUID: (name, mode)} of all ports; a mode that is not set is
        None."""
        found = {}
        for uuid, row in self._select("Port", "name", "bond_mode").items():
            mode = row["bond_mode"]
            found[uuid] = row["name"], mode if isinstance(mode, str) else None
        return found

    def set_modes(self, modes):
        """'modes' is {UUID: mode or None}."""
        operations = [{"op": "update", "table": "Port",
                       "where": [["_uuid", "==", ["uuid", uuid]]],
                       "row": {"bond_mode": mode or ["set", []]}}
                      for uuid, mode in modes.items()]
        if operations:
            self.transact(*operations)

    # Where VMs are.

    def placements(self):
        """{UUID: {key: value}} of what our switch wrote to
        Interface:status."""
        found = {}
        for uuid, row in self._select("Interface", "status").items():
            keys = {key: value for key, value in row["status"][1]
                    if key.startswith(PREFIX)}
            if keys:
                found[uuid] = keys
        return found

    def restore_placements(self, saved):
        """Writes what placements() returned to those interfaces that are
        there and have none now."""
        present = self.placements()
        known = self._select("Interface")
        operations = []
        for uuid in sorted(saved):
            if uuid in known and uuid not in present:
                keys = ["map", sorted(saved[uuid].items())]
                operations.append({
                    "op": "mutate", "table": "Interface",
                    "where": [["_uuid", "==", ["uuid", uuid]]],
                    "mutations": [["status", "insert", keys]]})
        if operations:
            self.transact(*operations)

    # The switch.

    def wait_for_switch(self, timeout, running):
        """Waits until the switch has applied what is in the database, or
        running() is false."""
        self.transact({"op": "mutate", "table": NAME, "where": [],
                       "mutations": [["next_cfg", "+=", 1]]})
        end = time.monotonic() + timeout
        while running():
            row, = self._select(NAME, "next_cfg", "cur_cfg").values()
            if row["cur_cfg"] >= row["next_cfg"]:
                return
            if time.monotonic() >= end:
                raise Failure("ovs-vswitchd has not applied the change within "
                              "%d s; see its log" % timeout)
            time.sleep(0.1)
