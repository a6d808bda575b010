/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-significance.h"

#include <stdlib.h>

#include "solve/vm-bins.h"
#include "util.h"

/* A difference of more than this many standard deviations is not noise. */
#define SIGNIFICANT 4

/* Nor is one that exceeds the sum of all variations by this part of it. */
#define BEYOND_SUM 4

/* Variations of a utilization by more than this, 1,000 %, count as this. */
#define MAX_PART UINT64_C(10000000)

/* The standard deviation of the uniform distribution over +-1, in ppm: the
 * square root of 1/3. */
#define UNIFORM_DEVIATION 577350

/* A member and its utilization. */
struct peak {
    uint64_t ppm;
    int member;
};

struct change {
    const struct vm_bins *bins; /* Afterwards. */
    const int *where;           /* Before: member per slot. */
    bool *receives;             /* Per member. */
    uint64_t *loads;            /* Before: per member. */
};

static uint64_t
demand_of(const struct change *change, size_t slot)
{
    return vm_rate_cap(change->bins->snapshot->slots[slot].demand);
}

static void
change_init(struct change *change, const struct vm_bins *bins,
            const int *where)
{
    const struct vm_snapshot *snapshot = bins->snapshot;

    change->bins = bins;
    change->where = where;
    change->receives = xcalloc(snapshot->n_members, sizeof *change->receives);
    change->loads = xcalloc(snapshot->n_members, sizeof *change->loads);
    for (size_t i = 0; i < snapshot->n_members; i++) {
        change->loads[i] = bins->bin[i].load;
    }
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        if (where[i] != bins->where[i]) {
            change->receives[bins->where[i]] = true;
            change->loads[bins->where[i]] -= demand_of(change, i);
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
ppm_before(const struct change *change, size_t member)
{
    return vm_utilization_ppm(change->loads[member],
                              change->bins->bin[member].capacity);
}

static int
compare_peaks(const void *a_, const void *b_)
{
    const struct peak *a = a_;
    const struct peak *b = b_;

    return (a->ppm != b->ppm ? (a->ppm > b->ppm ? -1 : 1)
            : a->member != b->member ? (a->member < b->member ? -1 : 1)
            : 0);
}

/* Finds the highest utilization that falls by at least 'gain_ppm' of it, while
 * no higher one rises by as much.  Returns the member that had it, or
 * VM_MEMBER_NONE. */
static int
find_lowered(const struct change *change, uint32_t gain_ppm)
{
    size_t n_members = change->bins->snapshot->n_members;
    struct peak *before = xcalloc(n_members, sizeof *before);
    struct peak *after = xcalloc(n_members, sizeof *after);
    int lowered = VM_MEMBER_NONE;
    size_t n = 0;

    for (size_t i = 0; i < n_members; i++) {
        if (change->bins->bin[i].open) {
            before[n] = (struct peak) { ppm_before(change, i), i };
            after[n] = (struct peak) { vm_bins_ppm(change->bins, i), i };
            n++;
        }
    }
    qsort(before, n, sizeof *before, compare_peaks);
    qsort(after, n, sizeof *after, compare_peaks);

    for (size_t i = 0; i < n; i++) {
        uint64_t gain = 1 + vm_ppm_of(before[i].ppm, gain_ppm);

        if (before[i].ppm >= after[i].ppm + gain) {
            lowered = before[i].member;
            break;
        } else if (after[i].ppm >= before[i].ppm + gain) {
            break;
        }
    }
    free(before);
    free(after);
    return lowered;
}

/* Returns the largest number whose square is at most 'x'. */
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

/* Returns by how much the load of a slot may vary, bit/s. */
static uint64_t
find_amplitude(const struct change *change, size_t slot, uint32_t noise_ppm)
{
    uint64_t variation = change->bins->snapshot->slots[slot].variation;
    uint64_t expected = vm_ppm_of(demand_of(change, slot), noise_ppm);

    return variation ? MIN(variation, expected) : expected;
}

/* The variations of independent loads, ppm of a member's capacity. */
struct noise {
    uint64_t sum;
    uint64_t sum_of_squares;
};

static void
noise_add(struct noise *noise, uint64_t part)
{
    part = MIN(part, MAX_PART);
    noise->sum += part;
    noise->sum_of_squares += MIN(part * part,
                                 UINT64_MAX - noise->sum_of_squares);
}

/* Adds by how much the background of 'member' may vary, unless no load is
 * expected to vary. */
static void
noise_add_background(struct noise *noise, const struct change *change,
                     int member, uint32_t noise_ppm)
{
    const struct vm_snap_member *snap
        = &change->bins->snapshot->members[member];

    if (snap->full && noise_ppm) {
        noise_add(noise,
                  vm_utilization_ppm(snap->background,
                                     change->bins->bin[member].capacity));
    }
}

/* Returns by how much noise can vary the difference between the utilization of
 * member 'a' before the change and that of 'b' after it, ppm: SIGNIFICANT
 * standard deviations, but not much more than if all loads vary to the worse
 * side. */
static uint64_t
find_noise(const struct change *change, int a, int b, uint32_t noise_ppm)
{
    const struct vm_bins *bins = change->bins;
    struct noise noise = { 0, 0 };

    for (size_t i = 0; i < bins->snapshot->n_slots; i++) {
        bool in_a = change->where[i] == a;
        bool in_b = bins->where[i] == b;
        uint64_t part_a = 0, part_b = 0;

        if (!in_a && !in_b) {
            continue;
        }

        uint64_t amplitude = find_amplitude(change, i, noise_ppm);
        if (in_a) {
            part_a = vm_utilization_ppm(amplitude, bins->bin[a].capacity);
        }
        if (in_b) {
            part_b = vm_utilization_ppm(amplitude, bins->bin[b].capacity);
        }

        noise_add(&noise,
                  part_a > part_b ? part_a - part_b : part_b - part_a);
    }
    if (a != b) {
        noise_add_background(&noise, change, a, noise_ppm);
        noise_add_background(&noise, change, b, noise_ppm);
    }

    uint64_t deviation = vm_ppm_of(square_root(noise.sum_of_squares),
                                   UNIFORM_DEVIATION);
    return MIN(noise.sum + noise.sum / BEYOND_SUM, SIGNIFICANT * deviation);
}

/* Returns true if the utilization of 'lowered' before exceeds that of every
 * member that gets a slot by more than noise. */
static bool
is_significant(const struct change *change, int lowered, uint32_t noise_ppm)
{
    uint64_t before = ppm_before(change, lowered);

    for (size_t i = 0; i < change->bins->snapshot->n_members; i++) {
        if (change->receives[i]
            && before <= (vm_bins_ppm(change->bins, i)
                          + find_noise(change, lowered, i, noise_ppm))) {
            return false;
        }
    }
    return true;
}

bool
vm_is_significant(const struct vm_bins *bins, const int *where_before,
                  uint32_t gain_ppm, uint32_t noise_ppm)
{
    struct change change;

    change_init(&change, bins, where_before);
    int lowered = find_lowered(&change, gain_ppm);
    bool worth_it = (lowered >= 0
                     && is_significant(&change, lowered, noise_ppm));
    change_destroy(&change);
    return worth_it;
}
