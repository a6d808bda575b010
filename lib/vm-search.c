/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-search.h"

#include <string.h>

#include "util.h"
#include "vm-deep.h"
#include "vm-scale.h"

/* An exchange has to lower the utilization by this part of it, or by this part
 * of what an item of the uplink has on average, if that is less. */
#define LEAST_STEP 1024
#define LEAST_ITEM 4

/* What is so near to the ideal, as a part of it, is good enough. */
#define NEAR_IDEAL 512

/* A single move that achieves this part of what would be ideal for its two
 * uplinks is taken without looking for something better. */
#define GOOD_PART 2

/* Passes over all uplinks in one run. */
#define MAX_PASSES 4

/* Steps of the search for several moves at once.  With many slots single moves
 * and swaps are fine enough. */
#define DEEP_STEPS 20000
#define DEEP_STEPS_MANY 1000
#define MANY_SLOTS 256

struct search {
    struct vm_scale *scale;
    bool *stuck;                /* Uplinks that can't be relieved. */
    uint32_t gain_ppm;
    uint64_t ideal_ppm;         /* See find_ideal(). */
    int from;                   /* The uplink to relieve. */
    uint64_t from_ppm;          /* Its utilization. */
    struct vm_exchange best;    /* '.n' is 0 if none was found. */
    bool greatest;              /* 'best' moves the greatest item, and that is
                                 * still less than ideal. */
    unsigned int steps_left;
};

/* What became of an exchange that was considered. */
enum verdict { TAKEN, WORSE, UNLAWFUL };

/* Remembers the exchange if it is the best so far. */
static enum verdict
consider(struct search *search, struct vm_exchange *exchange)
{
    exchange->ppm = vm_scale_ppm_after(search->scale, exchange);
    if (exchange->ppm >= search->best.ppm) {
        return WORSE;
    } else if (!vm_scale_is_lawful(search->scale, exchange)) {
        return UNLAWFUL;
    }
    search->best = *exchange;
    return TAKEN;
}

/* The load that should go from the search's uplink to 'to' so that both are
 * equally utilized, 0 if 'to' is utilized more. */
static uint64_t
ideal_load(const struct search *search, int to)
{
    const struct vm_pan *a = &search->scale->pans[search->from];
    const struct vm_pan *b = &search->scale->pans[to];
    uint64_t ppm = vm_utilization_ppm(a->load + b->load,
                                      a->capacity + b->capacity);
    uint64_t rest = vm_ppm_of(a->capacity, ppm);

    return a->load > rest ? a->load - rest : 0;
}

/* Considers the items from 'first' to before 'last', of equal demand, until
 * one is lawful. */
static enum verdict
consider_equals(struct search *search, size_t first, size_t last, int to)
{
    const struct vm_pan *pan = &search->scale->pans[search->from];
    enum verdict verdict = UNLAWFUL;

    for (size_t i = first; i < last && verdict == UNLAWFUL; i++) {
        struct vm_exchange exchange = {
            .moves = { { pan->items[i], to } }, .n = 1
        };

        verdict = consider(search, &exchange);
        if (verdict == TAKEN) {
            search->greatest = false;
        }
    }
    return verdict;
}

/* The further from the ideal load, the worse: so the search may stop on each
 * side of it at the first item that is lawful.  Of equal ones the least
 * important comes first in the list. */
static void
find_single(struct search *search, int to)
{
    const struct vm_scale *scale = search->scale;
    const struct vm_pan *pan = &scale->pans[search->from];
    uint64_t ideal = ideal_load(search, to);
    enum verdict verdict = UNLAWFUL;

    if (!ideal) {
        return;
    }

    size_t start = vm_scale_find_item(scale, search->from, ideal);
    for (size_t i = start; i < pan->n_items && verdict == UNLAWFUL; i++) {
        verdict = consider_equals(search, i, i + 1, to);
    }

    verdict = UNLAWFUL;
    for (size_t i = start; i > 0 && verdict == UNLAWFUL;) {
        uint64_t demand = vm_scale_demand(scale, pan->items[i - 1]);
        size_t first = vm_scale_find_item(scale, search->from, demand);

        verdict = consider_equals(search, first, i, to);
        if (verdict == TAKEN && i == pan->n_items) {
            search->greatest = true;
        }
        i = first;
    }
}

