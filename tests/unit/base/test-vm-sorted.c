/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "base/vm-sorted.h"

#include <string.h>

#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_sorted_commands[];

static const char *
get_name(const void *list, size_t i)
{
    const char *const *names = list;

    return names[i];
}

/* Keys, some of them equal to one in the list, others between two. */
static const char *const keys[] = { "", "a", "b", "ba", "c", "d", "e", "f" };

/* Returns the place of 'key' by reading all of the 'n' 'names'. */
static size_t
find_slowly(const char *const *names, size_t n, const char *key)
{
    size_t place = 0;

    for (size_t i = 0; i < n; i++) {
        place += strcmp(names[i], key) < 0;
    }
    return place;
}

/* In lists of all lengths, also with equal keys, of which the first one is the
 * place. */
static int
run_places(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const char *const names[] = { "a", "b", "b", "b", "c", "e", "e" };

    for (size_t n = 0; n <= ARRAY_SIZE(names); n++) {
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
            vm_expect_that(keys[i], "its place is found",
                           vm_sorted_place(names, n, get_name, keys[i])
                           == find_slowly(names, n, keys[i]));
        }
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_sorted_commands[] = {
    { "sorted-places", "", 0, 0, run_places },
    { NULL, NULL, 0, 0, NULL },
};
