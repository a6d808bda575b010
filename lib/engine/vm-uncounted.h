/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_UNCOUNTED_H
#define VM_UNCOUNTED_H 1

/* How many bytes a meter has dropped without counting them.
 *
 * With hw-offload=true, what a meter of the kernel datapath limits is limited
 * by an action of tc, "police", in the flows that tc has.  Open vSwitch adds
 * up what both have counted, but tc tells of what it has dropped the packets
 * alone.  Their bytes are therefore estimated from the average packet that
 * has reached the meter since the last reading.
 *
 * The module reads no counters.
 *
 * Thread-safety: none; the owner of a struct vm_uncounted serializes access to
 * it. */

#include <stdbool.h>
#include <stdint.h>

struct vm_meter_counters;

/* All zeros for a new meter. */
struct vm_uncounted {
    uint64_t packets, bytes;    /* As read last. */
    uint64_t dropped_packets, dropped_bytes;
    uint64_t missing_bytes;     /* That nobody counted, since the beginning. */
};

/* Adds to '*counters', as read from the datapath, the bytes that were not
 * counted.  Since the last call, there may be such bytes only if
 * 'offloaded'. */
void vm_uncounted_complete(struct vm_uncounted *, bool offloaded,
                           struct vm_meter_counters *counters);

#endif /* vm-uncounted.h */
