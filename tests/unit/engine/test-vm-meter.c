/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/vm-action.h"
#include "engine/vm-meter-count.h"
#include "openvswitch/dynamic-string.h"
#include "svec.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_meter_commands[];

/* One round.  'wanted' are words "NAME:RATE", followed by "!" if exact.
 * 'expected' has the actions, and in parentheses the meters that are not in
 * force. */
struct round {
    long long int now;
    const char *wanted;
    const char *expected;
    const char *fails;          /* Names that fail after it, or null. */
};

static const struct round rounds[] = {
    { 0, "b:1000 a:2000", "meter a 2000; meter b 1000; ", NULL },
    { 1, "b:1000 a:2000", "", NULL },
    /* Rates that differ by less than 1/128, one of which is exact. */
    { 2, "b:1007 a:2001!", "meter a 2001; ", NULL },
    { 3, "b:993 a:2001", "", NULL },
    { 4, "b:1008 a:2001", "meter b 1008; ", NULL },
    { 5, "b:0 a:2001", "meter b 0; ", NULL },
    { 6, "b:1 a:2001", "meter b 1; ", NULL },
    { 7, "a:2001", "unmeter b; ", NULL },
    { 8, "a:2001", "", NULL },
    { 9, "", "unmeter a; ", NULL },
    /* Two of three fail, so they need not be freed. */
    { 100, "a:1 b:1 c:1", "meter a 1; meter b 1; meter c 1; ", "b c" },
    { 101, "a:1 b:2 c:3", "(b) (c) ", NULL },
    { 60099, "a:1 b:2 c:3", "(b) (c) ", NULL },
    /* After a minute one of them is probed and fails; then once more. */
    { 60100, "a:1 b:2 c:3", "meter b 2; (b) (c) ", "b" },
    { 60200, "a:1 b:2 c:3", "(b) (c) ", NULL },
    { 120100, "a:1 b:2 c:3", "meter b 2; (b) (c) ", NULL },
    { 120199, "a:1 b:2 c:3", "(b) (c) ", NULL },
    /* The probe succeeds, so the other meter is requested. */
    { 120200, "a:1 b:2 c:3", "meter c 3; ", "c" },
    /* One is freed, so the datapath has one to spare. */
    { 130000, "b:2 c:3", "unmeter a; (c) ", NULL },
    { 139999, "b:2 c:3", "(c) ", NULL },
    { 140000, "b:2 c:3", "meter c 3; (c) ", NULL },
    { 140100, "b:2 c:3", "", NULL },
    /* A meter that was made and then fails is freed. */
    { 140200, "b:9 c:3", "meter b 9; ", "b" },
    { 140201, "b:9 c:3", "unmeter b; (b) ", NULL },
    { 140202, "", "unmeter c; ", NULL },
    /* One that fails just before the probe of another one succeeds is made
     * anew at once, and not freed after that. */
    { 200000, "a:1 b:1", "meter a 1; meter b 1; ", "b" },
    { 200001, "a:1 b:1", "(b) ", NULL },
    { 260000, "a:1 b:1", "meter b 1; (b) ", NULL },
    { 260050, "a:9 b:1", "meter a 9; (b) ", "a" },
    { 260100, "a:9 b:1", "meter a 9; ", NULL },
    { 260101, "", "unmeter a; unmeter b; ", NULL },
};

static void
want(struct vm_meters *meters, const char *wanted)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;

    svec_parse_words(&words, wanted);
    for (size_t i = 0; i < words.n; i++) {
        char *colon = strchr(words.names[i], ':');

        *colon = '\0';
        vm_meters_want(meters, words.names[i], strtoull(colon + 1, NULL, 10),
                       10, strchr(colon + 1, '!') != NULL);
    }
    svec_destroy(&words);
}

static void
format(const struct vm_meters *meters, const struct vm_actions *actions,
       struct ds *s)
{
    const struct shash_node **nodes = shash_sort(&meters->meters);

    for (size_t i = 0; i < actions->n; i++) {
        const struct vm_action *action = &actions->list[i];

        if (action->type == VM_ACTION_METER) {
            ds_put_format(s, "meter %s %"PRIu64"; ", action->meter,
                          action->rate);
        } else {
            ds_put_format(s, "unmeter %s; ", action->meter);
        }
    }
    for (size_t i = 0; i < shash_count(&meters->meters); i++) {
        if (!vm_meter_in_force(nodes[i]->data)) {
            ds_put_format(s, "(%s) ", nodes[i]->name);
        }
    }
    free(nodes);
}

