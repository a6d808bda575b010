/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-scale.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

static int
priority_of(const struct vm_slot *slot)
{
    return MAX(0, MIN(slot->priority, VM_N_PRIORITIES - 1));
}

static void
rights_add(struct vm_pan_rights *rights, const struct vm_slot *slot)
{
    rights->n[priority_of(slot)]++;
    rights->n_exclusive[priority_of(slot)] += slot->exclusive;
    rights->booked += vm_snapshot_rate(slot->guarantee);
}

static void
rights_subtract(struct vm_pan_rights *rights, const struct vm_slot *slot)
{
    rights->n[priority_of(slot)]--;
    rights->n_exclusive[priority_of(slot)] -= slot->exclusive;
    rights->booked -= vm_snapshot_rate(slot->guarantee);
}

/* True if no slot is under an exclusive one of higher priority. */
static bool
rights_are_lawful(const struct vm_pan_rights *rights)
{
    bool lower = false;

    for (size_t i = 0; i < VM_N_PRIORITIES; i++) {
        if (lower && rights->n_exclusive[i]) {
            return false;
        }
        lower = lower || rights->n[i];
    }
    return true;
}

/* What qsort() sees of a slot. */
struct sort_key {
    uint64_t demand;
    int slot;
};

static int
compare_keys(const void *a_, const void *b_)
{
    const struct sort_key *a = a_;
    const struct sort_key *b = b_;

    return (a->demand != b->demand ? (a->demand < b->demand ? -1 : 1)
            : a->slot != b->slot ? (a->slot > b->slot ? -1 : 1)
            : 0);
}

/* Returns all slots in the order of lists of items. */
static int *
sort_slots(const struct vm_scale *scale)
{
    const struct vm_snapshot *snapshot = scale->snapshot;
    struct sort_key *keys = xcalloc(snapshot->n_slots, sizeof *keys);
    int *order = xcalloc(snapshot->n_slots, sizeof *order);

    for (size_t i = 0; i < snapshot->n_slots; i++) {
        keys[i].demand = vm_scale_demand(scale, i);
        keys[i].slot = i;
    }
    qsort(keys, snapshot->n_slots, sizeof *keys, compare_keys);
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        order[i] = keys[i].slot;
    }
    free(keys);
    return order;
}

void
vm_scale_init(struct vm_scale *scale, const struct vm_snapshot *snapshot)
{
    bool only_standby = vm_snapshot_only_standby(snapshot);

    scale->snapshot = snapshot;
    scale->pans = xcalloc(snapshot->n_uplinks, sizeof *scale->pans);
    scale->where = xcalloc(snapshot->n_slots, sizeof *scale->where);
    scale->item = xcalloc(snapshot->n_slots, sizeof *scale->item);
    scale->demands = xcalloc(snapshot->n_slots, sizeof *scale->demands);
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        scale->demands[i] = vm_snapshot_rate(snapshot->slots[i].demand);
    }
    scale->order = sort_slots(scale);
    for (size_t i = 0; i < snapshot->n_uplinks; i++) {
        const struct vm_uplink *uplink = &snapshot->uplinks[i];
        struct vm_pan *pan = &scale->pans[i];

        pan->open = uplink->usable && (!uplink->standby || only_standby);
        pan->capacity = uplink->carries ? uplink->carries : uplink->capacity;
        pan->load = vm_snapshot_rate(uplink->background);
        pan->reservable = vm_uplink_reservable(snapshot, i);
    }
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        const struct vm_slot *slot = &snapshot->slots[i];
        int present = slot->present;

        scale->where[i] = VM_UPLINK_NONE;
        if (present >= 0 && scale->pans[present].open) {
            struct vm_pan *pan = &scale->pans[present];

            scale->where[i] = present;
            pan->load += vm_scale_demand(scale, i);
            pan->n_slots++;
            rights_add(&pan->rights, slot);
        }
    }
}

void
vm_scale_destroy(struct vm_scale *scale)
{
    for (size_t i = 0; i < scale->snapshot->n_uplinks; i++) {
        free(scale->pans[i].items);
    }
    free(scale->pans);
    free(scale->where);
    free(scale->demands);
    free(scale->item);
    free(scale->order);
}

/* Whether exclusive slot 'i' keeps somebody away from its uplink who would
 * come by his wish, pin or home as soon as it left. */
static bool
keeps_away(const struct vm_scale *scale, size_t i)
{
    const struct vm_snapshot *snapshot = scale->snapshot;
    const struct vm_slot *slot = &snapshot->slots[i];
    int here = scale->where[i];

    for (size_t j = 0; j < snapshot->n_slots && slot->exclusive; j++) {
        const struct vm_slot *other = &snapshot->slots[j];

        if (other->priority < slot->priority
            && (other->pinned == here || other->home == here
                || vm_slot_wish_rank(other, here) < other->n_wish)) {
            return true;
        }
    }
    return false;
}

bool
vm_scale_is_candidate(const struct vm_scale *scale, size_t i)
{
    const struct vm_slot *slot = &scale->snapshot->slots[i];
    int home = scale->snapshot->failback ? slot->home : VM_UPLINK_NONE;

    return (scale->where[i] >= 0
            && slot->any
            && slot->pinned < 0
            && !keeps_away(scale, i)
            && (home < 0 || !scale->pans[home].open)
            && vm_slot_wish_rank(slot, slot->present) == slot->n_wish);
}

/* Negative if slot 'a' comes before 'b' in lists of items. */
static int
compare_items(const struct vm_scale *scale, int a, int b)
{
    uint64_t demand_a = vm_scale_demand(scale, a);
    uint64_t demand_b = vm_scale_demand(scale, b);

    return (demand_a != demand_b ? (demand_a < demand_b ? -1 : 1)
            : a != b ? (a > b ? -1 : 1)
            : 0);
}

