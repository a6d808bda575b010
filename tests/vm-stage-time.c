/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-stage-time.h"

#include <stdlib.h>
#include <string.h>

#include "svec.h"
#include "util.h"
#include "vm-stage.h"
#include "vm-value.h"

/* How often counters are read, ms. */
#define READ_INTERVAL 500

char *
vm_stage_traffic(struct vm_stage *stage, const struct svec *words)
{
    const struct vm_inventory *inventory = vm_engine_inventory(stage->engine);
    const char *name = words->names[1];
    struct vm_stage_uplink *uplink = shash_find_data(&stage->uplinks, name);
    struct vm_stage_interface *iface = shash_find_data(&stage->interfaces,
                                                       name);
    uint64_t rate;

    if (!vm_rate_from_string(words->names[2], &rate)) {
        return xasprintf("%s: not a rate", words->names[2]);
    }
    vm_stage_run(stage);
    if (uplink) {
        uplink->background.rate = rate;
    } else if (iface) {
        iface->flow.rate = rate;
    } else {
        const struct vm_endpoint *endpoint
            = vm_inventory_find_endpoint(inventory, name);

        if (!endpoint || !endpoint->n_interfaces) {
            return xasprintf("%s: neither VM, nor interface, nor uplink",
                             name);
        }
        for (size_t i = 0; i < endpoint->n_interfaces; i++) {
            iface = shash_find_data(&stage->interfaces,
                                    endpoint->interfaces[i]->name);
            iface->flow.rate = rate / endpoint->n_interfaces;
        }
    }
    return NULL;
}

/* Returns how many bytes 'flow' sends in 'ms'. */
static uint64_t
let_send(struct vm_stage_flow *flow, long long int ms)
{
    uint64_t millibits = flow->rate * ms + flow->millibits;

    flow->millibits = millibits % 8000;
    return millibits / 8000;
}

/* Lets everybody send for 'ms', and then reads all counters. */
static void
let_flow(struct vm_stage *stage, long long int ms)
{
    const struct vm_inventory *inventory = vm_engine_inventory(stage->engine);
    size_t n;
    struct vm_interface **interfaces = vm_inventory_interfaces(inventory, &n);

    for (size_t i = 0; i < n; i++) {
        const struct vm_interface *iface = interfaces[i];
        struct vm_stage_interface *si = shash_find_data(&stage->interfaces,
                                                     iface->name);
        uint64_t bytes = let_send(&si->flow, ms);

        if (iface->carrier) {
            struct vm_stage_uplink *uplink
                = shash_find_data(&stage->uplinks, iface->carrier);

            si->counters.tx_bytes += bytes;
            uplink->tx_bytes += bytes;
        } else {
            si->counters.dropped_bytes += bytes;
        }
        vm_engine_set_counters(stage->engine, iface->name, &si->counters,
                               stage->now);
    }
    free(interfaces);

    struct shash_node *node;
    SHASH_FOR_EACH (node, &stage->uplinks) {
        struct vm_stage_uplink *uplink = node->data;

        uplink->tx_bytes += let_send(&uplink->background, ms);
        vm_engine_set_member_counters(stage->engine, node->name,
                                      uplink->tx_bytes, 0, stage->now);
    }
}

char *
vm_stage_advance(struct vm_stage *stage, const struct svec *words)
{
    char *unit;
    long long int n = strtoll(words->names[1], &unit, 10);
    long long int factor = (!strcmp(unit, "ms") ? 1 : !strcmp(unit, "s") ? 1000
                            : !strcmp(unit, "m") ? 60000 : 0);

    if (n <= 0 || !factor) {
        return xasprintf("%s: not a duration", words->names[1]);
    }

    vm_stage_run(stage);
    long long int end = stage->now + n * factor;
    long long int last = stage->now;
    while (stage->now < end) {
        long long int deadline = vm_engine_deadline(stage->engine);
        long long int read = MIN(last + READ_INTERVAL, end);

        stage->now = MIN(read, deadline);
        if (stage->now == read) {
            let_flow(stage, read - last);
            last = read;
        }
        vm_stage_run(stage);
    }
    return NULL;
}