/* Best distances from the ideal load so far. */
struct distances {
    uint64_t below, above;
};

static void
consider_swap(struct search *search, int to, int out, int in, uint64_t ideal,
              struct distances *best)
{
    uint64_t demand_out = vm_scale_demand(search->scale, out);
    uint64_t demand_in = vm_scale_demand(search->scale, in);

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

        if (consider(search, &exchange) != UNLAWFUL) {
            *side = distance;
        }
    }
}

/* For each item of 'to', the two items that differ from it by next to the
 * ideal load.  As both lists are sorted one walk finds them all. */
static void
find_swap(struct search *search, int to)
{
    struct vm_scale *scale = search->scale;
    const struct vm_pan *a = &scale->pans[search->from];
    const struct vm_pan *b = &scale->pans[to];
    uint64_t ideal = ideal_load(search, to);
    struct distances best = { UINT64_MAX, UINT64_MAX };
    size_t j = 0;

    if (!ideal) {
        return;
    }
    for (size_t i = 0; i < b->n_items; i++) {
        uint64_t wanted = vm_scale_demand(scale, b->items[i]) + ideal;

        while (j < a->n_items
               && vm_scale_demand(scale, a->items[j]) < wanted) {
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
    return vm_deep_find(search->scale, search->from, ppm, &search->steps_left,
                        &search->best);
}

/* What an exchange must bring the search's uplink below. */
static uint64_t
find_limit(const struct search *search)
{
    const struct vm_pan *pan = &search->scale->pans[search->from];
    uint64_t step = MIN(search->from_ppm / LEAST_STEP,
                        search->from_ppm / LEAST_ITEM / (pan->n_items + 1));

    /* Less than now in any case, or nothing would be a relief. */
    return search->from_ppm - MAX(step, search->from_ppm > 0);
}

/* Looks for the best exchange that relieves the search's uplink. */
static bool
find_exchange(struct search *search)
{
    const struct vm_scale *scale = search->scale;
    size_t n_uplinks = scale->snapshot->n_uplinks;
    uint64_t limit = find_limit(search);

    search->best.n = 0;
    search->best.ppm = limit;
    search->greatest = false;
    for (size_t i = 0; i < n_uplinks; i++) {
        if (scale->pans[i].open && i != search->from) {
            find_single(search, i);
        }
    }

    uint64_t ideal = MIN(search->ideal_ppm, search->from_ppm);
    uint64_t good = search->from_ppm - (search->from_ppm - ideal) / GOOD_PART;
    if (search->best.n && (search->greatest || search->best.ppm <= good)) {
        return true;
    }

    for (size_t i = 0; i < n_uplinks; i++) {
        if (scale->pans[i].open && i != search->from) {
            find_swap(search, i);
        }
    }
    return (search->best.n
            || find_deep(search, (limit + ideal) / 2)
            || find_deep(search, limit));
}

static void
carry_out(struct vm_scale *scale, const struct vm_exchange *exchange)
{
    for (size_t i = 0; i < exchange->n; i++) {
        vm_scale_move(scale, exchange->moves[i].slot, exchange->moves[i].to);
    }
}

/* Whether all items of uplinks that are not stuck, cut as finely as one likes,
 * have room there below 'ppm'. */
static bool
have_room(const struct search *search, const uint64_t *fixed,
          uint64_t movable, uint64_t ppm)
{
    const struct vm_scale *scale = search->scale;

    for (size_t i = 0; i < scale->snapshot->n_uplinks; i++) {
        if (scale->pans[i].open && !search->stuck[i]) {
            uint64_t limit = vm_ppm_of(scale->pans[i].capacity, ppm);
            uint64_t room = limit > fixed[i] ? limit - fixed[i] : 0;

            movable -= MIN(movable, room);
        }
    }
    return !movable;
}

/* Finds the utilization to which a fluid would fill the uplinks that are not
 * stuck: no assignment can be better. */
static void
find_ideal(struct search *search)
{
    const struct vm_scale *scale = search->scale;
    size_t n_uplinks = scale->snapshot->n_uplinks;
    uint64_t *fixed = xcalloc(n_uplinks, sizeof *fixed);
    uint64_t movable = 0;

    for (size_t i = 0; i < n_uplinks; i++) {
        const struct vm_pan *pan = &scale->pans[i];

        fixed[i] = pan->load;
        for (size_t j = 0; !search->stuck[i] && j < pan->n_items; j++) {
            uint64_t demand = vm_scale_demand(scale, pan->items[j]);

            fixed[i] -= demand;
            movable += demand;
        }
    }

    uint64_t low = 0;
    uint64_t high = vm_scale_highest_ppm(scale);
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

/* Chooses the most utilized uplink that is not stuck.  Returns false if there
 * is none. */
static bool
choose_uplink(struct search *search)
{
    const struct vm_scale *scale = search->scale;

    search->from = VM_UPLINK_NONE;
    search->from_ppm = 0;
    for (size_t i = 0; i < scale->snapshot->n_uplinks; i++) {
        if (scale->pans[i].open && !search->stuck[i]) {
            uint64_t ppm = vm_scale_ppm(scale, i);

            if (search->from < 0 || ppm > search->from_ppm) {
                search->from = i;
                search->from_ppm = ppm;
            }
        }
    }
    return search->from >= 0;
}

/* One pass over all uplinks.  Returns true if it moved anything. */
static bool
relieve_once(struct search *search, uint64_t threshold_ppm)
{
    bool any_stuck = false;
    bool moved = false;

    find_ideal(search);
    while (choose_uplink(search)
           && !(any_stuck && search->from_ppm <= threshold_ppm)) {
        uint64_t near = (moved ? search->ideal_ppm / NEAR_IDEAL
                         : vm_ppm_of(search->from_ppm, search->gain_ppm));

        if (search->from_ppm <= search->ideal_ppm + near) {
            break;
        } else if (find_exchange(search)) {
            carry_out(search->scale, &search->best);
            moved = true;
        } else {
            search->stuck[search->from] = any_stuck = true;
            find_ideal(search);
        }
    }
    return moved;
}

void
vm_search_relieve(struct vm_scale *scale, uint64_t threshold_ppm,
                  uint32_t gain_ppm, unsigned int n_runs)
{
    size_t n_uplinks = scale->snapshot->n_uplinks;
    struct search search = {
        .scale = scale,
        .stuck = xcalloc(n_uplinks, sizeof *search.stuck),
        .gain_ppm = gain_ppm,
        .steps_left = (scale->snapshot->n_slots > MANY_SLOTS
                       ? DEEP_STEPS_MANY : DEEP_STEPS) / n_runs,
    };

    /* Exchanges elsewhere may have made room for an uplink that was stuck. */
    for (int pass = 0; pass < MAX_PASSES; pass++) {
        memset(search.stuck, 0, n_uplinks * sizeof *search.stuck);
        if (!relieve_once(&search, threshold_ppm)) {
            break;
        }
    }
    free(search.stuck);
}

void
vm_search_fill(struct vm_scale *scale, const bool *marked)
{
    size_t n_uplinks = scale->snapshot->n_uplinks;
    struct search search = {
        .scale = scale,
        .stuck = xcalloc(n_uplinks, sizeof *search.stuck),
    };

    while (choose_uplink(&search)) {
        search.best.n = 0;
        search.best.ppm = find_limit(&search);
        for (size_t i = 0; i < n_uplinks; i++) {
            if (marked[i] && i != search.from
                && scale->pans[search.from].n_slots > 1) {
                find_single(&search, i);
            }
        }
        if (search.best.n) {
            carry_out(scale, &search.best);
        } else {
            search.stuck[search.from] = true;
        }
    }
    free(search.stuck);
}
