/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sim-world.h"

#include "util.h"
#include "vm-action.h"
#include "vm-engine.h"

/* Meters. */

void
vm_sim_world_act(struct vm_sim_world *world, const struct vm_actions *actions)
{
    for (size_t i = 0; i < actions->n; i++) {
        const struct vm_action *action = &actions->list[i];
        struct vm_sim_meter *meter;

        if (action->type == VM_ACTION_METER) {
            uint64_t depth = action->burst * 1000;

            meter = shash_find_data(&world->meters, action->meter);
            if (!meter) {
                meter = xzalloc(sizeof *meter);
                meter->tokens = depth;
                shash_add(&world->meters, action->meter, meter);
            }
            meter->rate = action->rate;
            meter->depth = depth;
            meter->tokens = MIN(meter->tokens, depth);
        } else if (action->type == VM_ACTION_UNMETER) {
            free(shash_find_and_delete(&world->meters, action->meter));
        }
    }
}

/* Lets through what 'meter' was offered in 'ms', as far as it may. */
static void
meter_pass(struct vm_sim_meter *meter, long long int ms)
{
    uint64_t tokens = meter->tokens + meter->rate * ms;

    meter->passed = MIN(meter->offered, tokens / 8000);
    meter->tokens = MIN(tokens - meter->passed * 8000, meter->depth);
    meter->counters.bytes += meter->offered;
    meter->counters.dropped_bytes += meter->offered - meter->passed;
}

/* The part of 'bytes' that 'meter' has let through, null for no meter. */
static uint64_t
passed_of(const struct vm_sim_meter *meter, uint64_t bytes)
{
    return (!meter || meter->passed == meter->offered ? bytes
            : (double) bytes * meter->passed / meter->offered);
}

/* Who sends. */

/* Returns how many bytes 'flow' sends in 'ms'. */
static uint64_t
let_send(struct vm_sim_flow *flow, long long int ms)
{
    uint64_t millibits = flow->rate * ms + flow->millibits;

    flow->millibits = millibits % 8000;
    return millibits / 8000;
}

/* The meter that 'iface' goes through now, or null. */
static struct vm_sim_meter *
find_meter(const struct vm_sim_world *world, const struct vm_interface *iface)
{
    return (iface->slot->meter
            ? shash_find_data(&world->meters, iface->slot->meter) : NULL);
}

/* All interfaces offer what they have to send to meters. */
static void
offer(struct vm_sim_world *world, const struct vm_inventory *inventory,
      long long int ms)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &world->meters) {
        struct vm_sim_meter *meter = node->data;

        meter->offered = meter->passed = 0;
    }
    SHASH_FOR_EACH (node, &world->interfaces) {
        struct vm_sim_interface *si = node->data;
        const struct vm_interface *iface
            = vm_inventory_find_interface(inventory, node->name);
        struct vm_sim_meter *meter
            = iface && iface->carrier ? find_meter(world, iface) : NULL;

        si->now = let_send(&si->flow, ms);
        si->offered += si->now;
        if (meter) {
            meter->offered += si->now;
        }
    }
}

/* What has come through goes to the uplinks. */
static void
pass(struct vm_sim_world *world, const struct vm_inventory *inventory,
     long long int now)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &world->interfaces) {
        struct vm_sim_interface *si = node->data;
        const struct vm_interface *iface
            = vm_inventory_find_interface(inventory, node->name);
        struct vm_sim_uplink *uplink
            = (iface && iface->carrier
               ? shash_find_data(&world->uplinks, iface->carrier) : NULL);

        if (uplink) {
            uint64_t passed = passed_of(find_meter(world, iface), si->now);

            si->counters.tx_bytes += si->now;
            si->passed += passed;
            uplink->now += passed;
            uplink->wanted += si->now - passed;
        } else {
            si->counters.dropped_bytes += si->now;
        }
        vm_engine_set_counters(world->engine, node->name, &si->counters,
                               now);
    }
}

void
vm_sim_world_flow(struct vm_sim_world *world, long long int ms,
                  long long int now)
{
    const struct vm_inventory *inventory = vm_engine_inventory(world->engine);
    struct shash_node *node;

    SHASH_FOR_EACH (node, &world->uplinks) {
        struct vm_sim_uplink *uplink = node->data;

        uplink->now = (uplink->enabled
                       ? let_send(&uplink->background, ms) : 0);
    }
    offer(world, inventory, ms);
    SHASH_FOR_EACH (node, &world->meters) {
        struct vm_sim_meter *meter = node->data;

        meter_pass(meter, ms);
        vm_engine_set_meter_counters(world->engine, node->name,
                                     &meter->counters, now);
    }
    pass(world, inventory, now);
    SHASH_FOR_EACH (node, &world->uplinks) {
        struct vm_sim_uplink *uplink = node->data;
        const struct vm_member *member
            = vm_inventory_find_member(inventory, node->name);
        uint64_t most = vm_member_capacity(member) / 8000 * ms;

        uplink->offered += uplink->now;
        uplink->wanted += uplink->now;
        uplink->tx_bytes += MIN(uplink->now, most);
        vm_engine_set_member_counters(world->engine, node->name,
                                      uplink->tx_bytes, 0, now);
    }
}
