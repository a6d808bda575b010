/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-admission.h"

#include <stdlib.h>

#include "util.h"
#include "vm-reserve.h"

/* Steps of the search for one slot.  All ways to put 12 slots on 3 uplinks are
 * (3^13 - 1) / 2 = 797,161 steps.  With more slots, all searches of a run
 * together are bounded, and each may use a part of what is left. */
#define SMALL_SLOTS 12
#define SMALL_STEPS 800000
#define ALL_STEPS 2000000
#define STEPS_PART 16

/* The same for exchanges, where a step is a slot on an uplink: a hundred
 * attempts with 1,000 slots and 8 uplinks. */
#define EXCHANGE_STEPS 800000

/* Slots in the order in which the search places them: first those that close
 * uplinks, by rank, for the rest depends on them; then those that may be bound
 * to a certain uplink; then the others, to whom equal uplinks are equal. */
enum class { EXCLUSIVE, PARTICULAR, OTHER };

struct item {
    size_t slot;
    enum class class;
    uint64_t size;
    uint64_t rest;              /* Sizes of this item and those after it. */
};

struct packer {
    const struct vm_snapshot *snapshot;
    bool only_standby;          /* Standby uplinks may be used. */
    size_t n;                   /* Slots that are being considered. */
    uint64_t *size;             /* Per slot, what is to be reserved. */
    bool *kept;                 /* Per slot, whether it has an uplink. */
    bool *doubtful;             /* Per slot, whether it is not admitted because
                                 * the search was given up. */
    uint64_t *expected;         /* Per uplink, guarantees of those that are
                                 * there and weren't considered yet. */
    struct vm_reserve now;         /* Of those considered before. */

    /* Of the search. */
    struct vm_reserve trial;
    struct item *items;
    size_t n_items;
    uint64_t least;             /* Of all that is to be reserved for OTHER. */
    bool keep;                  /* First try where everything is now. */
    unsigned long int budget;   /* Steps left to all searches. */
    unsigned long int steps;    /* Left to this one. */
    bool given_up;              /* Ran out of steps. */

    unsigned long int exchange_budget; /* Steps left to exchanges. */
};

static bool
may_use(const struct packer *packer, const struct vm_reserve *p, size_t i,
        int uplink)
{
    const struct vm_slot *slot = &packer->snapshot->slots[i];
    const struct vm_uplink *uplinks = packer->snapshot->uplinks;

    return (uplink >= 0 && uplinks[uplink].usable
            && (!uplinks[uplink].standby || packer->only_standby)
            && slot->priority >= p->closed_below[uplink]
            && vm_slot_wishes(slot, uplink));
}

/* True if slot 'i' may go to 'uplink' and finds room there. */
static bool
fits(const struct packer *packer, const struct vm_reserve *p, size_t i,
     int uplink)
{
    return (may_use(packer, p, i, uplink)
            && packer->size[i] <= p->room[uplink]);
}

/* Where slot 'i' has to be by its pin or its named uplinks, or
 * VM_UPLINK_NONE. */
static int
find_forced(const struct packer *packer, const struct vm_reserve *p, size_t i)
{
    const struct vm_slot *slot = &packer->snapshot->slots[i];

    if (may_use(packer, p, i, slot->pinned)) {
        return slot->pinned;
    } else if (slot->n_wish && !packer->snapshot->failback
               && may_use(packer, p, i, slot->present)) {
        return slot->present;
    }
    for (size_t j = 0; j < slot->n_wish; j++) {
        if (may_use(packer, p, i, slot->wish[j])) {
            return slot->wish[j];
        }
    }
    return VM_UPLINK_NONE;
}

/* Where slot 'i', which "*" leaves free, would be if it were alone, or
 * VM_UPLINK_NONE if anywhere. */
