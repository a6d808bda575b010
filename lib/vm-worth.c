/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-worth.h"

#include <stdlib.h>

#include "util.h"
#include "vm-scale.h"

/* What exceeds so many times the standard deviation is no noise. */
#define SIGNIFICANT 4

/* Nor is what exceeds the sum of all variations by this part of it. */
#define BEYOND_SUM 4

/* Utilizations above this, 1,000 %, vary like this. */
#define MAX_PART UINT64_C(10000000)

/* The standard deviation of what is evenly spread over +-1, in ppm: the root
 * of 1/3. */
#define UNIFORM_DEVIATION 577350

/* An uplink and its utilization. */
struct peak {
    uint64_t ppm;
    int uplink;
};

struct change {
    const struct vm_scale *scale; /* Afterwards. */
    const int *where;           /* Before: uplink per slot. */
    bool *receives;             /* Per uplink. */
    uint64_t *loads;            /* Before: per uplink. */
};

static uint64_t
demand_of(const struct change *change, size_t slot)
{
    return vm_snapshot_rate(change->scale->snapshot->slots[slot].demand);
}

static void
change_init(struct change *change, const struct vm_scale *scale,
            const int *where)
{
    const struct vm_snapshot *snapshot = scale->snapshot;

    change->scale = scale;
    change->where = where;
    change->receives = xcalloc(snapshot->n_uplinks, sizeof *change->receives);
    change->loads = xcalloc(snapshot->n_uplinks, sizeof *change->loads);
    for (size_t i = 0; i < snapshot->n_uplinks; i++) {
        change->loads[i] = scale->pans[i].load;
    }
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        if (where[i] != scale->where[i]) {
            change->receives[scale->where[i]] = true;
            change->loads[scale->where[i]] -= demand_of(change, i);
            change->loads[where[i]] += demand_of(change, i);
        }
    }
}

static void
change_destroy(struct change *change)
{
    free(change->receives);
    free(change->loads);
}

static uint64_t
ppm_before(const struct change *change, size_t uplink)
{
    return vm_utilization_ppm(change->loads[uplink],
                              change->scale->pans[uplink].capacity);
}

static int
compare_peaks(const void *a_, const void *b_)
{
    const struct peak *a = a_;
    const struct peak *b = b_;

    return (a->ppm != b->ppm ? (a->ppm > b->ppm ? -1 : 1)
            : a->uplink != b->uplink ? (a->uplink < b->uplink ? -1 : 1)
            : 0);
}

/* Finds the highest utilization that is lowered by 'gain_ppm' of it, while no
 * higher one rises so much.  Returns the uplink that had it, or
 * VM_UPLINK_NONE. */
static int
find_lowered(const struct change *change, uint32_t gain_ppm)
{
    size_t n_uplinks = change->scale->snapshot->n_uplinks;
    struct peak *before = xcalloc(n_uplinks, sizeof *before);
    struct peak *after = xcalloc(n_uplinks, sizeof *after);
    int lowered = VM_UPLINK_NONE;
    size_t n = 0;

    for (size_t i = 0; i < n_uplinks; i++) {
        if (change->scale->pans[i].open) {
            before[n] = (struct peak) { ppm_before(change, i), i };
            after[n] = (struct peak) { vm_scale_ppm(change->scale, i), i };
            n++;
        }
    }
    qsort(before, n, sizeof *before, compare_peaks);
    qsort(after, n, sizeof *after, compare_peaks);

    for (size_t i = 0; i < n; i++) {
        uint64_t gain = 1 + vm_ppm_of(before[i].ppm, gain_ppm);

        if (before[i].ppm >= after[i].ppm + gain) {
            lowered = before[i].uplink;
            break;
        } else if (after[i].ppm >= before[i].ppm + gain) {
            break;
        }
    }
    free(before);
    free(after);
    return lowered;
}

/* The largest number whose square is at most 'x'. */
static uint64_t
square_root(uint64_t x)
{
    uint64_t root = 0;

    for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1) {
        if ((root | bit) * (root | bit) <= x) {
            root |= bit;
        }
    }
    return root;
}

/* How much the load of a slot may vary, bit/s. */
static uint64_t
find_amplitude(const struct change *change, size_t slot, uint32_t noise_ppm)
{
    uint64_t variation = change->scale->snapshot->slots[slot].variation;
    uint64_t expected = vm_ppm_of(demand_of(change, slot), noise_ppm);

    return variation ? MIN(variation, expected) : expected;
}

/* How much the difference between the utilization of uplink 'a' before and
 * that of 'b' after can vary by noise, ppm: so many standard deviations, but
 * not much more than if all loads vary to the worse side. */
static uint64_t
find_noise(const struct change *change, int a, int b, uint32_t noise_ppm)
{
    const struct vm_scale *scale = change->scale;
    uint64_t sum = 0, sum_of_squares = 0;

    for (size_t i = 0; i < scale->snapshot->n_slots; i++) {
        bool in_a = change->where[i] == a;
        bool in_b = scale->where[i] == b;
        uint64_t part_a = 0, part_b = 0;

        if (!in_a && !in_b) {
            continue;
        }

        uint64_t amplitude = find_amplitude(change, i, noise_ppm);
        if (in_a) {
            part_a = vm_utilization_ppm(amplitude, scale->pans[a].capacity);
        }
        if (in_b) {
            part_b = vm_utilization_ppm(amplitude, scale->pans[b].capacity);
        }

        uint64_t part = part_a > part_b ? part_a - part_b : part_b - part_a;
        part = MIN(part, MAX_PART);
        sum += part;
        sum_of_squares += MIN(part * part, UINT64_MAX - sum_of_squares);
    }

    uint64_t deviation = vm_ppm_of(square_root(sum_of_squares),
                                   UNIFORM_DEVIATION);
    return MIN(sum + sum / BEYOND_SUM, SIGNIFICANT * deviation);
}

static bool
is_significant(const struct change *change, int lowered, uint32_t noise_ppm)
{
    uint64_t before = ppm_before(change, lowered);

    for (size_t i = 0; i < change->scale->snapshot->n_uplinks; i++) {
        if (change->receives[i]
            && before <= (vm_scale_ppm(change->scale, i)
                          + find_noise(change, lowered, i, noise_ppm))) {
            return false;
        }
    }
    return true;
}

bool
vm_worth_it(const struct vm_scale *scale, const int *where_before,
            uint32_t gain_ppm, uint32_t noise_ppm)
{
    struct change change;

    change_init(&change, scale, where_before);
    int lowered = find_lowered(&change, gain_ppm);
    bool worth_it = (lowered >= 0
                     && is_significant(&change, lowered, noise_ppm));
    change_destroy(&change);
    return worth_it;
}
