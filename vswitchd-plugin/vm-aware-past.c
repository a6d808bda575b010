/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-past.h"

#include "dpif-provider.h"
#include "id-pool.h"
#include "ofproto/ofproto-dpif.h"
#include "openvswitch/ofp-meter.h"
#include "openvswitch/vlog.h"
#include "util.h"
#include "vm-aware-meter.h"

VLOG_DEFINE_THIS_MODULE(vm_aware_past);

/* Numbers without a meter, one after the other, after which there is none to
 * be expected any more: numbers are given out from the lowest one. */
#define MAX_GAP 256

/* Returns true if 'dpif' has a meter 'id'.  Unlike dpif_meter_get() this does
 * not warn if it has not. */
static bool
has_meter(const struct dpif *dpif, uint32_t id)
{
    struct ofputil_meter_stats stats = { .n_bands = 0 };
    ofproto_meter_id meter_id = { .uint32 = id };

    return !dpif->dpif_class->meter_get(dpif, meter_id, &stats, 0);
}

void
vm_aware_past_adopt(struct vm_aware_meters *meters)
{
    const struct dpif_backer *backer = meters->ofproto->backer;
    uint32_t *absent = NULL;
    size_t n_absent = 0, allocated_absent = 0;
    size_t n_found = 0, gap = 0;
    uint32_t id;

    if (!backer->meter_ids) {
        return;
    }

    /* A number that can be had is not in use by this process. */
    while (gap < MAX_GAP && id_pool_alloc_id(backer->meter_ids, &id)) {
        if (has_meter(backer->dpif, id)) {
            vm_aware_meters_rest(meters, (ofproto_meter_id) { id });
            n_found++;
            gap = 0;
        } else {
            if (n_absent >= allocated_absent) {
                absent = x2nrealloc(absent, &allocated_absent, sizeof *absent);
            }
            absent[n_absent++] = id;
            gap++;
        }
    }
    while (n_absent) {
        id_pool_free_id(backer->meter_ids, absent[--n_absent]);
    }
    free(absent);
    if (n_found) {
        VLOG_INFO("%s: found %"PRIuSIZE" meter%s of an earlier ovs-vswitchd, "
                  "to be deleted when no flow uses them any more",
                  dpif_name(backer->dpif), n_found, n_found == 1 ? "" : "s");
    }
}
