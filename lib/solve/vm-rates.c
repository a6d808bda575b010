/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-rates.h"

#include <stdlib.h>
#include <string.h>

#include "solve/vm-snapshot.h"
#include "util.h"

#define PPM 1000000

/* A claim while it is being served. */
struct sharer {
    const struct vm_rate_claim *claim;
    struct vm_rate_grant *grant;
    uint32_t shares;            /* Not 0. */
    uint64_t wants;             /* In total. */
    uint64_t floor;             /* Part of that before anything is shared. */
};

/* Returns 'whole' * 'part' / 'total', rounded down, without overflow, for
 * 'part' <= 'total'. */
static uint64_t
portion(uint64_t whole, uint32_t part, uint32_t total)
{
    return whole / total * part + whole % total * part / total;
}

uint64_t
vm_rates_usable(uint64_t capacity, unsigned int headroom_ppm)
{
    return portion(capacity, PPM - MIN(headroom_ppm, PPM), PPM);
}

/* Returns the residual demand, beyond the floor. */
static uint64_t
residual(const struct sharer *sharer)
{
    return sharer->wants - sharer->floor;
}

/* Compares by residual demand per share: the sharer that is satisfied first
 * comes first. */
static int
compare_residuals(const void *a_, const void *b_)
{
    const struct sharer *a = a_;
    const struct sharer *b = b_;
    uint64_t whole_a = residual(a) / a->shares;
    uint64_t whole_b = residual(b) / b->shares;

    if (whole_a != whole_b) {
        return whole_a < whole_b ? -1 : 1;
    }

    uint64_t part_a = residual(a) % a->shares * b->shares;
    uint64_t part_b = residual(b) % b->shares * a->shares;
    return (part_a != part_b
            ? (part_a < part_b ? -1 : 1)
            : strcmp(a->claim->id, b->claim->id));
}

static int
compare_ids(const void *a_, const void *b_)
{
    const struct sharer *a = a_;
    const struct sharer *b = b_;

    return strcmp(a->claim->id, b->claim->id);
}

/* The order of rule 2. */
static int
compare_ranks(const void *a_, const void *b_)
{
    const struct vm_rate_claim *a = ((const struct sharer *) a_)->claim;
    const struct vm_rate_claim *b = ((const struct sharer *) b_)->claim;
    const struct vm_rank rank_a = { a->priority, a->guarantee, a->demand,
                                    a->id };
    const struct vm_rank rank_b = { b->priority, b->guarantee, b->demand,
                                    b->id };

    return vm_rank_compare(&rank_a, &rank_b);
}

/* Serves the guarantees in the order of rule 2 when they exceed the
 * capacity. */
static void
serve_by_rank(struct sharer *sharers, size_t n, uint64_t usable)
{
    uint64_t left = usable;

    qsort(sharers, n, sizeof *sharers, compare_ranks);
    for (size_t i = 0; i < n; i++) {
        struct sharer *s = &sharers[i];

        s->grant->rate = MIN(s->floor, left);
        s->grant->guarantee_unmet = s->grant->rate < s->floor;
        left -= s->grant->rate;
    }
}

/* The last step of sharing, in which every sharer wants more than its part of
 * 'rest'.  What rounding leaves, less than 1 bit/s each, goes to the first
 * ones by id.  'total' is the sum of all shares. */
static void
divide(struct sharer *sharers, size_t n, uint64_t rest, uint32_t total)
{
    uint64_t left = rest;

    qsort(sharers, n, sizeof *sharers, compare_ids);
    for (size_t i = 0; i < n; i++) {
        struct sharer *s = &sharers[i];
        uint64_t part = portion(rest, s->shares, total);

        s->grant->rate = s->floor + part;
        left -= part;
    }
    for (size_t i = 0; i < left; i++) {
        sharers[i].grant->rate++;
    }
}

/* Shares 'rest', which is less than all residual demands together, by filling
 * up every sharer at a pace in proportion to its shares. */
static void
share(struct sharer *sharers, size_t n, uint64_t rest)
{
    uint32_t total = 0;
    size_t i;

    for (i = 0; i < n; i++) {
        total += sharers[i].shares;
    }

    qsort(sharers, n, sizeof *sharers, compare_residuals);
    for (i = 0; i < n; i++) {
        struct sharer *s = &sharers[i];

        if (residual(s) > portion(rest, s->shares, total)) {
            break;
        }
        s->grant->rate = s->wants;
        rest -= residual(s);
        total -= s->shares;
    }
    divide(sharers + i, n - i, rest, total);
}

/* Adds 'amount' to '*sum' and returns true, unless that would exceed
 * 'most'. */
static bool
add_within(uint64_t *sum, uint64_t amount, uint64_t most)
{
    if (amount > most - *sum) {
        return false;
    }
    *sum += amount;
    return true;
}

/* What the capacity suffices for. */
enum plenty {
    ENOUGH_FOR_ALL,
    ENOUGH_FOR_GUARANTEES,
    NOT_ENOUGH
};

/* Initializes 'sharers' from the claims and all grants to VM_RATE_NONE.
 * Returns what 'usable' suffices for, with the sum of floors in '*floors'
 * unless that exceeds 'usable'. */
static enum plenty
begin(const struct vm_rate_claim *claims, size_t n, uint64_t usable,
      struct vm_rate_grant *grants, struct sharer *sharers, uint64_t *floors)
{
    bool wants_fit = true, floors_fit = true;
    uint64_t all = 0;

    *floors = 0;
    for (size_t i = 0; i < n; i++) {
        struct sharer *s = &sharers[i];

        s->claim = &claims[i];
        s->grant = &grants[i];
        s->shares = MIN(MAX(claims[i].shares, 1), VM_RATES_MAX_SHARES);
        s->wants = MIN(claims[i].demand, claims[i].limit);
        s->floor = MIN(claims[i].guarantee, s->wants);
        wants_fit = wants_fit && add_within(&all, s->wants, usable);
        floors_fit = floors_fit && add_within(floors, s->floor, usable);

        *s->grant = (struct vm_rate_grant) { .rate = VM_RATE_NONE };
    }
    return (wants_fit ? ENOUGH_FOR_ALL
            : floors_fit ? ENOUGH_FOR_GUARANTEES : NOT_ENOUGH);
}

void
vm_rates_allocate(const struct vm_rate_claim *claims, size_t n,
                  uint64_t usable, struct vm_rate_grant *grants)
{
    struct sharer *sharers = xmalloc(n * sizeof *sharers);
    uint64_t floors;
    enum plenty plenty = begin(claims, n, usable, grants, sharers, &floors);

    if (plenty == ENOUGH_FOR_GUARANTEES) {
        share(sharers, n, usable - floors);
    } else if (plenty == NOT_ENOUGH) {
        serve_by_rank(sharers, n, usable);
    }
    if (plenty != ENOUGH_FOR_ALL) {
        for (size_t i = 0; i < n; i++) {
            sharers[i].grant->limited
                = sharers[i].grant->rate < sharers[i].wants;
        }
    }
    free(sharers);
}
