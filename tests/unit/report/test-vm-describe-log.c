/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Log lines about moves; errors and reports that concern many VMs. */

#include "report/vm-describe.h"

#include <stdlib.h>

#include "engine/vm-engine.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-sample.h"
#include "vm-sample-engine.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_describe_log_commands[];

/* Moves. */

struct move {
    const char *vm;
    const char *from, *to;
    const char *text;
};

static const struct move moves[] = {
    { "db", "eth1", "eth0",
      "VM db (eth0): eth1 -> eth0 (first choice of vm-uplinks)" },
    { "web", NULL, "eth0",
      "VM web: none -> eth0 (first choice of vm-uplinks)" },
    { "host", NULL, "eth0",
      "host: none -> eth0 (lowest predicted utilization)" },
    { "1b", "eth1", NULL,
      "VM batch: eth1 -> none, frames are dropped (its only member eth1 is "
      "lost)" },
    { "1e", NULL, NULL,
      "VM batch: none -> none, frames are dropped (its only member eth1 is "
      "lost)" },
};

static int
run_moves(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_engine *engine = vm_sample_large_engine();

    for (size_t i = 0; i < ARRAY_SIZE(moves); i++) {
        const struct move *m = &moves[i];
        const struct vm_endpoint *endpoint
            = vm_inventory_find_endpoint(vm_engine_inventory(engine), m->vm);
        struct ds s = DS_EMPTY_INITIALIZER;

        vm_describe_move(endpoint->slots[0], m->from, m->to, &s);
        vm_expect_text(m->vm, m->text, ds_cstr(&s));
        ds_destroy(&s);
    }
    vm_engine_destroy(engine);
    return vm_expect_result();
}

/* Many VMs: an error names ten of them, and a report has a row for each of a
 * thousand. */
static int
run_many(int argc, char *argv[])
{
    struct vm_engine *engine = vm_engine_create("bond0", 0);
    struct ds s = DS_EMPTY_INITIALIZER;
    const char *input = argc > 1 ? argv[1] : "1000";
    int n = atoi(input);

    vm_sample_set_member(engine, "eth0", true, "vm-aware-standby", "false", 0);
    for (int i = 0; i < n; i++) {
        char *name = xasprintf("vnet%d", i);
        char *ids = xasprintf("vm-id=%04d", i);

        vm_sample_set_interface(engine, name, ids, 0);
        free(name);
        free(ids);
    }
    vm_sample_run(engine, 0);
    vm_describe_show(engine, 0, &s);

    size_t lines = 0;
    for (const char *p = ds_cstr(&s); *p; p++) {
        lines += *p == '\n';
    }
    vm_expect_that(input, "have one row per VM and one for the host",
                   lines == n + 6);
    ds_destroy(&s);

    char *error = vm_describe_explain(engine, "x", &s);
    char *expected = xasprintf("bond bond0 has no VM \"x\", it has: 0000, "
                               "0001, 0002, 0003, 0004, 0005, 0006, 0007, "
                               "0008, 0009 and %d more", n - 9);
    vm_expect_text(input, expected, error);
    free(expected);
    free(error);
    vm_engine_destroy(engine);
    return vm_expect_result();
}

const struct vm_test_command test_vm_describe_log_commands[] = {
    { "describe-moves", "", 0, 0, run_moves },
    { "describe-many", "[N]", 0, 1, run_many },
    { NULL, NULL, 0, 0, NULL },
};
