/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-packer.h"

#include <limits.h>
#include <stdlib.h>

#include "util.h"

/* Steps of the search for one slot.  To try all ways to put 12 slots on 3
 * members takes (3^13 - 1) / 2 = 797,161 steps.  With more slots, all searches
 * of a run together are bounded, and each may use a part of what is left. */
#define SMALL_SLOTS 12
#define SMALL_STEPS 800000
#define ALL_STEPS 500000
#define STEPS_PART 16

/* Steps of all exchanges of a run, where a step is one slot on one member: a
 * hundred attempts with 1,000 slots and 8 members. */
#define EXCHANGE_STEPS 800000

/* Classes of slots in the order in which the search places them: first those
 * that close members, by rank, because the rest depends on them; then those
 * that may be bound to a certain member; then the others, for which members
 * with equal room are symmetric. */
enum class { EXCLUSIVE, PARTICULAR, OTHER };

struct vm_item {
    size_t slot;
    enum class class;
    uint64_t size;
    uint64_t rest;              /* Sizes of this item and those after it... */
    uint64_t unit;              /* ...of which each is a multiple of this; 0
                                 * if all of them are 0. */
};

static uint64_t
get_common_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t remainder = a % b;

        a = b;
        b = remainder;
    }
    return a;
}

static bool
may_use(const struct vm_packer *packer, const struct vm_reservations *r,
        size_t i, int member)
{
    return vm_reservations_may_use(r, packer->only_standby, i, member);
}

/* Returns true if slot 'i' may use 'member' and there is room for it. */
static bool
fits(const struct vm_packer *packer, const struct vm_reservations *r, size_t i,
     int member)
{
    return (may_use(packer, r, i, member)
            && packer->size[i] <= r->room[member]);
}

/* Returns the member where slot 'i' has to be by its pin or its named members,
 * or VM_MEMBER_NONE. */
static int
find_forced(const struct vm_packer *packer, const struct vm_reservations *r,
            size_t i)
{
    const struct vm_snap_slot *slot = &packer->snapshot->slots[i];

    if (may_use(packer, r, i, slot->pinned)) {
        return slot->pinned;
    } else if (slot->n_pref && !packer->snapshot->failback
               && may_use(packer, r, i, slot->present)) {
        return slot->present;
    }
    for (size_t j = 0; j < slot->n_pref; j++) {
        if (may_use(packer, r, i, slot->pref[j])) {
            return slot->pref[j];
        }
    }
    return VM_MEMBER_NONE;
}

/* Returns the member where slot 'i', which "*" leaves free, would be if it
 * were alone, or VM_MEMBER_NONE if it could be anywhere. */
static int
find_preferred(const struct vm_packer *packer, const struct vm_reservations *r,
               size_t i)
{
    const struct vm_snap_slot *slot = &packer->snapshot->slots[i];
    bool may_stay = may_use(packer, r, i, slot->present);

    if (may_use(packer, r, i, slot->home)
        && (packer->snapshot->failback || !may_stay)) {
        return slot->home;
    }
    return may_stay ? slot->present : VM_MEMBER_NONE;
}

/* Returns the member for slot 'i', which "*" leaves free: the preferred one,
 * else the one with the most room beside the guarantees expected there. */
static int
find_free(const struct vm_packer *packer, const struct vm_reservations *r,
          size_t i)
{
    int best = find_preferred(packer, r, i);
    int64_t most = INT64_MIN;

    if (fits(packer, r, i, best)) {
        return best;
    }

    best = VM_MEMBER_NONE;
    for (size_t u = 0; u < packer->snapshot->n_members; u++) {
        int64_t spare = (MIN(r->room[u], INT64_MAX)
                         - MIN(packer->expected[u], INT64_MAX));

        if (fits(packer, r, i, u) && (best < 0 || spare > most)) {
            best = u;
            most = spare;
        }
    }
    return best;
}

/* Steps 1 and 2 of vm-admission.h. */
static bool
place(const struct vm_packer *packer, struct vm_reservations *r, size_t i)
{
    int member = find_forced(packer, r, i);

    if (member < 0) {
        member = find_free(packer, r, i);
    } else if (!fits(packer, r, i, member)) {
        member = VM_MEMBER_NONE;
    }
    if (member >= 0) {
        vm_reservations_put(r, i, member);
    }
    return member >= 0;
}

/* Returns true if 'member' takes slots, whichever those are. */
static bool
takes_slots(const struct vm_packer *packer, size_t member)
{
    const struct vm_snap_member *m = &packer->snapshot->members[member];

    return m->usable && (!m->standby || packer->only_standby);
}

/* The search. */

static int
compare_items(const void *a_, const void *b_)
{
    const struct vm_item *a = a_;
    const struct vm_item *b = b_;

    return (a->class != b->class ? (a->class < b->class ? -1 : 1)
            : a->class != EXCLUSIVE && a->size != b->size
            ? (a->size > b->size ? -1 : 1)
            : a->slot < b->slot ? -1 : a->slot > b->slot);
}

