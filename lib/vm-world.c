/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-world.h"

#include <limits.h>
#include <stdlib.h>

#include "util.h"
#include "vm-regroup.h"
#include "vm-slot.h"

/* A slot on the way into the snapshot. */
struct entry {
    struct vm_slot slot;
    struct vm_slot_state *state;
};

static int
uplink_index(const struct vm_inventory *inventory, const char *name)
{
    return name ? vm_inventory_member_index(inventory, name) : VM_UPLINK_NONE;
}

static bool
is_usable(const struct vm_inventory *inventory, int uplink)
{
    return (uplink != VM_UPLINK_NONE
            && vm_member_is_usable(inventory->members[uplink]));
}

/* Describes 'state' in 'slot', with its wish at 'wish'. */
static void
describe_slot(const struct vm_inventory *inventory,
              const struct vm_bond_config *config,
              const struct vm_slot_state *state, bool over_window,
              long long int now, int *wish, struct vm_slot *slot)
{
    const struct vm_policy *policy = &state->endpoint->policy;

    slot->id = state->id;
    slot->priority = policy->priority;
    slot->shares = policy->shares;
    slot->guarantee = vm_slot_guarantee(state);
    slot->demand = (over_window ? vm_slot_window_rate(state)
                    : vm_slot_rate(state, now));
    slot->variation = vm_load_variation(&state->load, VM_SLOT_HALF_LIFE);
    slot->exclusive = policy->exclusive;

    for (size_t i = 0; i < state->wish.n; i++) {
        wish[i] = uplink_index(inventory, state->wish.names[i]);
    }
    slot->wish = wish;
    slot->n_wish = state->wish.n;
    slot->any = state->wish.any;

    slot->present = uplink_index(inventory, state->uplink);
    slot->home = uplink_index(inventory, state->home);
    slot->pinned = uplink_index(inventory, state->pinned);
    if (state->home_restored && is_usable(inventory, slot->home)) {
        slot->present = slot->home;
        slot->home = uplink_index(inventory, state->later_home);
    }

    bool dwells = (state->moved_by_balance
                   && now - state->moved < config->dwell_s * 1000LL);
    slot->may_rebalance = !dwells && !state->pinned;
}

/* What uplinks carry.  A full one shows it.  That its link speed promises too
 * much may well be true of the others, too: they are taken to carry the same
 * part of theirs, or what they do carry.  If they were trusted instead, all
 * that one can't carry would go to the next one, and back. */
static void
guess_carried(struct vm_world *world, const struct vm_inventory *inventory,
              long long int now)
{
    uint64_t least_ppm = 1000000;

    for (size_t i = 0; i < inventory->n_members; i++) {
        struct vm_uplink *uplink = &world->uplinks[i];

        uplink->carries = vm_member_carries(inventory->members[i], now);
        least_ppm = MIN(least_ppm, vm_utilization_ppm(uplink->carries,
                                                      uplink->capacity));
    }
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];
        struct vm_uplink *uplink = &world->uplinks[i];

        if (!vm_member_is_full(member, now)) {
            uint64_t sends = vm_load_rate(&member->tx, VM_SLOT_HALF_LIFE,
                                          now);
            uint64_t part = vm_ppm_of(uplink->capacity, least_ppm);

            uplink->carries = MIN(MAX(MAX(part, sends), 1),
                                  uplink->capacity);
        }
    }
}

static void
describe_uplinks(struct vm_world *world, const struct vm_inventory *inventory,
                 long long int now)
{
    size_t n = inventory->n_members;

    world->uplinks = xcalloc(n, sizeof *world->uplinks);
    for (size_t i = 0; i < n; i++) {
        const struct vm_member *member = inventory->members[i];
        struct vm_uplink *uplink = &world->uplinks[i];

        uplink->name = member->name;
        uplink->capacity = vm_member_capacity(member);
        uplink->background = vm_member_background(member);
        uplink->usable = vm_member_is_usable(member);
        uplink->standby = member->config.standby;
    }
    guess_carried(world, inventory, now);
    world->snapshot.uplinks = world->uplinks;
    world->snapshot.n_uplinks = n;
}

