/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-pace.h"

#include <limits.h>

#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_pace_commands[];

/* Without complete readings, a sample is due after each interval. */
static void
check_alone(void)
{
    struct vm_pace pace;

    vm_pace_init(&pace);
    vm_expect_that("alone", "no sample is needed",
                   vm_pace_deadline(&pace) == LLONG_MAX);
    vm_pace_plan(&pace, true, 500, 1000);
    vm_expect_that("alone", "the first one after an interval",
                   vm_pace_deadline(&pace) == 1500);
    vm_pace_plan(&pace, true, 500, 1200);
    vm_expect_that("alone", "planned anew, it comes no later",
                   vm_pace_deadline(&pace) == 1500);
    vm_pace_sampled(&pace, 500, 1510);
    vm_expect_that("alone", "the next one", vm_pace_deadline(&pace) == 2010);
    vm_pace_plan(&pace, true, 100, 1600);
    vm_expect_that("alone", "a shorter interval holds at once",
                   vm_pace_deadline(&pace) == 1700);
    vm_expect_that("alone", "it never rests", !vm_pace_may_rest(&pace, 1510));
}

/* Readings every 'step' ms from 0 on, and a sample whenever one is due: stores
 * the times of the first samples. */
static void
read_and_sample(struct vm_pace *pace, long long int step,
                long long int *samples, size_t n)
{
    long long int reading = 0;
    size_t i = 0;

    vm_pace_init(pace);
    vm_pace_plan(pace, true, 500, 0);
    while (i < n) {
        long long int now = MIN(reading, vm_pace_deadline(pace));

        if (now == reading) {
            vm_pace_counted(pace, now);
            reading += step;
        }
        if (now >= vm_pace_deadline(pace)) {
            vm_pace_sampled(pace, 500, now);
            vm_pace_plan(pace, true, 500, now);
            samples[i++] = now;
        }
    }
}

static void
check_with_readings(void)
{
    static const struct {
        const char *input;
        long long int step;
        long long int samples[4];
    } rows[] = {
        { "a bit slower",     510, { 500, 1020, 1530, 2040 } },
        { "a bit faster",     490, { 490, 980, 1470, 1960 } },
        { "twice as often",   250, { 500, 1000, 1500, 2000 } },
        { "thrice as often",  170, { 510, 1020, 1530, 2040 } },
        { "too rarely",      1000, { 500, 1000, 1500, 2000 } },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        long long int samples[ARRAY_SIZE(rows[i].samples)];
        struct vm_pace pace;

        read_and_sample(&pace, rows[i].step, samples, ARRAY_SIZE(samples));
        for (size_t j = 0; j < ARRAY_SIZE(samples); j++) {
            vm_expect_that(rows[i].input, "samples with readings",
                           samples[j] == rows[i].samples[j]);
        }
    }
}

/* A reading while no sample is needed asks for none later. */
static void
check_not_needed(void)
{
    struct vm_pace pace;

    vm_pace_init(&pace);
    vm_pace_plan(&pace, false, 500, 0);
    vm_pace_counted(&pace, 500);
    vm_pace_counted(&pace, 1000);
    vm_expect_that("not needed", "a reading is not to be sampled",
                   !pace.ready);
    vm_pace_plan(&pace, true, 500, 1100);
    vm_expect_that("needed later", "with a reading after an interval",
                   vm_pace_deadline(&pace) == 1600 + 250);
    vm_pace_counted(&pace, 1500);
    vm_expect_that("needed later", "with the next reading",
                   vm_pace_deadline(&pace) == LLONG_MIN);

    vm_pace_plan(&pace, false, 500, 1500);
    vm_expect_that("needed no more", "the reading is not sampled",
                   !pace.ready && vm_pace_deadline(&pace) == LLONG_MAX);
    vm_pace_note_news(&pace);
    vm_expect_that("needed no more", "news asks for no sample",
                   vm_pace_deadline(&pace) == LLONG_MAX);
    vm_pace_plan(&pace, true, 500, 1700);
    vm_expect_that("needed again", "with a reading after an interval",
                   vm_pace_deadline(&pace) == 2200 + 250);
}

static void
check_quiet(void)
{
    struct vm_pace pace;

    vm_pace_init(&pace);
    vm_pace_plan(&pace, true, 500, 0);
    vm_pace_counted(&pace, 500);
    vm_pace_sampled(&pace, 500, 500);
    vm_expect_that("quiet", "it may rest", vm_pace_may_rest(&pace, 500));
    vm_expect_that("quiet", "not without a reading",
                   !vm_pace_may_rest(&pace, 600));
    vm_pace_rest(&pace, 500);
    vm_pace_counted(&pace, 1000);
    vm_pace_counted(&pace, 1500);
    vm_expect_that("quiet", "nothing is read", vm_pace_is_quiet(&pace));
    vm_pace_plan(&pace, true, 500, 1600);
    vm_expect_that("quiet", "no sample",
                   vm_pace_deadline(&pace) == LLONG_MAX);

    vm_pace_note_news(&pace);
    vm_pace_counted(&pace, 2000);
    vm_expect_that("news", "all is read", !vm_pace_is_quiet(&pace));
    vm_expect_that("news", "due at once",
                   vm_pace_deadline(&pace) == LLONG_MIN);
    vm_expect_that("news", "nothing was sent before",
                   pace.quiet_at == 1500);
    vm_pace_wake(&pace, 2000);
    vm_expect_that("news", "the sample is due",
                   vm_pace_deadline(&pace) == LLONG_MIN);
    vm_pace_sampled(&pace, 500, 2000);
    vm_expect_that("news", "and then the next one",
                   vm_pace_deadline(&pace) == 2750);

    vm_pace_counted(&pace, 2500);
    vm_pace_sampled(&pace, 500, 2500);
    vm_pace_rest(&pace, 2500);
    vm_pace_note_news(&pace);
    vm_pace_wake(&pace, 2700);
    vm_expect_that("between readings", "an interval after the last one",
                   vm_pace_deadline(&pace) == 3000 + 250);
}

static int
run_pace(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    check_alone();
    check_with_readings();
    check_not_needed();
    check_quiet();
    return vm_expect_result();
}

const struct vm_test_command test_vm_pace_commands[] = {
    { "pace", "", 0, 0, run_pace },
    { NULL, NULL, 0, 0, NULL },
};