static void
prepare_items(struct vm_packer *packer)
{
    uint64_t rest = 0;
    uint64_t unit = 0;

    packer->n_items = 0;
    for (size_t i = 0; i < packer->n; i++) {
        const struct vm_snap_slot *slot = &packer->snapshot->slots[i];

        if (packer->kept[i]) {
            struct vm_item *item = &packer->items[packer->n_items++];

            item->slot = i;
            item->class = (slot->exclusive ? EXCLUSIVE
                           : slot->n_pref || slot->pinned >= 0 ? PARTICULAR
                           : OTHER);
            item->size = packer->size[i];
        }
    }
    qsort(packer->items, packer->n_items, sizeof *packer->items,
          compare_items);
    packer->least = UINT64_MAX;
    for (size_t k = packer->n_items; k > 0; k--) {
        struct vm_item *item = &packer->items[k - 1];

        rest += item->size;
        item->rest = rest;
        unit = get_common_divisor(unit, item->size);
        item->unit = unit;
        if (item->class == OTHER && item->size) {
            packer->least = MIN(packer->least, item->size);
        }
    }
}

/* Returns true if 'item' and all items after it can't tell members 'a' and 'b'
 * apart. */
static bool
is_symmetric(const struct vm_reservations *r, const struct vm_item *item,
             int a, int b)
{
    return (item->class == OTHER && r->room[a] == r->room[b]
            && r->closed_below[a] == r->closed_below[b]);
}

/* Returns the member to try for 'item' after 'last', which is VM_MEMBER_NONE
 * at first: 'preferred' if the item fits there, then members with less room
 * before those with more.  Of symmetric members only one is tried. */
static int
find_next(const struct vm_packer *packer, const struct vm_item *item,
          int preferred, int last)
{
    const struct vm_reservations *r = &packer->trial;
    bool past_preferred = last >= 0 && last != preferred;
    int best = VM_MEMBER_NONE;

    preferred = (fits(packer, r, item->slot, preferred)
                 ? preferred : VM_MEMBER_NONE);
    if (last < 0 && preferred >= 0) {
        return preferred;
    }
    for (int u = 0; u < (int) packer->snapshot->n_members; u++) {
        if (u != preferred && fits(packer, r, item->slot, u)
            && !(preferred >= 0 && is_symmetric(r, item, u, preferred))
            && !(past_preferred
                 && (r->room[u] < r->room[last]
                     || (r->room[u] == r->room[last] && u <= last)
                     || is_symmetric(r, item, u, last)))
            && (best < 0 || r->room[u] < r->room[best])) {
            best = u;
        }
    }
    return best;
}

/* Returns true if 'item' and those after it need more room than there is on
 * members that take slots.  Room that is too small for the smallest of them
 * does not count, nor does what no multiple of their unit fills.  So it is
 * seen at once that 22 times 2G do not fit on seven members with room for 7.5G
 * each, where a search would try the many ways that differ by other slots. */
static bool
is_infeasible(const struct vm_packer *packer, const struct vm_item *item)
{
    const struct vm_reservations *r = &packer->trial;
    uint64_t least = item->class == OTHER && item->rest ? packer->least : 0;
    uint64_t room = 0;

    if (!item->rest) {
        return false;
    }
    for (size_t u = 0; u < packer->snapshot->n_members; u++) {
        if (takes_slots(packer, u) && r->room[u] >= least) {
            room += r->room[u] - r->room[u] % item->unit;
        }
    }
    return room < item->rest;
}

/* Places the items from index 'k' on.  Returns true if they all fit. */
static bool
search_from(struct vm_packer *packer, size_t k)
{
    struct vm_reservations *r = &packer->trial;
    const struct vm_item *item = &packer->items[k];

    if (k == packer->n_items) {
        return true;
    } else if (is_infeasible(packer, item)) {
        return false;
    }

    int forced = find_forced(packer, r, item->slot);
    int preferred = (forced >= 0 ? forced
                     : packer->keep_present && packer->now.at[item->slot] >= 0
                     ? packer->now.at[item->slot]
                     : find_preferred(packer, r, item->slot));
    int u = VM_MEMBER_NONE;
    while ((u = find_next(packer, item, preferred, u)) >= 0
           && (forced < 0 || u == forced)) {
        if (!packer->steps) {
            packer->given_up = true;
            return false;
        }
        packer->steps--;

        int closed_below = r->closed_below[u];
        vm_reservations_put(r, item->slot, u);
        if (search_from(packer, k + 1)) {
            return true;
        }
        vm_reservations_take(r, item->slot);
        r->closed_below[u] = closed_below;
    }
    return false;
}

/* Step 3 of vm-admission.h.  Returns true if it finds a packing of all slots
 * that are kept, which becomes the present one. */
