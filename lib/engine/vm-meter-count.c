/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-meter-count.h"

#include <string.h>

#include "engine/vm-meter.h"
#include "model/vm-entity.h"
#include "util.h"

bool
vm_meters_count(struct vm_meters *meters, const char *name,
                const struct vm_meter_counters *counters)
{
    struct vm_meter *meter = vm_meters_find(meters, name);

    if (!meter) {
        return false;
    }
    if (counters->packets < meter->counters.packets
        || counters->bytes < meter->counters.bytes
        || counters->dropped_packets < meter->counters.dropped_packets
        || counters->dropped_bytes < meter->counters.dropped_bytes) {
        memset(&meter->sampled, 0, sizeof meter->sampled);
    }
    meter->idle = (meter->idle
                   && counters->packets == meter->counters.packets);
    meter->counters = *counters;
    meter->fresh = true;
    return true;
}

void
vm_meter_sample(struct vm_meter *meter)
{
    const struct vm_meter_counters *now = &meter->counters;
    const struct vm_meter_counters *before = &meter->sampled;

    meter->delta.packets = now->packets - before->packets;
    meter->delta.bytes = now->bytes - before->bytes;
    meter->delta.dropped_packets
        = now->dropped_packets - before->dropped_packets;
    meter->delta.dropped_bytes
        = MIN(now->dropped_bytes - before->dropped_bytes, meter->delta.bytes);
    meter->sampled = meter->counters;
    meter->n_users = 0;
    meter->offered = 0;
}

void
vm_meter_sample_regularly(struct vm_meter *meter, bool may_idle)
{
    meter->fresh = meter->fresh || meter->idle;
    vm_meter_sample(meter);
    meter->idle = (may_idle && meter->fresh && meter->was_sampled
                   && !meter->delta.packets);
}

static void
add_drops(const struct vm_meter *meter, uint64_t packets, uint64_t bytes,
          struct vm_traffic *traffic)
{
    if (meter->by_share) {
        traffic->share_packets += packets;
        traffic->share_bytes += bytes;
    } else {
        traffic->limit_packets += packets;
        traffic->limit_bytes += bytes;
    }
}

void
vm_meter_add_drops(const struct vm_meter *meter, struct vm_traffic *traffic)
{
    add_drops(meter, meter->delta.dropped_packets, meter->delta.dropped_bytes,
              traffic);
}

void
vm_meter_add_unsampled(const struct vm_meter *meter,
                       struct vm_traffic *traffic)
{
    const struct vm_meter_counters *now = &meter->counters;
    const struct vm_meter_counters *before = &meter->sampled;

    add_drops(meter, now->dropped_packets - before->dropped_packets,
              now->dropped_bytes - before->dropped_bytes, traffic);
}

bool
vm_meter_is_sampled_early(const struct vm_meter *meter)
{
    return meter->early && meter->was_sampled;
}
