/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-reservations.h"

#include <stdlib.h>

#include "util.h"

void
vm_reservations_init(struct vm_reservations *r,
                     const struct vm_snapshot *snapshot, const uint64_t *size)
{
    size_t n_members = snapshot->n_members;

    r->snapshot = snapshot;
    r->size = size;
    r->at = xcalloc(snapshot->n_slots, sizeof *r->at);
    r->room = xcalloc(n_members, sizeof *r->room);
    r->closed_below = xcalloc(n_members, sizeof *r->closed_below);
    vm_reservations_clear(r);
}

void
vm_reservations_clear(struct vm_reservations *r)
{
    for (size_t i = 0; i < r->snapshot->n_slots; i++) {
        r->at[i] = VM_MEMBER_NONE;
    }
    for (size_t u = 0; u < r->snapshot->n_members; u++) {
        r->room[u] = vm_snap_reservable(r->snapshot, u);
        r->closed_below[u] = 0;
    }
}

void
vm_reservations_destroy(struct vm_reservations *r)
{
    free(r->at);
    free(r->room);
    free(r->closed_below);
}

/* Returns true if slot 'i' may use 'member', apart from what is better to be
 * avoided. */
static bool
could_use(const struct vm_reservations *r, bool only_standby, size_t i,
          int member)
{
    const struct vm_snap_slot *slot = &r->snapshot->slots[i];
    const struct vm_snap_member *members = r->snapshot->members;

    return (member >= 0 && members[member].usable
            && (!members[member].standby || only_standby)
            && slot->priority >= r->closed_below[member]
            && vm_snap_slot_allows(slot, member));
}

bool
vm_reservations_may_use(const struct vm_reservations *r, bool only_standby,
                        size_t i, int member)
{
    const struct vm_snapshot *snapshot = r->snapshot;
    const struct vm_snap_slot *slot = &snapshot->slots[i];

    if (!could_use(r, only_standby, i, member)) {
        return false;
    }

    enum vm_avoid avoid = vm_snap_slot_avoids(snapshot, slot, member);
    for (size_t u = 0; avoid && u < snapshot->n_members; u++) {
        if (vm_snap_slot_avoids(snapshot, slot, u) < avoid
            && could_use(r, only_standby, i, u)) {
            return false;
        }
    }
    return true;
}

void
vm_reservations_put(struct vm_reservations *r, size_t i, int member)
{
    const struct vm_snap_slot *slot = &r->snapshot->slots[i];

    r->at[i] = member;
    r->room[member] -= r->size[i];
    if (slot->exclusive) {
        r->closed_below[member] = MAX(r->closed_below[member],
                                      slot->priority);
    }
}

void
vm_reservations_take(struct vm_reservations *r, size_t i)
{
    r->room[r->at[i]] += r->size[i];
    r->at[i] = VM_MEMBER_NONE;
}

/* Exchanges. */

/* A slot that may be exchanged. */
struct item {
    uint64_t size;
    size_t slot;
};

/* Such slots of one member, by size. */
struct list {
    struct item *items;
    size_t n;
};

struct exchange {
    size_t out;                 /* Slot that goes from 'from' to 'to'. */
    int from, to;
    size_t in;                  /* Slot that goes from 'to' to 'from', or
                                 * SIZE_MAX. */
    uint64_t moved;             /* Sum of their sizes, bit/s. */
};

struct finder {
    const struct vm_reservations *r;
    vm_reservations_may_be *may_be;
    const void *aux;
    uint64_t missing;           /* bit/s to be freed on the member that is
                                 * being tried. */
    bool found;
    struct exchange best;
};

static int
compare_items(const void *a_, const void *b_)
{
    const struct item *a = a_;
    const struct item *b = b_;

    return (a->size != b->size ? (a->size < b->size ? -1 : 1)
            : a->slot != b->slot ? (a->slot > b->slot ? -1 : 1) : 0);
}

/* Lists all slots that may be exchanged, by member.  'items' has space for all
 * slots. */
