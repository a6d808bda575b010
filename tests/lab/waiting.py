# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Waiting for a condition that another process makes true."""

import time

from datapath import PATIENCE


class NeverHappened(AssertionError):
    """What was waited for did not happen in time."""


def wait_until(condition, timeout, what, dump=None, pause=0.02):
    """Return the first true value of condition().  After 'timeout' seconds
    raise NeverHappened, which names 'what' and holds the text of dump().

    Use it for state that can only be asked for, such as the answer of a
    command.  For frames use Watcher.wait_for(), which is woken by them."""
    timeout *= PATIENCE
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise NeverHappened("not seen within %g s: %s\n%s"
                                % (timeout, what, dump() if dump else ""))
        time.sleep(pause)
