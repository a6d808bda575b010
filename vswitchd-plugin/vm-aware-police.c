/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-police.h"

#include "engine/vm-meter.h"
#include "vm-release.h"

/* Returns by how much a counter has grown; one that is lower than before has
 * begun anew. */
static uint64_t
growth(uint64_t now, uint64_t before)
{
    return now >= before ? now - before : now;
}

/* Returns how many bytes are missing in what 'counters' say of the time since
 * 'police' was brought up to date.  What the datapath itself has dropped is
 * counted, and was not much smaller than what reached the meter. */
static uint64_t
estimate_missing(const struct vm_aware_police *police,
                 const struct vm_meter_counters *counters)
{
    uint64_t packets = growth(counters->packets, police->packets);
    uint64_t bytes = growth(counters->bytes, police->bytes);
    uint64_t dropped = growth(counters->dropped_packets,
                              police->dropped_packets);
    uint64_t known = growth(counters->dropped_bytes, police->dropped_bytes);
    double expected = packets ? (double) bytes / packets * dropped : 0;

    return known < expected / 2 ? expected - known : 0;
}

void
vm_aware_police_complete(struct vm_aware_police *police,
                         struct vm_meter_counters *counters)
{
    if (vm_offload_enabled()) {
        police->missing_bytes += estimate_missing(police, counters);
    }
    police->packets = counters->packets;
    police->bytes = counters->bytes;
    police->dropped_packets = counters->dropped_packets;
    police->dropped_bytes = counters->dropped_bytes;
    counters->dropped_bytes += police->missing_bytes;
}
