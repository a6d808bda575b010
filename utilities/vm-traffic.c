/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-traffic.h"

#include "engine/vm-action.h"
#include "engine/vm-engine.h"
#include "engine/vm-policing.h"
#include "svec.h"
#include "util.h"

/* Thousandths of bits in a byte. */
#define BYTE 8000

void
vm_traffic_init(struct vm_traffic_model *model, bool bursts)
{
    *model = (struct vm_traffic_model) {
        .bursts = bursts, .max_meters = SIZE_MAX,
    };
    shash_init(&model->interfaces);
    shash_init(&model->members);
    shash_init(&model->meters);
    sset_init(&model->unreadable);
}

void
vm_traffic_destroy(struct vm_traffic_model *model)
{
    shash_destroy_free_data(&model->interfaces);
    shash_destroy_free_data(&model->members);
    shash_destroy_free_data(&model->meters);
    sset_destroy(&model->unreadable);
}

struct vm_traffic_interface *
vm_traffic_interface(struct vm_traffic_model *model, const char *name)
{
    struct vm_traffic_interface *iface = shash_find_data(&model->interfaces,
                                                         name);

    if (!iface) {
        iface = xzalloc(sizeof *iface);
        shash_add(&model->interfaces, name, iface);
    }
    return iface;
}

struct vm_traffic_member *
vm_traffic_member(struct vm_traffic_model *model, const char *name)
{
    struct vm_traffic_member *member = shash_find_data(&model->members, name);

    if (!member) {
        member = xzalloc(sizeof *member);
        shash_add(&model->members, name, member);
    }
    return member;
}

void
vm_traffic_remove_interface(struct vm_traffic_model *model, const char *name)
{
    free(shash_find_and_delete(&model->interfaces, name));
}

void
vm_traffic_remove_member(struct vm_traffic_model *model, const char *name)
{
    free(shash_find_and_delete(&model->members, name));
}

/* Meters. */

/* What the bucket of 'meter' holds at most.  Without bursts that is less than
 * a byte: a rate that does not come out even is kept over time nevertheless,
 * and numbers in a test are round. */
static uint64_t
depth_of(const struct vm_traffic_model *model,
         const struct vm_traffic_meter *meter)
{
    return model->bursts ? meter->burst * 1000 : BYTE - 1;
}

/* Returns false if the datapath has no meter left. */
static bool
set_meter(struct vm_traffic_model *model, const struct vm_action *action)
{
    struct vm_traffic_meter *meter = shash_find_data(&model->meters,
                                                     action->meter);
    bool is_new = !meter;

    if (is_new) {
        if (shash_count(&model->meters) >= model->max_meters) {
            return false;
        }
        meter = xzalloc(sizeof *meter);
        shash_add(&model->meters, action->meter, meter);
    }
    meter->rate = action->rate;
    meter->burst = action->burst;

    uint64_t depth = depth_of(model, meter);
    meter->tokens = (is_new ? (model->bursts ? depth : 0)
                     : MIN(meter->tokens, depth));
    return true;
}

bool
vm_traffic_act(struct vm_traffic_model *model, struct vm_engine *engine,
               const struct vm_actions *actions, long long int now)
{
    struct svec failed = SVEC_EMPTY_INITIALIZER;

    for (size_t i = 0; i < actions->n; i++) {
        const struct vm_action *action = &actions->list[i];

        if (action->type == VM_ACTION_METER && !set_meter(model, action)) {
            svec_add(&failed, action->meter);
        } else if (action->type == VM_ACTION_UNMETER) {
            free(shash_find_and_delete(&model->meters, action->meter));
        }
    }

    /* That is an event, which may not come while the actions are in use. */
    for (size_t i = 0; i < failed.n; i++) {
        vm_engine_meter_failed(engine, failed.names[i],
                               "the datapath has no meter left", now);
    }

    bool ok = !failed.n;
    svec_destroy(&failed);
    return ok;
}

/* Sending. */

/* Returns how many bytes 'flow' sends in 'ms'. */
static uint64_t
let_send(struct vm_traffic_flow *flow, long long int ms)
{
    uint64_t millibits = ((flow->stopped ? 0 : flow->rate) * ms
                          + flow->millibits);

    flow->millibits = millibits % BYTE;
    return millibits / BYTE;
}

/* The meter through which frames of 'iface' leave, or null. */
static struct vm_traffic_meter *
find_meter(const struct vm_traffic_model *model,
           const struct vm_interface *iface)
{
    return (iface && iface->tx_member && iface->slot->meter
            ? shash_find_data(&model->meters, iface->slot->meter) : NULL);
}

/* All interfaces offer to meters what they have to send in 'ms'. */
static void
offer(struct vm_traffic_model *model, const struct vm_inventory *inventory,
      long long int ms)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &model->meters) {
        struct vm_traffic_meter *meter = node->data;

        meter->offered = 0;
    }
    SHASH_FOR_EACH (node, &model->interfaces) {
        struct vm_traffic_interface *ti = node->data;
        struct vm_traffic_meter *meter
            = find_meter(model, vm_inventory_find_interface(inventory,
                                                            node->name));

        ti->offered = let_send(&ti->flow, ms);
        if (meter) {
            meter->offered += ti->offered;
        }
    }
}

