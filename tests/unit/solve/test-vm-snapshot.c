/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-random.h"
#include "vm-sample.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_snapshot_commands[];

static const struct {
    uint64_t load, capacity, ppm;
} utilizations[] = {
    { 0, 1, 0 },
    { 1, 1, 1000000 },
    { 1, 3, 333333 },
    { 2, 3, 666666 },
    { 75, 100, 750000 },
    { UINT64_C(9999999999), UINT64_C(10000000000), 999999 },
    { UINT64_C(30000000000), UINT64_C(10000000000), 3000000 },
    { 0, 0, 0 },
    { 1, 0, UINT64_MAX },
    { UINT64_MAX, 1, UINT64_MAX },
    { UINT64_MAX, UINT64_MAX, 1000000 },
    { UINT64_MAX / 2, UINT64_MAX, 499999 },
    { UINT64_MAX / 1000000 + 1, 1, UINT64_MAX },
    { UINT64_MAX / 1000000, 1, UINT64_MAX / 1000000 * 1000000 },
};

static int
run_utilization(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(utilizations); i++) {
        uint64_t got = vm_utilization_ppm(utilizations[i].load,
                                          utilizations[i].capacity);

        if (got != utilizations[i].ppm) {
            fprintf(stderr, "%"PRIu64" of %"PRIu64": expected %"PRIu64
                    " ppm, got %"PRIu64"\n", utilizations[i].load,
                    utilizations[i].capacity, utilizations[i].ppm, got);
            n_wrong++;
        }
    }
    return n_wrong > 0;
}

/* The order of rule 2: lists of slots in any order, sorted. */
static const struct {
    const char *slots;
    const char *expected;
} orders[] = {
    { "a:priority=3 b:priority=5 c:priority=0", "b a c" },
    { "a:guarantee=1G b:guarantee=2G c:priority=5", "c b a" },
    { "a:demand=1G b:demand=2G c:guarantee=1", "c b a" },
    { "c: a: b:", "a b c" },
    { "b:demand=1G a:demand=1G c:demand=1G,guarantee=1G,priority=2",
      "a b c" },
    { "", "" },
};

static int
run_order(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
        struct ds got = DS_EMPTY_INITIALIZER;
        struct vm_sample sample;

        vm_sample_from_text(&sample, "eth0:10G", orders[i].slots);
        for (size_t j = 0; j < sample.snapshot.n_slots; j++) {
            ds_put_format(&got, "%s%s", j ? " " : "", sample.slots[j].id);
        }
        if (strcmp(ds_cstr(&got), orders[i].expected)) {
            fprintf(stderr, "slots %s: expected %s, got %s\n",
                    orders[i].slots, orders[i].expected, ds_cstr(&got));
            n_wrong++;
        }
        vm_sample_destroy(&sample);
        ds_destroy(&got);
    }
    return n_wrong > 0;
}

/* Sorting gives the same order for slots in any order. */
static bool
check_shuffled(struct vm_sample *sample, struct vm_random *random)
{
    size_t n = sample->snapshot.n_slots;
    struct vm_snap_slot *sorted = xmemdup(sample->slots, n * sizeof *sorted);

    for (size_t i = n; i > 1; i--) {
        size_t j = vm_random_below(random, i);
        struct vm_snap_slot slot = sample->slots[i - 1];

        sample->slots[i - 1] = sample->slots[j];
        sample->slots[j] = slot;
    }
    vm_snapshot_sort_slots(&sample->snapshot);

    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        ok = ok && sorted[i].id == sample->slots[i].id;
        for (size_t j = 0; j < n; j++) {
            int cmp = vm_snap_slot_compare(&sorted[i], &sorted[j]);

            ok = ok && (i < j ? cmp < 0 : i > j ? cmp > 0 : !cmp);
        }
    }
    free(sorted);
    return ok;
}

/* vm_ppm_of() and vm_utilization_ppm() are inverse to each other, apart from
 * rounding down. */
static bool
check_parts(struct vm_random *random)
{
    uint64_t capacity = 1 + vm_random_below(random, VM_RATE_CEILING);
    uint64_t ppm = vm_random_below(random, 3000000);
    uint64_t part = vm_ppm_of(capacity, ppm);
    long double exact = (long double) capacity * ppm / 1e6L;
    uint64_t back = vm_utilization_ppm(part, capacity);

    return (part <= exact && exact - part < 2
            && back <= ppm && ppm - back <= 2 + 2000000 / capacity);
}

static int
run_random(int argc OVS_UNUSED, char *argv[])
{
    static const struct vm_sample_options options = { 4, 12, .idle = true };
    uint64_t seed = strtoull(argv[1], NULL, 10);
    int n = atoi(argv[2]);

    for (int i = 0; i < n; i++) {
        struct vm_random random;
        struct vm_sample sample;

        vm_random_init(&random, seed + i);
        vm_sample_random(&sample, &random, &options);
        bool ok = check_shuffled(&sample, &random) && check_parts(&random);
        if (!ok) {
            fprintf(stderr, "seed %"PRIu64"\n", seed + i);
        }
        vm_sample_destroy(&sample);
        if (!ok) {
            return 1;
        }
    }
    return 0;
}

const struct vm_test_command test_vm_snapshot_commands[] = {
    { "snapshot-utilization", "", 0, 0, run_utilization },
    { "snapshot-order", "", 0, 0, run_order },
    { "snapshot-random", "SEED N", 2, 2, run_random },
    { NULL, NULL, 0, 0, NULL },
};
