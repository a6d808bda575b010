/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-uncounted.h"

#include "engine/vm-meter.h"

/* Returns by how much a counter has grown; one that is lower than before has
 * begun anew. */
static uint64_t
growth(uint64_t now, uint64_t before)
{
    return now >= before ? now - before : now;
}

/* Returns how many bytes are missing in what 'counters' say of the time since
 * the last reading.  What the datapath itself has dropped is counted, and was
 * not much smaller than what reached the meter. */
static uint64_t
estimate_missing(const struct vm_uncounted *uncounted,
                 const struct vm_meter_counters *counters)
{
    uint64_t packets = growth(counters->packets, uncounted->packets);
    uint64_t bytes = growth(counters->bytes, uncounted->bytes);
    uint64_t dropped = growth(counters->dropped_packets,
                              uncounted->dropped_packets);
    uint64_t known = growth(counters->dropped_bytes, uncounted->dropped_bytes);
    double expected = packets ? (double) bytes / packets * dropped : 0;

    return known < expected / 2 ? expected - known : 0;
}

void
vm_uncounted_complete(struct vm_uncounted *uncounted, bool offloaded,
                      struct vm_meter_counters *counters)
{
    if (offloaded) {
        uncounted->missing_bytes += estimate_missing(uncounted, counters);
    }
    uncounted->packets = counters->packets;
    uncounted->bytes = counters->bytes;
    uncounted->dropped_packets = counters->dropped_packets;
    uncounted->dropped_bytes = counters->dropped_bytes;
    counters->dropped_bytes += uncounted->missing_bytes;
}
