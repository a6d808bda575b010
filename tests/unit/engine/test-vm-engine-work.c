/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "util.h"
#include "vm-expect.h"
#include "vm-sample-engine.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_engine_work_commands[];

/* The number of actions of a run. */
static size_t
count_actions(struct vm_engine *engine, long long int now)
{
    struct vm_actions actions = VM_ACTIONS_INITIALIZER;
    size_t n;

    vm_engine_run(engine, now, &actions);
    n = actions.n;
    vm_actions_destroy(&actions);
    return n;
}

/* How many actions are there for 'n' VMs in the beginning, when one of them
 * changes, when nothing does and when a member is lost? */
static void
count_work(size_t n, size_t counts[4])
{
    struct vm_engine *engine = vm_engine_create("bond0", 0);

    vm_sample_set_member(engine, "eth0", true, "vm-aware-capacity", "10G", 0);
    vm_sample_set_member(engine, "eth1", true, "vm-aware-capacity", "10G", 0);
    for (size_t i = 0; i < n; i++) {
        char *name = xasprintf("vnet%"PRIuSIZE, i);
        char *keys = xasprintf("vm-id=vm%"PRIuSIZE" vm-uplinks=eth0,*", i);

        vm_sample_set_interface(engine, name, keys, 0);
        free(name);
        free(keys);
    }
    counts[0] = count_actions(engine, 0);
    vm_sample_set_interface(engine, "vnet0",
                            "vm-id=vm0 vm-uplinks=eth1 vm-priority=6", 1000);
    counts[1] = count_actions(engine, 1000);
    counts[2] = count_actions(engine, 1000);
    vm_sample_set_member(engine, "eth0", false, "vm-aware-capacity", "10G",
                         1000);
    counts[3] = count_actions(engine, 1000);
    vm_engine_destroy(engine);
}

/* What is to be done grows with what an event concerns, and with nothing
 * else. */
static int
run_work(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    size_t few[4], many[4];

    count_work(500, few);
    count_work(1000, many);
    printf("actions of 500, 1000 VMs: all new %"PRIuSIZE", %"PRIuSIZE"; one "
           "changed %"PRIuSIZE", %"PRIuSIZE"; a member lost %"PRIuSIZE", "
           "%"PRIuSIZE"\n", few[0], many[0], few[1], many[1], few[3],
           many[3]);
    vm_expect_that("all new", "there is something to do", few[0] > 0);
    vm_expect_that("all new", "twice as many at most", many[0] <= 2 * few[0]);
    vm_expect_that("one changed", "there is something to do", few[1] > 0);
    vm_expect_that("one changed", "not more of many", many[1] == few[1]);
    vm_expect_that("nothing new", "nothing to do", !few[2] && !many[2]);
    vm_expect_that("a member lost", "each of the others moves",
                   few[3] >= 499 && many[3] - few[3] <= few[3] + 1);
    return vm_expect_result();
}

const struct vm_test_command test_vm_engine_work_commands[] = {
    { "engine-work", "", 0, 0, run_work },
    { NULL, NULL, 0, 0, NULL },
};
