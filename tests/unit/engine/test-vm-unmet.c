/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-unmet.h"

#include <stdio.h>

#include "base/vm-problem.h"
#include "engine/vm-builder.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_unmet_commands[];

/* Commands of a stage, and the problems of unmet guarantees after them as
 * "OBJECT: TEXT", one a line. */
static const struct {
    const char *commands[6];
    const char *expected;
} cases[] = {
    { { "vm web vnet0 min-rate=1G" }, "" },
    { { "member eth0 speed=10G", "vm web vnet0 min-rate=1G" }, "" },
    { { "member eth0 speed=1G", "vm web vnet0 min-rate=2G" },
      "vnet0: vm-min-rate=2 Gbit/s is not guaranteed: "
      "needs 1.3 Gbit/s more on eth0\n" },
    { { "member eth0 speed=1G", "vm web vnet0 min-rate=500M priority=6",
        "vm db vnet1 min-rate=500M" },
      "vnet1: vm-min-rate=500 Mbit/s is not guaranteed: "
      "needs 250 Mbit/s more on eth0\n" },
    { { "member eth0 speed=1G", "member eth1 speed=1G",
        "vm web vnet0 min-rate=3G uplinks=eth0",
        "vm web vnet1 uplinks=eth1" },
      "vnet0: vm-min-rate=3 Gbit/s is not guaranteed, "
      "of which 1.5 Gbit/s for vm-uplinks=eth0: "
      "needs 750 Mbit/s more on eth0\n"
      "vnet1: vm-min-rate=3 Gbit/s is not guaranteed, "
      "of which 1.5 Gbit/s for vm-uplinks=eth1: "
      "needs 750 Mbit/s more on eth1\n" },
    { { "bond vm-aware-host=min-rate=2G", "member eth0 speed=1G" },
      "bond0: vm-aware-host min-rate=2 Gbit/s is not guaranteed: "
      "needs 1.3 Gbit/s more on eth0\n" },
};

static void
check_case(const char *const *commands, size_t n, const char *expected)
{
    struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
    struct ds input = DS_EMPTY_INITIALIZER;
    struct ds got = DS_EMPTY_INITIALIZER;
    struct vm_builder builder;
    struct vm_stage stage;

    vm_stage_init(&stage);
    for (size_t i = 0; i < n && commands[i]; i++) {
        char *error = vm_stage_command(&stage, commands[i]);

        ds_put_format(&input, "%s\n", commands[i]);
        vm_expect_text(commands[i], NULL, error);
        free(error);
    }
    vm_stage_run(&stage);
    vm_builder_init(&builder, vm_engine_inventory(stage.engine),
                    vm_engine_config(stage.engine), stage.now);
    vm_unmet_problems(&builder, "bond0", &problems);
    for (size_t i = 0; i < problems.n; i++) {
        ds_put_format(&got, "%s: %s\n", problems.list[i].where,
                      problems.list[i].text);
    }
    vm_expect_text(ds_cstr(&input), expected, ds_cstr(&got));

    vm_problems_destroy(&problems);
    vm_builder_destroy(&builder);
    vm_stage_destroy(&stage);
    ds_destroy(&input);
    ds_destroy(&got);
}

static int
run_unmet(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        check_case(cases[i].commands, ARRAY_SIZE(cases[i].commands),
                   cases[i].expected);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_unmet_commands[] = {
    { "unmet", "", 0, 0, run_unmet },
    { NULL, NULL, 0, 0, NULL },
};
