/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-changes.h"

#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_changes_commands[];

static int
run_changes(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_changes changes, more;

    vm_changes_init(&changes);
    vm_changes_init(&more);
    vm_expect_that("none", "is empty", vm_changes_is_empty(&changes));
    vm_changes_note(&changes, "a");
    vm_changes_note(&changes, "a");
    vm_expect_that("a", "is included", vm_changes_include(&changes, "a"));
    vm_expect_that("a", "no other is", !vm_changes_include(&changes, "b"));
    vm_expect_that("a", "is not empty", !vm_changes_is_empty(&changes));

    vm_changes_note(&more, "b");
    vm_changes_add(&changes, &more);
    vm_expect_that("a, b", "both are included",
                   vm_changes_include(&changes, "a")
                   && vm_changes_include(&changes, "b"));

    vm_changes_note_all(&more);
    vm_changes_add(&changes, &more);
    vm_changes_note(&changes, "c");
    vm_expect_that("all", "includes any", vm_changes_include(&changes, "d"));
    vm_expect_that("all", "needs no identities",
                   sset_is_empty(&changes.ids));
    vm_changes_clear(&changes);
    vm_expect_that("cleared", "is empty", vm_changes_is_empty(&changes));
    vm_changes_destroy(&changes);
    vm_changes_destroy(&more);
    return vm_expect_result();
}

const struct vm_test_command test_vm_changes_commands[] = {
    { "changes", "", 0, 0, run_changes },
    { NULL, NULL, 0, 0, NULL },
};
