# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Taking our ovs-vswitchd into use and out of use.

Each is a list of steps that may be repeated: one that is done already has no
effect.  An interrupt takes effect between two steps, and the next run goes on
from there, in either direction."""

import argparse
import os
import signal
import sys

import host
from command import Failure
from database import MODE, Database
from state import State

# The mode of a bond that was made vm-aware from the start.
FALLBACK = "balance-slb"


class Interrupted(Exception):
    pass


class Procedure:
    def __init__(self, name, may_restart):
        self.name = name
        self.may_restart = may_restart
        self.state = State()
        self.database = Database()
        self.interrupted = False
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            signal.signal(number, self._interrupt)

    def _interrupt(self, *unused):
        self.interrupted = True

    def say(self, text):
        print("%s: %s" % (self.name, text), flush=True)

    def run(self, steps):
        for step in steps:
            if self.interrupted:
                raise Interrupted()
            step()

    def restart(self, unwanted, why):
        """Restarts ovs-vswitchd if 'unwanted' says that the one that runs is
        not the right one."""
        program = host.running_program()
        if not program and "restarting" not in self.state.values:
            self.say("ovs-vswitchd does not run; it was not started")
        elif program and not unwanted(program):
            self.say("ovs-vswitchd need not be restarted")
        elif self.may_restart:
            self.say("restarting ovs-vswitchd")
            # If that is the last that we do, the next run starts it.
            self.state.set(restarting=True)
            host.restart()
            self.state.unset("restarting")
            self.say("%s runs" % host.running_program())
        else:
            self.say("%s until ovs-vswitchd is restarted (systemctl restart "
                     "ovs-vswitchd)" % why)


class Activation(Procedure):
    def steps(self):
        return [self.check, self.remember, self.choose, self.convert,
                self.start]

    def check(self):
        if not self.database.exists():
            raise Failure("there is no database of Open vSwitch; start it "
                          "once: systemctl start openvswitch-switch")

    def remember(self):
        self.state.set_once("alternative", host.chosen_program)
        self.state.set_once("modes", lambda: {
            uuid: mode for uuid, (_, mode) in self.database.modes().items()
            if mode})
        if self.state.values.get("wanted") != "active":
            self.database.save(self.state.path("conf.db.before"))
            self.state.set(wanted="active")

    def choose(self):
        host.choose_program(host.OURS)

    def convert(self):
        """ovs-ctl first: it must never convert back."""
        host.use_our_schema()
        self.database.convert(host.OUR_SCHEMA)

    def start(self):
        # A program that was upgraded is another one.
        self.restart(lambda program: program != host.PROGRAM,
                     "the ovs-vswitchd that runs is not that of ovs-vm-aware")
        self.say("active: bond_mode=vm-aware is available, by %s/ovs-vsctl"
                 % os.path.dirname(host.OURS))


class Deactivation(Procedure):
    def steps(self):
        return [self.begin, self.leave_mode, self.convert, self.choose,
                self.stop]

    def run(self, steps):
        if not ("wanted" in self.state.values or host.uses_our_schema()
                or host.chosen_program() == host.OURS):
            self.say("not active, nothing to do")
        else:
            super().run(steps)

    def begin(self):
        self.state.set(wanted="inactive")

    def leave_mode(self):
        """Gives each vm-aware bond the mode that it had before, at once, and
        notes both for the next activation."""
        if not self.database.exists():
            return
        before = self.state.values.get("modes", {})
        bonds = {uuid: before.get(uuid, FALLBACK)
                 for uuid, (_, mode) in self.database.modes().items()
                 if mode == MODE}
        if not bonds:
            return
        self.state.set_resume(bonds=bonds,
                              placements=self.database.placements())
        self.database.set_modes(bonds)
        if self.database.served() and host.running_program():
            self.database.wait_for_switch(30, host.running_program)
        self.say("%d bonds have their former mode again" % len(bonds))

    def convert(self):
        """ovs-ctl last, for the same reason."""
        if self.database.exists():
            self.database.convert(host.STOCK_SCHEMA)
        host.use_stock_schema()

    def choose(self):
        if host.chosen_program() == host.OURS:
            host.choose_program(self.state.values.get("alternative", "auto"))

    def stop(self):
        self.restart(lambda program: program.startswith(host.PROGRAM),
                     "the ovs-vswitchd of ovs-vm-aware runs")
        self.state.forget()
        self.say("not active")


def save_placements():
    """For the time when the database is restarted."""
    state = State()
    if state.values.get("wanted") == "active":
        found = Database().placements()
        if found:
            state.set_resume(placements=found)


def restore_placements():
    """To be called before our switch starts: bonds that were vm-aware before
    they were deactivated, unless they were given another mode since, and the
    places of VMs."""
    state = State()
    if state.values.get("wanted") != "active" or not state.resume:
        return
    database = Database()
    present = database.modes()
    database.set_modes({uuid: MODE for uuid, mode
                        in state.resume.get("bonds", {}).items()
                        if uuid in present and present[uuid][1] == mode})
    database.restore_placements(state.resume.get("placements", {}))
    state.forget_resume()


def main(kind, name, description):
    parser = argparse.ArgumentParser(prog=name, description=description)
    parser.add_argument("--no-restart", action="store_true",
                        help="leave the ovs-vswitchd that runs alone")
    options = parser.parse_args()
    if os.geteuid():
        print("%s: must be run as root" % name, file=sys.stderr)
        return 1
    try:
        procedure = kind(name, not options.no_restart)
        procedure.state.lock()
        procedure.run(procedure.steps())
    except Interrupted:
        print("%s: interrupted; run it again to finish, or its counterpart "
              "to go back" % name, file=sys.stderr)
        return 130
    except Failure as failure:
        print("%s: %s" % (name, failure), file=sys.stderr)
        return 1
    return 0
