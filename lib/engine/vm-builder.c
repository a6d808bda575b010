/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-builder.h"

#include <stdlib.h>
#include <string.h>

#include "engine/vm-prior.h"
#include "model/vm-endpoint-list.h"
#include "model/vm-endpoint.h"
#include "model/vm-slot-load.h"
#include "model/vm-slot.h"
#include "model/vm-watch.h"
#include "util.h"

/* An index of the inventory that finds none is none of a snapshot. */
BUILD_ASSERT_DECL(VM_MEMBER_NONE == -1);

/* A slot of the snapshot with the slot of the inventory that it describes,
 * while both are sorted. */
struct entry {
    struct vm_snap_slot slot;
    struct vm_slot *state;
};

/* What a slot's demand is. */
enum load_kind { NO_LOAD, EXPECTED, MEASURED, OVER_WINDOW };

static bool
is_usable(const struct vm_inventory *inventory, int member)
{
    return (member != VM_MEMBER_NONE
            && vm_member_is_usable(inventory->members[member]));
}

/* Returns true if slots could return to 'member' if its link were up. */
static bool
is_open(const struct vm_inventory *inventory, int member)
{
    const struct vm_member *m;

    if (member == VM_MEMBER_NONE) {
        return false;
    }
    m = inventory->members[member];
    return (m->down != VM_DOWN_NO_DEVICE && !m->config.standby
            && !m->config.drain);
}

/* Initializes the home of 'slot', and its present member if it has yet to
 * return to that of before a restart. */
static void
describe_home(const struct vm_inventory *inventory,
              const struct vm_slot *state, struct vm_snap_slot *slot)
{
    slot->home = vm_inventory_member_index(inventory, state->home);
    slot->home_gone = state->home && !is_open(inventory, slot->home);
    if (state->home_restored && is_usable(inventory, slot->home)) {
        slot->present = slot->home;
        slot->home = vm_inventory_member_index(inventory, state->later_home);
    }
}

static uint64_t
find_demand(const struct vm_slot *state, enum load_kind kind,
            const struct vm_prior *prior, long long int now)
{
    return (kind == NO_LOAD ? 0
            : kind == EXPECTED ? vm_prior_expect(prior, state, now)
            : kind == MEASURED ? vm_slot_rate(state, now)
            : vm_slot_window_rate(state));
}

/* Initializes 'slot' from 'state', except its demand.  The indexes of the
 * preferred members are stored at 'pref'. */
static void
describe_slot(const struct vm_inventory *inventory,
              const struct vm_bond_config *config,
              const struct vm_slot *state, long long int now, int *pref,
              struct vm_snap_slot *slot)
{
    const struct vm_policy *policy = &state->endpoint->policy;

    slot->id = state->id;
    slot->priority = policy->priority;
    slot->shares = policy->shares;
    slot->guarantee = vm_slot_guarantee(state);
    slot->variation = vm_slot_variation(state);
    slot->exclusive = (policy->exclusive
                       && !vm_endpoint_is_silent(state->endpoint));

    for (size_t i = 0; i < state->pref.n; i++) {
        pref[i] = vm_inventory_member_index(inventory, state->pref.names[i]);
    }
    slot->pref = pref;
    slot->n_pref = state->pref.n;
    slot->any = state->pref.any;

    slot->present = vm_inventory_member_index(inventory, state->member);
    slot->pinned = vm_inventory_member_index(inventory, state->pinned);
    describe_home(inventory, state, slot);

    slot->waits = !state->drain_turn;

    bool dwells = (state->moved_by_balance
                   && now - state->moved < config->dwell_s * 1000LL);
    slot->may_rebalance = !dwells && !state->pinned;
}

/* Estimates the rate that each member can carry.  For a full member it is
 * measured.  If a full member carries less than its capacity, the others may
 * do so, too: each is assumed to carry the same fraction of its capacity, or
 * what it sends now if that is more.  If their capacities were trusted
 * instead, the excess of one member would move to the next one, and back. */
static void
estimate_carried(struct vm_builder *builder,
                 const struct vm_inventory *inventory, long long int now)
{
    uint64_t least_ppm = 1000000;

    for (size_t i = 0; i < inventory->n_members; i++) {
        struct vm_snap_member *member = &builder->members[i];

        member->carries = vm_member_carries(inventory->members[i], now);
        least_ppm = MIN(least_ppm, vm_utilization_ppm(member->carries,
                                                      member->capacity));
    }
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];
        struct vm_snap_member *snap = &builder->members[i];

        if (!vm_member_is_full(member, now)) {
            uint64_t sends = vm_load_rate(&member->tx, VM_SLOT_HALF_LIFE,
                                          now);
            uint64_t part = vm_ppm_of(snap->capacity, least_ppm);

            snap->carries = MIN(MAX(MAX(part, sends), 1), snap->capacity);
        }
    }
}

