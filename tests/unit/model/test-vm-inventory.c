/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-inventory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/vm-map.h"
#include "model/vm-guarantee.h"
#include "model/vm-regroup.h"
#include "model/vm-slot.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-random.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_inventory_commands[];

/* An inventory and the configuration that its functions need. */
struct stock {
    struct vm_inventory inventory;
    struct vm_bond_config config;
};

static void
stock_init(struct stock *stock, const char *host)
{
    struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
    struct smap other_config = SMAP_INITIALIZER(&other_config);

    if (host) {
        smap_add(&other_config, "vm-aware-host", host);
    }
    vm_bond_config_parse(&stock->config, "bond0", &other_config, &problems);
    vm_inventory_init(&stock->inventory);
    vm_inventory_set_host(&stock->inventory, &stock->config);
    vm_problems_destroy(&problems);
    smap_destroy(&other_config);
}

static void
stock_destroy(struct stock *stock)
{
    vm_inventory_destroy(&stock->inventory);
    vm_bond_config_destroy(&stock->config);
}

/* Tells 'stock' of interface 'name'; null 'id' is no identity. */
static bool
set(struct stock *stock, const char *name, const char *id, const char *pref,
    const char *vm_name)
{
    struct smap external_ids = SMAP_INITIALIZER(&external_ids);
    struct vm_interface_facts facts = {
        .external_ids = &external_ids,
        .access_vlan = -1,
    };

    if (id) {
        smap_add(&external_ids, "vm-id", id);
    }
    if (pref) {
        smap_add(&external_ids, "vm-uplinks", pref);
    }
    if (vm_name) {
        smap_add(&external_ids, "vm-name", vm_name);
    }
    bool changed = vm_inventory_set_interface(&stock->inventory, name, &facts,
                                              &stock->config);
    smap_destroy(&external_ids);
    return changed;
}

/* Adds a key to those of interface 'name', or replaces it. */
static bool
set_key(struct stock *stock, const char *name, const char *key,
        const char *value)
{
    const struct vm_interface *iface
        = vm_inventory_find_interface(&stock->inventory, name);
    struct smap external_ids = SMAP_INITIALIZER(&external_ids);
    struct vm_interface_facts facts = {
        .external_ids = &external_ids,
        .access_vlan = iface->access_vlan,
    };

    vm_map_get_all(iface->external_ids, &external_ids);
    smap_replace(&external_ids, key, value);
    bool changed = vm_inventory_set_interface(&stock->inventory, name, &facts,
                                              &stock->config);
    smap_destroy(&external_ids);
    return changed;
}

static bool
drop(struct stock *stock, const char *name)
{
    return vm_inventory_set_interface(&stock->inventory, name, NULL,
                                      &stock->config);
}

/* "web: web/eth0(vnet0 vnet1) web/eth1(vnet2); host: host()" */
static char *
describe(const struct stock *stock)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    size_t n;
    struct vm_endpoint **endpoints
        = vm_inventory_endpoints(&stock->inventory, &n);

    for (size_t i = 0; i < n; i++) {
        ds_put_format(&s, "%s%s:", i ? "; " : "", endpoints[i]->id);
        for (size_t j = 0; j < endpoints[i]->n_slots; j++) {
            const struct vm_slot *slot = endpoints[i]->slots[j];

            ds_put_format(&s, " %s(", slot->id);
            for (size_t k = 0; k < slot->n_interfaces; k++) {
                ds_put_format(&s, "%s%s", k ? " " : "",
                              slot->interfaces[k]->name);
            }
            ds_put_char(&s, ')');
        }
    }
    free(endpoints);
    return ds_steal_cstr(&s);
}

/* Steps are separated by commas: "vnet0 web eth0+eth1" sets an interface ("-"
 * is no identity; "+" separates the names of a preference, which is optional),
 * "-vnet0" removes it, and "!" regroups, which also happens at the end. */
