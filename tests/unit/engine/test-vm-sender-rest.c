/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-sender-rest.h"

#include <string.h>

#include "engine/vm-engine.h"
#include "engine/vm-policing.h"
#include "engine/vm-sender.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_sender_rest_commands[];

/* Commands of a stage, in their order, and which senders are awake then. */
static const struct {
    const char *command, *awake;
} steps[] = {
    { "readings complete", "" },
    { "member eth0 speed=100M", "host" },
    { "member eth1 speed=100M", "host" },
    { "vm a vnet0 uplinks=eth0 max-rate=20M", "a host" },
    { "vm b vnet1 uplinks=eth0", "a b host" },
    { "vm c vnet2 uplinks=eth1", "a b c host" },
    { "vm two vnet3 uplinks=eth0", "a b c host two" },
    { "vm two vnet4 uplinks=eth1", "a b c host two/eth0 two/eth1" },
    { "advance 10s", "" },

    /* Who sends is awake alone, and until its estimate has fallen to 0. */
    { "traffic a 1M", "" },
    { "advance 1s", "a" },
    { "advance 1m", "a" },
    { "traffic a 0", "a" },
    { "advance 1m", "" },

    /* One of two slots sends: its VM is awake. */
    { "traffic vnet4 1M", "" },
    { "advance 1s", "two/eth0 two/eth1" },
    { "traffic vnet4 0", "two/eth0 two/eth1" },
    { "advance 1m", "" },

    /* Keys that leave nothing to be settled wake nobody, other keys, only
     * whom they concern. */
    { "vm a vnet0 uplinks=eth0 max-rate=20M priority=7", "" },
    { "vm a vnet0 uplinks=eth0 max-rate=30M", "" },
    { "vm b vnet1 uplinks=eth0 max-rate=20M", "b" },
    { "advance 1s", "" },
    { "vm new vnet5 uplinks=eth1", "new" },
    { "advance 1m", "" },
    { "remove vnet5", "" },
    { "bond vm-aware-rebalance-interval=0", "" },
    { "vm b vnet1 uplinks=eth0", "" },

    /* Contention wakes all on the member, and the others of their VMs. */
    { "traffic b 200M", "" },
    { "advance 1s", "a b host two/eth0 two/eth1" },
    { "traffic b 0", "a b host two/eth0 two/eth1" },
    { "advance 1m", "" },

    /* A failover wakes nobody for long. */
    { "member eth0 down", "" },
    { "advance 1s", "" },
    { "vm a vnet0 uplinks=eth1 max-rate=30M", "a" },
};

static char *
list_awake(const struct vm_engine *engine)
{
    const struct vm_senders *senders = &vm_engine_policing(engine)->senders;
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < senders->n_awake; i++) {
        ds_put_format(&s, "%s%s", i ? " " : "", senders->awake[i]->id);
    }
    return ds_steal_cstr(&s);
}

static int
run_rest(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_stage stage;

    vm_stage_init(&stage);
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        char *awake;

        vm_stage_do(&stage, xstrdup(steps[i].command));
        vm_stage_run(&stage);
        awake = list_awake(stage.engine);
        vm_expect_text(steps[i].command, steps[i].awake, awake);
        free(awake);
    }
    vm_expect_that("all", "the self-check finds no difference",
                   !strstr(ds_cstr(&stage.output), "error"));
    vm_stage_destroy(&stage);
    return vm_expect_result();
}

/* A VM at rest gets another slot outside of a run, sends before the next one,
 * and is not sampled in that. */
static int
run_regrouped(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const char *const lines[] = {
        "readings complete", "member eth0 speed=1G", "member eth1 speed=1G",
        "vm a vnet0 uplinks=eth0", "vm b vnet1 uplinks=eth1", "advance 20s",
        "traffic b 1M", "advance 10s", "advance 300ms",
        "vm a vnet0 uplinks=eth1",
    };
    const struct vm_counters sent = { .tx_packets = 10, .tx_bytes = 10000 };
    struct vm_stage stage;
    char *awake;

    vm_stage_init(&stage);
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        vm_stage_do(&stage, xstrdup(lines[i]));
    }
    free(vm_engine_migrate(stage.engine, "a", "eth1", stage.now));
    vm_engine_set_counters(stage.engine, "vnet0", &sent, stage.now);
    vm_stage_run(&stage);
    awake = list_awake(stage.engine);
    vm_expect_text("sent before the run", "a b", awake);
    free(awake);
    vm_stage_destroy(&stage);
    return vm_expect_result();
}

const struct vm_test_command test_vm_sender_rest_commands[] = {
    { "sender-rest", "", 0, 0, run_rest },
    { "sender-regrouped", "", 0, 0, run_regrouped },
    { NULL, NULL, 0, 0, NULL },
};
