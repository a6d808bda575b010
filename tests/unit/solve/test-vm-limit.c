/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Tests how a limit is divided among senders: by a table, and, for random
 * senders, by what holds for any of them. */

#include "solve/vm-limit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/vm-value.h"
#include "util.h"
#include "vm-random.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_limit_commands[];

#define NONE VM_RATE_NONE
#define MAX_CLAIMS 6

/* Three senders with a limit of 1,000.  Fields are guarantee, demand and
 * most. */
static const struct {
    uint64_t claims[3][3];
    uint64_t parts[3];
} rows[] = {
    /* What is wanted fits: the rest is divided equally. */
    { { { 0, 100, NONE }, { 0, 200, NONE }, { 0, 100, NONE } },
      { 300, 400, 300 } },
    /* All of it for the one that wants it, but what others send. */
    { { { 0, NONE, NONE }, { 0, 100, NONE }, { 0, 0, NONE } },
      { 900, 100, 0 } },
    { { { 0, NONE, NONE }, { 0, NONE, NONE }, { 0, 100, NONE } },
      { 450, 450, 100 } },
    /* What a member does not grant goes to the others. */
    { { { 0, NONE, 370 }, { 0, 0, NONE }, { 0, 0, NONE } },
      { 370, 315, 315 } },
    { { { 0, NONE, 370 }, { 0, NONE, NONE }, { 0, 100, NONE } },
      { 370, 530, 100 } },
    /* All members grant less than the limit. */
    { { { 0, NONE, 100 }, { 0, NONE, 200 }, { 0, NONE, 300 } },
      { 100, 200, 300 } },
    /* A guarantee is kept, used or not, granted or not. */
    { { { 600, 0, NONE }, { 0, NONE, NONE }, { 0, NONE, NONE } },
      { 600, 200, 200 } },
    { { { 600, 0, 10 }, { 0, NONE, NONE }, { 0, 0, NONE } },
      { 600, 400, 0 } },
};

static int
run_limit_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const char *const ids[] = { "a", "b", "c" };
    int retval = 0;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct vm_limit_claim claims[3];
        uint64_t parts[3];

        for (size_t j = 0; j < 3; j++) {
            claims[j] = (struct vm_limit_claim) {
                ids[j], rows[i].claims[j][0], rows[i].claims[j][1],
                rows[i].claims[j][2]
            };
        }
        vm_limit_divide(claims, 3, 1000, parts);
        for (size_t j = 0; j < 3; j++) {
            if (parts[j] != rows[i].parts[j]) {
                fprintf(stderr, "row %"PRIuSIZE", %s: expected %"PRIu64", "
                        "got %"PRIu64"\n", i, ids[j], rows[i].parts[j],
                        parts[j]);
                retval = 1;
            }
        }
    }
    return retval;
}

static uint64_t
random_rate(struct vm_random *random)
{
    return (vm_random_chance(random, 30) ? NONE
            : vm_random_chance(random, 30) ? 0
            : vm_random_below(random, 2000));
}

/* Returns what is wrong with the parts, or null. */
static const char *
find_fault(const struct vm_limit_claim *claims, const uint64_t *parts,
           size_t n, uint64_t limit)
{
    uint64_t sum = 0;
    bool all_have_most = true;

    for (size_t i = 0; i < n; i++) {
        uint64_t most = MAX(claims[i].most, claims[i].guarantee);

        if (parts[i] < claims[i].guarantee) {
            return "a part is below its guarantee";
        } else if (parts[i] > most) {
            return "a part exceeds what the member grants";
        }
        sum += parts[i];
        all_have_most = all_have_most && parts[i] == most;
    }
    return (sum > limit ? "the parts exceed the limit"
            : sum < limit && !all_have_most ? "some of the limit is left"
            : NULL);
}

static int
run_limit_random(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    unsigned int n_instances = strtoul(argv[2], NULL, 10);

    for (unsigned int i = 0; i < n_instances; i++) {
        static const char *const ids[MAX_CLAIMS] = {
            "a", "b", "c", "d", "e", "f"
        };
        struct vm_limit_claim claims[MAX_CLAIMS];
        uint64_t parts[MAX_CLAIMS];
        struct vm_random random;

        vm_random_init(&random, seed + i);

        size_t n = 1 + vm_random_below(&random, MAX_CLAIMS);
        uint64_t limit = 1 + vm_random_below(&random, 3000);
        for (size_t j = 0; j < n; j++) {
            claims[j] = (struct vm_limit_claim) {
                ids[j], vm_random_below(&random, limit / n + 1),
                random_rate(&random), random_rate(&random)
            };
        }
        vm_limit_divide(claims, n, limit, parts);

        const char *fault = find_fault(claims, parts, n, limit);
        if (fault) {
            fprintf(stderr, "seed %"PRIu64", instance %u: %s\n", seed, i,
                    fault);
            return 1;
        }
    }
    return 0;
}

const struct vm_test_command test_vm_limit_commands[] = {
    { "limit-table", "", 0, 0, run_limit_table },
    { "limit-random", "SEED N", 2, 2, run_limit_random },
    { NULL, NULL, 0, 0, NULL },
};