static const struct {
    const char *what;
    const char *steps;
    const char *expected;
} group_cases[] = {
    { "the host always exists", "", "host: host()" },
    { "no identity is the host", "vnet0 -", "host: host(vnet0)" },
    { "the host has one slot, whatever its interfaces say",
      "vnet0 - eth0,vnet1 - eth1", "host: host(vnet0 vnet1)" },
    { "the reserved word is no identity", "vnet0 host", "host: host(vnet0)" },
    { "one VM, one interface", "vnet0 web",
      "host: host(); web: web(vnet0)" },
    { "interfaces by name, not by age", "vnet2 web,vnet1 web",
      "host: host(); web: web(vnet1 vnet2)" },
    { "two preferences are two slots", "vnet0 web eth1,vnet1 web eth0",
      "host: host(); web: web/eth0(vnet1) web/eth1(vnet0)" },
    { "order is part of a preference",
      "vnet0 web eth0+eth1,vnet1 web eth1+eth0",
      "host: host(); web: web/eth0,eth1(vnet0) web/eth1,eth0(vnet1)" },
    { "equal preferences are one slot",
      "vnet0 web eth1,vnet1 web eth0,vnet2 web eth1",
      "host: host(); web: web/eth0(vnet1) web/eth1(vnet0 vnet2)" },
    { "endpoints by identity", "vnet0 b,vnet1 a,vnet2 zz",
      "a: a(vnet1); b: b(vnet0); host: host(); zz: zz(vnet2)" },
    { "the VM is removed with its last interface", "vnet0 web,!,-vnet0",
      "host: host()" },
    { "a slot is removed with its last interface",
      "vnet0 web eth0,vnet1 web eth1,!,-vnet1",
      "host: host(); web: web(vnet0)" },
    { "removed before regrouping", "vnet0 web,-vnet0", "host: host()" },
    { "another identity", "vnet0 web,!,vnet0 www",
      "host: host(); www: www(vnet0)" },
    { "to the host", "vnet0 web,!,vnet0 -", "host: host(vnet0)" },
    { "from the host", "vnet0 -,!,vnet0 web",
      "host: host(); web: web(vnet0)" },
    { "another preference", "vnet0 web eth0,vnet1 web eth0,!,vnet1 web eth1",
      "host: host(); web: web/eth0(vnet0) web/eth1(vnet1)" },
    { "the same preference again",
      "vnet0 web eth0,vnet1 web eth1,!,vnet1 web eth0",
      "host: host(); web: web(vnet0 vnet1)" },
    { "an identity that looks like a slot",
      "vnet0 web eth0,vnet1 web eth1,vnet2 web/eth0",
      "host: host(); web: web/eth0/(vnet0) web/eth1(vnet1); "
      "web/eth0: web/eth0(vnet2)" },
};

static void
regroup(struct vm_inventory *inventory)
{
    struct vm_changes changes;

    vm_regroup(inventory, &changes);
    vm_changes_destroy(&changes);
}

static void
do_step(struct stock *stock, const char *step)
{
    char name[32], id[32], pref[32];
    int n = sscanf(step, "%31s %31s %31s", name, id, pref);

    if (!strcmp(step, "!")) {
        regroup(&stock->inventory);
    } else if (step[0] == '-') {
        drop(stock, step + 1);
    } else if (n >= 2) {
        for (char *p = pref; n > 2 && *p; p++) {
            *p = *p == '+' ? ',' : *p;
        }
        set(stock, name, strcmp(id, "-") ? id : NULL, n > 2 ? pref : NULL,
            NULL);
    } else {
        ovs_fatal(0, "%s: not a step", step);
    }
}

static int
run_groups(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(group_cases); i++) {
        char *steps = xstrdup(group_cases[i].steps);
        char *save_ptr = NULL;
        struct stock stock;

        stock_init(&stock, NULL);
        for (char *step = strtok_r(steps, ",", &save_ptr); step;
             step = strtok_r(NULL, ",", &save_ptr)) {
            do_step(&stock, step);
        }
        regroup(&stock.inventory);

        char *got = describe(&stock);
        vm_expect_text(group_cases[i].what, group_cases[i].expected, got);
        free(got);
        free(steps);
        stock_destroy(&stock);
    }
    return vm_expect_result();
}

