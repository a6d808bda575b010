/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "base/vm-map.h"

#include <stdlib.h>

#include "smap.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_map_commands[];

/* Up to three pairs, by their keys and values, and another map that differs
 * from it in one thing. */
static const struct test {
    const char *name;
    const char *pairs[6];
    const char *other[6];
} tests[] = {
    { "nothing", { NULL }, { "", "" } },
    { "empty strings", { "", "" }, { "", "a" } },
    { "one", { "vm-id", "web" }, { "vm-id", "we" } },
    { "another key", { "vm-id", "web" }, { "vm-i", "web" } },
    { "fewer", { "vm-id", "web", "vm-priority", "3" }, { "vm-id", "web" } },
    { "more", { "vm-id", "web" }, { "vm-id", "web", "vm-priority", "3" } },
    { "as many", { "a", "1", "b", "2", "", "3" }, { "a", "1", "b", "2", "c",
                                                    "3" } },
    { "swapped", { "a", "b", "b", "a" }, { "a", "a", "b", "b" } },
    { "a value that is a key", { "a", "b", "c", "" }, { "a", "", "b", "c" } },
};

static void
fill(struct smap *smap, const char *const pairs[6])
{
    smap_init(smap);
    for (size_t i = 0; i < 6 && pairs[i]; i += 2) {
        smap_add(smap, pairs[i], pairs[i + 1]);
    }
}

static void
check(const struct test *test)
{
    struct smap pairs, other, all = SMAP_INITIALIZER(&all);
    const struct smap_node *node;
    struct vm_map *map;

    fill(&pairs, test->pairs);
    fill(&other, test->other);
    map = vm_map_create(&pairs);
    vm_expect_that(test->name, "it has the same pairs",
                   vm_map_equal(map, &pairs));
    vm_expect_that(test->name, "it differs from another one",
                   !vm_map_equal(map, &other));
    vm_map_get_all(map, &all);
    vm_expect_that(test->name, "all pairs are read",
                   smap_equal(&all, &pairs));
    SMAP_FOR_EACH (node, &pairs) {
        vm_expect_that(test->name, "the value of a key is read",
                       nullable_string_is_equal(vm_map_get(map, node->key),
                                                node->value));
    }
    vm_expect_that(test->name, "a key that it does not have has no value",
                   !vm_map_get(map, "no such key"));
    free(map);
    smap_destroy(&all);
    smap_destroy(&other);
    smap_destroy(&pairs);
}

static int
run_map(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
        check(&tests[i]);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_map_commands[] = {
    { "map", "", 0, 0, run_map },
    { NULL, NULL, 0, 0, NULL },
};
