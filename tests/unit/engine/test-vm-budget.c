/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-budget.h"

#include <limits.h>
#include <stdio.h>

#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_budget_commands[];

/* Asks at every second of ten minutes for as much as possible.  No minute has
 * more requests than allowed, and the budget is used up. */
static void
check_rate(unsigned int rate)
{
    long long int times[1000];
    char *input = xasprintf("%u a minute", rate);
    struct vm_budget budget;
    size_t most = 0;
    size_t n = 0;

    vm_budget_init(&budget);
    for (long long int now = 0; now <= 600000; now += 1000) {
        while (n < ARRAY_SIZE(times)
               && vm_budget_next(&budget, rate) <= now) {
            vm_budget_take(&budget, now);
            times[n++] = now;
        }
    }
    for (size_t i = 0; i < n; i++) {
        size_t j = i;

        while (j < n && times[j] < times[i] + 60000) {
            j++;
        }
        most = MAX(most, j - i);
    }
    vm_expect_that(input, "no minute has more", most <= rate);
    vm_expect_that(input, "all are used", n == 11 * (size_t) rate);
    vm_budget_destroy(&budget);
    free(input);
}

static int
run_budget(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_budget budget, copy;

    check_rate(0);
    check_rate(1);
    check_rate(6);
    check_rate(60);

    vm_budget_init(&budget);
    vm_expect_that("0", "never", vm_budget_next(&budget, 0) == LLONG_MAX);
    vm_budget_take(&budget, 10);
    vm_budget_take(&budget, 20);
    vm_expect_that("2", "the first one comes back",
                   vm_budget_next(&budget, 2) == 60010);
    vm_expect_that("1", "a lower rate needs both back",
                   vm_budget_next(&budget, 1) == 60020);
    vm_expect_that("3", "a higher rate has one at once",
                   vm_budget_next(&budget, 3) == LLONG_MIN);
    vm_expect_that("left", "of 3, one is left",
                   vm_budget_left(&budget, 3, 20) == 1);
    vm_expect_that("left", "of 1, none is left",
                   vm_budget_left(&budget, 1, 20) == 0);
    vm_expect_that("left", "the first one has come back",
                   vm_budget_left(&budget, 3, 60010) == 2);
    vm_budget_init(&copy);
    vm_budget_continue(&copy, &budget);
    vm_expect_that("copy", "of 3, one is left",
                   vm_budget_left(&copy, 3, 20) == 1);
    vm_budget_destroy(&copy);
    vm_budget_destroy(&budget);
    return vm_expect_result();
}

const struct vm_test_command test_vm_budget_commands[] = {
    { "budget", "", 0, 0, run_budget },
    { NULL, NULL, 0, 0, NULL },
};