/* Lets through what 'meter' was offered in 'ms', as far as it may. */
static void
meter_pass(const struct vm_traffic_model *model,
           struct vm_traffic_meter *meter, long long int ms)
{
    uint64_t tokens = meter->tokens + meter->rate * ms;
    uint64_t dropped;

    meter->passed = MIN(meter->offered, tokens / BYTE);
    meter->tokens = MIN(tokens - meter->passed * BYTE,
                        depth_of(model, meter));
    dropped = meter->offered - meter->passed;
    meter->counters.bytes += meter->offered;
    meter->counters.packets += meter->offered / VM_TRAFFIC_FRAME;
    meter->counters.dropped_bytes += dropped;
    meter->counters.dropped_packets += dropped / VM_TRAFFIC_FRAME;
}

/* The part of 'bytes' that 'meter' has let through, null for no meter. */
static uint64_t
passed_of(const struct vm_traffic_meter *meter, uint64_t bytes)
{
    return (!meter || meter->passed == meter->offered ? bytes
            : (double) bytes * meter->passed / meter->offered);
}

/* Brings what 'iface' has offered to the member that carries it. */
static void
leave(struct vm_traffic_model *model, const struct vm_interface *iface,
      struct vm_traffic_interface *ti)
{
    struct vm_counters *counters = &ti->counters;
    struct vm_traffic_member *member
        = (iface && iface->tx_member
           ? shash_find_data(&model->members, iface->tx_member) : NULL);

    if (member) {
        ti->passed = passed_of(find_meter(model, iface), ti->offered);
        counters->tx_bytes += ti->offered;
        counters->tx_packets += ti->offered / VM_TRAFFIC_FRAME;
        member->offered += ti->passed;
        member->metered += ti->offered - ti->passed;
    } else {
        ti->passed = 0;
        counters->dropped_bytes += ti->offered;
        counters->dropped_packets += ti->offered / VM_TRAFFIC_FRAME;
    }
}

/* Lets the device of 'member' send what it can in 'ms'. */
static void
transmit(struct vm_traffic_member *member, long long int ms)
{
    uint64_t most = member->capacity / 8000 * ms;
    uint64_t sent = MIN(member->offered, most);

    member->tx_bytes += sent;
    member->tx_drops += (member->offered - sent) / VM_TRAFFIC_FRAME;
}

/* Lets 'ms' go by. */
static void
simulate(struct vm_traffic_model *model, const struct vm_inventory *inventory,
         long long int ms)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &model->members) {
        struct vm_traffic_member *member = node->data;

        member->offered = member->enabled ? let_send(&member->others, ms) : 0;
        member->metered = 0;
    }
    offer(model, inventory, ms);
    SHASH_FOR_EACH (node, &model->meters) {
        meter_pass(model, node->data, ms);
    }
    SHASH_FOR_EACH (node, &model->interfaces) {
        leave(model, vm_inventory_find_interface(inventory, node->name),
              node->data);
    }
    SHASH_FOR_EACH (node, &model->members) {
        transmit(node->data, ms);
    }
}

/* Returns true if the engine does not know the counters of 'ti'. */
static bool
is_news(const struct vm_traffic_interface *ti)
{
    return (!ti->any_told
            || ti->told_packets != (ti->counters.tx_packets
                                    + ti->counters.dropped_packets));
}

static void
tell_flows(const struct vm_traffic_model *model, struct vm_engine *engine,
           long long int now)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &model->interfaces) {
        struct vm_traffic_interface *ti = node->data;

        if (!model->complete || is_news(ti)) {
            vm_engine_set_counters(engine, node->name, &ti->counters, now);
            ti->told_packets = (ti->counters.tx_packets
                                + ti->counters.dropped_packets);
            ti->any_told = true;
        }
    }
    SHASH_FOR_EACH (node, &model->members) {
        const struct vm_traffic_member *member = node->data;

        vm_engine_set_member_counters(engine, node->name, member->tx_bytes,
                                      member->tx_drops, now);
    }
}

static void
tell_meters(const struct vm_traffic_model *model, struct vm_engine *engine,
            bool early, long long int now)
{
    const struct vm_policing *policing = vm_engine_policing(engine);
    bool all = !early && !model->complete;
    struct shash_node *node;

    SHASH_FOR_EACH (node, &model->meters) {
        const struct vm_traffic_meter *meter = node->data;

        if (!sset_contains(&model->unreadable, node->name)
            && (all || vm_policing_wants_meter(policing, node->name, !early,
                                               now))) {
            vm_engine_set_meter_counters(engine, node->name, &meter->counters,
                                         now);
        }
    }
}

void
vm_traffic_run(struct vm_traffic_model *model, struct vm_engine *engine,
               long long int ms, long long int now)
{
    const struct vm_policing *policing = vm_engine_policing(engine);
    bool reading = model->complete && now >= model->next_reading;
    bool early = (vm_policing_wants_counters(policing, now)
                  && !vm_policing_is_due(policing, now) && !reading);

    simulate(model, vm_engine_inventory(engine), ms);
    if (!early) {
        tell_flows(model, engine, now);
    }
    tell_meters(model, engine, early, now);
    if (!early && model->complete) {
        vm_engine_counted(engine, now);
        model->next_reading = now + VM_TRAFFIC_READ_INTERVAL;
    }
}
