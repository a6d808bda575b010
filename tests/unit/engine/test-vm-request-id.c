/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-request-id.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/vm-map.h"
#include "smap.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_request_id_commands[];

/* Texts, and the ids of bond "bond-0" that they are, or null. */
static const struct {
    const char *text;
    const char *expected;       /* KIND EPOCH SERIAL. */
} ids[] = {
    { "suspend-bond-0-1764166814123-3", "suspend 1764166814123 3" },
    { "resume-bond-0-0-0", "resume 0 0" },
    { "migrate-bond-0-18446744073709551614-1",
      "migrate 18446744073709551614 1" },

    /* The next serial, or epoch, would be 0. */
    { "migrate-bond-0-18446744073709551615-1", NULL },
    { "migrate-bond-0-1-99999999999999999999", NULL },
    { NULL, NULL },
    { "", NULL },
    { "none-bond-0-1-2", NULL },
    { "suspend", NULL },
    { "suspend-", NULL },
    { "suspend-bond-0", NULL },
    { "suspend-bond-0-", NULL },
    { "suspend-bond-0-1", NULL },
    { "suspend-bond-0-1-", NULL },
    { "suspend-bond-0-1-2-", NULL },
    { "suspend-bond-0-1-2x", NULL },
    { "suspend-bond-0--1-2", NULL },
    { "suspend-bond-0- 1-2", NULL },
    { "suspend-bond-01-2-3", NULL },
    { "suspend-bond1-2-3", NULL },
    { "suspended-bond-0-1-2", NULL },
};

static int
run_ids(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        struct vm_request_id id = { VM_REQUEST_NONE, 0, 0 };
        char *got = NULL;
        char *again = NULL;

        if (vm_request_id_from_string(ids[i].text, "bond-0", &id)) {
            got = xasprintf("%s %llu %llu",
                            vm_request_kind_to_string(id.kind), id.epoch,
                            id.serial);
            again = vm_request_id_to_string(&id, "bond-0");
            vm_expect_text("formatted", ids[i].text, again);
        }
        vm_expect_text(ids[i].text ? ids[i].text : "(null)", ids[i].expected,
                       got);
        free(got);
        free(again);
    }
    return vm_expect_result();
}

static int
run_answers(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const char *const words[] = {
        "none", "doing", "done", "failed", "refused", "Done", "",
    };
    struct smap nothing = SMAP_INITIALIZER(&nothing);
    struct smap other = SMAP_CONST1(&other, "ovn-installed", "true");
    struct vm_answer answer;

    vm_answer_read(&answer, &nothing);
    vm_expect_that("nothing", "no id", !answer.id);
    vm_expect_that("nothing", "a note", !*answer.note);
    vm_expect_that("nothing", "same as none", !vm_answer_differs(NULL,
                                                                 &nothing));
    vm_expect_that("another key", "is no answer",
                   !vm_answer_differs(NULL, &other));
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        struct smap map = SMAP_INITIALIZER(&map);
        struct vm_map *kept;

        smap_add(&map, "vm-agent-state", words[i]);
        vm_answer_read(&answer, &map);
        vm_expect_that(words[i], "without an id there is no answer",
                       answer.state == VM_ANSWER_NONE);
        smap_add(&map, "vm-agent-request", "x");
        smap_add(&map, "vm-agent-note", "because");
        vm_answer_read(&answer, &map);
        vm_expect_text(words[i], "x", answer.id);
        vm_expect_text(words[i], "because", answer.note);
        vm_expect_text(words[i], i < 5 ? words[i] : "none",
                       vm_answer_state_to_string(answer.state));
        kept = vm_map_create(&map);
        vm_answer_read_map(&answer, kept);
        vm_expect_text(words[i], "x", answer.id);
        vm_expect_text(words[i], "because", answer.note);
        vm_expect_text(words[i], i < 5 ? words[i] : "none",
                       vm_answer_state_to_string(answer.state));
        vm_expect_that(words[i], "differs from none",
                       vm_answer_differs(kept, NULL));
        vm_expect_that(words[i], "is itself", !vm_answer_differs(kept, &map));
        free(kept);
        smap_destroy(&map);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_request_id_commands[] = {
    { "request-ids", "", 0, 0, run_ids },
    { "request-answers", "", 0, 0, run_answers },
    { NULL, NULL, 0, 0, NULL },
};
