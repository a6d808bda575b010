/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-drain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/vm-requests.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_drain_commands[];

static size_t
count_on(const struct vm_stage *stage, const char *member)
{
    size_t n, count = 0;
    struct vm_slot **slots
        = vm_inventory_slots(vm_engine_inventory(stage->engine), &n);

    for (size_t i = 0; i < n; i++) {
        count += nullable_string_is_equal(slots[i]->member, member);
    }
    free(slots);
    return count;
}

static size_t
count_suspended(const struct vm_stage *stage)
{
    const struct vm_requests *requests = vm_engine_requests(stage->engine);
    size_t count = 0;

    for (size_t i = 0; i < requests->n; i++) {
        count += vm_request_is_suspended(requests->list[i]);
    }
    return count;
}

/* Drains a member that carries 'n_vms' VMs, all of which are to be suspended
 * for their moves, of which 'rate' a minute are allowed. */
static void
drain_many(size_t n_vms, unsigned int rate)
{
    char *input = xasprintf("%"PRIuSIZE" VMs, %u a minute", n_vms, rate);
    size_t n_minutes = (n_vms - 1) / rate;
    size_t n_batches = (n_vms - 1) % rate / VM_DRAIN_BATCH;
    size_t most = 0;
    struct vm_stage stage;

    vm_stage_init(&stage);
    vm_stage_do(&stage, xstrdup("member eth0"));
    vm_stage_do(&stage, xasprintf("bond vm-aware-request-rate=%u "
                                  "bond-rebalance-interval=0 "
                                  "vm-aware-host=uplinks=eth1", rate));
    for (size_t i = 0; i < n_vms; i++) {
        vm_stage_do(&stage, xasprintf("vm vm%"PRIuSIZE" vnet%"PRIuSIZE
                                      " on-failover=suspend", i, i));
    }
    vm_stage_do(&stage, xstrdup("agent * done"));
    vm_stage_do(&stage, xstrdup("advance 1s"));
    vm_stage_do(&stage, xstrdup("member eth1"));
    vm_stage_do(&stage, xstrdup("advance 1s"));
    vm_expect_that(input, "all are on eth0",
                   count_on(&stage, "eth0") == n_vms);
    vm_stage_do(&stage, xstrdup("member eth0 drain"));
    for (size_t i = 0; i < 2 * (60 * n_minutes + n_batches); i++) {
        vm_stage_do(&stage, xstrdup("advance 500ms"));
        most = MAX(most, count_suspended(&stage));
    }
    vm_expect_that(input, "the last batch is left",
                   count_on(&stage, "eth0")
                   == n_vms - n_minutes * rate - n_batches * VM_DRAIN_BATCH);
    vm_stage_do(&stage, xstrdup("advance 4s"));
    vm_expect_that(input, "all have left", !count_on(&stage, "eth0"));
    vm_expect_that(input, "none is suspended", !count_suspended(&stage));
    vm_expect_that(input, "few are suspended at a time",
                   most <= MIN(rate, 3 * VM_DRAIN_BATCH));
    vm_expect_that(input, "each is suspended once",
                   smap_count(&stage.ids) == 2 * n_vms);
    vm_expect_that(input, "all of it is one failover",
                   vm_engine_requests(stage.engine)->failovers.n == 1);
    vm_expect_that(input, "no error", !strstr(ds_cstr(&stage.output),
                                              "error"));
    vm_stage_destroy(&stage);
    free(input);
}

static int
run_many(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    drain_many(500, 600);
    drain_many(30, 6);
    return vm_expect_result();
}

const struct vm_test_command test_vm_drain_commands[] = {
    { "drain-many", "", 0, 0, run_many },
    { NULL, NULL, 0, 0, NULL },
};
