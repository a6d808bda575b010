/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-drops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-random.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_drops_commands[];

/* Rounds are separated by commas.  A round has the drops of the VM until then,
 * "LIMIT+SHARE" in bytes, and after a colon the bytes that each of two
 * interfaces offers in it; "xN" repeats a round.  The result has the drops of
 * each interface, in the same form. */
static const struct {
    const char *what;
    const char *rounds;
    const char *expected;
} cases[] = {
    { "nothing dropped", "0+0:100 100", "0+0 0+0" },
    { "in proportion", "40+0:300 100", "30+0 10+0" },
    { "by cause", "40+80:300 100", "30+60 10+20" },
    { "no more than was offered", "100+0:30 10", "30+0 10+0" },
    { "the rest in the next round", "100+0:30 10,100+0:0 100",
      "30+0 70+0" },
    { "only what is new", "40+0:300 100,50+0:0 10", "30+0 20+0" },
    { "one that offers nothing gets nothing", "50+0:0 100", "0+0 50+0" },
    { "nothing offered, not yet", "0+0:300 100,40+0:0 0x8", "0+0 0+0" },
    { "nothing offered for long", "0+0:300 100,40+0:0 0x9", "30+0 10+0" },
    { "never more than was offered at all", "0+0:30 10,100+0:0 0x20",
      "30+0 10+0" },
    { "a drop turns out to be of the share", "40+0:400 0,20+40:40 0",
      "40+20 0+0" },
    { "another VM of the same identity", "40+0:400 0,10+0:0 100",
      "40+0 10+0" },
    { "large numbers", "8000000000000+0:9000000000000 3000000000000",
      "6000000000000+0 2000000000000+0" },
};

static void
run_round(const char *round, struct vm_divided_drops *divided,
          struct vm_drops drops[2], uint64_t totals[2])
{
    struct vm_drop_sharer sharers[2];
    unsigned long long int limit, share, offers[2];
    int times = 1;

    if (sscanf(round, "%llu+%llu:%llu %llux%d", &limit, &share, &offers[0],
               &offers[1], &times) < 4) {
        ovs_fatal(0, "%s: not a round", round);
    }
    while (times-- > 0) {
        const struct vm_drops total = { .limit_bytes = limit,
                                        .share_bytes = share };

        for (size_t i = 0; i < 2; i++) {
            totals[i] += offers[i];
            sharers[i] = (struct vm_drop_sharer) {
                .drops = &drops[i],
                .offered = offers[i],
                .total = totals[i],
            };
        }
        vm_drops_divide(divided, &total, sharers, 2);
    }
}

static int
run_cases(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct vm_divided_drops divided = { .rounds = 0 };
        struct vm_drops drops[2];
        uint64_t totals[2] = { 0, 0 };
        char *copy = xstrdup(cases[i].rounds);
        char *rest = NULL;

        memset(drops, 0, sizeof drops);
        for (char *round = strtok_r(copy, ",", &rest); round;
             round = strtok_r(NULL, ",", &rest)) {
            run_round(round, &divided, drops, totals);
        }

        char *got = xasprintf("%"PRIu64"+%"PRIu64" %"PRIu64"+%"PRIu64,
                              drops[0].limit_bytes, drops[0].share_bytes,
                              drops[1].limit_bytes, drops[1].share_bytes);
        vm_expect_text(cases[i].what, cases[i].expected, got);
        free(got);
        free(copy);
    }
    return vm_expect_result();
}

/* The parts add up to what was divided, which never exceeds the drops. */
static int
run_sums(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    enum { N = 5 };
    struct vm_divided_drops divided = { .rounds = 0 };
    struct vm_drops drops[N], total = { .limit_bytes = 0 };
    uint64_t totals[N] = { 0 };
    struct vm_random random;

    memset(drops, 0, sizeof drops);
    vm_random_init(&random, 1);
    for (int round = 0; round < 2000; round++) {
        struct vm_drop_sharer sharers[N];
        struct vm_drops sum = { .limit_bytes = 0 };

        total.limit_bytes += vm_random_below(&random, 3000);
        total.limit_packets += vm_random_below(&random, 3);
        total.share_bytes += vm_random_below(&random, 2000);
        for (size_t i = 0; i < N; i++) {
            uint64_t offered = (vm_random_below(&random, 3)
                                ? vm_random_below(&random, 5000) : 0);

            totals[i] += offered;
            sharers[i] = (struct vm_drop_sharer) { &drops[i], offered,
                                                   totals[i] };
        }
        vm_drops_divide(&divided, &total, sharers, N);
        for (size_t i = 0; i < N; i++) {
            vm_drops_add(&sum, &drops[i]);
            vm_expect_that("sums", "no more than was offered",
                           drops[i].limit_bytes + drops[i].share_bytes
                           <= totals[i]);
        }
        vm_expect_that("sums", "the parts are the whole",
                       !memcmp(&sum, &divided.drops, sizeof sum));
        vm_expect_that("sums", "no more than was dropped",
                       sum.limit_bytes + sum.share_bytes
                       <= total.limit_bytes + total.share_bytes);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_drops_commands[] = {
    { "drops-divided", "", 0, 0, run_cases },
    { "drops-sums", "", 0, 0, run_sums },
    { NULL, NULL, 0, 0, NULL },
};
