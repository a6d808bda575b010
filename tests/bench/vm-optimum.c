/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-optimum.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

/* An assignment counts as better only if its utilization is lower than the
 * best one times this. */
#define BETTER (1 - 1e-4)

struct optimizer {
    size_t n_members;
    double *capacities;         /* Descending. */
    double *used;               /* Load per member. */
    double *room;               /* Room per member below the target. */
    size_t n_loads;
    double *loads;              /* Descending. */
    double *rest;               /* Sum of loads from here on. */
    double best;
    unsigned int steps_left;
};

static int
compare_descending(const void *a_, const void *b_)
{
    double a = *(const double *) a_;
    double b = *(const double *) b_;

    return a > b ? -1 : a < b;
}

static double *
sorted(const uint64_t *numbers, size_t n)
{
    double *copy = xcalloc(n + 1, sizeof *copy);

    for (size_t i = 0; i < n; i++) {
        copy[i] = numbers[i];
    }
    qsort(copy, n, sizeof *copy, compare_descending);
    return copy;
}

/* Returns a lower bound.  The greatest loads alone give bounds, too: of one
 * load more than there are members, some member has two, of twice as many and
 * one more, some member has three, and at best that is the fastest one and
 * these are the smallest ones. */
static double
find_bound(const struct optimizer *o)
{
    double capacity = 0;
    double bound = 0;

    for (size_t i = 0; i < o->n_members; i++) {
        capacity += o->capacities[i];
    }
    bound = o->rest[0] / capacity;
    for (size_t n = 1; (n - 1) * o->n_members < o->n_loads; n++) {
        size_t last = (n - 1) * o->n_members;
        double sum = 0;

        for (size_t i = 0; i < n; i++) {
            sum += o->loads[last - i];
        }
        bound = MAX(bound, sum / o->capacities[0]);
    }

    /* The j greatest loads use at most j members, so a fluid of them on the j
     * fastest members is a bound. */
    double load = 0;
    capacity = 0;
    for (size_t j = 0; j < MIN(o->n_members, o->n_loads); j++) {
        load += o->loads[j];
        capacity += o->capacities[j];
        bound = MAX(bound, load / capacity);
    }
    return bound;
}

/* Returns true if the loads from 'i' on can't fit.  Room that is smaller than
 * the smallest load does not count. */
static bool
is_infeasible(const struct optimizer *o, size_t i)
{
    double smallest = o->loads[o->n_loads - 1];
    double room = 0;

    for (size_t j = 0; j < o->n_members; j++) {
        room += o->room[j] >= smallest ? o->room[j] : 0;
    }
    return room < o->rest[i];
}

/* Returns true if an earlier member is symmetric to 'member'. */
static bool
is_symmetric_to_earlier(const struct optimizer *o, size_t member)
{
    for (size_t i = 0; i < member; i++) {
        if (o->capacities[i] == o->capacities[member]
            && o->used[i] == o->used[member]) {
            return true;
        }
    }
    return false;
}

/* Places the loads from 'i' on below the target, each on the member with the
 * least room first.  Returns true if they fit. */
static bool
place(struct optimizer *o, size_t i)
{
    double tried = -1;

    if (i == o->n_loads) {
        return true;
    } else if (!o->steps_left || is_infeasible(o, i)) {
        return false;
    }
    o->steps_left--;

    for (;;) {
        size_t next = o->n_members;

        for (size_t j = 0; j < o->n_members; j++) {
            if (o->room[j] >= o->loads[i] && o->room[j] > tried
                && !is_symmetric_to_earlier(o, j)
                && (next == o->n_members || o->room[j] < o->room[next])) {
                next = j;
            }
        }
        if (next == o->n_members) {
            return false;
        }

        double room = tried = o->room[next];
        double used = o->used[next];
        o->room[next] -= o->loads[i];
        o->used[next] += o->loads[i];
        if (place(o, i + 1)) {
            return true;
        }
        o->room[next] = room;
        o->used[next] = used;
    }
}

/* Searches for an assignment below 'target'.  Returns true if it finds one. */
static bool
improve(struct optimizer *o, double target)
{
    for (size_t i = 0; i < o->n_members; i++) {
        o->room[i] = o->capacities[i] * target;
        o->used[i] = 0;
    }
    if (!place(o, 0)) {
        return false;
    }

    o->best = 0;
    for (size_t i = 0; i < o->n_members; i++) {
        o->best = MAX(o->best, o->used[i] / o->capacities[i]);
    }
    return true;
}

void
vm_optimum_find(const uint64_t *capacities, size_t n_capacities,
                const uint64_t *loads, size_t n_loads, double known,
                unsigned int max_steps, struct vm_optimum *optimum)
{
    struct optimizer o = {
        .n_members = n_capacities,
        .capacities = sorted(capacities, n_capacities),
        .used = xcalloc(n_capacities, sizeof *o.used),
        .room = xcalloc(n_capacities, sizeof *o.room),
        .n_loads = n_loads,
        .loads = sorted(loads, n_loads),
        .rest = xcalloc(n_loads + 1, sizeof *o.rest),
        .best = known,
        .steps_left = max_steps,
    };

    for (size_t i = n_loads; i-- > 0;) {
        o.rest[i] = o.rest[i + 1] + o.loads[i];
    }
    optimum->lower_bound = find_bound(&o);

    /* Halve the distance while that is possible, then go in smallest steps. */
    double low = optimum->lower_bound;
    while (o.best * BETTER > low && o.steps_left) {
        double mid = (low + o.best * BETTER) / 2;
        if (o.best * BETTER * BETTER < low) {
            mid = o.best * BETTER;
        }
        if (!improve(&o, mid) && o.steps_left) {
            low = mid;
        }
    }
    optimum->optimum = o.best;
    optimum->proved = o.best * BETTER <= low;
    optimum->lower_bound = MAX(optimum->lower_bound, MIN(low, o.best));

    free(o.capacities);
    free(o.used);
    free(o.room);
    free(o.loads);
    free(o.rest);
}
