# Copyright (c) 2026 The ovs-vm-aware authors.
#
# SPDX-License-Identifier: Apache-2.0
"""Which datapath the bridges of the lab are on.

TYPE is the value of the environment variable OVS_VM_AWARE_DATAPATH: "netdev",
the datapath in userspace, or "system", that of the kernel, which
kernel_guest.py boots.  The processors of that guest are emulated and slow:
frames are fewer there, and a unit of bandwidth is less.
"""

import os

VARIABLE = "OVS_VM_AWARE_DATAPATH"
TYPE = os.environ.get(VARIABLE, "netdev")
IN_KERNEL = TYPE == "system"

# Frames per second of a VM's stream.
RATE = 50 if IN_KERNEL else 500

# What the limits of time for all that is waited for are multiplied by.
PATIENCE = 6 if IN_KERNEL else 1

# What the tests of bandwidth call a Mbit/s, in bit/s.
MBIT = 2e5 if IN_KERNEL else 1e6

# By which part the rate of a limited sender may be wrong.  A guest that
# is held up for a moment fills the bucket of a meter.
TOLERANCE = 0.12 if IN_KERNEL else 0.03


def rate_text(mbit):
    """A rate of so many MBIT as a key of the database has it."""
    return "%d" % round(mbit * MBIT)
