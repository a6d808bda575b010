# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""The switch asks, ovs-vm-agent does: a real guest whose only uplink is lost
is suspended, or migrated to a second host, and its own connection goes on."""

import re
import time

import pytest

from agent_fixtures import (guest, host, image, make_agent,  # noqa: F401
                            second, wait_replies)
from waiting import wait_until

# The names of fixtures are those of arguments.
# flake8: noqa: F811

DELAY = 3.0                     # Default of vm-aware-request-delay, in s.


def protect(bed, host, guest, **keys):
    """Give the guest a policy, by virsh alone."""
    bed.allowed_log.append("VM web: (suspension|migration) requested")
    text = " ".join("%s='%s'" % (key.replace("_", "-"), value)
                    for key, value in sorted(keys.items()))
    host.virsh("metadata", guest.identity, "urn:ovs-vm-aware:policy:1",
               "--live", "--key", "vm", "--set", "<policy %s/>" % text)


def test_suspended_while_its_uplink_is_lost(
        bed, host, guest, make_agent, figure):
    agent = make_agent()
    protect(bed, host, guest, uplinks="eth1", on_loss="suspend")
    bed.wait_member(guest, "eth1")
    bed.upstream.cut("eth1")
    began = time.monotonic()
    wait_until(lambda: host.state(guest) == "paused", DELAY + 10,
               "the guest is suspended", lambda: agent.dump() + bed.dump())
    taken = time.monotonic() - began
    figure("lost to suspended (s), delay %g s" % DELAY, taken)
    assert taken < DELAY + 1
    bed.upstream.restore("eth1")
    began = time.monotonic()
    wait_until(lambda: host.state(guest) == "running", 30,
               "the guest runs again", lambda: agent.dump() + bed.dump())
    figure("back to running (s)", time.monotonic() - began)
    wait_replies(host, guest, 5, bed)
    assert not agent.answer(guest).get("vm-agent-suspended")


@pytest.mark.chaos
def test_flapping_uplink(bed, host, guest, make_agent, figure):
    """An uplink that comes and goes for 30 s suspends the guest once at
    most."""
    agent = make_agent()
    protect(bed, host, guest, uplinks="eth1", on_loss="suspend")
    bed.wait_member(guest, "eth1")
    end = time.monotonic() + 30
    flaps = 0
    while time.monotonic() < end:
        bed.upstream.cut("eth1")
        bed.upstream.restore("eth1")
        flaps += 1
    count = sum("done: suspended" in line for line in agent.log_lines())
    figure("flaps and suspensions", (flaps, count))
    assert count <= 1
    wait_until(lambda: host.state(guest) == "running", 60,
               "the guest runs", lambda: agent.dump() + bed.dump())
    wait_replies(host, guest, 5, bed)


def test_migrated_when_its_uplink_is_lost(
        bed, host, guest, make_agent, second, figure):
    agent = make_agent("--migrate-to=" + second.target())
    second.start_agent()
    protect(bed, host, guest, uplinks="eth1", on_loss="migrate")
    bed.wait_member(guest, "eth1")
    bed.upstream.cut("eth1")
    began = time.monotonic()
    wait_until(lambda: second.libvirt.state(guest) == "running", 60,
               "the guest runs at the second host",
               lambda: agent.dump() + bed.dump())
    figure("lost to running elsewhere (s)", time.monotonic() - began)
    wait_until(lambda: host.state(guest) is None, 10,
               "the first host has no such domain any more", bed.dump)
    wait_until(lambda: second.member_of(guest) == "eth1", 10,
               "it is on eth1 there", second.agent.dump)
    wait_replies(host, guest, 10, bed)


def test_not_migrated_where_there_is_no_room(
        bed, host, guest, make_agent, second):
    """The other host has room for less than the guest is guaranteed: that is
    told, and nothing happens.  When it has, the guest moves there."""
    members = ("eth0", "eth1")

    def set_capacity(rate):
        command = []
        for member in members:
            command += ["--", "set", "interface", member,
                        "other_config:vm-aware-capacity=" + rate]
        second.switch.vsctl(*command[1:])

    set_capacity("1G")
    agent = make_agent("--migrate-to=" + second.target())
    second.start_agent()
    protect(bed, host, guest, uplinks="eth1", on_loss="migrate", min_rate="2G")
    bed.allowed_log.append("vm-min-rate=2 Gbit/s is not guaranteed")
    bed.allowed_log.append("no target: ")
    bed.wait_member(guest, "eth1")
    wait_until(lambda: second.status().get("vm_aware_room") == "750000000", 10,
               "the second host tells its room", lambda: str(second.status()))
    bed.upstream.cut("eth1")
    answer = wait_until(
        lambda: agent.answer(guest).get("vm-agent-state") == "failed"
        and agent.answer(guest), 30, "the agent finds no target", agent.dump)
    assert ("it has room for 750 Mbit/s, the VM needs 2 Gbit/s"
            in answer["vm-agent-note"]), answer
    assert host.state(guest) == "running"
    assert second.libvirt.state(guest) is None
    set_capacity("10G")
    wait_until(lambda: second.libvirt.state(guest) == "running", 90,
               "the guest runs at the second host",
               lambda: agent.dump() + bed.dump())
    assert second.status()["vm_aware_usable"] == "2"


def lost(host, guest):
    """How many of the guest's numbered pings, up to the last reply, have
    got none."""
    replied = {int(number) for number
               in re.findall(r"seq=(\d+) ttl", host.console(guest))}
    return max(replied) + 1 - len(replied)


def wait_on(bed, host, guest, agent, member):
    """Wait until the guest is on a member and runs."""
    bed.wait_member(guest, member, timeout=60)
    wait_until(lambda: host.state(guest) == "running", 30, "the guest runs",
               lambda: agent.dump() + bed.dump())
    wait_replies(host, guest, 10, bed)


def test_drained_without_loss(bed, host, guest, make_agent, figure):
    """The guest is suspended for its own move from a member that is drained:
    of its stream of numbered pings, and of the replies, none is lost."""
    agent = make_agent()
    protect(bed, host, guest, uplinks="eth1,*", on_failover="suspend")
    bed.wait_member(guest, "eth1")
    wait_on(bed, host, guest, agent, "eth1")
    before = lost(host, guest)
    bed.switch.vsctl("set", "interface", "eth1",
                     "other_config:vm-aware-drain=true")
    began = time.monotonic()
    bed.wait_member(guest, "eth0", timeout=60)
    figure("drained to moved (s)", time.monotonic() - began)
    wait_on(bed, host, guest, agent, "eth0")
    suspended = [line for line in agent.log_lines()
                 if "done: suspended" in line]
    figure("pings lost", lost(host, guest) - before)
    assert len(suspended) == 1
    assert lost(host, guest) == before


def test_drained_without_an_agent(bed, host, guest, figure):
    """Without an agent the guest leaves a drained member, too."""
    bed.allowed_log.append("leaves eth1 without being suspended")
    bed.allowed_log.append("the agent has not answered")
    bed.allowed_log.append("suspension requested")
    bed.switch.vsctl("set", "interface", guest.device,
                     "external_ids:vm-uplinks=eth1,*",
                     "external_ids:vm-on-failover=suspend")
    bed.wait_member(guest, "eth1")
    bed.switch.vsctl("set", "interface", "eth1",
                     "other_config:vm-aware-drain=true")
    began = time.monotonic()
    bed.wait_member(guest, "eth0", timeout=60)
    figure("drained to moved (s)", time.monotonic() - began)
    wait_replies(host, guest, 10, bed)
    assert time.monotonic() - began > 29


def test_no_more_is_lost_than_without(bed, host, guest, make_agent, figure):
    """Sudden losses of the guest's member: with vm-on-failover=suspend no more
    pings are lost than without, but for one a loss, which is noise."""
    agent = make_agent()
    rounds = 3
    counts = {}
    for what in "forward", "suspend":
        protect(bed, host, guest, uplinks="eth1,*", on_failover=what)
        wait_on(bed, host, guest, agent, "eth1")
        before = lost(host, guest)
        for _ in range(rounds):
            bed.upstream.cut("eth1")
            bed.wait_member(guest, "eth0")
            wait_on(bed, host, guest, agent, "eth0")
            bed.upstream.restore("eth1")
            wait_on(bed, host, guest, agent, "eth1")
        counts[what] = lost(host, guest) - before
    figure("pings lost by %d losses" % rounds, counts)
    assert counts["suspend"] <= counts["forward"] + rounds