static void
make_lists(const struct vm_reservations *r, struct item *items,
           struct list *lists)
{
    for (size_t u = 0; u < r->snapshot->n_members; u++) {
        lists[u].items = items;
        lists[u].n = 0;
        for (size_t i = 0; i < r->snapshot->n_slots; i++) {
            if (r->at[i] == u && r->size[i]
                && !r->snapshot->slots[i].exclusive) {
                items->size = r->size[i];
                items->slot = i;
                items++;
                lists[u].n++;
            }
        }
        qsort(lists[u].items, lists[u].n, sizeof *items, compare_items);
    }
}

static bool
is_better(const struct exchange *a, const struct exchange *b)
{
    bool a_is_move = a->in == SIZE_MAX;
    bool b_is_move = b->in == SIZE_MAX;

    return a_is_move != b_is_move ? a_is_move : a->moved < b->moved;
}

/* Finds the smallest item of 'list', from index '*next' on, that leaves enough
 * room on 'from' when 'in', which may be null, comes from 'to', and considers
 * to exchange them.  Sets '*next' to its index.  A larger item would need more
 * room on 'to'. */
static void
consider(struct finder *finder, const struct list *list, int from, int to,
         const struct item *in, size_t *next)
{
    uint64_t size_in = in ? in->size : 0;
    size_t i = *next;

    while (i < list->n
           && (list->items[i].size < size_in + finder->missing
               || !finder->may_be(finder->aux, list->items[i].slot, to))) {
        i++;
    }
    *next = i;
    if (i < list->n) {
        const struct item *out = &list->items[i];
        struct exchange exchange = {
            .out = out->slot, .from = from, .to = to,
            .in = in ? in->slot : SIZE_MAX, .moved = out->size + size_in,
        };

        if (out->size - size_in <= finder->r->room[to]
            && (!finder->found || is_better(&exchange, &finder->best))) {
            finder->best = exchange;
            finder->found = true;
        }
    }
}

/* Considers all exchanges between two members. */
static void
consider_members(struct finder *finder, const struct list *lists, int from,
                 int to)
{
    size_t next = 0;

    consider(finder, &lists[from], from, to, NULL, &next);
    for (size_t i = 0; i < lists[to].n; i++) {
        const struct item *in = &lists[to].items[i];

        if (finder->may_be(finder->aux, in->slot, from)) {
            consider(finder, &lists[from], from, to, in, &next);
        }
    }
}

static void
find(struct finder *finder, size_t slot)
{
    const struct vm_reservations *r = finder->r;
    size_t n = r->snapshot->n_members;
    struct item *items = xcalloc(r->snapshot->n_slots, sizeof *items);
    struct list *lists = xcalloc(n, sizeof *lists);

    make_lists(r, items, lists);
    for (size_t from = 0; from < n; from++) {
        if (r->size[slot] > r->room[from]
            && finder->may_be(finder->aux, slot, from)) {
            finder->missing = r->size[slot] - r->room[from];
            for (size_t to = 0; to < n; to++) {
                if (to != from) {
                    consider_members(finder, lists, from, to);
                }
            }
        }
    }
    free(items);
    free(lists);
}

bool
vm_reservations_exchange(struct vm_reservations *r, size_t slot,
                         vm_reservations_may_be *may_be, const void *aux,
                         unsigned long int *budget)
{
    unsigned long int cost = (r->snapshot->n_slots
                              * r->snapshot->n_members);
    struct finder finder = {
        .r = r, .may_be = may_be, .aux = aux,
    };

    if (*budget < cost) {
        return false;
    }
    *budget -= cost;
    find(&finder, slot);
    if (finder.found) {
        const struct exchange *best = &finder.best;

        vm_reservations_take(r, best->out);
        if (best->in != SIZE_MAX) {
            vm_reservations_take(r, best->in);
            vm_reservations_put(r, best->in, best->from);
        }
        vm_reservations_put(r, best->out, best->to);
        vm_reservations_put(r, slot, best->from);
    }
    return finder.found;
}
