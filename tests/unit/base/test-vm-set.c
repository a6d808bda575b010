/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "base/vm-set.h"

#include <stdlib.h>

#include "sset.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_set_commands[];

#define N 1000

static char *
name(int i)
{
    return xasprintf("vm%d", i);
}

static void
fill(struct sset *set)
{
    for (int i = 0; i < N; i++) {
        sset_add_and_free(set, name(i));
    }
}

/* Returns true if 'set' consists of the names from number 'first' on. */
static bool
has_from(const struct sset *set, int first)
{
    bool all = sset_count(set) == N - first;

    for (int i = 0; i < N; i++) {
        char *s = name(i);

        all = all && sset_contains(set, s) == (i >= first);
        free(s);
    }
    return all;
}

/* A set that shrinks one by one has buckets in proportion to its elements, and
 * loses none of these. */
static int
run_trim(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct sset set = SSET_INITIALIZER(&set);

    fill(&set);
    for (int i = 0; i < N; i++) {
        char *s = name(i);

        sset_find_and_delete(&set, s);
        vm_set_trim(&set);
        vm_expect_that(s, "buckets are few",
                       (hmap_capacity(&set.map)
                        <= 32 + 8 * sset_count(&set)));
        if (i % 100 == 99) {
            vm_expect_that(s, "the others remain", has_from(&set, i + 1));
        }
        free(s);
    }
    sset_destroy(&set);
    return vm_expect_result();
}

static int
run_clear(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct sset set = SSET_INITIALIZER(&set);

    fill(&set);
    vm_set_clear(&set);
    vm_expect_that("clear", "it is empty", sset_is_empty(&set));
    vm_expect_that("clear", "buckets are few", hmap_capacity(&set.map) <= 32);
    fill(&set);
    vm_expect_that("clear", "it can be filled again", has_from(&set, 0));
    sset_destroy(&set);
    return vm_expect_result();
}

const struct vm_test_command test_vm_set_commands[] = {
    { "set-trim", "", 0, 0, run_trim },
    { "set-clear", "", 0, 0, run_clear },
    { NULL, NULL, 0, 0, NULL },
};
