# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""vm-aware with LACP to a second Open vSwitch."""

import time

from waiting import wait_until


def negotiated(bed):
    text = bed.switch.appctl("bond/show", "bond0")
    return ("lacp_status: negotiated" in text
            and text.count(": enabled") == len(bed.members))


def test_lacp(make_bed, figure):
    bed = make_bed(lacp=True)
    bed.allowed_log.append(r"wire\d: Network is down")
    bed.add_bridge()
    began = time.monotonic()
    bed.add_bond(lacp="active", other_config={"lacp-time": "fast"})
    wait_until(lambda: negotiated(bed), 20, "LACP is negotiated", bed.dump)
    figure("LACP negotiated after (s)", time.monotonic() - began)
    a = bed.add_vm("a", "eth0,*")
    b = bed.add_vm("b", "eth1")
    bed.far_speaks()
    bed.start(a, b)
    bed.wait_member(a, "eth0")
    bed.wait_member(b, "eth1")
    bed.run_for(a, 5, place="eth0")
    bed.run_for(b, 5, place="eth1")
    counts = bed.phase(a, b)
    figure("a, b over LACP", counts)
    assert counts["a"]["eth0"] == counts["a"]["sent"]
    assert counts["b"]["eth1"] == counts["b"]["sent"]

    # Frames vanish, the carrier stays: LACP finds out after three seconds.
    first, began = bed.sent(a), time.monotonic()
    since = time.time_ns()
    bed.upstream.break_silently("eth0")
    bed.wait_member(a, "eth1", timeout=10)
    bed.run_for(a, 5, place="eth1")
    figure("silent cut under lacp-time=fast found after (s)",
           time.monotonic() - began)
    figure("a: lost at the silent cut", bed.loss(a, first))
    assert bed.loss(b) == 0
    bed.wait_announced(a, "eth1", since)
    assert not bed.announcements("eth1", since, b)

    bed.upstream.mend("eth0")
    bed.wait_member(a, "eth0", timeout=20)
    bed.run_for(a, 5, place="eth0")
    counts = bed.phase(a, b)
    assert counts["a"]["eth0"] == counts["a"]["sent"]

    # The carrier is lost.
    first = bed.sent(a)
    bed.upstream.cut("eth0")
    bed.wait_member(a, "eth1")
    bed.run_for(a, 250)
    figure("a: lost when the carrier is lost", bed.loss(a, first))
    assert bed.loss(b) == 0