static bool
search(struct vm_packer *packer)
{
    size_t n = packer->snapshot->n_slots;
    bool small = n <= SMALL_SLOTS;
    unsigned long int steps = (small ? packer->small_steps
                               : packer->budget / STEPS_PART);
    unsigned long int cost = n;
    bool found = false;

    packer->given_up = true;
    if ((!small && packer->budget <= n) || !packer->limit) {
        return false;
    }
    prepare_items(packer);
    for (int i = 0; i < 2 && !found && packer->given_up; i++) {
        unsigned long int allowed = MIN(i ? steps : steps / 4, packer->limit);

        packer->keep_present = !i;
        packer->steps = allowed;
        packer->given_up = false;
        vm_reservations_clear(&packer->trial);
        found = search_from(packer, 0);
        cost += allowed - packer->steps;
        packer->limit -= allowed - packer->steps;
    }
    packer->budget -= MIN(cost, packer->budget);
    if (found) {
        struct vm_reservations swap = packer->now;

        packer->now = packer->trial;
        packer->trial = swap;
    }
    return found;
}

/* Returns the room on all members that take slots together, which no packing
 * changes. */
static uint64_t
count_room(const struct vm_packer *packer)
{
    uint64_t room = 0;

    for (size_t u = 0; u < packer->snapshot->n_members; u++) {
        room += takes_slots(packer, u) ? packer->now.room[u] : 0;
    }
    return room;
}

/* Returns true if slot 'i' may be on 'member', for
 * vm_reservations_exchange(). */
static bool
may_be(const void *packer_, size_t i, int member)
{
    const struct vm_packer *packer = packer_;
    int forced = find_forced(packer, &packer->now, i);

    return (forced >= 0 ? forced == member
            : may_use(packer, &packer->now, i, member));
}

/* Step 4 of vm-admission.h. */
static bool
exchange(struct vm_packer *packer, size_t i)
{
    unsigned long int budget = MIN(packer->exchange_budget, packer->limit);
    unsigned long int left = budget;
    bool exchanged = (packer->size[i]
                      && vm_reservations_exchange(&packer->now, i, may_be,
                                                  packer, &left));

    packer->exchange_budget -= budget - left;
    packer->limit -= budget - left;
    return exchanged;
}

bool
vm_packer_consider(struct vm_packer *packer, size_t i, uint64_t size)
{
    packer->n = i + 1;
    packer->given_up = false;
    packer->size[i] = size;
    packer->kept[i] = true;
    packer->kept[i] = (place(packer, &packer->now, i)
                       || (size <= count_room(packer)
                           && (search(packer)
                               || (packer->given_up && exchange(packer, i)))));
    packer->size[i] = packer->kept[i] ? size : 0;
    return packer->kept[i];
}

bool
vm_packer_reconsider(struct vm_packer *packer, size_t i)
{
    uint64_t size = vm_rate_cap(packer->snapshot->slots[i].guarantee);
    int before = packer->now.at[i];

    if (size > count_room(packer)) {
        return false;
    }
    if (before >= 0) {
        vm_reservations_take(&packer->now, i);
    }
    packer->size[i] = size;
    if (place(packer, &packer->now, i) || exchange(packer, i)) {
        packer->kept[i] = true;
        return true;
    }
    packer->size[i] = 0;
    if (before >= 0) {
        vm_reservations_put(&packer->now, i, before);
    }
    return false;
}

void
vm_packer_init(struct vm_packer *packer, const struct vm_snapshot *snapshot)
{
    size_t n = snapshot->n_slots;

    *packer = (struct vm_packer) {
        .snapshot = snapshot,
        .only_standby = vm_snapshot_only_standby(snapshot),
        .size = xcalloc(n, sizeof *packer->size),
        .kept = xcalloc(n, sizeof *packer->kept),
        .expected = xcalloc(snapshot->n_members, sizeof *packer->expected),
        .items = xmalloc((n + 1) * sizeof *packer->items),
        .small_steps = SMALL_STEPS,
        .budget = ALL_STEPS,
        .exchange_budget = EXCHANGE_STEPS,
        .limit = ULONG_MAX,
    };
    vm_reservations_init(&packer->now, snapshot, packer->size);
    vm_reservations_init(&packer->trial, snapshot, packer->size);
    for (size_t i = 0; i < n; i++) {
        if (snapshot->slots[i].present >= 0) {
            packer->expected[snapshot->slots[i].present]
                += vm_rate_cap(snapshot->slots[i].guarantee);
        }
    }
}

void
vm_packer_destroy(struct vm_packer *packer)
{
    free(packer->size);
    free(packer->kept);
    free(packer->expected);
    free(packer->items);
    vm_reservations_destroy(&packer->now);
    vm_reservations_destroy(&packer->trial);
}

bool
vm_packer_may_use(const struct vm_packer *packer, size_t i, int member)
{
    return may_use(packer, &packer->now, i, member);
}
