/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-whatif.h"

#include <stdlib.h>

#include "util.h"
#include "vm-expect.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_whatif_steps_commands[];

/* An answer that is given up after any number of steps leaves nothing
 * behind: for valgrind and the sanitizers. */
static int
run_given_up(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const char *const setup[] = {
        "member eth0", "member eth1", "vm a vnet0", "vm b vnet1",
    };
    bool more = true;

    for (size_t n = 0; more; n++) {
        struct vm_whatif *whatif;
        struct vm_stage stage;

        vm_stage_begin(&stage, setup, ARRAY_SIZE(setup));
        vm_expect_text("lose=each", NULL,
                       vm_whatif_create(stage.engine, "lose=each", stage.now,
                                        &whatif));
        vm_expect_that("lose=each", "two forecasts about two interfaces",
                       vm_whatif_size(whatif) == 4);
        vm_stage_destroy(&stage);
        for (size_t i = 0; more && i < n; i++) {
            more = vm_whatif_run(whatif);
        }
        vm_expect_that("lose=each", "both forecasts after the last step only",
                       more == (vm_whatif_forecasts(whatif)->n < 2));
        vm_whatif_destroy(whatif);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_whatif_steps_commands[] = {
    { "whatif-given-up", "", 0, 0, run_given_up },
    { NULL, NULL, 0, 0, NULL },
};