static void
describe_members(struct vm_builder *builder,
                 const struct vm_inventory *inventory, long long int now)
{
    size_t n = inventory->n_members;

    builder->members = xcalloc(n, sizeof *builder->members);
    for (size_t i = 0; i < n; i++) {
        const struct vm_member *member = inventory->members[i];
        struct vm_snap_member *snap = &builder->members[i];

        snap->name = member->name;
        snap->capacity = vm_member_capacity(member);
        snap->background = vm_member_background(member,
                                                VM_BACKGROUND_FOR_PLACEMENT);
        snap->full = vm_member_is_full(member, now);
        snap->usable = vm_member_is_usable(member);
        snap->standby = member->config.standby;
        snap->avoid = (member->config.drain ? VM_AVOID_DRAINED
                       : vm_member_is_held_off(member, now) ? VM_AVOID_HELD_OFF
                       : VM_AVOID_NOT);
    }
    estimate_carried(builder, inventory, now);
    builder->snapshot.members = builder->members;
    builder->snapshot.n_members = n;
}

static int
compare_entries(const void *a_, const void *b_)
{
    const struct entry *a = a_;
    const struct entry *b = b_;

    return vm_snap_slot_compare(&a->slot, &b->slot);
}

/* Adds the slots of 'builder', sorted. */
static void
sort_entries(struct vm_builder *builder, struct entry *entries, size_t n)
{
    if (n) {
        qsort(entries, n, sizeof *entries, compare_entries);
    }
    builder->snapshot.slots = xcalloc(n, sizeof *builder->snapshot.slots);
    builder->states = xcalloc(n, sizeof *builder->states);
    builder->snapshot.n_slots = n;
    for (size_t i = 0; i < n; i++) {
        builder->snapshot.slots[i] = entries[i].slot;
        builder->states[i] = entries[i].state;
    }
}

/* Describes the 'n' slots 'states'. */
static void
describe_slots(struct vm_builder *builder,
               const struct vm_inventory *inventory,
               const struct vm_bond_config *config, enum load_kind kind,
               const struct vm_prior *prior, struct vm_slot *const *states,
               size_t n, long long int now)
{
    size_t n_prefs = 0;

    for (size_t i = 0; i < n; i++) {
        n_prefs += states[i]->pref.n;
    }

    struct entry *entries = xcalloc(n, sizeof *entries);
    int *pref = builder->prefs = xcalloc(n_prefs, sizeof *pref);
    for (size_t i = 0; i < n; i++) {
        entries[i].state = states[i];
        describe_slot(inventory, config, states[i], now, pref,
                      &entries[i].slot);
        entries[i].slot.demand = find_demand(states[i], kind, prior, now);
        pref += states[i]->pref.n;
    }
    sort_entries(builder, entries, n);
    free(entries);
}

/* Adds the slot 'state', which is not in the snapshot, to its member. */
static void
add_other(struct vm_builder *builder, const struct vm_inventory *inventory,
          const struct vm_prior *prior, bool loads,
          const struct vm_slot *state, long long int now)
{
    int member = vm_inventory_member_index(inventory, state->member);
    struct vm_snap_others *others;

    if (member < 0) {
        return;
    }
    others = &builder->members[member].others;
    others->reserved += vm_rate_cap(vm_slot_guarantee(state));
    if (loads) {
        const struct vm_snap_slot slot = {
            .guarantee = vm_slot_guarantee(state),
            .demand = vm_prior_expect(prior, state, now),
        };

        others->load += vm_snap_slot_expected(&slot);
        others->shares += state->endpoint->policy.shares;
        others->count++;
    }
}

static bool
any_guarantee(const struct vm_builder *builder)
{
    for (size_t i = 0; i < builder->snapshot.n_slots; i++) {
        if (builder->snapshot.slots[i].guarantee) {
            return true;
        }
    }
    return false;
}

