/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-endpoint-names.h"

#include "util.h"
#include "vm-expect.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_endpoint_names_commands[];

/* VMs by identity and name, and how a list of them calls all. */
static const struct {
    const char *vms[12];
    const char *expected;
} cases[] = {
    { { NULL }, "host" },
    { { "vm b vnet0 name=web", "vm a vnet1" }, "a, host, web" },
    { { "vm a vnet0 name=web", "vm b vnet1 name=web" }, "a, b, host" },
    { { "vm a vnet0 name=b", "vm b vnet1" }, "a, b, host" },
    { { "vm a vnet0 name=host" }, "a, host" },
    { { "vm a vnet0 name=a" }, "a, host" },
    { { "vm 0 i0", "vm 1 i1", "vm 2 i2", "vm 3 i3", "vm 4 i4", "vm 5 i5",
        "vm 6 i6", "vm 7 i7", "vm 8 i8", "vm 9 i9", "vm a ia" },
      "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more" },
};

static int
run_no_such(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *expected = xasprintf("bond bond0 has no VM \"x\", it has: %s",
                                   cases[i].expected);
        struct vm_stage stage;

        vm_stage_init(&stage);
        for (size_t j = 0; cases[i].vms[j]; j++) {
            free(vm_stage_command(&stage, cases[i].vms[j]));
        }
        vm_stage_run(&stage);
        char *got = vm_endpoint_no_such(vm_engine_inventory(stage.engine),
                                        "bond0", "x");
        vm_expect_text(cases[i].expected, expected, got);
        free(got);
        free(expected);
        vm_stage_destroy(&stage);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_endpoint_names_commands[] = {
    { "endpoint-no-such", "", 0, 0, run_no_such },
    { NULL, NULL, 0, 0, NULL },
};
