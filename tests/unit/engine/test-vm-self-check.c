/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-self-check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/vm-engine.h"
#include "engine/vm-policing.h"
#include "model/vm-slot.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_self_check_commands[];

/* An oracle that finds nothing proves nothing: each case corrupts the derived
 * state in one way, and the self-check must find it. */

static struct vm_interface *
interface(struct vm_stage *stage, const char *name)
{
    return vm_inventory_find_interface(vm_engine_inventory(stage->engine),
                                       name);
}

static void
replace(char **string, const char *new)
{
    free(*string);
    *string = nullable_xstrdup(new);
}

static void
spoil_nothing(struct vm_stage *stage OVS_UNUSED)
{
}

static void
spoil_placement(struct vm_stage *stage)
{
    replace(&interface(stage, "vnet0")->slot->member, "eth1");
}

static void
spoil_placement_lost(struct vm_stage *stage)
{
    replace(&interface(stage, "vnet2")->slot->member, "eth2");
}

static void
spoil_reason(struct vm_stage *stage)
{
    interface(stage, "vnet0")->slot->reason = VM_R_NONE;
}

static void
spoil_published(struct vm_stage *stage)
{
    interface(stage, "vnet0")->slot->reason = VM_R_FAILBACK;
}

static void
spoil_print(struct vm_stage *stage)
{
    interface(stage, "vnet1")->print = interface(stage, "vnet0")->print;
}

static void
spoil_published_host(struct vm_stage *stage)
{
    interface(stage, "br0")->slot->reason = VM_R_FAILBACK;
}

static void
spoil_home(struct vm_stage *stage)
{
    replace(&interface(stage, "vnet0")->slot->home, "eth0");
}

static void
spoil_policy(struct vm_stage *stage)
{
    interface(stage, "vnet0")->policy.priority++;
}

static void
spoil_merged_policy(struct vm_stage *stage)
{
    interface(stage, "vnet0")->endpoint->policy.shares++;
}

static void
spoil_problems(struct vm_stage *stage)
{
    vm_problems_clear(&interface(stage, "vnet3")->parse_problems);
}

static void
spoil_problem_list(struct vm_stage *stage)
{
    vm_problems_clear(CONST_CAST(struct vm_problems *,
                                 vm_engine_problems(stage->engine)));
}

static void
spoil_order(struct vm_stage *stage)
{
    struct vm_slot *slot = interface(stage, "vnet0")->slot;
    struct vm_interface *first = slot->interfaces[0];

    slot->interfaces[0] = slot->interfaces[1];
    slot->interfaces[1] = first;
}

static void
spoil_membership(struct vm_stage *stage)
{
    interface(stage, "vnet0")->slot->n_interfaces--;
}

static void
spoil_endpoint(struct vm_stage *stage)
{
    interface(stage, "vnet0")->endpoint->n_interfaces--;
}

static void
spoil_empty_slot(struct vm_stage *stage)
{
    interface(stage, "vnet2")->slot->n_interfaces = 0;
}

static void
spoil_slot_order(struct vm_stage *stage)
{
    struct vm_endpoint *endpoint = interface(stage, "vnet2")->endpoint;
    struct vm_slot *first = endpoint->slots[0];

    endpoint->slots[0] = endpoint->slots[1];
    endpoint->slots[1] = first;
}

static void
spoil_equal_prefs(struct vm_stage *stage)
{
    struct vm_endpoint *endpoint = interface(stage, "vnet2")->endpoint;

    vm_slot_set_pref(endpoint->slots[0], &endpoint->slots[1]->pref);
}

static void
spoil_slot(struct vm_stage *stage)
{
    interface(stage, "vnet0")->slot = interface(stage, "vnet2")->slot;
}

static void
spoil_identity(struct vm_stage *stage)
{
    interface(stage, "vnet0")->identity = "www";
}

static void
spoil_keys(struct vm_stage *stage)
{
    struct vm_interface *iface = interface(stage, "vnet0");

    iface->identity = "web";
    free(iface->external_ids);
    iface->external_ids = NULL;
}

