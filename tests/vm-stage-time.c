/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-stage-time.h"

#include <stdlib.h>
#include <string.h>

#include "sset.h"
#include "svec.h"
#include "util.h"
#include "vm-stage.h"
#include "vm-value.h"

/* How often counters are read, ms. */
#define READ_INTERVAL 500

/* Bytes of a frame. */
#define FRAME 1000

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

/* What frames of 'iface' meet on their way out, or null. */
static struct vm_stage_meter *
find_meter(const struct vm_stage *stage, const struct vm_interface *iface)
{
    const char *meter = iface->carrier ? iface->slot->meter : NULL;

    return meter ? shash_find_data(&stage->meters, meter) : NULL;
}

/* Lets meters pass their rate of what was offered to them in 'ms', and tells
 * what they counted. */
static void
let_pass(struct vm_stage *stage, long long int ms)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &stage->meters) {
        struct vm_stage_meter *meter = node->data;
        uint64_t dropped;

        meter->passed = MIN(let_send(&meter->flow, ms), meter->offered);
        dropped = meter->offered - meter->passed;
        meter->counters.bytes += meter->offered;
        meter->counters.packets += meter->offered / FRAME;
        meter->counters.dropped_bytes += dropped;
        meter->counters.dropped_packets += dropped / FRAME;
        vm_engine_set_meter_counters(stage->engine, node->name,
                                     &meter->counters, stage->now);
    }
}

/* Lets 'iface' offer what it has in 'ms', and counts that. */
static void
let_offer(struct vm_stage *stage, const struct vm_interface *iface,
          long long int ms)
{
    struct vm_stage_interface *si = shash_find_data(&stage->interfaces,
                                                    iface->name);
    struct vm_stage_meter *meter = find_meter(stage, iface);

    si->offered = let_send(&si->flow, ms);
    if (iface->carrier) {
        si->counters.tx_bytes += si->offered;
        si->counters.tx_packets += si->offered / FRAME;
    } else {
        si->counters.dropped_bytes += si->offered;
        si->counters.dropped_packets += si->offered / FRAME;
    }
    if (meter) {
        meter->offered += si->offered;
    }
    vm_engine_set_counters(stage->engine, iface->name, &si->counters,
                           stage->now);
}

/* Lets everybody send for 'ms', and then reads all counters. */
static void
let_flow(struct vm_stage *stage, long long int ms)
{
    const struct vm_inventory *inventory = vm_engine_inventory(stage->engine);
    struct shash_node *node;
    size_t n;
    struct vm_interface **interfaces = vm_inventory_interfaces(inventory, &n);

    for (size_t i = 0; i < n; i++) {
        let_offer(stage, interfaces[i], ms);
    }
    let_pass(stage, ms);
    for (size_t i = 0; i < n; i++) {
        const struct vm_stage_interface *si
            = shash_find_data(&stage->interfaces, interfaces[i]->name);
        const struct vm_stage_meter *meter = find_meter(stage, interfaces[i]);
        uint64_t bytes = si->offered;

        if (meter && meter->offered) {
            bytes = bytes * meter->passed / meter->offered;
        }
        if (interfaces[i]->carrier) {
            struct vm_stage_uplink *uplink
                = shash_find_data(&stage->uplinks, interfaces[i]->carrier);

            uplink->queued += bytes;
        }
    }
    free(interfaces);
    SHASH_FOR_EACH (node, &stage->meters) {
        struct vm_stage_meter *meter = node->data;

        meter->offered = 0;
    }

    SHASH_FOR_EACH (node, &stage->uplinks) {
        struct vm_stage_uplink *uplink = node->data;

        uint64_t most = (uplink->wire ? MIN(uplink->wire, uplink->speed)
                         : uplink->speed) / 8000 * ms;

        uplink->queued += let_send(&uplink->background, ms);
        uplink->tx_bytes += MIN(uplink->queued, most);
        uplink->tx_drops += (uplink->queued - MIN(uplink->queued, most))
                            / FRAME;
        uplink->queued = 0;
        vm_engine_set_member_counters(stage->engine, node->name,
                                      uplink->tx_bytes, uplink->tx_drops,
                                      stage->now);
    }
}

bool
vm_stage_set_meters(struct vm_stage *stage, const struct vm_actions *actions)
{
    struct svec failed = SVEC_EMPTY_INITIALIZER;

    for (size_t i = 0; i < actions->n; i++) {
        const struct vm_action *action = &actions->list[i];
        struct vm_stage_meter *meter
            = action->meter ? shash_find_data(&stage->meters, action->meter)
                            : NULL;

        if (action->type == VM_ACTION_METER) {
            if (!meter && shash_count(&stage->meters) >= stage->max_meters) {
                svec_add(&failed, action->meter);
                continue;
            } else if (!meter) {
                meter = xzalloc(sizeof *meter);
                shash_add(&stage->meters, action->meter, meter);
            }
            meter->flow.rate = action->rate;
            meter->burst = action->burst;
        } else if (action->type == VM_ACTION_UNMETER) {
            if (!meter) {
                ds_put_format(&stage->output, "error: no meter %s\n",
                              action->meter);
            }
            free(shash_find_and_delete(&stage->meters, action->meter));
        }
    }
    for (size_t i = 0; i < failed.n; i++) {
        vm_engine_meter_failed(stage->engine, failed.names[i],
                               "the datapath has no meter left", stage->now);
    }

    bool ok = !failed.n;
    svec_destroy(&failed);
    return ok;
}

void
vm_stage_check_meters(const struct vm_stage *stage, struct ds *differences)
{
    struct sset unused = SSET_INITIALIZER(&unused);
    struct vm_decisions decisions;
    struct shash_node *node;
    const char *name;

    SHASH_FOR_EACH (node, &stage->meters) {
        sset_add(&unused, node->name);
    }
    vm_engine_get_decisions(stage->engine, &decisions);
    for (size_t i = 0; i <= decisions.n; i++) {
        const char *meter = (i < decisions.n ? decisions.list[i].meter
                             : decisions.host.meter);

        if (meter && !shash_find(&stage->meters, meter)) {
            ds_put_format(differences, "no meter %s\n", meter);
        } else if (meter) {
            sset_find_and_delete(&unused, meter);
        }
    }
    vm_decisions_destroy(&decisions);

    SSET_FOR_EACH (name, &unused) {
        const struct vm_endpoint *owner = vm_inventory_find_endpoint(
            vm_engine_inventory(stage->engine), name);

        /* A limit stays where nothing is sent.  With few meters, one may be
         * there to see whether that works. */
        if (stage->max_meters == SIZE_MAX && (!owner || strcmp(owner->id, name)
            || owner->policy.max_rate == VM_RATE_NONE)) {
            ds_put_format(differences, "meter %s is for nobody\n", name);
        }
    }
    sset_destroy(&unused);
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
        if (stage->now == read
            || vm_engine_wants_counters(stage->engine, stage->now)) {
            let_flow(stage, stage->now - last);
            last = stage->now;
        }
        vm_stage_run(stage);
    }
    return NULL;
}
