/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-rivals.h"

#include <stdbool.h>
#include <stdlib.h>

#include "util.h"

#define N_BUCKETS 256
#define INTERVAL_S 10

/* A load and its index, for sorting. */
struct entry {
    uint64_t load;
    size_t index;
};

static int
compare_entries(const void *a_, const void *b_)
{
    const struct entry *a = a_;
    const struct entry *b = b_;

    return (a->load != b->load ? (a->load > b->load ? -1 : 1)
            : a->index < b->index ? -1 : a->index > b->index);
}

void
vm_rival_lpt(const uint64_t *capacities, size_t n_capacities,
             const uint64_t *loads, size_t n_loads, int *where)
{
    struct entry *entries = xcalloc(n_loads, sizeof *entries);
    uint64_t *used = xcalloc(n_capacities, sizeof *used);

    for (size_t i = 0; i < n_loads; i++) {
        entries[i] = (struct entry) { loads[i], i };
    }
    qsort(entries, n_loads, sizeof *entries, compare_entries);
    for (size_t i = 0; i < n_loads; i++) {
        size_t best = 0;

        for (size_t j = 1; j < n_capacities; j++) {
            double u = (double) (used[j] + entries[i].load) / capacities[j];

            if (u < (double) (used[best] + entries[i].load)
                    / capacities[best]) {
                best = j;
            }
        }
        used[best] += entries[i].load;
        where[entries[i].index] = best;
    }
    free(entries);
    free(used);
}

/* The buckets of one bond. */
struct hash {
    struct entry buckets[N_BUCKETS]; /* By descending bytes. */
    int where[N_BUCKETS];       /* Member, by 'index' of a bucket. */
    bool moved[N_BUCKETS];      /* In this interval, by 'index'. */
    uint64_t *bytes;            /* Per member. */
    bool *ignored;              /* Per member. */
    size_t n_members;
};

/* Moves buckets from 'from' to 'to' so that 'from' gives half of the
 * difference, if that brings the lesser of the two nearer to the middle by at
 * least a tenth of that half.  Returns true if it does. */
static bool
shift(struct hash *hash, int from, int to)
{
    uint64_t ideal = (hash->bytes[from] + hash->bytes[to]) / 2
                     - hash->bytes[to];
    size_t chosen[N_BUCKETS];
    size_t n = 0, n_own = 0, least = 0;
    uint64_t delta = 0;

    for (size_t i = 0; i < N_BUCKETS && hash->buckets[i].load; i++) {
        const struct entry *e = &hash->buckets[i];

        if (hash->where[e->index] != from || hash->moved[e->index]) {
            continue;
        }
        n_own++;
        least = i;
        if (ideal - delta >= ideal / 10 && delta + e->load <= ideal) {
            chosen[n++] = i;
            delta += e->load;
        }
    }
    if (n_own < 2) {
        return false;
    }
    if (!n) {
        chosen[n++] = least;
        delta = hash->buckets[least].load;
    }

    uint64_t low = MIN(hash->bytes[from] - delta, hash->bytes[to] + delta);
    if (low <= hash->bytes[to] || low - hash->bytes[to] < ideal / 10) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        hash->where[hash->buckets[chosen[i]].index] = to;
        hash->moved[hash->buckets[chosen[i]].index] = true;
    }
    hash->bytes[from] -= delta;
    hash->bytes[to] += delta;
    return true;
}

/* One interval.  Returns true if anything moved. */
static bool
rebalance(struct hash *hash)
{
    bool moved = false;

    for (size_t i = 0; i < hash->n_members; i++) {
        hash->ignored[i] = false;
    }
    for (size_t i = 0; i < N_BUCKETS; i++) {
        hash->moved[i] = false;
    }
    for (;;) {
        int from = -1, to = -1;

        for (size_t i = 0; i < hash->n_members; i++) {
            if (!hash->ignored[i]) {
                from = from < 0 || hash->bytes[i] > hash->bytes[from]
                       ? i : from;
                to = to < 0 || hash->bytes[i] <= hash->bytes[to] ? i : to;
            }
        }

        uint64_t overload = from == to ? 0
                            : hash->bytes[from] - hash->bytes[to];
        if (overload < hash->bytes[to] / 32 || overload < 100000) {
            return moved;
        } else if (shift(hash, from, to)) {
            moved = true;
        } else {
            hash->ignored[from] = true;
        }
    }
}

void
vm_rival_hash(struct vm_random *random, size_t n_capacities,
              const uint64_t *loads, size_t n_loads, int *where)
{
    size_t *bucket_of = xcalloc(n_loads, sizeof *bucket_of);
    struct hash hash = {
        .bytes = xcalloc(n_capacities, sizeof *hash.bytes),
        .ignored = xcalloc(n_capacities, sizeof *hash.ignored),
        .n_members = n_capacities,
    };

    for (size_t i = 0; i < N_BUCKETS; i++) {
        hash.buckets[i].index = i;
        hash.where[i] = i % n_capacities;
    }
    for (size_t i = 0; i < n_loads; i++) {
        bucket_of[i] = vm_random_below(random, N_BUCKETS);
        hash.buckets[bucket_of[i]].load += loads[i] / 8 * INTERVAL_S;
    }
    for (size_t i = 0; i < N_BUCKETS; i++) {
        hash.bytes[hash.where[i]] += hash.buckets[i].load;
    }
    qsort(hash.buckets, N_BUCKETS, sizeof hash.buckets[0], compare_entries);

    for (int i = 0; i < 100 && rebalance(&hash); i++) {
        continue;
    }
    for (size_t i = 0; i < n_loads; i++) {
        where[i] = hash.where[bucket_of[i]];
    }
    free(bucket_of);
    free(hash.bytes);
    free(hash.ignored);
}