/* What is a change, and which endpoint is found by which name. */
static int
run_facts(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct stock stock;
    const struct vm_inventory *inventory = &stock.inventory;

    stock_init(&stock, NULL);
    vm_expect_that("an interface", "it is new",
                   set(&stock, "vnet0", "b", NULL, "Web"));
    vm_expect_that("the same", "it is known",
                   !set(&stock, "vnet0", "b", NULL, "Web"));
    vm_expect_that("another preference", "it is new",
                   set(&stock, "vnet0", "b", "eth0", "Web"));
    vm_expect_that("a foreign key", "it is not a change",
                   !set_key(&stock, "vnet0", "ovn-installed", "true"));
    vm_expect_that("a key of ours", "it is new",
                   set_key(&stock, "vnet0", "vm-shares", "80"));
    vm_expect_that("a problem", "it is new",
                   set_key(&stock, "vnet0", "vm-burst", "much"));
    vm_expect_that("an address", "it is new",
                   set_key(&stock, "vnet0", "attached-mac",
                           "52:54:00:00:00:01"));
    vm_expect_that("the same address", "it is known",
                   !set_key(&stock, "vnet0", "attached-mac",
                            "52:54:00:00:00:01"));
    vm_expect_that("another address", "it is new",
                   set_key(&stock, "vnet0", "attached-mac",
                           "52:54:00:00:00:02"));
    vm_expect_that("another identity", "it is new",
                   set_key(&stock, "vnet0", "vm-id", "c"));
    set_key(&stock, "vnet0", "vm-id", "b");
    vm_expect_that("a stranger", "there is nothing to remove",
                   !drop(&stock, "vnet9"));
    set(&stock, "vnet1", "a", NULL, "Web");
    set(&stock, "vnet2", "Web", NULL, NULL);

    const struct vm_interface *iface
        = vm_inventory_find_interface(inventory, "vnet1");
    vm_expect_that("before regrouping", "a new interface has a place",
                   iface->endpoint && iface->slot);

    regroup(&stock.inventory);
    vm_expect_text("by identity", "Web",
                   vm_inventory_find_endpoint(inventory, "Web")->id);
    drop(&stock, "vnet2");
    regroup(&stock.inventory);
    vm_expect_text("by name: the lowest identity", "a",
                   vm_inventory_find_endpoint(inventory, "Web")->id);
    vm_expect_that("an unknown name", "no endpoint is found",
                   !vm_inventory_find_endpoint(inventory, "nobody"));
    vm_expect_text("the host", "host",
                   vm_inventory_find_endpoint(inventory, "host")->id);

    vm_expect_that("the last interface", "it can be removed",
                   drop(&stock, "vnet0"));
    vm_expect_that("before regrouping", "no list contains the removed one",
                   !vm_inventory_find_endpoint(inventory, "b")->n_interfaces);
    stock_destroy(&stock);
    return vm_expect_result();
}

static int
run_members(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const char *const names[] = { "eth2", "eth10", "eth0", "eth1" };
    static const char *const sorted[] = { "eth0", "eth1", "eth10", "eth2" };
    struct stock stock;
    const struct vm_inventory *inventory = &stock.inventory;

    stock_init(&stock, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        vm_inventory_add_member(&stock.inventory, names[i], 7);
    }
    vm_expect_that("added twice", "it is the same",
                   vm_inventory_add_member(&stock.inventory, "eth1", 9)
                   == vm_inventory_find_member(inventory, "eth1"));
    vm_expect_that("four names", "there are four members",
                   inventory->n_members == ARRAY_SIZE(sorted));
    for (size_t i = 0; i < ARRAY_SIZE(sorted); i++) {
        vm_expect_text("sorted", sorted[i], inventory->members[i]->name);
        vm_expect_that(sorted[i], "its index is its place",
                       vm_inventory_member_index(inventory, sorted[i]) == i);
    }
    vm_expect_that("eth10", "it can be removed",
                   vm_inventory_remove_member(&stock.inventory, "eth10"));
    vm_expect_that("eth10", "only once",
                   !vm_inventory_remove_member(&stock.inventory, "eth10"));
    vm_expect_that("eth2", "it is the third now",
                   vm_inventory_member_index(inventory, "eth2") == 2);
    vm_expect_that("eth10", "it is not found",
                   !vm_inventory_find_member(inventory, "eth10"));
    stock_destroy(&stock);
    return vm_expect_result();
}

