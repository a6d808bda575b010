# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""While ovsdb-server is away: frames pass, and a bond fails over, with the
stock modes beside vm-aware."""

import pytest

from test_failover_loss import tx_member_of
from waiting import wait_until

MODES = ("vm-aware", "balance-slb", "active-backup")


@pytest.mark.parametrize("mode", MODES)
def test_database_away(bed, figure, mode):
    bed.add_bridge()
    bed.add_bond(mode)
    vm = bed.add_vm("web")
    bed.far_speaks()
    bed.start(vm)
    bed.run_for(vm, 100)
    first = tx_member_of(bed, vm)

    # Frames that are under way arrive.
    start = bed.sent(vm) + 100
    bed.switch.kill_database()
    wait_until(lambda: bed.sent(vm) > start + 300, 30, "the VM sends on")
    bed.wait_arrived(vm, start + 300)
    lost = bed.lost(vm, start, start + 300)
    figure("%s: of 300 frames while the database is away, lost" % mode, lost)
    assert lost == 0

    # A member is lost.
    bed.upstream.cut(first)
    wait_until(lambda: tx_member_of(bed, vm) not in (None, first), 20,
               "the VM is on the other member")

    bed.switch.start_database()
    wait_until(lambda: bed.switch.get("Interface", first, "link_state")
               == "down", 30, "the database has the state of the link")
    start = bed.sent(vm)
    bed.upstream.restore(first)
    bed.run_for(vm, 100)
    lost = bed.loss(vm, start)
    figure("%s: lost when the database and the member are back" % mode, lost)
    assert lost <= 25
