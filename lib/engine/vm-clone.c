/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-clone.h"

#include "base/vm-map.h"
#include "engine/vm-engine.h"
#include "engine/vm-requests.h"
#include "model/vm-interface-count.h"
#include "model/vm-places.h"
#include "model/vm-slot.h"
#include "smap.h"
#include "util.h"

static void
copy_members(struct vm_engine *copy, const struct vm_inventory *inventory,
             long long int now)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];
        const struct vm_member_facts facts = vm_member_get_facts(member);

        vm_engine_set_member(copy, member->name, &facts, now);
    }
}

static void
copy_interfaces(struct vm_engine *copy, const struct vm_inventory *inventory,
                long long int now)
{
    size_t n;
    struct vm_interface **interfaces = vm_inventory_interfaces(inventory, &n);

    for (size_t i = 0; i < n; i++) {
        struct smap external_ids = SMAP_INITIALIZER(&external_ids);
        const struct vm_interface_facts facts = {
            .external_ids = &external_ids,
            .internal = interfaces[i]->internal,
            .no_device = interfaces[i]->no_device,
            .access_vlan = interfaces[i]->access_vlan,
            .tag_type = interfaces[i]->tag_type,
            .port = &interfaces[i]->port,
            .way = interfaces[i]->way,
            .remote = interfaces[i]->remote,
            .kernel_tunnel = interfaces[i]->kernel_tunnel,
            .like = interfaces[i],
            .was_member = interfaces[i]->was_member,
            .was_home = interfaces[i]->was_home,
            .was_pinned = interfaces[i]->was_pinned,
        };

        vm_map_get_all(interfaces[i]->external_ids, &external_ids);
        vm_engine_set_interface(copy, interfaces[i]->name, &facts, now);
        smap_destroy(&external_ids);
    }
    free(interfaces);
}

struct vm_slot *
vm_clone_find_slot(const struct vm_inventory *inventory,
                   const struct vm_slot *like)
{
    const struct vm_endpoint *endpoint
        = shash_find_data(&inventory->endpoints, like->endpoint->id);

    for (size_t i = 0; endpoint && i < endpoint->n_slots; i++) {
        if (vm_pref_equal(&endpoint->slots[i]->pref, &like->pref)) {
            return endpoint->slots[i];
        }
    }
    return NULL;
}

/* Returns the load of 'iface', brought up to date as the engine does before it
 * places slots by their loads.  The copy can't, since what a meter counts of a
 * load is not copied. */
static struct vm_interface_load
get_load(const struct vm_inventory *original, const struct vm_interface *iface)
{
    struct vm_interface until = *iface;

    vm_inventory_rest_load(original, &until);
    return until.load;
}

/* Gives 'copy' what 'original' remembers of members, slots and interfaces. */
static void
copy_memory(struct vm_inventory *copy, const struct vm_inventory *original)
{
    size_t n;

    for (size_t i = 0; i < original->n_members; i++) {
        const struct vm_member *from = original->members[i];
        struct vm_member *to = copy->members[i];

        to->state = from->state;
        to->since = from->since;
        to->changed = from->changed;
        to->was_standby = from->was_standby;
        to->hold_off = from->hold_off;
        to->held_until = from->held_until;
        to->drain_next = from->drain_next;
        to->drain_goes = from->drain_goes;
        to->tx = from->tx;
        to->tx_drops = from->tx_drops;
        to->full = from->full;
        to->slots_bytes = from->slots_bytes;
        to->others = from->others;
    }

    vm_places_destroy(copy->places);
    copy->places = vm_places_clone(original->places);

    struct vm_slot **slots = vm_inventory_slots(original, &n);
    for (size_t i = 0; i < n; i++) {
        struct vm_slot *slot = vm_clone_find_slot(copy, slots[i]);

        if (slot) {
            vm_slot_copy_memory(slot, slots[i]);
            slot->endpoint->limit_failed = slots[i]->endpoint->limit_failed;
        }
    }
    free(slots);

    struct vm_interface **interfaces = vm_inventory_interfaces(original, &n);
    for (size_t i = 0; i < n; i++) {
        struct vm_interface *iface
            = vm_inventory_find_interface(copy, interfaces[i]->name);

        iface->load = get_load(original, interfaces[i]);
        iface->silent = interfaces[i]->silent;
        iface->published = interfaces[i]->published;
        free(iface->tx_member);
        iface->tx_member = nullable_xstrdup(interfaces[i]->tx_member);
    }
    free(interfaces);
}

struct vm_engine *
vm_engine_clone_facts(const struct vm_engine *engine, long long int now)
{
    const struct vm_inventory *inventory = vm_engine_inventory(engine);
    struct vm_engine *copy = vm_engine_create(vm_engine_name(engine), now);

    vm_engine_set_bond(copy, vm_engine_other_config(engine), now);
    copy_members(copy, inventory, now);
    copy_interfaces(copy, inventory, now);
    return copy;
}

void
vm_engine_clone_memory(struct vm_engine *copy, const struct vm_engine *engine,
                       long long int now)
{
    copy_memory(vm_engine_edit(copy, now), vm_engine_inventory(engine));
    vm_failovers_continue(&vm_engine_requests(copy)->failovers,
                          &vm_engine_requests(engine)->failovers);
    vm_budget_continue(&vm_engine_requests(copy)->budget,
                       &vm_engine_requests(engine)->budget);
}

struct vm_engine *
vm_engine_clone(const struct vm_engine *engine, long long int now)
{
    struct vm_engine *copy = vm_engine_clone_facts(engine, now);

    vm_engine_clone_memory(copy, engine, now);
    return copy;
}
