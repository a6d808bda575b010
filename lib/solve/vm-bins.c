/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-bins.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

static int
priority_of(const struct vm_snap_slot *slot)
{
    return MAX(0, MIN(slot->priority, VM_N_PRIORITIES - 1));
}

static void
rights_add(struct vm_bin_rights *rights, const struct vm_snap_slot *slot)
{
    rights->n[priority_of(slot)]++;
    rights->n_exclusive[priority_of(slot)] += slot->exclusive;
    rights->reserved += vm_rate_cap(slot->guarantee);
}

static void
rights_subtract(struct vm_bin_rights *rights, const struct vm_snap_slot *slot)
{
    rights->n[priority_of(slot)]--;
    rights->n_exclusive[priority_of(slot)] -= slot->exclusive;
    rights->reserved -= vm_rate_cap(slot->guarantee);
}

/* Returns true if no slot is below an exclusive one of higher priority. */
static bool
rights_are_feasible(const struct vm_bin_rights *rights)
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

/* A slot for qsort(). */
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
sort_slots(const struct vm_bins *bins)
{
    const struct vm_snapshot *snapshot = bins->snapshot;
    struct sort_key *keys = xcalloc(snapshot->n_slots, sizeof *keys);
    int *order = xcalloc(snapshot->n_slots, sizeof *order);

    for (size_t i = 0; i < snapshot->n_slots; i++) {
        keys[i].demand = vm_bins_demand(bins, i);
        keys[i].slot = i;
    }
    qsort(keys, snapshot->n_slots, sizeof *keys, compare_keys);
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        order[i] = keys[i].slot;
    }
    free(keys);
    return order;
}

/* Returns to what extent the best of the usable members is to be avoided. */
static enum vm_avoid
least_avoid(const struct vm_snapshot *snapshot)
{
    enum vm_avoid least = VM_AVOID_DRAINED;

    for (size_t i = 0; i < snapshot->n_members; i++) {
        if (snapshot->members[i].usable) {
            least = MIN(least, snapshot->members[i].avoid);
        }
    }
    return least;
}

void
vm_bins_init(struct vm_bins *bins, const struct vm_snapshot *snapshot)
{
    bool only_standby = vm_snapshot_only_standby(snapshot);
    enum vm_avoid least = least_avoid(snapshot);

    bins->snapshot = snapshot;
    bins->bin = xcalloc(snapshot->n_members, sizeof *bins->bin);
    bins->where = xcalloc(snapshot->n_slots, sizeof *bins->where);
    bins->item = xcalloc(snapshot->n_slots, sizeof *bins->item);
    bins->demands = xcalloc(snapshot->n_slots, sizeof *bins->demands);
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        bins->demands[i] = vm_rate_cap(snapshot->slots[i].demand);
    }
    bins->order = sort_slots(bins);
    for (size_t i = 0; i < snapshot->n_members; i++) {
        const struct vm_snap_member *member = &snapshot->members[i];
        struct vm_bin *bin = &bins->bin[i];

        bin->open = (member->usable && member->avoid == least
                     && (!member->standby || only_standby));
        bin->capacity = member->carries ? member->carries : member->capacity;
        bin->load = vm_rate_cap(member->background);
        bin->reservable = vm_snap_reservable(snapshot, i);
    }
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        const struct vm_snap_slot *slot = &snapshot->slots[i];
        int present = slot->present;

        bins->where[i] = VM_MEMBER_NONE;
        if (present >= 0 && bins->bin[present].open) {
            struct vm_bin *bin = &bins->bin[present];

            bins->where[i] = present;
            bin->load += vm_bins_demand(bins, i);
            bin->n_slots++;
            rights_add(&bin->rights, slot);
        }
    }
}

void
vm_bins_destroy(struct vm_bins *bins)
{
    for (size_t i = 0; i < bins->snapshot->n_members; i++) {
        free(bins->bin[i].items);
    }
    free(bins->bin);
    free(bins->where);
    free(bins->demands);
    free(bins->item);
    free(bins->order);
}

/* Returns true if slot 'i' is exclusive and keeps a slot off its member that
 * would come by its preference, pin or home as soon as slot 'i' left. */
static bool
keeps_away(const struct vm_bins *bins, size_t i)
{
    const struct vm_snapshot *snapshot = bins->snapshot;
    const struct vm_snap_slot *slot = &snapshot->slots[i];
    int here = bins->where[i];

    for (size_t j = 0; j < snapshot->n_slots && slot->exclusive; j++) {
        const struct vm_snap_slot *other = &snapshot->slots[j];

        if (other->priority < slot->priority
            && (other->pinned == here || other->home == here
                || vm_snap_slot_pref_rank(other, here) < other->n_pref)) {
            return true;
        }
    }
    return false;
}

bool
vm_bins_is_candidate(const struct vm_bins *bins, size_t i)
{
    const struct vm_snap_slot *slot = &bins->snapshot->slots[i];
    int home = bins->snapshot->failback ? slot->home : VM_MEMBER_NONE;

    return (bins->where[i] >= 0
            && slot->any
            && slot->pinned < 0
            && !keeps_away(bins, i)
            && (home < 0 || !bins->bin[home].open)
            && vm_snap_slot_pref_rank(slot, slot->present) == slot->n_pref);
}

/* Returns a negative value if slot 'a' comes before 'b' in lists of items. */
static int
compare_items(const struct vm_bins *bins, int a, int b)
{
    uint64_t demand_a = vm_bins_demand(bins, a);
    uint64_t demand_b = vm_bins_demand(bins, b);

    return (demand_a != demand_b ? (demand_a < demand_b ? -1 : 1)
            : a != b ? (a > b ? -1 : 1)
            : 0);
}

