# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""While ovsdb-server is away: what the manual says of frames and links, with
balance-slb beside it."""

import pytest

from waiting import wait_until


@pytest.mark.parametrize("mode", ("vm-aware", "balance-slb"))
def test_database_away(bed, figure, mode):
    bed.add_bridge()
    bed.add_bond(mode)
    vm = bed.add_vm("web")
    bed.far_speaks()
    bed.start(vm)
    bed.run_for(vm, 100)

    bed.switch.kill_database()
    # Frames that are under way arrive.
    start = bed.sent(vm) + 100
    wait_until(lambda: bed.sent(vm) > start + 300, 30, "the VM sends on")
    end = start + 300
    lost = bed.lost(vm, start, end)
    figure("%s: of 300 frames while the database is away, lost" % mode, lost)

    bed.switch.start_database()
    bed.run_for(vm, 100, timeout=30)
    figure("%s: lost in all" % mode, bed.lost(vm, end, bed.sent(vm) - 10))
    assert lost == 300, "the manual says that all are lost"
