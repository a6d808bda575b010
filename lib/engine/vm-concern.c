/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-concern.h"

#include <stdlib.h>
#include <string.h>

#include "model/vm-endpoint-list.h"
#include "model/vm-endpoint.h"
#include "model/vm-guarantee.h"
#include "model/vm-interface-count.h"
#include "model/vm-slot.h"
#include "model/vm-watch.h"
#include "solve/vm-packing.h"
#include "util.h"

/* Returns true if no member is to be left, or left to others. */
static bool
members_are_plain(const struct vm_inventory *inventory, long long int now)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        if (member->config.drain || vm_member_is_held_off(member, now)) {
            return false;
        }
    }
    return true;
}

/* Returns the index of the member to which the preference or the home of
 * 'slot' binds it, or VM_MEMBER_NONE. */
static int
find_bound(const struct vm_inventory *inventory,
           const struct vm_snapshot *snapshot, const struct vm_slot *slot)
{
    int home;

    for (size_t i = 0; i < slot->pref.n; i++) {
        int named = vm_inventory_member_index(inventory, slot->pref.names[i]);

        if (named >= 0 && vm_snapshot_is_available(snapshot, named)) {
            return named;
        }
    }
    home = slot->home ? vm_inventory_member_index(inventory, slot->home) : -1;
    return (home >= 0 && vm_snapshot_is_available(snapshot, home)
            ? home : VM_MEMBER_NONE);
}

/* Returns true if 'slot', which has not changed, stays where it is. */
static bool
stays(const struct vm_inventory *inventory,
      const struct vm_snapshot *snapshot, const struct vm_slot *slot)
{
    int bound;

    if (slot->endpoint->policy.exclusive
        || (slot->guarantee_unmet && vm_slot_guarantee(slot))) {
        return false;
    }
    if (slot->pinned ? nullable_string_is_equal(slot->pinned, slot->member)
        : !slot->pref.n && !slot->home) {
        return true;
    }
    if (slot->pinned || (slot->member && !snapshot->failback)) {
        return !slot->pinned;
    }
    bound = find_bound(inventory, snapshot, slot);
    return (bound == VM_MEMBER_NONE
            || nullable_string_is_equal(inventory->members[bound]->name,
                                        slot->member));
}

/* Returns true if all slots that have not changed stay where they are, if
 * those that have changed let them. */
static bool
all_stay(const struct vm_inventory *inventory,
         const struct vm_snapshot *snapshot)
{
    const struct vm_changes *place = &inventory->place;
    bool all = true;
    size_t n;
    struct vm_slot **slots = vm_watch_bound(inventory, &n);

    for (size_t i = 0; i < n && all; i++) {
        all = (stays(inventory, snapshot, slots[i])
               || sset_contains(&place->ids, slots[i]->endpoint->id));
    }
    free(slots);
    return all;
}

/* Returns true if none of the slots of 'builder' is exclusive. */
static bool
none_excludes(const struct vm_builder *builder)
{
    for (size_t i = 0; i < builder->snapshot.n_slots; i++) {
        if (builder->states[i]->endpoint->policy.exclusive) {
            return false;
        }
    }
    return true;
}

/* Returns true if all guarantees have room beside each other, wherever the
 * slots of 'builder' are placed. */
static bool
guarantees_fit(const struct vm_builder *builder)
{
    const struct vm_snapshot *snapshot = &builder->snapshot;
    uint64_t sum = 0;

    for (size_t i = 0; i < snapshot->n_slots; i++) {
        sum += vm_rate_cap(snapshot->slots[i].guarantee);
    }
    for (size_t i = 0; sum && i < snapshot->n_members; i++) {
        if (snapshot->members[i].others.reserved + sum
            > vm_snap_reservable(snapshot, i)) {
            return false;
        }
    }
    return true;
}

/* Returns true if the order in which the slots of 'builder' are placed, which
 * depends on loads, shows: more than one of them has news. */
static bool
order_matters(const struct vm_builder *builder,
              const struct vm_choice *choices)
{
    size_t n_news = 0;

    for (size_t i = 0; i < builder->snapshot.n_slots; i++) {
        const struct vm_slot *state = builder->states[i];

        n_news += (choices[i].member < 0 || state->reason == VM_R_NONE
                   || !nullable_string_is_equal(
                       vm_builder_member_name(builder, choices[i].member),
                       state->member));
    }
    return n_news > 1;
}

/* Places the slots of 'builder', given their 'loads' or not.  Returns null if
 * others are concerned, and stores in 'again' whether loads are needed. */
static struct vm_choice *
choose(const struct vm_builder *builder, bool loads, bool *again)
{
    const struct vm_snapshot *snapshot = &builder->snapshot;
    struct vm_choice *choices;

    *again = false;
    if (!none_excludes(builder) || !guarantees_fit(builder)) {
        return NULL;
    } else if (!loads && vm_placement_needs_loads(snapshot)) {
        *again = true;
        return NULL;
    }
    choices = xcalloc(snapshot->n_slots + 1, sizeof *choices);
    vm_placement_run(snapshot, choices);
    *again = !loads && order_matters(builder, choices);
    if (*again || !vm_packing_accepts(snapshot, choices)) {
        free(choices);
        return NULL;
    }
    return choices;
}

/* Returns true if slots that have not changed stay where they are. */
static bool
others_stay(const struct vm_inventory *inventory,
            const struct vm_bond_config *config, long long int now)
{
    struct vm_builder builder;
    bool stay;

    if (inventory->place.all || !members_are_plain(inventory, now)
        || sset_count(&inventory->place.ids) * 2 > inventory->n_endpoints) {
        return false;
    }
    vm_builder_init_members(&builder, inventory, config, now);
    stay = all_stay(inventory, &builder.snapshot);
    vm_builder_destroy(&builder);
    return stay;
}

struct vm_choice *
vm_concern_choose(struct vm_builder *builder, struct vm_inventory *inventory,
                  const struct vm_bond_config *config, long long int now)
{
    struct vm_endpoint **endpoints;
    bool loads = false;
    bool again = true;
    size_t n;

    if (!others_stay(inventory, config, now)) {
        return NULL;
    }
    endpoints = vm_endpoint_list_changed(inventory, &inventory->place, &n);
    vm_guarantees_divide(inventory, endpoints, n, now);
    free(endpoints);
    while (again) {
        struct vm_choice *choices;

        if (loads) {
            vm_inventory_rest_loads(inventory);
        }
        vm_builder_init_changed(builder, inventory, config, loads, now);
        choices = choose(builder, loads, &again);
        if (choices) {
            return choices;
        }
        vm_builder_destroy(builder);
        loads = true;
    }
    return NULL;
}
