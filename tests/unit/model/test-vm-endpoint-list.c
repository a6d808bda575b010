/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-endpoint-list.h"

#include <stdlib.h>
#include <string.h>

#include "model/vm-endpoint.h"
#include "model/vm-inventory.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-random.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_endpoint_list_commands[];

/* Adds the endpoint 'id', or removes it if it exists. */
static void
toggle(struct vm_inventory *inventory, const char *id)
{
    struct vm_endpoint *endpoint
        = shash_find_and_delete(&inventory->endpoints, id);

    if (endpoint) {
        vm_endpoint_list_remove(inventory, endpoint);
        vm_endpoint_destroy(endpoint);
    } else {
        endpoint = vm_endpoint_create(id);
        shash_add_assert(&inventory->endpoints, id, endpoint);
        vm_endpoint_list_insert(inventory, endpoint);
    }
}

/* Returns true if the list has all endpoints, by identity. */
static bool
is_sorted(const struct vm_inventory *inventory)
{
    const struct shash_node **nodes = shash_sort(&inventory->endpoints);
    size_t n = shash_count(&inventory->endpoints);
    bool sorted = n == inventory->n_endpoints;

    for (size_t i = 0; i < n && sorted; i++) {
        sorted = nodes[i]->data == inventory->endpoints_by_id[i];
    }
    free(nodes);
    return sorted;
}

/* Returns true if those of 'changes' that exist are listed, in order. */
static bool
lists(const struct vm_inventory *inventory, const struct vm_changes *changes)
{
    size_t n, n_expected = 0;
    struct vm_endpoint **list
        = vm_endpoint_list_changed(inventory, changes, &n);
    bool ok = true;

    for (size_t i = 0; i < inventory->n_endpoints; i++) {
        struct vm_endpoint *endpoint = inventory->endpoints_by_id[i];

        if (vm_changes_include(changes, endpoint->id)) {
            ok = ok && n_expected < n && list[n_expected] == endpoint;
            n_expected++;
        }
    }
    free(list);
    return ok && n == n_expected;
}

static int
run_list(int argc OVS_UNUSED, char *argv[])
{
    struct vm_inventory inventory;
    struct vm_changes changes;
    struct vm_random random;

    vm_random_init(&random, strtoull(argv[1], NULL, 10));
    vm_inventory_init(&inventory);
    vm_changes_init(&changes);
    for (int i = 0; i < 1000; i++) {
        char *id = xasprintf("vm%d", (int) vm_random_below(&random, 60));

        toggle(&inventory, id);
        vm_changes_note(&changes, id);
        vm_expect_that(id, "the list is sorted", is_sorted(&inventory));
        vm_expect_that(id, "what changed is listed",
                       lists(&inventory, &changes));
        if (i % 7 == 6) {
            vm_changes_clear(&changes);
        }
        free(id);
    }
    vm_changes_note_all(&changes);
    vm_expect_that("all", "are listed", lists(&inventory, &changes));
    vm_changes_destroy(&changes);
    vm_inventory_destroy(&inventory);
    return vm_expect_result();
}

const struct vm_test_command test_vm_endpoint_list_commands[] = {
    { "endpoint-list", "SEED", 1, 1, run_list },
    { NULL, NULL, 0, 0, NULL },
};
