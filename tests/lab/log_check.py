# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Whether the log of a switch holds a warning or error that was not expected.

A line of a log is TIME|NUMBER|MODULE|LEVEL|TEXT.
"""

import re

BAD_LEVELS = ("WARN", "ERR", "EMER")

# What every lab causes, with its reason.
ALWAYS = (
    # The machine has no openvswitch kernel module and needs none.
    r"dpif_netlink\|INFO",
    r"Generic Netlink family 'ovs_\w+' does not exist",
    # Asking for datapath flows looks for datapaths of the kernel, too.
    r"failed to enumerate system datapaths",
    # A cable is pulled by setting its far end down, and removed at the end.
    r"netdev_linux\|WARN\|.*(No such device|Network is down)",
    # The kernel lacks a traffic class action that OVS asks for.
    r"removing policing failed",
    # A busy machine.
    r"Unreasonably long \d+ms poll interval",
    r"poll interval",
    r"faults: \d+ minor",
    r"disk: \d+ reads",
    r"context switches: \d+ voluntary",
    r"timeval\|WARN",
    r"ovs_rcu.*\|WARN\|blocked \d+ ms waiting for",
)


def unexpected(lines, allowed=()):
    """The lines that are neither allowed for every lab nor by 'allowed', a
    list of regular expressions."""
    patterns = [re.compile(text) for text in tuple(ALWAYS) + tuple(allowed)]
    bad = []
    for line in lines:
        fields = line.split("|", 4)
        if len(fields) < 4 or fields[3] not in BAD_LEVELS:
            continue
        if not any(pattern.search(line) for pattern in patterns):
            bad.append(line)
    return bad
