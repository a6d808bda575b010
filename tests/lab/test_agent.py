# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""ovs-vm-agent and real guests: suspended and resumed, migrated to a second
host.  The requests are written by hand."""

import re
import signal
import time

import pytest

from agent_fixtures import (guest, host, image, make_agent,  # noqa: F401
                            replies, second, wait_replies)
from waiting import wait_until

# The names of fixtures are those of arguments.
# flake8: noqa: F811


def events(agent, text):
    return sum(text in line for line in agent.log_lines())


def test_suspend_and_resume(bed, host, guest, make_agent, figure):
    agent = make_agent()
    began = time.monotonic()
    agent.ask(guest, "suspend", "a-1")
    agent.wait_answer(guest, "a-1", "done")
    figure("asked to suspend until done (s)", time.monotonic() - began)
    assert host.state(guest) == "paused"
    assert agent.answer(guest)["vm-agent-suspended"] == "a-1"
    count = replies(host, guest)
    agent.ask(guest, "resume", "a-2")
    agent.wait_answer(guest, "a-2", "done")
    assert host.state(guest) == "running"
    assert "vm-agent-suspended" not in agent.answer(guest)
    wait_replies(host, guest, 5, bed)
    figure("replies before and after", (count, replies(host, guest)))


@pytest.mark.chaos
def test_killed_agent_and_libvirtd(bed, host, guest, make_agent, figure):
    """Everything but the guest is killed while it is suspended; it is
    suspended once and resumed once each time."""
    agent = make_agent()
    rounds = 20
    for number in range(rounds):
        agent.ask(guest, "suspend", "s-%d" % number)
        agent.kill(signal.SIGKILL)
        host.kill_daemon()
        agent.start()
        host.start_daemon()
        answer = agent.wait_answer(guest, "s-%d" % number)
        state = "paused" if answer == "done" else "running"
        assert host.state(guest) == state, (number, answer)
        agent.ask(guest, "resume", "r-%d" % number)
        agent.kill(signal.SIGKILL)
        agent.start()
        answer = agent.wait_answer(guest, "r-%d" % number)
        if answer != "done":
            agent.ask(guest, "resume", "again-%d" % number)
            agent.wait_answer(guest, "again-%d" % number, "done")
        assert host.state(guest) == "running"
    figure("agent and libvirtd killed", (2 * rounds, rounds))
    wait_replies(host, guest, 3, bed)


@pytest.mark.chaos
def test_killed_database_and_switch(bed, host, guest, make_agent, figure):
    """What the switch asks for is gone with ovsdb-server, and is asked for
    again.  No id is carried out twice."""
    bed.allowed_log.append(r"db.sock: |terminating with signal|ovsdb")
    # The switch itself would say that it asks for nothing.
    bed.set_bond("bond_mode=active-backup")
    agent = make_agent()
    rounds = 10
    for number in range(rounds):
        for request, state in (("suspend", "paused"), ("resume", "running")):
            name = "%s-%d" % (request, number)
            agent.ask(guest, request, name)
            bed.switch.kill_database()
            bed.switch.start_database()
            agent.ask(guest, request, name)
            agent.wait_answer(guest, name, "done")
            assert host.state(guest) == state
            bed.switch.kill_vswitchd()
            bed.switch.start_vswitchd()
    count = events(agent, "done: suspended"), events(agent, "done: resumed")
    assert count == (rounds, rounds)
    figure("ovsdb-server and ovs-vswitchd killed",
           (2 * rounds, 2 * rounds))
    wait_replies(host, guest, 3, bed)


def sequence(host, vm):
    """The numbers of the pings that were answered, as the console says."""
    return [int(number) for number in
            re.findall(r"bytes from \S+ seq=(\d+)", host.console(vm))]


def lost_by(host, vm, bed, migrate):
    """Migrate by migrate() and return how many pings were lost.  The console
    begins anew on the other host."""
    before = sequence(host, vm)[-1]
    migrate()
    wait_until(lambda: sequence(host, vm)[-1:] > [before + 40], 30,
               "pings go on", bed.dump)
    answered = [n for n in sequence(host, vm) if n > before]
    return answered[-1] - before - len(set(answered))


def test_migrate(bed, host, guest, make_agent, second, figure):
    """It keeps its policy, which is there when it begins to run."""
    host.virsh("metadata", guest.identity, "urn:ovs-vm-aware:policy:1",
               "--live", "--key", "vm", "--set",
               "<policy priority='6' uplinks='eth1'/>")
    agent = make_agent("--migrate-to=" + second.libvirt.uri())
    second.start_agent()

    def migrate():
        began = time.monotonic()
        agent.ask(guest, "migrate", "m-1")
        wait_until(lambda: second.libvirt.state(guest) == "running", 60,
                   "the guest runs at the second host",
                   lambda: agent.dump() + second.libvirt.log_tail())
        figure("migration (s)", time.monotonic() - began)
        ids = second.switch.get("interface", guest.device, "external_ids")
        assert ids["vm-id"] == guest.identity
        assert ids["vm-priority"] == "6" and ids["vm-uplinks"] == "eth1"

    figure("pings lost, 20/s", lost_by(host, guest, bed, migrate))
    wait_until(lambda: host.state(guest) is None, 10,
               "the guest has left", agent.dump)
    wait_until(lambda: second.member_of(guest) == "eth1", 10,
               "it is on eth1 there", second.agent.dump)
    wait_until(lambda: not second.has_mark(guest), 10,
               "the mark is removed", second.agent.dump)


@pytest.mark.chaos
def test_plain_migration(bed, host, guest, second, figure):
    """What virsh alone loses, to compare."""
    def migrate():
        host.virsh("migrate", "--live", "--p2p", guest.identity,
                   second.libvirt.uri())
    figure("pings lost by virsh, 20/s",
           lost_by(host, guest, bed, migrate))


@pytest.mark.chaos
def test_failed_migration(bed, host, guest, make_agent):
    agent = make_agent("--migrate-to=qemu+unix:///system?socket=/nonexistent")
    agent.ask(guest, "migrate", "m-1")
    agent.wait_answer(guest, "m-1", "failed")
    assert "the VM runs here" in agent.answer(guest)["vm-agent-note"]
    assert host.state(guest) == "running"
    wait_replies(host, guest, 3, bed)


def begin_slowly(host, guest, second, agent):
    """Begin a migration that would take a minute."""
    host.virsh("migrate-setspeed", guest.identity, "1")
    agent.ask(guest, "migrate", "m-1")
    wait_until(lambda: second.libvirt.state(guest), 20,
               "the migration has begun", agent.dump)


def wait_one_host(host, guest, second, agent):
    """Wait until the guest runs on one host and return whether it is the
    first one."""
    wait_until(lambda: (host.state(guest), second.libvirt.state(guest))
               in ((None, "running"), ("running", None)), 90,
               "the guest runs on one host",
               lambda: "%s %s\n%s" % (host.state(guest),
                                      second.libvirt.state(guest),
                                      agent.dump()))
    return host.state(guest) == "running"


@pytest.mark.chaos
def test_withdrawn_migration(bed, host, guest, make_agent, second):
    agent = make_agent("--migrate-to=" + second.libvirt.uri())
    begin_slowly(host, guest, second, agent)
    agent.withdraw(guest)
    agent.wait_answer(guest, "m-1", "failed")
    note = agent.answer(guest)["vm-agent-note"]
    assert note == "the request was withdrawn; the VM runs here"
    assert wait_one_host(host, guest, second, agent)
    wait_replies(host, guest, 5, bed)


@pytest.mark.chaos
def test_agent_is_killed_during_a_migration(bed, host, guest, make_agent,
                                            second):
    """libvirt goes on, and the next agent waits for it."""
    agent = make_agent("--migrate-to=" + second.libvirt.uri())
    begin_slowly(host, guest, second, agent)
    agent.kill(signal.SIGKILL)
    agent.start()
    wait_until(lambda: "begun by an earlier agent"
               in "\n".join(agent.log_lines()), 10,
               "the next agent takes note", agent.dump)
    host.virsh("migrate-setspeed", guest.identity, "1000")
    assert not wait_one_host(host, guest, second, agent)
    wait_replies(host, guest, 10, bed)


@pytest.mark.chaos
@pytest.mark.parametrize("which", ["source", "target"])
def test_libvirtd_is_killed_during_a_migration(bed, host, guest, make_agent,
                                               second, which):
    agent = make_agent("--migrate-to=" + second.libvirt.uri())
    begin_slowly(host, guest, second, agent)
    killed = host if which == "source" else second.libvirt
    killed.kill_daemon()
    killed.start_daemon()
    assert wait_one_host(host, guest, second, agent)
    agent.wait_answer(guest, "m-1", "failed")
    wait_replies(host, guest, 5, bed)