static int
find_preferred(const struct packer *packer, const struct vm_reserve *p,
               size_t i)
{
    const struct vm_slot *slot = &packer->snapshot->slots[i];
    bool may_stay = may_use(packer, p, i, slot->present);

    if (may_use(packer, p, i, slot->home)
        && (packer->snapshot->failback || !may_stay)) {
        return slot->home;
    }
    return may_stay ? slot->present : VM_UPLINK_NONE;
}

/* The uplink for slot 'i', which "*" leaves free: the preferred one, else the
 * one with the most room beside those that are expected. */
static int
find_free(const struct packer *packer, const struct vm_reserve *p, size_t i)
{
    int best = find_preferred(packer, p, i);
    int64_t most = INT64_MIN;

    if (fits(packer, p, i, best)) {
        return best;
    }

    best = VM_UPLINK_NONE;
    for (size_t u = 0; u < packer->snapshot->n_uplinks; u++) {
        int64_t spare = (MIN(p->room[u], INT64_MAX)
                         - MIN(packer->expected[u], INT64_MAX));

        if (fits(packer, p, i, u) && (best < 0 || spare > most)) {
            best = u;
            most = spare;
        }
    }
    return best;
}

/* Steps 1 and 2 of the top comment. */
static bool
place(const struct packer *packer, struct vm_reserve *p, size_t i)
{
    int uplink = find_forced(packer, p, i);

    if (uplink < 0) {
        uplink = find_free(packer, p, i);
    } else if (!fits(packer, p, i, uplink)) {
        uplink = VM_UPLINK_NONE;
    }
    if (uplink >= 0) {
        vm_reserve_put(p, i, uplink);
    }
    return uplink >= 0;
}

/* The search. */

static int
compare_items(const void *a_, const void *b_)
{
    const struct item *a = a_;
    const struct item *b = b_;

    return (a->class != b->class ? (a->class < b->class ? -1 : 1)
            : a->class != EXCLUSIVE && a->size != b->size
            ? (a->size > b->size ? -1 : 1)
            : a->slot < b->slot ? -1 : a->slot > b->slot);
}

static void
prepare_items(struct packer *packer)
{
    uint64_t rest = 0;

    packer->n_items = 0;
    for (size_t i = 0; i < packer->n; i++) {
        const struct vm_slot *slot = &packer->snapshot->slots[i];

        if (packer->kept[i]) {
            struct item *item = &packer->items[packer->n_items++];

            item->slot = i;
            item->class = (slot->exclusive ? EXCLUSIVE
                           : slot->n_wish || slot->pinned >= 0 ? PARTICULAR
                           : OTHER);
            item->size = packer->size[i];
        }
    }
    qsort(packer->items, packer->n_items, sizeof *packer->items,
          compare_items);
    packer->least = UINT64_MAX;
    for (size_t k = packer->n_items; k > 0; k--) {
        struct item *item = &packer->items[k - 1];

        rest += item->size;
        item->rest = rest;
        if (item->class == OTHER && item->size) {
            packer->least = MIN(packer->least, item->size);
        }
    }
}

/* True if 'a' and 'b' are the same to 'item' and all that come after it. */
static bool
is_twin(const struct vm_reserve *p, const struct item *item, int a, int b)
{
    return (item->class == OTHER && p->room[a] == p->room[b]
            && p->closed_below[a] == p->closed_below[b]);
}

/* The uplink to be tried for 'item' after 'last', which is VM_UPLINK_NONE at
 * first: 'favourite' if it fits, then those with less room before those with
 * more.  Of twins one is enough. */
static int
find_next(const struct packer *packer, const struct item *item,
          int favourite, int last)
{
    const struct vm_reserve *p = &packer->trial;
    bool past_favourite = last >= 0 && last != favourite;
    int best = VM_UPLINK_NONE;

    favourite = (fits(packer, p, item->slot, favourite)
                 ? favourite : VM_UPLINK_NONE);
    if (last < 0 && favourite >= 0) {
        return favourite;
    }
    for (int u = 0; u < (int) packer->snapshot->n_uplinks; u++) {
        if (u != favourite && fits(packer, p, item->slot, u)
            && !(favourite >= 0 && is_twin(p, item, u, favourite))
            && !(past_favourite
                 && (p->room[u] < p->room[last]
                     || (p->room[u] == p->room[last] && u <= last)
                     || is_twin(p, item, u, last)))
            && (best < 0 || p->room[u] < p->room[best])) {
            best = u;
        }
    }
    return best;
}