void
vm_builder_init_changed(struct vm_builder *builder,
                        const struct vm_inventory *inventory,
                        const struct vm_bond_config *config, bool loads,
                        long long int now)
{
    const struct vm_changes *place = &inventory->place;
    struct vm_prior prior = { 0, 0 };
    size_t n = 0, n_changed;
    struct vm_slot **slots = loads ? vm_inventory_slots(inventory, &n) : NULL;
    struct vm_slot **changed = vm_endpoint_list_slots(inventory, place,
                                                      &n_changed);

    vm_builder_init_members(builder, inventory, config, now);
    if (loads) {
        vm_prior_init(&prior, inventory, slots, n, now);
    }
    describe_slots(builder, inventory, config, loads ? EXPECTED : NO_LOAD,
                   &prior, changed, n_changed, now);
    if (!loads && any_guarantee(builder)) {
        slots = vm_inventory_slots(inventory, &n);
    }
    for (size_t i = 0; i < n; i++) {
        if (!vm_changes_include(place, slots[i]->endpoint->id)) {
            add_other(builder, inventory, &prior, loads, slots[i], now);
        }
    }
    free(slots);
    free(changed);
}

void
vm_builder_init_members(struct vm_builder *builder,
                        const struct vm_inventory *inventory,
                        const struct vm_bond_config *config,
                        long long int now)
{
    memset(builder, 0, sizeof *builder);
    describe_members(builder, inventory, now);
    builder->snapshot.reservable_pct = config->reservable_pct;
    builder->snapshot.threshold_pct = config->threshold_pct;
    builder->snapshot.failback = config->failback;
}

/* Returns true if any of 'slots' closes its member to others. */
static bool
any_excludes(struct vm_slot *const *slots, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct vm_endpoint *endpoint = slots[i]->endpoint;

        if (endpoint->policy.exclusive && !vm_endpoint_is_silent(endpoint)) {
            return true;
        }
    }
    return false;
}

void
vm_builder_init_reserving(struct vm_builder *builder,
                          const struct vm_inventory *inventory,
                          const struct vm_bond_config *config,
                          long long int now)
{
    const struct vm_prior prior = { 0, 0 };
    size_t n;
    struct vm_slot **slots = vm_watch_reserving(inventory, &n);

    if (any_excludes(slots, n)) {
        free(slots);
        slots = vm_inventory_slots(inventory, &n);
    }
    vm_builder_init_members(builder, inventory, config, now);
    describe_slots(builder, inventory, config, NO_LOAD, &prior, slots, n, now);
    free(slots);
}

static void
builder_init(struct vm_builder *builder, const struct vm_inventory *inventory,
             const struct vm_bond_config *config, enum load_kind kind,
             long long int now)
{
    size_t n;
    struct vm_slot **slots = vm_inventory_slots(inventory, &n);
    struct vm_prior prior = { 0, 0 };

    if (kind == EXPECTED) {
        vm_prior_init(&prior, inventory, slots, n, now);
    }
    vm_builder_init_members(builder, inventory, config, now);
    describe_slots(builder, inventory, config, kind, &prior, slots, n, now);
    free(slots);
}

void
vm_builder_init(struct vm_builder *builder,
                const struct vm_inventory *inventory,
                const struct vm_bond_config *config, long long int now)
{
    builder_init(builder, inventory, config, EXPECTED, now);
}

void
vm_builder_init_measured(struct vm_builder *builder,
                         const struct vm_inventory *inventory,
                         const struct vm_bond_config *config,
                         long long int now)
{
    builder_init(builder, inventory, config, MEASURED, now);
}

void
vm_builder_init_over_window(struct vm_builder *builder,
                            const struct vm_inventory *inventory,
                            const struct vm_bond_config *config,
                            long long int now)
{
    builder_init(builder, inventory, config, OVER_WINDOW, now);
}

void
vm_builder_destroy(struct vm_builder *builder)
{
    free(builder->snapshot.slots);
    free(builder->states);
    free(builder->members);
    free(builder->prefs);
}

size_t
vm_builder_find(const struct vm_builder *builder, const struct vm_slot *state)
{
    for (size_t i = 0; i < builder->snapshot.n_slots; i++) {
        if (builder->states[i] == state) {
            return i;
        }
    }
    OVS_NOT_REACHED();
}

const char *
vm_builder_member_name(const struct vm_builder *builder, int member)
{
    return member < 0 ? NULL : builder->members[member].name;
}

void
vm_builder_explain(const struct vm_inventory *inventory,
                   const struct vm_bond_config *config, long long int now,
                   const struct vm_slot *slot, struct vm_choice *choice,
                   struct vm_verdict *verdicts)
{
    struct vm_builder builder;

    vm_builder_init(&builder, inventory, config, now);
    vm_placement_explain(&builder.snapshot, vm_builder_find(&builder, slot),
                         verdicts);
    vm_builder_destroy(&builder);

    choice->member = vm_inventory_member_index(inventory, slot->member);
    choice->reason = slot->reason;
    choice->because = vm_inventory_member_index(inventory, slot->because);
    choice->guarantee_unmet = slot->guarantee_unmet;
}