static void
let_fail(struct vm_meters *meters, const char *fails, long long int now)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;

    svec_parse_words(&words, fails);
    for (size_t i = 0; i < words.n; i++) {
        vm_expect_that(words.names[i], "the meter is known",
                       vm_meters_failed(meters, words.names[i], "full", now));
    }
    svec_destroy(&words);
}

static int
run_meter_rounds(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_actions actions = VM_ACTIONS_INITIALIZER;
    struct vm_meters meters;

    vm_meters_init(&meters);
    for (size_t i = 0; i < ARRAY_SIZE(rounds); i++) {
        const struct round *round = &rounds[i];
        char *input = xasprintf("at %lld: %s", round->now, round->wanted);
        struct ds s = DS_EMPTY_INITIALIZER;

        vm_actions_clear(&actions);
        vm_meters_begin(&meters, round->now);
        vm_meters_unwant_all(&meters);
        want(&meters, round->wanted);
        vm_meters_end(&meters, round->now);
        vm_meters_add_meters(&meters, &actions);
        vm_meters_add_unmeters(&meters, &actions);
        format(&meters, &actions, &s);
        vm_expect_text(input, round->expected, ds_cstr(&s));
        vm_expect_that(input, "the deadline is in the future",
                       vm_meters_deadline(&meters) > round->now);
        if (round->fails) {
            let_fail(&meters, round->fails, round->now);
        }
        ds_destroy(&s);
        free(input);
    }
    vm_expect_that("x", "an unknown meter can't fail",
                   !vm_meters_failed(&meters, "x", "full", 0));
    vm_meters_destroy(&meters);
    vm_actions_destroy(&actions);
    return vm_expect_result();
}

/* Counters. */

static const struct {
    struct vm_meter_counters counters;
    uint64_t bytes, dropped;    /* Expected since the reading before. */
} readings[] = {
    { { 0, 0, 0, 0 }, 0, 0 },
    { { 10, 1000, 4, 400 }, 1000, 400 },
    { { 10, 1000, 4, 400 }, 0, 0 },
    { { 15, 1600, 4, 400 }, 600, 0 },
    /* The meter was made anew. */
    { { 2, 200, 1, 100 }, 200, 100 },
    { { 3, 300, 2, 200 }, 100, 100 },
    { { 3, 300, 0, 0 }, 300, 0 },
};

static int
run_meter_counters(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_meters meters;

    vm_meters_init(&meters);
    vm_meters_begin(&meters, 0);
    struct vm_meter *meter = vm_meters_want(&meters, "a", 1, 1, true);
    vm_meters_end(&meters, 0);
    for (size_t i = 0; i < ARRAY_SIZE(readings); i++) {
        char *input = xasprintf("reading %"PRIuSIZE, i);

        vm_expect_that(input, "the meter is known",
                       vm_meters_count(&meters, "a", &readings[i].counters));
        vm_meter_sample_regularly(meter, false);
        vm_expect_that(input, "bytes",
                       meter->delta.bytes == readings[i].bytes);
        vm_expect_that(input, "dropped bytes",
                       meter->delta.dropped_bytes == readings[i].dropped);
        free(input);
    }
    meter->was_sampled = true;
    vm_meter_sample_regularly(meter, true);
    vm_expect_that("no packet", "the meter is idle", meter->idle);
    vm_meters_failed(&meters, "a", "full", 0);
    vm_expect_that("failed", "it is to be read, as one that is made anew",
                   !meter->idle && !meter->was_sampled && !meter->fresh);
    vm_expect_that("b", "an unknown meter counts nothing",
                   !vm_meters_count(&meters, "b", &readings[0].counters));
    vm_meters_destroy(&meters);
    return vm_expect_result();
}

const struct vm_test_command test_vm_meter_commands[] = {
    { "meter-rounds", "", 0, 0, run_meter_rounds },
    { "meter-counters", "", 0, 0, run_meter_counters },
    { NULL, NULL, 0, 0, NULL },
};
