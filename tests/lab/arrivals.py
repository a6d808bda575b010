# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""What a list of arrivals says: pure functions."""


def missing(arrivals, first, end):
    """The numbers from 'first' on and before 'end' that did not arrive."""
    return sorted(set(range(first, end))
                  - {arrival.number for arrival in arrivals})


def between(arrivals, first, end):
    """The arrivals with numbers from 'first' on and before 'end'."""
    return [arrival for arrival in arrivals
            if first <= arrival.number < end]


def delivered(arrivals):
    """How many different numbers arrived."""
    return len({arrival.number for arrival in arrivals})


def longest_gap(arrivals):
    """The longest time (ms) between two arrivals.  The time between two
    frames next to each other counts only as far as it is longer than it was
    when they were sent: a sender that is held up is no gap in the path."""
    worst = 0
    for before, after in zip(arrivals, arrivals[1:]):
        gap = after.time - before.time
        if after.number == before.number + 1:
            gap -= after.sent - before.sent
        worst = max(worst, gap)
    return worst / 1e6


def longest_delay(arrivals):
    """The longest time (ms) from sending to arriving."""
    return max((arrival.time - arrival.sent for arrival in arrivals),
               default=0) / 1e6
