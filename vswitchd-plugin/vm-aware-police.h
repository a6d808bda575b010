/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_POLICE_H
#define VM_AWARE_POLICE_H 1

/* How many bytes a meter has dropped in flows that tc has.
 *
 * With hw-offload=true, what a meter of the kernel datapath limits is limited
 * by an action of tc, "police", in the flows that tc has.  Open vSwitch adds
 * up what both have counted, but tc tells of what it has dropped the packets
 * alone.  Their bytes are therefore estimated from the average packet that
 * has reached the meter since the last reading.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdint.h>

struct vm_meter_counters;

struct vm_aware_police {
    uint64_t packets, bytes;    /* As read last. */
    uint64_t dropped_packets, dropped_bytes;
    uint64_t missing_bytes;     /* That nobody counted, since the beginning. */
};

/* Adds to '*counters', as read from the datapath, the bytes that tc has not
 * counted. */
void vm_aware_police_complete(struct vm_aware_police *,
                              struct vm_meter_counters *counters);

#endif /* vm-aware-police.h */