/* True if the items from 'item' on need more room than there is.  Where not
 * even the smallest of them goes, room is lost. */
static bool
is_hopeless(const struct packer *packer, const struct item *item)
{
    const struct vm_reserve *p = &packer->trial;
    uint64_t least = item->class == OTHER && item->rest ? packer->least : 0;
    uint64_t room = 0;

    for (size_t u = 0; u < packer->snapshot->n_uplinks; u++) {
        room += p->room[u] >= least ? p->room[u] : 0;
    }
    return room < item->rest;
}

static bool
search_from(struct packer *packer, size_t k)
{
    struct vm_reserve *p = &packer->trial;
    const struct item *item = &packer->items[k];

    if (k == packer->n_items) {
        return true;
    } else if (is_hopeless(packer, item)) {
        return false;
    }

    int forced = find_forced(packer, p, item->slot);
    int favourite = (forced >= 0 ? forced
                     : packer->keep && packer->now.at[item->slot] >= 0
                     ? packer->now.at[item->slot]
                     : find_preferred(packer, p, item->slot));
    int u = VM_UPLINK_NONE;
    while ((u = find_next(packer, item, favourite, u)) >= 0
           && (forced < 0 || u == forced)) {
        if (!packer->steps) {
            packer->given_up = true;
            return false;
        }
        packer->steps--;

        int closed_below = p->closed_below[u];
        vm_reserve_put(p, item->slot, u);
        if (search_from(packer, k + 1)) {
            return true;
        }
        vm_reserve_take(p, item->slot);
        p->closed_below[u] = closed_below;
    }
    return false;
}

/* Step 3 of the top comment.  Returns true if there is a packing of all that
 * are kept; it becomes the present one.  A first, shorter attempt leaves most
 * where they are. */
static bool
search(struct packer *packer)
{
    size_t n = packer->snapshot->n_slots;
    bool small = n <= SMALL_SLOTS;
    unsigned long int steps = (small ? SMALL_STEPS
                               : packer->budget / STEPS_PART);
    unsigned long int cost = n;
    bool found = false;

    packer->given_up = true;
    if (!small && packer->budget <= n) {
        return false;
    }
    prepare_items(packer);
    for (int i = 0; i < 2 && !found && packer->given_up; i++) {
        unsigned long int allowed = i ? steps : steps / 4;

        packer->keep = !i;
        packer->steps = allowed;
        packer->given_up = false;
        vm_reserve_clear(&packer->trial);
        found = search_from(packer, 0);
        cost += allowed - packer->steps;
    }
    packer->budget -= MIN(cost, packer->budget);
    if (found) {
        struct vm_reserve swap = packer->now;

        packer->now = packer->trial;
        packer->trial = swap;
    }
    return found;
}

/* All room there is, which no packing changes. */
static uint64_t
count_room(const struct packer *packer)
{
    uint64_t room = 0;

    for (size_t u = 0; u < packer->snapshot->n_uplinks; u++) {
        room += (packer->snapshot->uplinks[u].usable
                 ? packer->now.room[u] : 0);
    }
    return room;
}

/* Whether slot 'i' may be on 'uplink', for vm_reserve_exchange(). */
static bool
may_be(const void *packer_, size_t i, int uplink)
{
    const struct packer *packer = packer_;
    int forced = find_forced(packer, &packer->now, i);

    return (forced >= 0 ? forced == uplink
            : may_use(packer, &packer->now, i, uplink));
}

