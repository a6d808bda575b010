/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-watch.h"

#include <limits.h>
#include <stdlib.h>

#include "base/vm-problem.h"
#include "model/vm-inventory.h"
#include "model/vm-regroup.h"
#include "smap.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_watch_commands[];

/* Adds, changes or, without 'id', removes an interface, and derives what
 * follows. */
static void
set(struct vm_inventory *inventory, const char *name, const char *id,
    const char *key, const char *value)
{
    const struct vm_bond_config config = { .profiles = NULL };
    struct smap external_ids = SMAP_INITIALIZER(&external_ids);
    const struct vm_interface_facts facts = { .external_ids = &external_ids };
    struct vm_changes changes;

    smap_add(&external_ids, "vm-id", id ? id : "");
    if (key) {
        smap_add(&external_ids, key, value);
    }
    vm_inventory_set_interface(inventory, name, id ? &facts : NULL, &config);
    vm_regroup(inventory, &changes);
    vm_watch_placed(inventory, &changes, 0);
    vm_watch_checked(inventory, &changes);
    vm_changes_destroy(&changes);
    smap_destroy(&external_ids);
}

static struct vm_slot *
get_slot(const struct vm_inventory *inventory, const char *id)
{
    return vm_inventory_find_endpoint(inventory, id)->slots[0];
}

/* Expects that 'slots', which are freed, are just the one of 'id', or none. */
static void
expect_slots(const char *what, struct vm_slot **slots, size_t n,
             const char *id)
{
    vm_expect_text(what, id ? id : "none",
                   !n ? "none" : n > 1 ? "several" : slots[0]->endpoint->id);
    free(slots);
}

static void
expect_timed(const char *what, const struct vm_inventory *inventory,
             const char *id)
{
    size_t n;
    struct vm_slot **slots = vm_watch_timed(inventory, &n);

    expect_slots(what, slots, n, id);
}

static void
expect_bound(const char *what, const struct vm_inventory *inventory,
             const char *id)
{
    size_t n;
    struct vm_slot **slots = vm_watch_bound(inventory, &n);

    expect_slots(what, slots, n, id);
}

static void
test_timed(struct vm_inventory *inventory)
{
    struct vm_changes one;

    vm_changes_init(&one);
    vm_changes_note(&one, "b");
    get_slot(inventory, "b")->next_announce = 10;
    expect_timed("not placed", inventory, NULL);
    vm_watch_placed(inventory, &one, 0);
    expect_timed("to be announced", inventory, "b");
    get_slot(inventory, "b")->next_announce = LLONG_MAX;
    vm_watch_told(inventory, 10);
    expect_timed("announced", inventory, NULL);

    get_slot(inventory, "b")->reverse_after = 20;
    vm_watch_placed(inventory, &one, 10);
    expect_timed("not strict yet", inventory, "b");
    vm_watch_told(inventory, 20);
    expect_timed("strict", inventory, NULL);

    get_slot(inventory, "b")->untold = true;
    vm_watch_placed(inventory, &one, 20);
    expect_timed("to be reported", inventory, "b");
    set(inventory, "b0", NULL, NULL, NULL);
    expect_timed("gone", inventory, NULL);
    vm_changes_destroy(&one);
}

static void
test_bound(struct vm_inventory *inventory)
{
    expect_bound("nothing", inventory, NULL);
    set(inventory, "a0", "a", "vm-uplinks", "eth1,*");
    expect_bound("a preference", inventory, "a");
    set(inventory, "a0", "a", "vm-exclusive", "true");
    expect_bound("exclusive", inventory, "a");
    set(inventory, "a0", "a", NULL, NULL);
    expect_bound("free", inventory, NULL);
}

/* Expects the problems of 'n' objects, the first of which is 'where'. */
static void
expect_problems(const char *what, const struct vm_inventory *inventory,
                size_t n, const char *where)
{
    struct vm_problems all = VM_PROBLEMS_INITIALIZER;

    vm_watch_problems(inventory, &all);
    vm_expect_that(what, "has as many", all.n == n);
    if (all.n) {
        vm_expect_text(what, where, all.list[0].where);
    }
    vm_problems_destroy(&all);
}

static void
test_troubled(struct vm_inventory *inventory)
{
    const struct vm_changes all = { .all = true };
    struct vm_interface *first
        = vm_inventory_find_interface(inventory, "a0");

    expect_problems("none", inventory, 0, NULL);
    set(inventory, "c0", "c", NULL, NULL);
    vm_problems_add(&first->problems, "a0", "one");
    vm_problems_add(
        &vm_inventory_find_interface(inventory, "c0")->problems, "c0", "two");
    vm_problems_add(&first->endpoint->problems, "a", "three");
    expect_problems("not checked", inventory, 0, NULL);
    vm_watch_checked(inventory, &all);
    expect_problems("three", inventory, 3, "a0");
    set(inventory, "a0", NULL, NULL, NULL);
    expect_problems("a gone", inventory, 1, "c0");
}

static int
run_watch(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_inventory inventory;

    vm_inventory_init(&inventory);
    set(&inventory, "a0", "a", NULL, NULL);
    set(&inventory, "b0", "b", NULL, NULL);
    test_timed(&inventory);
    test_bound(&inventory);
    test_troubled(&inventory);
    vm_inventory_destroy(&inventory);
    return vm_expect_result();
}

const struct vm_test_command test_vm_watch_commands[] = {
    { "watch", "", 0, 0, run_watch },
    { NULL, NULL, 0, 0, NULL },
};