static int
compare_entries(const void *a_, const void *b_)
{
    const struct entry *a = a_;
    const struct entry *b = b_;

    return vm_slot_compare(&a->slot, &b->slot);
}

static void
describe_slots(struct vm_world *world, const struct vm_inventory *inventory,
               const struct vm_bond_config *config, bool over_window,
               long long int now)
{
    size_t n_slots;
    struct vm_slot_state **states = vm_inventory_slots(inventory, &n_slots);
    size_t n_wishes = 0;

    for (size_t i = 0; i < n_slots; i++) {
        n_wishes += states[i]->wish.n;
    }

    struct entry *entries = xcalloc(n_slots, sizeof *entries);
    int *wish = world->wishes = xcalloc(n_wishes, sizeof *wish);
    for (size_t i = 0; i < n_slots; i++) {
        entries[i].state = states[i];
        describe_slot(inventory, config, states[i], over_window, now, wish,
                      &entries[i].slot);
        wish += states[i]->wish.n;
    }
    free(states);

    qsort(entries, n_slots, sizeof *entries, compare_entries);
    world->snapshot.slots = xcalloc(n_slots, sizeof *world->snapshot.slots);
    world->states = xcalloc(n_slots, sizeof *world->states);
    world->snapshot.n_slots = n_slots;
    for (size_t i = 0; i < n_slots; i++) {
        world->snapshot.slots[i] = entries[i].slot;
        world->states[i] = entries[i].state;
    }
    free(entries);
}

static void
world_init(struct vm_world *world, const struct vm_inventory *inventory,
           const struct vm_bond_config *config, bool over_window,
           long long int now)
{
    describe_slots(world, inventory, config, over_window, now);
    describe_uplinks(world, inventory, now);
    world->snapshot.reservable_pct = config->reservable_pct;
    world->snapshot.threshold_pct = config->threshold_pct;
    world->snapshot.failback = config->failback;
}

void
vm_world_init(struct vm_world *world, const struct vm_inventory *inventory,
              const struct vm_bond_config *config, long long int now)
{
    world_init(world, inventory, config, false, now);
}

void
vm_world_init_over_window(struct vm_world *world,
                          const struct vm_inventory *inventory,
                          const struct vm_bond_config *config,
                          long long int now)
{
    world_init(world, inventory, config, true, now);
}

void
vm_world_destroy(struct vm_world *world)
{
    free(world->snapshot.slots);
    free(world->states);
    free(world->uplinks);
    free(world->wishes);
}

size_t
vm_world_find(const struct vm_world *world, const struct vm_slot_state *state)
{
    for (size_t i = 0; i < world->snapshot.n_slots; i++) {
        if (world->states[i] == state) {
            return i;
        }
    }
    OVS_NOT_REACHED();
}

const char *
vm_world_uplink_name(const struct vm_world *world, int uplink)
{
    return uplink < 0 ? NULL : world->uplinks[uplink].name;
}

void
vm_world_explain(const struct vm_inventory *inventory,
                 const struct vm_bond_config *config, long long int now,
                 const struct vm_slot_state *slot, struct vm_choice *choice,
                 struct vm_verdict *verdicts)
{
    struct vm_world world;

    vm_world_init(&world, inventory, config, now);
    vm_placement_explain(&world.snapshot, vm_world_find(&world, slot),
                         verdicts);
    vm_world_destroy(&world);

    choice->uplink = (slot->uplink
                      ? vm_inventory_member_index(inventory, slot->uplink)
                      : VM_UPLINK_NONE);
    choice->reason = slot->reason;
    choice->because = (slot->because
                       ? vm_inventory_member_index(inventory, slot->because)
                       : VM_UPLINK_NONE);
    choice->guarantee_broken = slot->guarantee_broken;
}
