/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Tests the estimates of vm-demand for single samples and pairs of senders, by
 * tables.  test-vm-demand.c tests senders in the long run. */

#include "solve/vm-demand.h"

#include <inttypes.h>
#include <stdio.h>

#include "solve/vm-rates.h"
#include "util.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_demand_table_commands[];

#define NONE VM_RATE_NONE

/* One sample every 500 ms.  Rates in kbit/s. */

struct sample {
    unsigned int passed, dropped;
    uint64_t rate;              /* In force, NONE if none. */
    bool backlogged;
    unsigned int estimate;
};

#define M 1000                  /* Mbit/s. */

static const struct sample samples[] = {
    { 0, 0, NONE, false, 0 },
    { 16 * M, 0, NONE, false, 8 * M },      /* Unmetered: the mean. */
    { 16 * M, 0, NONE, false, 16 * M },
    { 0, 0, NONE, false, 12 * M },          /* Uneven reading of counters. */
    { 32 * M, 0, NONE, false, 16 * M },
    { 16 * M, 0, NONE, false, 16 * M },
    { 10 * M, 0, NONE, false, 14500 },      /* Falls. */
    { 8 * M, 0, NONE, false, 9 * M },
    { 10 * M, 0, 12 * M, false, 10 * M },   /* Metered from here on. */
    { 11300, 0, 12 * M, false, 11300 },     /* 94 %. */
    { 11400, 0, 12 * M, true, 11400 },      /* 95 %. */
    { 17 * M, 0, 20 * M, true, 17 * M },    /* 85 %: stays backlogged. */
    { 16900, 0, 20 * M, false, 16950 },     /* Just below. */
    { 16 * M, 1, 20 * M, true, 16450 },     /* One drop. */
    { 9 * M, 0, 20 * M, false, 12500 },     /* Falls: the mean. */
    { 4 * M, 0, 20 * M, false, 4 * M },     /* Falls far: at once. */
    { 0, 0, 10, false, 0 },                 /* Silent. */
    { 100, 10, 100, false, 110 },           /* Too little to be backlogged. */
    { 20, 3 * M, 20, true, 3020 },          /* A flood out of silence. */
    { 20, 3 * M, 20, true, 3020 },          /* Does not back off. */
    { 0, 0, 0, false, 0 },                  /* Nothing at rate 0. */
};

static int
run_demand_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_demand demand;
    int retval = 0;

    vm_demand_init(&demand, 0);
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        const struct sample *s = &samples[i];
        uint64_t rate = s->rate == NONE ? NONE : s->rate * 1000;
        uint64_t passed = s->passed * UINT64_C(1000) / 8 / 2;
        uint64_t dropped = s->dropped * UINT64_C(1000) / 8 / 2;

        /* In two parts, the first of which comes too early for a sample. */
        vm_demand_update(&demand, passed / 3, 0, rate,
                         i * 500 + VM_DEMAND_MIN_INTERVAL - 1);
        vm_demand_update(&demand, passed - passed / 3, dropped, rate,
                         (i + 1) * 500);

        uint64_t expected = s->estimate * UINT64_C(1000);
        uint64_t now = vm_demand_now(&demand);
        uint64_t most = vm_demand_get(&demand, 1000);
        if (demand.backlogged != s->backlogged || demand.rate > expected + 999
            || demand.rate + 999 < expected
            || (demand.backlogged && demand.floods < 2
                ? (now != (dropped ? NONE : demand.rate) || most != NONE)
                : (now != demand.rate || most < now + now / 12 + 1000
                   || most > now + now / 4 + 1000))) {
            fprintf(stderr, "sample %"PRIuSIZE": expected backlogged %d, "
                    "%"PRIu64"; got backlogged %d, %"PRIu64", now %"PRIu64
                    ", most %"PRIu64"\n", i, s->backlogged, expected,
                    demand.backlogged, demand.rate, now, most);
            retval = 1;
        }
    }
    ovs_assert(vm_demand_room(UINT64_C(10000000000), 100) == VM_DEMAND_SMALL);
    ovs_assert(vm_demand_room(100000000, 1000) == 2000);
    return retval;
}

/* Two senders of equal shares on a member with 120 Mbit/s to grant, in
 * kbit/s. */