/* The first place in the list of items at which 'slot' may be inserted. */
static size_t
find_place(const struct vm_scale *scale, const struct vm_pan *pan, int slot)
{
    size_t low = 0, high = pan->n_items;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (compare_items(scale, pan->items[mid], slot) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

/* Every list has room for all slots, as all items may end on one uplink. */
static void
insert_item(struct vm_scale *scale, struct vm_pan *pan, int slot)
{
    size_t place = find_place(scale, pan, slot);

    memmove(&pan->items[place + 1], &pan->items[place],
            (pan->n_items - place) * sizeof *pan->items);
    pan->items[place] = slot;
    pan->n_items++;
}

static void
remove_item(struct vm_scale *scale, struct vm_pan *pan, int slot)
{
    size_t place = find_place(scale, pan, slot);

    ovs_assert(place < pan->n_items && pan->items[place] == slot);
    pan->n_items--;
    memmove(&pan->items[place], &pan->items[place + 1],
            (pan->n_items - place) * sizeof *pan->items);
}

void
vm_scale_add_items(struct vm_scale *scale, const int *slots, size_t n)
{
    const struct vm_snapshot *snapshot = scale->snapshot;

    for (size_t i = 0; i < n; i++) {
        scale->item[slots[i]] = true;
    }
    for (size_t i = 0; i < snapshot->n_uplinks; i++) {
        struct vm_pan *pan = &scale->pans[i];

        pan->n_items = 0;
        if (!pan->items) {
            pan->items = xcalloc(snapshot->n_slots, sizeof *pan->items);
        }
    }
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        int slot = scale->order[i];

        if (scale->item[slot]) {
            struct vm_pan *pan = &scale->pans[scale->where[slot]];

            pan->items[pan->n_items++] = slot;
        }
    }
}

void
vm_scale_clear_items(struct vm_scale *scale)
{
    for (size_t i = 0; i < scale->snapshot->n_uplinks; i++) {
        scale->pans[i].n_items = 0;
    }
    memset(scale->item, 0, scale->snapshot->n_slots * sizeof *scale->item);
}

uint64_t
vm_scale_ppm(const struct vm_scale *scale, size_t uplink)
{
    return vm_utilization_ppm(scale->pans[uplink].load,
                              scale->pans[uplink].capacity);
}

uint64_t
vm_scale_highest_ppm(const struct vm_scale *scale)
{
    uint64_t highest = 0;

    for (size_t i = 0; i < scale->snapshot->n_uplinks; i++) {
        if (scale->pans[i].open) {
            highest = MAX(highest, vm_scale_ppm(scale, i));
        }
    }
    return highest;
}

/* The load of 'uplink' after the exchange. */
static uint64_t
load_after(const struct vm_scale *scale, const struct vm_exchange *exchange,
           int uplink)
{
    uint64_t load = scale->pans[uplink].load;

    for (size_t i = 0; i < exchange->n; i++) {
        int slot = exchange->moves[i].slot;

        if (exchange->moves[i].to == uplink) {
            load += vm_scale_demand(scale, slot);
        }
        if (scale->where[slot] == uplink) {
            load -= vm_scale_demand(scale, slot);
        }
    }
    return load;
}

uint64_t
vm_scale_ppm_after(const struct vm_scale *scale,
                   const struct vm_exchange *exchange)
{
    uint64_t highest = 0;

    for (size_t i = 0; i < exchange->n; i++) {
        int touched[] = {
            exchange->moves[i].to, scale->where[exchange->moves[i].slot]
        };

        for (size_t j = 0; j < ARRAY_SIZE(touched); j++) {
            uint64_t load = load_after(scale, exchange, touched[j]);
            uint64_t capacity = scale->pans[touched[j]].capacity;

            highest = MAX(highest, vm_utilization_ppm(load, capacity));
        }
    }
    return highest;
}

size_t
vm_scale_find_item(const struct vm_scale *scale, int uplink, uint64_t demand)
{
    const struct vm_pan *pan = &scale->pans[uplink];
    size_t low = 0, high = pan->n_items;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (vm_scale_demand(scale, pan->items[mid]) < demand) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

bool
vm_scale_is_lawful(const struct vm_scale *scale,
                   const struct vm_exchange *exchange)
{
    const struct vm_slot *slots = scale->snapshot->slots;

    for (size_t i = 0; i < exchange->n; i++) {
        int to = exchange->moves[i].to;
        const struct vm_pan *pan = &scale->pans[to];
        struct vm_pan_rights rights = pan->rights;
        bool promises = false;

        for (size_t j = 0; j < exchange->n; j++) {
            int slot = exchange->moves[j].slot;

            if (exchange->moves[j].to == to) {
                rights_add(&rights, &slots[slot]);
                promises = promises || slots[slot].guarantee;
            }
            if (scale->where[slot] == to) {
                rights_subtract(&rights, &slots[slot]);
            }
        }
        if (!pan->open
            || (promises && rights.booked > pan->reservable)
            || !rights_are_lawful(&rights)) {
            return false;
        }
    }
    return true;
}

void
vm_scale_move(struct vm_scale *scale, size_t i, int to)
{
    const struct vm_slot *slot = &scale->snapshot->slots[i];
    struct vm_pan *old = &scale->pans[scale->where[i]];
    struct vm_pan *new = &scale->pans[to];

    if (scale->item[i]) {
        remove_item(scale, old, i);
        insert_item(scale, new, i);
    }
    old->load -= vm_scale_demand(scale, i);
    new->load += vm_scale_demand(scale, i);
    old->n_slots--;
    new->n_slots++;
    rights_subtract(&old->rights, slot);
    rights_add(&new->rights, slot);
    scale->where[i] = to;
}