/* Returns the first index of the list of items at which 'slot' may be
 * inserted. */
static size_t
find_place(const struct vm_bins *bins, const struct vm_bin *bin, int slot)
{
    size_t low = 0, high = bin->n_items;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (compare_items(bins, bin->items[mid], slot) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

/* Every list has space for all slots, because all items may end up on one
 * member. */
static void
insert_item(struct vm_bins *bins, struct vm_bin *bin, int slot)
{
    size_t place = find_place(bins, bin, slot);

    memmove(&bin->items[place + 1], &bin->items[place],
            (bin->n_items - place) * sizeof *bin->items);
    bin->items[place] = slot;
    bin->n_items++;
}

static void
remove_item(struct vm_bins *bins, struct vm_bin *bin, int slot)
{
    size_t place = find_place(bins, bin, slot);

    ovs_assert(place < bin->n_items && bin->items[place] == slot);
    bin->n_items--;
    memmove(&bin->items[place], &bin->items[place + 1],
            (bin->n_items - place) * sizeof *bin->items);
}

void
vm_bins_add_items(struct vm_bins *bins, const int *slots, size_t n)
{
    const struct vm_snapshot *snapshot = bins->snapshot;

    for (size_t i = 0; i < n; i++) {
        bins->item[slots[i]] = true;
    }
    for (size_t i = 0; i < snapshot->n_members; i++) {
        struct vm_bin *bin = &bins->bin[i];

        bin->n_items = 0;
        if (!bin->items) {
            bin->items = xcalloc(snapshot->n_slots, sizeof *bin->items);
        }
    }
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        int slot = bins->order[i];

        if (bins->item[slot]) {
            struct vm_bin *bin = &bins->bin[bins->where[slot]];

            bin->items[bin->n_items++] = slot;
        }
    }
}

void
vm_bins_clear_items(struct vm_bins *bins)
{
    for (size_t i = 0; i < bins->snapshot->n_members; i++) {
        bins->bin[i].n_items = 0;
    }
    memset(bins->item, 0, bins->snapshot->n_slots * sizeof *bins->item);
}

uint64_t
vm_bins_ppm(const struct vm_bins *bins, size_t member)
{
    return vm_utilization_ppm(bins->bin[member].load,
                              bins->bin[member].capacity);
}

uint64_t
vm_bins_highest_ppm(const struct vm_bins *bins)
{
    uint64_t highest = 0;

    for (size_t i = 0; i < bins->snapshot->n_members; i++) {
        if (bins->bin[i].open) {
            highest = MAX(highest, vm_bins_ppm(bins, i));
        }
    }
    return highest;
}

/* Returns the load of 'member' after the exchange. */
static uint64_t
load_after(const struct vm_bins *bins, const struct vm_exchange *exchange,
           int member)
{
    uint64_t load = bins->bin[member].load;

    for (size_t i = 0; i < exchange->n; i++) {
        int slot = exchange->moves[i].slot;

        if (exchange->moves[i].to == member) {
            load += vm_bins_demand(bins, slot);
        }
        if (bins->where[slot] == member) {
            load -= vm_bins_demand(bins, slot);
        }
    }
    return load;
}

uint64_t
vm_bins_ppm_after(const struct vm_bins *bins,
                  const struct vm_exchange *exchange)
{
    uint64_t highest = 0;

    for (size_t i = 0; i < exchange->n; i++) {
        int touched[] = {
            exchange->moves[i].to, bins->where[exchange->moves[i].slot]
        };

        for (size_t j = 0; j < ARRAY_SIZE(touched); j++) {
            uint64_t load = load_after(bins, exchange, touched[j]);
            uint64_t capacity = bins->bin[touched[j]].capacity;

            highest = MAX(highest, vm_utilization_ppm(load, capacity));
        }
    }
    return highest;
}

size_t
vm_bins_find_item(const struct vm_bins *bins, int member, uint64_t demand)
{
    const struct vm_bin *bin = &bins->bin[member];
    size_t low = 0, high = bin->n_items;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (vm_bins_demand(bins, bin->items[mid]) < demand) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

bool
vm_bins_is_feasible(const struct vm_bins *bins,
                    const struct vm_exchange *exchange)
{
    const struct vm_snap_slot *slots = bins->snapshot->slots;

    for (size_t i = 0; i < exchange->n; i++) {
        int to = exchange->moves[i].to;
        const struct vm_bin *bin = &bins->bin[to];
        struct vm_bin_rights rights = bin->rights;
        bool promises = false;

        for (size_t j = 0; j < exchange->n; j++) {
            int slot = exchange->moves[j].slot;

            if (exchange->moves[j].to == to) {
                rights_add(&rights, &slots[slot]);
                promises = promises || slots[slot].guarantee;
            }
            if (bins->where[slot] == to) {
                rights_subtract(&rights, &slots[slot]);
            }
        }
        if (!bin->open
            || (promises && rights.reserved > bin->reservable)
            || !rights_are_feasible(&rights)) {
            return false;
        }
    }
    return true;
}

void
vm_bins_move(struct vm_bins *bins, size_t i, int to)
{
    const struct vm_snap_slot *slot = &bins->snapshot->slots[i];
    struct vm_bin *old = &bins->bin[bins->where[i]];
    struct vm_bin *new = &bins->bin[to];

    if (bins->item[i]) {
        remove_item(bins, old, i);
        insert_item(bins, new, i);
    }
    old->load -= vm_bins_demand(bins, i);
    new->load += vm_bins_demand(bins, i);
    old->n_slots--;
    new->n_slots++;
    rights_subtract(&old->rights, slot);
    rights_add(&new->rights, slot);
    bins->where[i] = to;
}
