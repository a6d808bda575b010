/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-describe.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/vm-engine.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "smap.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-sample-engine.h"
#include "vm-test.h"

/* What reports say of interfaces without a device. */

extern const struct vm_test_command test_vm_describe_absent_commands[];

/* The small engine, with interfaces that have no device: one of a VM that has
 * another one, both of another VM, and one without identity. */
static struct vm_engine *
create_absent(void)
{
    static const char *const keys[] = {
        "vm-id=1a vm-name=web vm-max-rate=1M vm-priority=7 vm-uplinks=eth1",
        "vm-id=1b vm-name=dead vm-min-rate=500M vm-exclusive=true",
        "vm-id=1b vm-priority=6 attached-mac=52:54:00:00:00:0b",
        "attached-mac=52:54:00:00:00:0c",
    };
    struct vm_engine *engine = vm_sample_small_engine();

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        char *name = xasprintf("tap%"PRIuSIZE, i);
        struct smap external_ids;
        const struct vm_interface_facts facts = {
            .external_ids = &external_ids,
            .no_device = true,
            .access_vlan = 7,
        };

        vm_sample_map(&external_ids, keys[i], ' ');
        vm_engine_set_interface(engine, name, &facts, VM_SAMPLE_NOW);
        smap_destroy(&external_ids);
        free(name);
    }
    vm_sample_run(engine, VM_SAMPLE_NOW);
    return engine;
}

static const struct {
    const char *what;
    const char *vm;
    const char *text;
} cases[] = {
    { "show", NULL,
      "bond bond1: 1 member, 1 VM, 1 without device, next rebalance in "
      "9.0 s\n"
      "  last rebalance 1.0 s ago: nothing moved: only one member is "
      "usable\n"
      "  member  state   capacity  load            reserved        VMs\n"
      "  eth0    usable  1 Gbit/s  200 Mbit/s 20%  500 Mbit/s 50%  1\n"
      "\n"
      "  VM    priority  uplink  state       sends       limit  "
      "guarantee   dropped  reason\n"
      "  dead  6         none    no device   0 bit/s     none   500 "
      "Mbit/s  none     none of its interfaces has a device\n"
      "  host  7         eth0    forwarding  0 bit/s     none   none     "
      "   none     the only usable member\n"
      "  web   6         eth0    forwarding  100 Mbit/s  none   500 "
      "Mbit/s  100 kB   first choice of vm-uplinks\n"
      "warning: interface tap0: vm-uplinks=eth1: eth1 is no member of "
      "bond1, members are: eth0\n"
      "warning: interface vnet0: vm-shares=x: not a number in 1..100, "
      "default 50 used\n" },
    { "explain", "dead",
      "VM dead (1b): priority 6, shares 50, guarantee 500 Mbit/s, limit "
      "none, exclusive true\n"
      "  no device: tap1, tap2\n" },
    { "explain", "web",
      "VM web (1a): priority 6, shares 50, guarantee 500 Mbit/s, limit "
      "none, exclusive false\n"
      "  vm-uplinks eth0, interface vnet0\n"
      "    member  chosen  predicted  why\n"
      "    eth0    true    50%        first choice of vm-uplinks\n"
      "    carried by eth0: first choice of vm-uplinks\n"
      "  no device: tap0\n" },
    { "explain-json", "dead",
      "bond = \"bond1\"\n"
      "failover = null\n"
      "id = \"1b\"\n"
      "name = \"dead\"\n"
      "no_device[0] = \"tap1\"\n"
      "no_device[1] = \"tap2\"\n"
      "request = null\n"
      "slots = []\n" },
};

static void
describe(const struct vm_engine *engine, const char *what, const char *vm,
         struct ds *s)
{
    char *error = NULL;

    if (!strcmp(what, "show")) {
        vm_describe_show(engine, VM_SAMPLE_NOW, s);
    } else if (!strcmp(what, "explain")) {
        error = vm_describe_explain(engine, vm, s);
    } else {
        struct json *json;

        error = vm_describe_explain_json(engine, vm, 0, &json);
        vm_sample_flatten(json, "", s);
        json_destroy(json);
    }
    vm_expect_text(what, NULL, error);
}

static int
run_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_engine *engine = create_absent();

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ds s = DS_EMPTY_INITIALIZER;

        describe(engine, cases[i].what, cases[i].vm, &s);
        vm_expect_text(cases[i].what, cases[i].text, ds_cstr(&s));
        ds_destroy(&s);
    }
    vm_engine_destroy(engine);
    return vm_expect_result();
}

const struct vm_test_command test_vm_describe_absent_commands[] = {
    { "describe-absent", "", 0, 0, run_table },
    { NULL, NULL, 0, 0, NULL },
};