/* A guarantee is divided over the slots, of which none can be placed here, and
 * nothing of it is lost. */
static int
run_guarantee(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const struct {
        uint64_t min_rate;
        size_t n_slots;
        const char *expected;
    } cases[] = {
        { 0, 1, "0" }, { 0, 3, "0 0 0" },
        { 1000, 1, "1000" }, { 1000, 2, "500 500" },
        { 1000, 3, "334 333 333" }, { 2, 3, "2 0 0" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ds got = DS_EMPTY_INITIALIZER;
        struct stock stock;

        stock_init(&stock, NULL);
        for (size_t j = 0; j < cases[i].n_slots; j++) {
            char *name = xasprintf("vnet%"PRIuSIZE, j);
            char *pref = xasprintf("eth%"PRIuSIZE, j);

            set(&stock, name, "web", pref, NULL);
            free(name);
            free(pref);
        }
        regroup(&stock.inventory);

        struct vm_endpoint *endpoint
            = vm_inventory_find_endpoint(&stock.inventory, "web");
        endpoint->policy.min_rate = cases[i].min_rate;
        vm_guarantees_divide(&stock.inventory,
                             stock.inventory.endpoints_by_id,
                             stock.inventory.n_endpoints, 0);
        for (size_t j = 0; j < endpoint->n_slots; j++) {
            ds_put_format(&got, "%s%"PRIu64, j ? " " : "",
                          vm_slot_guarantee(endpoint->slots[j]));
        }
        vm_expect_text("guarantee", cases[i].expected, ds_cstr(&got));
        ds_destroy(&got);
        stock_destroy(&stock);
    }
    return vm_expect_result();
}

/* However interfaces are added, changed and removed, the groups equal those of
 * a new inventory with the same facts. */
static int
run_random(int argc OVS_UNUSED, char *argv[])
{
    static const char *const ids[] = { NULL, "a", "b", "c", "host" };
    static const char *const prefs[] = { NULL, "eth0", "eth1,*", "eth1" };
    struct facts {
        bool exists;
        const char *id, *pref;
    } facts[10];
    struct vm_random random;
    struct stock stock;

    memset(facts, 0, sizeof facts);
    vm_random_init(&random, strtoull(argv[1], NULL, 10));
    stock_init(&stock, "priority=5");
    for (size_t i = strtoull(argv[2], NULL, 10); i; i--) {
        size_t index = vm_random_below(&random, ARRAY_SIZE(facts));
        struct facts *f = &facts[index];
        char *name = xasprintf("vnet%"PRIuSIZE, index);

        f->exists = vm_random_chance(&random, 70);
        f->id = ids[vm_random_below(&random, ARRAY_SIZE(ids))];
        f->pref = prefs[vm_random_below(&random, ARRAY_SIZE(prefs))];
        if (f->exists) {
            set(&stock, name, f->id, f->pref, NULL);
        } else {
            drop(&stock, name);
        }
        free(name);
        if (vm_random_chance(&random, 40)) {
            continue;
        }

        struct stock fresh;
        stock_init(&fresh, "priority=5");
        for (size_t j = 0; j < ARRAY_SIZE(facts); j++) {
            name = xasprintf("vnet%"PRIuSIZE, j);
            if (facts[j].exists) {
                set(&fresh, name, facts[j].id, facts[j].pref, NULL);
            }
            free(name);
        }
        regroup(&stock.inventory);
        regroup(&fresh.inventory);

        char *expected = describe(&fresh);
        char *got = describe(&stock);
        vm_expect_text(argv[1], expected, got);
        free(expected);
        free(got);
        stock_destroy(&fresh);
    }
    stock_destroy(&stock);
    return vm_expect_result();
}

const struct vm_test_command test_vm_inventory_commands[] = {
    { "inventory-groups", "", 0, 0, run_groups },
    { "inventory-facts", "", 0, 0, run_facts },
    { "inventory-members", "", 0, 0, run_members },
    { "inventory-guarantee", "", 0, 0, run_guarantee },
    { "inventory-random", "SEED N", 2, 2, run_random },
    { NULL, NULL, 0, 0, NULL },
};