static void
spoil_pref(struct vm_stage *stage)
{
    interface(stage, "vnet0")->slot->pref.any = false;
}

static void
spoil_tx_member(struct vm_stage *stage)
{
    replace(&interface(stage, "vnet0")->tx_member, "eth1");
}

static void
spoil_announcement(struct vm_stage *stage)
{
    interface(stage, "vnet0")->slot->announces_left = 2;
}

static void
spoil_reverse(struct vm_stage *stage)
{
    interface(stage, "vnet0")->slot->reverse_after = 5;
}

static void
spoil_untold(struct vm_stage *stage)
{
    interface(stage, "vnet0")->slot->untold = true;
}

static void
spoil_macs(struct vm_stage *stage)
{
    struct vm_interface *iface = interface(stage, "vnet0");

    iface->macs.list[1] = iface->macs.list[0];
}

static struct vm_member *
member(struct vm_stage *stage, const char *name)
{
    return vm_inventory_find_member(vm_engine_inventory(stage->engine), name);
}

static void
spoil_member(struct vm_stage *stage)
{
    member(stage, "eth0")->state = VM_MEMBER_LOST;
}

static void
spoil_assumption(struct vm_stage *stage)
{
    member(stage, "eth1")->assumed = 1;
}

static void
spoil_hold_off(struct vm_stage *stage)
{
    member(stage, "eth1")->held_until = 5;
}

static void
spoil_leaving(struct vm_stage *stage)
{
    interface(stage, "vnet0")->slot->leaves = true;
}

static void
spoil_drain(struct vm_stage *stage)
{
    member(stage, "eth1")->drain_next = 5;
}

static struct vm_inventory *
inventory(struct vm_stage *stage)
{
    return CONST_CAST(struct vm_inventory *,
                      vm_engine_inventory(stage->engine));
}

static void
spoil_interfaces(struct vm_stage *stage)
{
    struct vm_interface **list = inventory(stage)->interfaces_by_name;

    list[0] = list[1];
}

static void
spoil_endpoints(struct vm_stage *stage)
{
    struct vm_endpoint **list = inventory(stage)->endpoints_by_id;
    struct vm_endpoint *first = list[0];

    list[0] = list[1];
    list[1] = first;
}

static void
spoil_endpoint_count(struct vm_stage *stage)
{
    inventory(stage)->n_endpoints--;
}

static void
spoil_ungrouped(struct vm_stage *stage)
{
    interface(stage, "vnet0")->grouped = false;
}

static struct vm_senders *
senders(struct vm_stage *stage)
{
    return CONST_CAST(struct vm_senders *,
                      &vm_engine_policing(stage->engine)->senders);
}

static void
spoil_senders(struct vm_stage *stage)
{
    senders(stage)->n--;
}

static void
spoil_sender_order(struct vm_stage *stage)
{
    struct vm_sender **list = senders(stage)->list;
    struct vm_sender *first = list[0];

    list[0] = list[1];
    list[1] = first;
}

static void
spoil_sender_member(struct vm_stage *stage)
{
    senders(stage)->list[0]->member = member(stage, "eth2");
}

static void
spoil_sender_slots(struct vm_stage *stage)
{
    senders(stage)->list[0]->slots[0] = interface(stage, "vnet0")->slot;
}

