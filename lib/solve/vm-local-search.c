/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-local-search.h"

#include <string.h>

#include "solve/vm-bins.h"
#include "solve/vm-chains.h"
#include "util.h"

/* An exchange has to lower the utilization by 1/LEAST_STEP of it, or by
 * 1/LEAST_ITEM of an average item of the member, if that is less. */
#define LEAST_STEP 1024
#define LEAST_ITEM 4

/* A utilization that exceeds the ideal by less than this part of it is good
 * enough. */
#define NEAR_IDEAL 512

/* A single move that achieves this part of what would be ideal for its two
 * members is taken without a search for a better exchange. */
#define GOOD_PART 2

/* Passes over all members in one run, at most. */
#define MAX_PASSES 4

/* Steps of the search for several moves at once.  With many slots, single
 * moves and swaps are fine-grained enough. */
#define DEEP_STEPS 20000
#define DEEP_STEPS_MANY 1000
#define MANY_SLOTS 256

struct search {
    struct vm_bins *bins;
    bool *stuck;                /* Members that can't be relieved. */
    uint32_t gain_ppm;
    uint64_t ideal_ppm;         /* See find_ideal(). */
    int from;                   /* The member to relieve. */
    uint64_t from_ppm;          /* Its utilization. */
    struct vm_exchange best;    /* '.n' is 0 if none was found. */
    bool greatest;              /* 'best' moves the greatest item, and that is
                                 * still less than ideal. */
    unsigned int steps_left;
};

/* Result of considering an exchange. */
enum verdict { TAKEN, WORSE, INFEASIBLE };

/* Remembers the exchange if it is the best so far. */
static enum verdict
consider(struct search *search, struct vm_exchange *exchange)
{
    exchange->ppm = vm_bins_ppm_after(search->bins, exchange);
    if (exchange->ppm >= search->best.ppm) {
        return WORSE;
    } else if (!vm_bins_is_feasible(search->bins, exchange)) {
        return INFEASIBLE;
    }
    search->best = *exchange;
    return TAKEN;
}

/* Returns the load that would have to move from the search's member to 'to' to
 * make both equally utilized, 0 if 'to' is utilized more. */
static uint64_t
ideal_load(const struct search *search, int to)
{
    const struct vm_bin *a = &search->bins->bin[search->from];
    const struct vm_bin *b = &search->bins->bin[to];
    uint64_t ppm = vm_utilization_ppm(a->load + b->load,
                                      a->capacity + b->capacity);
    uint64_t rest = vm_ppm_of(a->capacity, ppm);

    return a->load > rest ? a->load - rest : 0;
}

/* Considers the items with indexes 'first' to 'last' - 1, of equal demand,
 * until one is feasible. */
static enum verdict
consider_equals(struct search *search, size_t first, size_t last, int to)
{
    const struct vm_bin *bin = &search->bins->bin[search->from];
    enum verdict verdict = INFEASIBLE;

    for (size_t i = first; i < last && verdict == INFEASIBLE; i++) {
        struct vm_exchange exchange = {
            .moves = { { bin->items[i], to } }, .n = 1
        };

        verdict = consider(search, &exchange);
        if (verdict == TAKEN) {
            search->greatest = false;
        }
    }
    return verdict;
}

/* Considers single moves to 'to'.  The further an item is from the ideal load,
 * the worse, so the search stops on each side of it at the first item that is
 * feasible.  Of equal items the least important comes first in the list. */
static void
find_single(struct search *search, int to)
{
    const struct vm_bins *bins = search->bins;
    const struct vm_bin *bin = &bins->bin[search->from];
    uint64_t ideal = ideal_load(search, to);
    enum verdict verdict = INFEASIBLE;

    if (!ideal) {
        return;
    }

    size_t start = vm_bins_find_item(bins, search->from, ideal);
    for (size_t i = start; i < bin->n_items && verdict == INFEASIBLE; i++) {
        verdict = consider_equals(search, i, i + 1, to);
    }

    verdict = INFEASIBLE;
    for (size_t i = start; i > 0 && verdict == INFEASIBLE;) {
        uint64_t demand = vm_bins_demand(bins, bin->items[i - 1]);
        size_t first = vm_bins_find_item(bins, search->from, demand);

        verdict = consider_equals(search, first, i, to);
        if (verdict == TAKEN && i == bin->n_items) {
            search->greatest = true;
        }
        i = first;
    }
}