/* Step 4 of the top comment. */
static bool
exchange(struct packer *packer, size_t i)
{
    return (packer->size[i]
            && vm_reserve_exchange(&packer->now, i, may_be, packer,
                                   &packer->exchange_budget));
}

/* Considers slot 'i' with 'size' to be reserved. */
static bool
consider(struct packer *packer, size_t i, uint64_t size)
{
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

/* Considers slot 'i', which was doubtful, once more when all have a place. */
static bool
reconsider(struct packer *packer, size_t i)
{
    uint64_t size = vm_snapshot_rate(packer->snapshot->slots[i].guarantee);
    int before = packer->now.at[i];

    if (size > count_room(packer)) {
        return false;
    }
    if (before >= 0) {
        vm_reserve_take(&packer->now, i);
    }
    packer->size[i] = size;
    if (place(packer, &packer->now, i) || exchange(packer, i)) {
        packer->kept[i] = true;
        packer->doubtful[i] = false;
        return true;
    }
    packer->size[i] = 0;
    if (before >= 0) {
        vm_reserve_put(&packer->now, i, before);
    }
    return false;
}

/* Considers once more all that are doubtful, as others were moved since, until
 * none of them is admitted any more.  Exclusive ones are left where they are:
 * others had to keep away from there.  Returns true if none was doubtful or
 * all are admitted now. */
static bool
reconsider_all(struct packer *packer, struct vm_admission *admissions)
{
    bool again = true;
    bool all = true;

    while (again) {
        again = false;
        all = true;
        for (size_t i = 0; i < packer->snapshot->n_slots; i++) {
            if (packer->doubtful[i]
                && !packer->snapshot->slots[i].exclusive
                && reconsider(packer, i)) {
                admissions[i].admitted = true;
                again = true;
            }
            all = all && !packer->doubtful[i];
        }
    }
    return all;
}

bool
vm_admission_run(const struct vm_snapshot *snapshot,
                 struct vm_admission *admissions)
{
    size_t n = snapshot->n_slots;
    struct packer packer = {
        .snapshot = snapshot,
        .only_standby = vm_snapshot_only_standby(snapshot),
        .size = xcalloc(n, sizeof *packer.size),
        .kept = xcalloc(n, sizeof *packer.kept),
        .expected = xcalloc(snapshot->n_uplinks, sizeof *packer.expected),
        .doubtful = xcalloc(n, sizeof *packer.doubtful),
        .items = xmalloc((n + 1) * sizeof *packer.items),
        .budget = ALL_STEPS,
        .exchange_budget = EXCHANGE_STEPS,
    };

    vm_reserve_init(&packer.now, snapshot, packer.size);
    vm_reserve_init(&packer.trial, snapshot, packer.size);
    for (size_t i = 0; i < n; i++) {
        if (snapshot->slots[i].present >= 0) {
            packer.expected[snapshot->slots[i].present]
                += vm_snapshot_rate(snapshot->slots[i].guarantee);
        }
    }

    for (size_t i = 0; i < n; i++) {
        const struct vm_slot *slot = &snapshot->slots[i];
        uint64_t guarantee = vm_snapshot_rate(slot->guarantee);

        packer.n = i + 1;
        if (slot->present >= 0) {
            packer.expected[slot->present] -= guarantee;
        }
        admissions[i].admitted = consider(&packer, i, guarantee) || !guarantee;
        packer.doubtful[i] = packer.given_up && !packer.kept[i];
        if (!admissions[i].admitted) {
            consider(&packer, i, 0);
        }
    }
    bool complete = reconsider_all(&packer, admissions);
    for (size_t i = 0; i < n; i++) {
        admissions[i].uplink = packer.now.at[i];
    }

    free(packer.size);
    free(packer.kept);
    free(packer.doubtful);
    free(packer.expected);
    free(packer.items);
    vm_reserve_destroy(&packer.now);
    vm_reserve_destroy(&packer.trial);
    return complete;
}
