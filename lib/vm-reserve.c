/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-reserve.h"

#include <stdlib.h>

#include "util.h"

void
vm_reserve_init(struct vm_reserve *reserve, const struct vm_snapshot *snapshot,
                const uint64_t *size)
{
    size_t n_uplinks = snapshot->n_uplinks;

    reserve->snapshot = snapshot;
    reserve->size = size;
    reserve->at = xcalloc(snapshot->n_slots, sizeof *reserve->at);
    reserve->room = xcalloc(n_uplinks, sizeof *reserve->room);
    reserve->closed_below = xcalloc(n_uplinks, sizeof *reserve->closed_below);
    vm_reserve_clear(reserve);
}

void
vm_reserve_clear(struct vm_reserve *reserve)
{
    for (size_t i = 0; i < reserve->snapshot->n_slots; i++) {
        reserve->at[i] = VM_UPLINK_NONE;
    }
    for (size_t u = 0; u < reserve->snapshot->n_uplinks; u++) {
        reserve->room[u] = vm_uplink_reservable(reserve->snapshot, u);
        reserve->closed_below[u] = 0;
    }
}

void
vm_reserve_destroy(struct vm_reserve *reserve)
{
    free(reserve->at);
    free(reserve->room);
    free(reserve->closed_below);
}

void
vm_reserve_put(struct vm_reserve *reserve, size_t i, int uplink)
{
    const struct vm_slot *slot = &reserve->snapshot->slots[i];

    reserve->at[i] = uplink;
    reserve->room[uplink] -= reserve->size[i];
    if (slot->exclusive) {
        reserve->closed_below[uplink] = MAX(reserve->closed_below[uplink],
                                            slot->priority);
    }
}

void
vm_reserve_take(struct vm_reserve *reserve, size_t i)
{
    reserve->room[reserve->at[i]] += reserve->size[i];
    reserve->at[i] = VM_UPLINK_NONE;
}

/* Exchanges. */

/* A slot that may be exchanged. */
struct item {
    uint64_t size;
    size_t slot;
};

/* Those on one uplink, by size. */
struct list {
    struct item *items;
    size_t n;
};

struct exchange {
    size_t out;                 /* Makes room... */
    int from, to;               /* ...on 'from' and goes to 'to'... */
    size_t in;                  /* ...from where this one comes, or
                                 * SIZE_MAX. */
    uint64_t moved;             /* Sizes of those that move, bit/s. */
};

struct finder {
    const struct vm_reserve *reserve;
    vm_reserve_may_be *may_be;
    const void *aux;
    uint64_t missing;           /* To be freed on the present uplink. */
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

/* Lists all slots that may be exchanged, by uplink.  'items' has room for
 * all slots. */
static void
make_lists(const struct vm_reserve *reserve, struct item *items,
           struct list *lists)
{
    for (size_t u = 0; u < reserve->snapshot->n_uplinks; u++) {
        lists[u].items = items;
        lists[u].n = 0;
        for (size_t i = 0; i < reserve->snapshot->n_slots; i++) {
            if (reserve->at[i] == u && reserve->size[i]
                && !reserve->snapshot->slots[i].exclusive) {
                items->size = reserve->size[i];
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

/* Considers to exchange the smallest item of 'list' from '*next' on that
 * leaves enough room on 'from' when 'in', or null, comes from 'to'; '*next' is
 * where it was found.  Whatever is larger would need more room on 'to'. */
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

        if (out->size - size_in <= finder->reserve->room[to]
            && (!finder->found || is_better(&exchange, &finder->best))) {
            finder->best = exchange;
            finder->found = true;
        }
    }
}

/* Considers all exchanges between two uplinks. */
static void
consider_uplinks(struct finder *finder, const struct list *lists, int from,
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
    const struct vm_reserve *reserve = finder->reserve;
    size_t n = reserve->snapshot->n_uplinks;
    struct item *items = xcalloc(reserve->snapshot->n_slots, sizeof *items);
    struct list *lists = xcalloc(n, sizeof *lists);

    make_lists(reserve, items, lists);
    for (size_t from = 0; from < n; from++) {
        if (reserve->size[slot] > reserve->room[from]
            && finder->may_be(finder->aux, slot, from)) {
            finder->missing = reserve->size[slot] - reserve->room[from];
            for (size_t to = 0; to < n; to++) {
                if (to != from) {
                    consider_uplinks(finder, lists, from, to);
                }
            }
        }
    }
    free(items);
    free(lists);
}

bool
vm_reserve_exchange(struct vm_reserve *reserve, size_t slot,
                    vm_reserve_may_be *may_be, const void *aux,
                    unsigned long int *budget)
{
    unsigned long int cost = (reserve->snapshot->n_slots
                              * reserve->snapshot->n_uplinks);
    struct finder finder = {
        .reserve = reserve, .may_be = may_be, .aux = aux,
    };

    if (*budget < cost) {
        return false;
    }
    *budget -= cost;
    find(&finder, slot);
    if (finder.found) {
        const struct exchange *best = &finder.best;

        vm_reserve_take(reserve, best->out);
        if (best->in != SIZE_MAX) {
            vm_reserve_take(reserve, best->in);
            vm_reserve_put(reserve, best->in, best->from);
        }
        vm_reserve_put(reserve, best->out, best->to);
        vm_reserve_put(reserve, slot, best->from);
    }
    return finder.found;
}
