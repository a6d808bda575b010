# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""A private Open vSwitch: database and switch of one namespace, with all its
files in one directory."""

import json
import os
import signal
import socket

from command import Daemon, LabError, run
from waiting import wait_until


def quoted(value):
    """A value as ovs-vsctl takes it whatever characters it has."""
    return json.dumps(str(value))


def settings(column, values):
    """Arguments of "ovs-vsctl set" for a map column."""
    return ["%s:%s=%s" % (column, key, quoted(value))
            for key, value in sorted(values.items())]


class Switch:
    """'label' is what the processes are called in messages; 'env' are more
    variables of their environment."""

    def __init__(self, label, tree, namespace, directory, **env):
        self.label = label
        self.tree = tree
        self.namespace = namespace
        self.directory = directory
        os.makedirs(directory)
        self.log = os.path.join(directory, "ovs-vswitchd.log")
        self.env = dict(os.environ, OVS_RUNDIR=directory,
                        OVS_LOGDIR=directory, OVS_DBDIR=directory,
                        OVS_SYSCONFDIR=directory, LC_ALL="C", **env)
        self.database = None
        self.vswitchd = None

    def path(self, name):
        return os.path.join(self.directory, name)

    def remote(self):
        return "unix:" + self.path("db.sock")

    def start(self):
        """Start with an empty database."""
        run([self.tree.ovsdb_tool, "create", self.path("conf.db"),
             self.tree.schema])
        self.start_database()
        self.vsctl("--no-wait", "init")
        self.start_vswitchd()

    def start_database(self):
        self.database = Daemon(
            self.label + " ovsdb-server",
            [self.tree.ovsdb_server, self.path("conf.db"),
             "--remote=punix:" + self.path("db.sock"),
             "--pidfile", "--log-file", "--unixctl=" + self.path("db.ctl")],
            self.path("ovsdb-server.out"), env=self.env)
        wait_until(self._database_listens, 10, "ovsdb-server is there")

    def _database_listens(self):
        """Whether its socket can be connected to, which is a moment after it
        is there."""
        if not self._is_up(self.database, "db.sock"):
            return False
        with socket.socket(socket.AF_UNIX) as client:
            return not client.connect_ex(self.path("db.sock"))

    def kill_database(self):
        """End ovsdb-server by SIGKILL."""
        self.database.kill(signal.SIGKILL)
        for name in "db.sock", "db.ctl":
            os.unlink(self.path(name))

    def _is_up(self, daemon, name):
        daemon.require_running()
        return os.path.exists(self.path(name))

    def _answers(self):
        """Whether ovs-vswitchd answers.  Its socket is there a moment before
        it does."""
        if not self._is_up(self.vswitchd, "vswitchd.ctl"):
            return False
        try:
            return self.appctl("version")
        except LabError:
            return False

    def start_vswitchd(self):
        """Start ovs-vswitchd and wait until it has done what the database
        says."""
        self.vswitchd = Daemon(
            self.label + " ovs-vswitchd",
            self.namespace.exec(
                self.tree.vswitchd, self.remote(), "--pidfile",
                "--log-file", "--unixctl=" + self.path("vswitchd.ctl")),
            self.path("ovs-vswitchd.out"), env=self.env)
        wait_until(self._answers, 20, "ovs-vswitchd answers", self.log_tail)
        self.vsctl("set", "Open_vSwitch", ".",
                   "external_ids:lab-start=%d" % self.vswitchd.pid)

    def exit_vswitchd(self):
        """Ask ovs-vswitchd to end, as a stop of the service does."""
        self.appctl("exit")
        self.vswitchd.wait()

    def kill_vswitchd(self):
        """End ovs-vswitchd by SIGKILL."""
        self.vswitchd.kill(signal.SIGKILL)
        os.unlink(self.path("vswitchd.ctl"))

    def stop(self):
        if self.vswitchd and self.vswitchd.running():
            run(self._appctl("exit", "--cleanup"), env=self.env, check=False)
            self.vswitchd.stop()
        if self.database:
            self.database.stop()

    def vsctl(self, *args):
        return run([self.tree.vsctl, "--timeout=30",
                    "--db=" + self.remote()] + list(args), env=self.env)

    def _appctl(self, *args):
        return [self.tree.appctl, "--target=" + self.path("vswitchd.ctl"),
                "--timeout=20"] + list(args)

    def appctl(self, *args):
        return run(self._appctl(*args), env=self.env)

    def ofctl(self, *args):
        return run([self.tree.ofctl] + list(args), env=self.env)

    def add_flows(self, bridge, flows):
        """Replace the flow table of a bridge."""
        run([self.tree.ofctl, "--bundle", "replace-flows", bridge, "-"],
            env=self.env, stdin="\n".join(flows) + "\n")

    def get(self, table, row, column):
        """The value of a column, as Python has it."""
        text = self.vsctl("--format=json", "--columns=" + column, "list",
                          table, row)
        return plain(json.loads(text)["data"][0][0])

    def counter(self, name):
        """A coverage counter."""
        return int(self.appctl("coverage/read-counter", name))

    def datapath_flows(self):
        """The flows of the datapath, one per line."""
        return self.appctl("dpctl/dump-flows", "--names").splitlines()

    def log_lines(self):
        with open(self.log, errors="replace") as log:
            return log.read().splitlines()

    def log_tail(self, lines=25):
        return "\n".join(self.log_lines()[-lines:])


def plain(value):
    """The value of an OVSDB column without its notation."""
    if isinstance(value, list) and len(value) == 2:
        kind, content = value
        if kind == "map":
            return {key: plain(item) for key, item in content}
        if kind == "set":
            return [plain(item) for item in content]
        if kind in ("uuid", "named-uuid"):
            return content
    return value