static const struct {
    const char *what;
    void (*spoil)(struct vm_stage *);
    const char *found;          /* Part of the expected difference. */
} cases[] = {
    { "nothing", spoil_nothing, NULL },
    { "placement", spoil_placement, "web: on eth1, would be moved to eth0" },
    { "lost member", spoil_placement_lost, "on eth2, which is down" },
    { "reason", spoil_reason, "web: not decided" },
    { "published forwarding", spoil_published,
      "vnet0: published is not its forwarding" },
    { "fingerprint", spoil_print, "vnet1: published is not its forwarding" },
    { "published forwarding of the host", spoil_published_host,
      "\npublished:" },
    { "home", spoil_home, "at home and away" },
    { "policy", spoil_policy, "vnet0: policy is not what its keys say" },
    { "merged policy", spoil_merged_policy,
      "web: policy is not that of its interfaces" },
    { "problems", spoil_problems, "vnet3: problems are not those" },
    { "list of problems", spoil_problem_list, "0 problems are listed" },
    { "order", spoil_order, "vnet0: not exactly once in slot web" },
    { "membership", spoil_membership, "vnet1: not exactly once in slot" },
    { "endpoint", spoil_endpoint,
      "vnet1: not exactly once in endpoint web" },
    { "empty slot", spoil_empty_slot, "db/eth1: slot without interface" },
    { "order of slots", spoil_slot_order, "db: slots out of order" },
    { "equal preferences", spoil_equal_prefs,
      "db/* and db/eth1 have equal preferences" },
    { "slot", spoil_slot, "vnet0: not exactly once in slot" },
    { "identity", spoil_identity, "vnet0: belongs to web, identity is www" },
    { "keys", spoil_keys, "vnet0: identity is not what its keys say" },
    { "preference", spoil_pref, "vnet0: slot web has another preference" },
    { "tx member", spoil_tx_member, "vnet0: tx member is eth0, not eth1" },
    { "announcement", spoil_announcement, "web: 2 announcements left" },
    { "reverse path", spoil_reverse, "web: reverse path strict after 5" },
    { "unreported move", spoil_untold, "web: moved and not reported" },
    { "addresses", spoil_macs, "vnet0: addresses out of order" },
    { "member", spoil_member, "web: on eth0, which is down" },
    { "assumed capacity", spoil_assumption, "eth1: 1 assumed" },
    { "hold-off", spoil_hold_off, "eth1: held off until 5" },
    { "leaving", spoil_leaving, "web: leaves eth0, which is not drained" },
    { "drain", spoil_drain, "eth1: next batch at 5, drained is false" },
    { "list of interfaces", spoil_interfaces,
      "interface 0 of the list is vnet0, not br0" },
    { "list of endpoints", spoil_endpoints,
      "endpoint 0 of the list is db, not bad" },
    { "number of endpoints", spoil_endpoint_count,
      "3 endpoints are listed, there are 4" },
    { "not grouped", spoil_ungrouped, "vnet0: not grouped" },
    { "number of senders", spoil_senders,
      "4 senders are listed, there are 5" },
    { "order of senders", spoil_sender_order,
      "sender 0 is db/*, not bad" },
    { "member of a sender", spoil_sender_member,
      "sender bad: not of its slots" },
    { "slots of a sender", spoil_sender_slots,
      "sender bad: not of its slots" },
};

static int
run_finds(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const char *const commands[] = {
        "member eth0", "member eth1", "member eth2 down",
        "vm web vnet0 uplinks=eth0,* mac=52:54:00:00:00:01",
        "vm web vnet1 uplinks=eth0,* mac=52:54:00:00:00:02",
        "mac vnet0 52:54:00:00:00:03",
        "vm db vnet2 uplinks=eth1", "vm db vnet4 uplinks=*",
        "vm bad vnet3 priority=9", "vm - br0",
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ds said = DS_EMPTY_INITIALIZER;
        struct vm_stage stage;

        vm_stage_init(&stage);
        for (size_t j = 0; j < ARRAY_SIZE(commands); j++) {
            vm_expect_text(commands[j], NULL,
                           vm_stage_command(&stage, commands[j]));
        }
        vm_stage_run(&stage);
        cases[i].spoil(&stage);
        vm_engine_check(stage.engine, &said);
        if (!cases[i].found) {
            vm_expect_text(cases[i].what, "", ds_cstr(&said));
        } else if (!strstr(ds_cstr(&said), cases[i].found)) {
            vm_expect_text(cases[i].what, cases[i].found, ds_cstr(&said));
        } else {
            vm_expect_that(cases[i].what, "it is found", true);
        }
        ds_destroy(&said);
        vm_stage_destroy(&stage);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_self_check_commands[] = {
    { "self-check-finds", "", 0, 0, run_finds },
    { NULL, NULL, 0, 0, NULL },
};