/* Least distances from the ideal load so far. */
struct distances {
    uint64_t below, above;
};

static void
consider_swap(struct search *search, int to, int out, int in, uint64_t ideal,
              struct distances *best)
{
    uint64_t demand_out = vm_bins_demand(search->bins, out);
    uint64_t demand_in = vm_bins_demand(search->bins, in);

    if (demand_out <= demand_in) {
        return;
    }

    uint64_t load = demand_out - demand_in;
    uint64_t distance = load < ideal ? ideal - load : load - ideal;
    uint64_t *side = load < ideal ? &best->below : &best->above;
    if (distance < *side) {
        struct vm_exchange exchange = {
            .moves = { { out, to }, { in, search->from } }, .n = 2
        };

        if (consider(search, &exchange) != INFEASIBLE) {
            *side = distance;
        }
    }
}

/* Considers swaps with 'to': for each of its items, the two items whose
 * difference from it is nearest to the ideal load, on either side.  As both
 * lists are sorted, one walk finds them all. */
static void
find_swap(struct search *search, int to)
{
    struct vm_bins *bins = search->bins;
    const struct vm_bin *a = &bins->bin[search->from];
    const struct vm_bin *b = &bins->bin[to];
    uint64_t ideal = ideal_load(search, to);
    struct distances best = { UINT64_MAX, UINT64_MAX };
    size_t j = 0;

    if (!ideal) {
        return;
    }
    for (size_t i = 0; i < b->n_items; i++) {
        uint64_t wanted = vm_bins_demand(bins, b->items[i]) + ideal;

        while (j < a->n_items
               && vm_bins_demand(bins, a->items[j]) < wanted) {
            j++;
        }
        if (j < a->n_items) {
            consider_swap(search, to, a->items[j], b->items[i], ideal, &best);
        }
        if (j > 0) {
            consider_swap(search, to, a->items[j - 1], b->items[i], ideal,
                          &best);
        }
    }
}

static bool
find_deep(struct search *search, uint64_t ppm)
{
    return vm_chains_find(search->bins, search->from, ppm, &search->steps_left,
                          &search->best);
}

/* Returns the utilization below which an exchange must bring the search's
 * member. */
static uint64_t
find_limit(const struct search *search)
{
    const struct vm_bin *bin = &search->bins->bin[search->from];
    uint64_t step = MIN(search->from_ppm / LEAST_STEP,
                        search->from_ppm / LEAST_ITEM / (bin->n_items + 1));

    /* The limit must be below the present utilization. */
    return search->from_ppm - MAX(step, search->from_ppm > 0);
}

/* Searches for the best exchange that relieves the search's member. */
static bool
find_exchange(struct search *search)
{
    const struct vm_bins *bins = search->bins;
    size_t n_members = bins->snapshot->n_members;
    uint64_t limit = find_limit(search);

    search->best.n = 0;
    search->best.ppm = limit;
    search->greatest = false;
    for (size_t i = 0; i < n_members; i++) {
        if (bins->bin[i].open && i != search->from) {
            find_single(search, i);
        }
    }

    uint64_t ideal = MIN(search->ideal_ppm, search->from_ppm);
    uint64_t good = search->from_ppm - (search->from_ppm - ideal) / GOOD_PART;
    if (search->best.n && (search->greatest || search->best.ppm <= good)) {
        return true;
    }

    for (size_t i = 0; i < n_members; i++) {
        if (bins->bin[i].open && i != search->from) {
            find_swap(search, i);
        }
    }
    return (search->best.n
            || find_deep(search, (limit + ideal) / 2)
            || find_deep(search, limit));
}

static void
carry_out(struct vm_bins *bins, const struct vm_exchange *exchange)
{
    for (size_t i = 0; i < exchange->n; i++) {
        vm_bins_move(bins, exchange->moves[i].slot, exchange->moves[i].to);
    }
}

/* Returns true if all items of members that are not stuck would fit there
 * below 'ppm' if they could be divided at will. */
