/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_METER_H
#define VM_METER_H 1

/* What a datapath meter tells of itself. */

#include <stdint.h>

/* Since the meter was made.  What went through is what came less what was
 * dropped. */
struct vm_meter_counters {
    uint64_t packets, bytes;    /* That came to the meter. */
    uint64_t dropped_packets, dropped_bytes; /* Of those. */
};

#endif /* vm-meter.h */