static const struct {
    uint64_t sent[2];
    bool passed;                /* All of it passed. */
    bool lost;                  /* The first had a few drops. */
    enum vm_contention contention;
    uint64_t granted[2];
    bool limited[2];
} pairs[] = {
    { { 60 * M, 30 * M }, true, false, VM_CONTENTION_NONE,
      { NONE, NONE }, { false, false } },
    { { 80 * M, 20 * M }, true, false, VM_CONTENTION_NEAR,
      { 100 * M, 40 * M }, { false, false } },
    { { 90 * M, 40 * M }, false, false, VM_CONTENTION_FULL,
      { 80 * M, 43461 }, { true, false } },
    { { 60 * M, 24 * M }, false, true, VM_CONTENTION_FULL,
      { 96 * M, 26128 }, { true, false } },
    { { 90 * M, 40 * M }, true, false, VM_CONTENTION_BEYOND,
      { 60000, 60000 }, { true, true } },
    { { 102 * M, 20 * M }, true, false, VM_CONTENTION_BEYOND,
      { 80000, 40000 }, { true, false } },
};

static uint64_t
to_kbit(uint64_t rate)
{
    return rate == NONE ? NONE : (rate + 500) / 1000;
}

static int
run_demand_pairs(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int retval = 0;

    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
        struct vm_rate_claim claims[] = { { "a", 3, 50, 0, NONE, 0 },
                                          { "b", 3, 50, 0, NONE, 0 } };
        struct vm_demand a = { .rate = pairs[i].sent[0] * 1000,
                               .backlogged = pairs[i].lost,
                               .dropping = pairs[i].lost };
        struct vm_demand b = { .rate = pairs[i].sent[1] * 1000 };

        a.sent = pairs[i].passed ? a.rate : 0;
        b.sent = pairs[i].passed ? b.rate : 0;

        const struct vm_demand *demands[] = { &a, &b };
        struct vm_rate_grant g[2];
        enum vm_contention contention
            = vm_demand_allocate(claims, demands, 2, 120 * M * 1000,
                                 VM_CONTENTION_NONE, g);

        if (contention != pairs[i].contention
            || g[0].limited != pairs[i].limited[0]
            || g[1].limited != pairs[i].limited[1]
            || to_kbit(g[0].rate) != pairs[i].granted[0]
            || to_kbit(g[1].rate) != pairs[i].granted[1]) {
            fprintf(stderr, "pair %"PRIuSIZE": contention %d, rates %"PRIu64
                    " and %"PRIu64"\n", i, contention, g[0].rate, g[1].rate);
            retval = 1;
        }
    }
    return retval;
}

/* A rest has the effect of samples of nothing, also after the rate was in
 * force for a time too short for a sample. */
static int
run_demand_rest(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const uint64_t rates[] = { NONE, 500 * M * 1000 };
    int retval = 0;

    for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
        struct vm_demand rested, sampled;

        vm_demand_init(&rested, 0);
        vm_demand_update(&rested, 0, 0, rates[i], 500);
        vm_demand_update(&rested, 0, 0, rates[i], 501);
        sampled = rested;
        if (!vm_demand_is_at_rest(&rested)) {
            fprintf(stderr, "rest %"PRIuSIZE": not at rest\n", i);
            retval = 1;
        }
        vm_demand_rest(&rested, 1500);
        vm_demand_update(&sampled, 0, 0, rates[i], 1000);
        vm_demand_update(&sampled, 0, 0, rates[i], 1500);
        vm_demand_update(&rested, 300000, 0, 128000, 2000);
        vm_demand_update(&sampled, 300000, 0, 128000, 2000);
        if (rested.rate != sampled.rate || rested.steady != sampled.steady
            || rested.backlogged != sampled.backlogged) {
            fprintf(stderr, "rest %"PRIuSIZE": rate %"PRIu64", not %"PRIu64
                    "\n", i, rested.rate, sampled.rate);
            retval = 1;
        }
    }
    return retval;
}

const struct vm_test_command test_vm_demand_table_commands[] = {
    { "demand-table", "", 0, 0, run_demand_table },
    { "demand-pairs", "", 0, 0, run_demand_pairs },
    { "demand-rest", "", 0, 0, run_demand_rest },
    { NULL, NULL, 0, 0, NULL },
};