static bool
have_room(const struct search *search, const uint64_t *fixed,
          uint64_t movable, uint64_t ppm)
{
    const struct vm_bins *bins = search->bins;

    for (size_t i = 0; i < bins->snapshot->n_members; i++) {
        if (bins->bin[i].open && !search->stuck[i]) {
            uint64_t limit = vm_ppm_of(bins->bin[i].capacity, ppm);
            uint64_t room = limit > fixed[i] ? limit - fixed[i] : 0;

            movable -= MIN(movable, room);
        }
    }
    return !movable;
}

/* Finds the utilization to which a fluid would fill the members that are not
 * stuck: no assignment can be better. */
static void
find_ideal(struct search *search)
{
    const struct vm_bins *bins = search->bins;
    size_t n_members = bins->snapshot->n_members;
    uint64_t *fixed = xcalloc(n_members, sizeof *fixed);
    uint64_t movable = 0;

    for (size_t i = 0; i < n_members; i++) {
        const struct vm_bin *bin = &bins->bin[i];

        fixed[i] = bin->load;
        for (size_t j = 0; !search->stuck[i] && j < bin->n_items; j++) {
            uint64_t demand = vm_bins_demand(bins, bin->items[j]);

            fixed[i] -= demand;
            movable += demand;
        }
    }

    uint64_t low = 0;
    uint64_t high = vm_bins_highest_ppm(bins);
    while (low < high) {
        uint64_t mid = low + (high - low) / 2;

        if (have_room(search, fixed, movable, mid)) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    search->ideal_ppm = low;
    free(fixed);
}

/* Chooses the most utilized member that is not stuck.  Returns false if there
 * is none. */
static bool
choose_member(struct search *search)
{
    const struct vm_bins *bins = search->bins;

    search->from = VM_MEMBER_NONE;
    search->from_ppm = 0;
    for (size_t i = 0; i < bins->snapshot->n_members; i++) {
        if (bins->bin[i].open && !search->stuck[i]) {
            uint64_t ppm = vm_bins_ppm(bins, i);

            if (search->from < 0 || ppm > search->from_ppm) {
                search->from = i;
                search->from_ppm = ppm;
            }
        }
    }
    return search->from >= 0;
}

/* One pass over all members.  Returns true if it moved anything. */
static bool
relieve_once(struct search *search, uint64_t threshold_ppm)
{
    bool any_stuck = false;
    bool moved = false;

    find_ideal(search);
    while (choose_member(search)
           && !(any_stuck && search->from_ppm <= threshold_ppm)) {
        uint64_t near = (moved ? search->ideal_ppm / NEAR_IDEAL
                         : vm_ppm_of(search->from_ppm, search->gain_ppm));

        if (search->from_ppm <= search->ideal_ppm + near) {
            break;
        } else if (find_exchange(search)) {
            carry_out(search->bins, &search->best);
            moved = true;
        } else {
            search->stuck[search->from] = any_stuck = true;
            find_ideal(search);
        }
    }
    return moved;
}

void
vm_local_search_relieve(struct vm_bins *bins, uint64_t threshold_ppm,
                        uint32_t gain_ppm, unsigned int n_runs)
{
    size_t n_members = bins->snapshot->n_members;
    struct search search = {
        .bins = bins,
        .stuck = xcalloc(n_members, sizeof *search.stuck),
        .gain_ppm = gain_ppm,
        .steps_left = (bins->snapshot->n_slots > MANY_SLOTS
                       ? DEEP_STEPS_MANY : DEEP_STEPS) / n_runs,
    };

    /* Exchanges elsewhere may have made room for a member that was stuck. */
    for (int pass = 0; pass < MAX_PASSES; pass++) {
        memset(search.stuck, 0, n_members * sizeof *search.stuck);
        if (!relieve_once(&search, threshold_ppm)) {
            break;
        }
    }
    free(search.stuck);
}

void
vm_local_search_fill(struct vm_bins *bins, const bool *marked)
{
    size_t n_members = bins->snapshot->n_members;
    struct search search = {
        .bins = bins,
        .stuck = xcalloc(n_members, sizeof *search.stuck),
    };

    while (choose_member(&search)) {
        search.best.n = 0;
        search.best.ppm = find_limit(&search);
        for (size_t i = 0; i < n_members; i++) {
            if (marked[i] && i != search.from
                && bins->bin[search.from].n_slots > 1) {
                find_single(&search, i);
            }
        }
        if (search.best.n) {
            carry_out(bins, &search.best);
        } else {
            search.stuck[search.from] = true;
        }
    }
    free(search.stuck);
}
