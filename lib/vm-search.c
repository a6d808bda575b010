/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-search.h"

#include <string.h>

#include "util.h"
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

/* Steps of the search for several moves at once, in one run. */
#define DEEP_STEPS 20000

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

static uint64_t
demand_of(const struct vm_scale *scale, int slot)
{
    return vm_snapshot_rate(scale->snapshot->slots[slot].demand);
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
            load += demand_of(scale, slot);
        }
        if (scale->where[slot] == uplink) {
            load -= demand_of(scale, slot);
        }
    }
    return load;
}

static uint64_t
ppm_after(const struct vm_scale *scale, const struct vm_exchange *exchange)
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

/* Remembers the exchange if it is the best so far. */
static enum verdict
consider(struct search *search, struct vm_exchange *exchange)
{
    exchange->ppm = ppm_after(search->scale, exchange);
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

/* The first item of 'pan' whose demand is not below 'demand'. */
static size_t
find_item(const struct vm_scale *scale, const struct vm_pan *pan,
          uint64_t demand)
{
    size_t low = 0, high = pan->n_items;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (demand_of(scale, pan->items[mid]) < demand) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static enum verdict
consider_single(struct search *search, int slot, int to)
{
    struct vm_exchange exchange = { .moves = { { slot, to } }, .n = 1 };

    return consider(search, &exchange);
}

/* The further from the ideal load, the worse: so the search may stop on each
 * side of it at the first item that is lawful. */
static void
find_single(struct search *search, int to)
{
    const struct vm_pan *pan = &search->scale->pans[search->from];
    uint64_t ideal = ideal_load(search, to);
    size_t start = find_item(search->scale, pan, ideal);

    if (!ideal) {
        return;
    }
    for (size_t i = start; i < pan->n_items; i++) {
        enum verdict verdict = consider_single(search, pan->items[i], to);

        if (verdict != UNLAWFUL) {
            search->greatest = verdict == TAKEN ? false : search->greatest;
            break;
        }
    }
    for (size_t i = start; i-- > 0;) {
        enum verdict verdict = consider_single(search, pan->items[i], to);

        if (verdict != UNLAWFUL) {
            search->greatest = (verdict == TAKEN ? i + 1 == pan->n_items
                                : search->greatest);
            break;
        }
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
    uint64_t demand_out = demand_of(search->scale, out);
    uint64_t demand_in = demand_of(search->scale, in);

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
        uint64_t wanted = demand_of(scale, b->items[i]) + ideal;

        while (j < a->n_items && demand_of(scale, a->items[j]) < wanted) {
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

/* Search for several moves at once: item after item is taken from an uplink
 * that carries too much, wherever that shifts the problem to. */
struct deep {
    struct search *search;
    uint64_t *loads;            /* Per uplink, as if the moves were made. */
    uint64_t *limits;           /* Per uplink, what it may carry. */
    struct vm_exchange exchange;
};

/* Returns the uplink that exceeds its limit by most, or VM_UPLINK_NONE, and
 * their number. */
static int
find_excess(const struct deep *deep, size_t *n)
{
    const struct vm_scale *scale = deep->search->scale;
    int worst = VM_UPLINK_NONE;
    uint64_t most = 0;

    *n = 0;
    for (size_t i = 0; i < scale->snapshot->n_uplinks; i++) {
        if (deep->loads[i] > deep->limits[i]) {
            uint64_t excess = deep->loads[i] - deep->limits[i];

            ++*n;
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
    const struct vm_scale *scale = deep->search->scale;
    uint64_t demand = demand_of(scale, slot);

    for (size_t to = 0; to < scale->snapshot->n_uplinks; to++) {
        if (to == from || !scale->pans[to].open
            || (n_moves == 1
                && deep->loads[to] + demand > deep->limits[to])) {
            continue;
        }
        if (!deep->search->steps_left) {
            return false;
        }
        deep->search->steps_left--;

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
    const struct vm_scale *scale = deep->search->scale;
    size_t n_excess;
    int from = find_excess(deep, &n_excess);

    if (!n_excess) {
        return vm_scale_is_lawful(scale, &deep->exchange);
    } else if (n_excess > n_moves) {
        return false;
    }

    /* Those that just solve the problem come first. */
    const struct vm_pan *pan = &scale->pans[from];
    size_t start = find_item(scale, pan,
                             deep->loads[from] - deep->limits[from]);
    for (size_t i = start; i < pan->n_items; i++) {
        if (!was_moved(&deep->exchange, pan->items[i])
            && deepen_with(deep, pan->items[i], from, n_moves)) {
            return true;
        }
    }
    if (n_excess == n_moves) {
        return false;
    }
    for (size_t i = start; i-- > 0;) {
        if (!was_moved(&deep->exchange, pan->items[i])
            && deepen_with(deep, pan->items[i], from, n_moves)) {
            return true;
        }
    }
    return false;
}

/* Looks for several moves that bring the uplink to 'ppm' at most, without
 * bringing any other one above that that is not above it now. */
static bool
find_deep(struct search *search, uint64_t ppm)
{
    const struct vm_scale *scale = search->scale;
    size_t n_uplinks = scale->snapshot->n_uplinks;
    struct deep deep = {
        .search = search,
        .loads = xcalloc(n_uplinks, sizeof *deep.loads),
        .limits = xcalloc(n_uplinks, sizeof *deep.limits),
    };
    bool found = false;

    for (size_t i = 0; i < n_uplinks; i++) {
        deep.loads[i] = scale->pans[i].load;
        deep.limits[i] = vm_ppm_of(scale->pans[i].capacity, ppm);
        if (i != search->from) {
            deep.limits[i] = MAX(deep.limits[i], deep.loads[i]);
        }
    }
    for (size_t n = 2; n <= VM_EXCHANGE_MAX && !found; n++) {
        found = deepen(&deep, n);
    }
    if (found) {
        deep.exchange.ppm = ppm_after(scale, &deep.exchange);
        search->best = deep.exchange;
    }
    free(deep.loads);
    free(deep.limits);
    return found;
}

/* What an exchange must bring the search's uplink below. */
static uint64_t
find_limit(const struct search *search)
{
    const struct vm_pan *pan = &search->scale->pans[search->from];
    uint64_t step = MIN(search->from_ppm / LEAST_STEP,
                        search->from_ppm / LEAST_ITEM / (pan->n_items + 1));

    return search->from_ppm - step;
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
            uint64_t demand = demand_of(scale, pan->items[j]);

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
                  uint32_t gain_ppm)
{
    size_t n_uplinks = scale->snapshot->n_uplinks;
    struct search search = {
        .scale = scale,
        .stuck = xcalloc(n_uplinks, sizeof *search.stuck),
        .gain_ppm = gain_ppm,
        .steps_left = DEEP_STEPS,
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
            if (marked[i] && i != search.from) {
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
