/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-chains.h"

#include <stdlib.h>

#include "solve/vm-bins.h"
#include "util.h"

struct deep {
    const struct vm_bins *bins;
    unsigned int *steps_left;
    uint64_t *loads;            /* Per member, as if the moves were made. */
    uint64_t *limits;           /* Per member, what it may carry. */
    struct vm_exchange exchange;
};

/* Returns the member that exceeds its limit by most, or VM_MEMBER_NONE, and
 * their number. */
static int
find_excess(const struct deep *deep, size_t *n)
{
    const struct vm_bins *bins = deep->bins;
    int worst = VM_MEMBER_NONE;
    uint64_t most = 0;

    *n = 0;
    for (size_t i = 0; i < bins->snapshot->n_members; i++) {
        if (deep->loads[i] > deep->limits[i]) {
            uint64_t excess = deep->loads[i] - deep->limits[i];

            *n += 1;
            if (excess > most) {
                most = excess;
                worst = i;
            }
        }
    }
    return worst;
}

static bool
was_moved(const struct vm_exchange *exchange, int slot)
{
    for (size_t i = 0; i < exchange->n; i++) {
        if (exchange->moves[i].slot == slot) {
            return true;
        }
    }
    return false;
}

static bool deepen(struct deep *, size_t n_moves);

/* Tries to solve the problem with 'slot' away from 'from' and 'n_moves' - 1
 * more moves. */
static bool
deepen_with(struct deep *deep, int slot, int from, size_t n_moves)
{
    const struct vm_bins *bins = deep->bins;
    uint64_t demand = vm_bins_demand(bins, slot);

    for (size_t to = 0; to < bins->snapshot->n_members; to++) {
        if (to == from || !bins->bin[to].open
            || (n_moves == 1
                && deep->loads[to] + demand > deep->limits[to])) {
            continue;
        }
        if (!*deep->steps_left) {
            return false;
        }
        *deep->steps_left -= 1;

        struct vm_exchange *exchange = &deep->exchange;
        exchange->moves[exchange->n].slot = slot;
        exchange->moves[exchange->n].to = to;
        exchange->n++;
        deep->loads[from] -= demand;
        deep->loads[to] += demand;
        bool solved = deepen(deep, n_moves - 1);
        deep->loads[to] -= demand;
        deep->loads[from] += demand;
        if (solved) {
            return true;
        }
        exchange->n--;
    }
    return false;
}

static bool
deepen(struct deep *deep, size_t n_moves)
{
    const struct vm_bins *bins = deep->bins;
    size_t n_excess;
    int from = find_excess(deep, &n_excess);

    if (!n_excess) {
        return vm_bins_is_feasible(bins, &deep->exchange);
    } else if (n_excess > n_moves) {
        return false;
    }

    /* Those that just solve the problem come first. */
    const struct vm_bin *bin = &bins->bin[from];
    size_t start = vm_bins_find_item(
        bins, from, deep->loads[from] - deep->limits[from]);
    for (size_t i = start; i < bin->n_items; i++) {
        if (!was_moved(&deep->exchange, bin->items[i])
            && deepen_with(deep, bin->items[i], from, n_moves)) {
            return true;
        }
    }
    if (n_excess == n_moves) {
        return false;
    }
    for (size_t i = start; i-- > 0;) {
        if (!was_moved(&deep->exchange, bin->items[i])
            && deepen_with(deep, bin->items[i], from, n_moves)) {
            return true;
        }
    }
    return false;
}

bool
vm_chains_find(const struct vm_bins *bins, int from, uint64_t ppm,
               unsigned int *steps_left, struct vm_exchange *exchange)
{
    size_t n_members = bins->snapshot->n_members;
    struct deep deep = {
        .bins = bins,
        .steps_left = steps_left,
        .loads = xcalloc(n_members, sizeof *deep.loads),
        .limits = xcalloc(n_members, sizeof *deep.limits),
    };
    bool found = false;

    for (size_t i = 0; i < n_members; i++) {
        deep.loads[i] = bins->bin[i].load;
        deep.limits[i] = vm_ppm_of(bins->bin[i].capacity, ppm);
        if (i != from) {
            deep.limits[i] = MAX(deep.limits[i], deep.loads[i]);
        }
    }
    for (size_t n = 2; n <= VM_EXCHANGE_MAX && !found; n++) {
        found = deepen(&deep, n);
    }
    if (found) {
        *exchange = deep.exchange;
        exchange->ppm = vm_bins_ppm_after(bins, exchange);
    }
    free(deep.loads);
    free(deep.limits);
    return found;
}
