/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-builder.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_builder_commands[];

/* The commands before the snapshot is built. */
static const char *const history[] = {
    "bond vm-aware-reservable=60 vm-aware-failback=false",
    "member eth1 speed=1G", "member eth0", "member eth2 standby",
    "vm web vnet0 uplinks=* min-rate=100M",
    "vm db vnet1 uplinks=eth9,eth1,* priority=6 shares=80 min-rate=5",
    "vm db vnet2 uplinks=eth0",
    "vm solo vnet4 uplinks=eth2 exclusive=true priority=2",
    "traffic web 200M", "traffic eth1 300M", "advance 20s",
    "link eth1 down", "migrate web eth0",
    "vm back vnet3 was=eth1 was-home=eth0",
};

static const char *const expected_members[] = {
    "eth0 10000000000 background 0 usable",
    "eth1 1000000000 background 300000000 lost",
    "eth2 10000000000 background 0 usable standby",
};

/* The order of rule 2.  "back" and "solo" were not measured: 200 Mbit/s for 50
 * shares of web and 80 of db make 77 Mbit/s for each.  "db/eth0" is first
 * among equals, so it has the remainder of the guarantee. */
static const char *const expected_slots[] = {
    "host p7 s50 g0 d0, pref any, at 0 home - pin -, moves",
    "db/eth0 p6 s80 g3 d0, pref 0, at 0 home - pin -, moves",
    "db/eth9,eth1,* p6 s80 g2 d0, pref - 1 any, at 0 home 1 pin -, moves",
    "web p3 s50 g100000000 d200000000, pref any, at 0 home - pin 0, stays",
    "back p3 s50 g0 d76923076, pref any, at 0 home 1 pin -, moves",
    "solo p2 s50 g0 d76923076, pref 2, at - home - pin -, exclusive moves",
};

/* "-" or the index of a member. */
static char
index_to_char(int member)
{
    return member < 0 ? '-' : '0' + member;
}

static char *
describe_member(const struct vm_snap_member *member)
{
    return xasprintf("%s %"PRIu64" background %"PRIu64" %s%s", member->name,
                     member->capacity, member->background,
                     member->usable ? "usable" : "lost",
                     member->standby ? " standby" : "");
}

static char *
describe_slot(const struct vm_snap_slot *slot)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "%s p%d s%u g%"PRIu64" d%"PRIu64", pref", slot->id,
                  slot->priority, slot->shares, slot->guarantee,
                  slot->demand);
    for (size_t i = 0; i < slot->n_pref; i++) {
        ds_put_format(&s, " %c", index_to_char(slot->pref[i]));
    }
    ds_put_format(&s, "%s, at %c home %c pin %c, %s%s",
                  slot->any ? " any" : "", index_to_char(slot->present),
                  index_to_char(slot->home), index_to_char(slot->pinned),
                  slot->exclusive ? "exclusive " : "",
                  slot->may_rebalance ? "moves" : "stays");
    return ds_steal_cstr(&s);
}

static void
check_builder(const struct vm_builder *builder)
{
    vm_expect_that("snapshot", "it has all members",
                   (builder->snapshot.n_members
                    == ARRAY_SIZE(expected_members)));
    vm_expect_that("snapshot", "it has all slots",
                   builder->snapshot.n_slots == ARRAY_SIZE(expected_slots));
    vm_expect_that("snapshot", "it has the bond's settings",
                   builder->snapshot.reservable_pct == 60
                   && builder->snapshot.threshold_pct == 75
                   && !builder->snapshot.failback);
    for (size_t i = 0; i < builder->snapshot.n_members; i++) {
        char *got = describe_member(&builder->snapshot.members[i]);

        vm_expect_text("member", expected_members[i], got);
        vm_expect_text(got, builder->snapshot.members[i].name,
                       vm_builder_member_name(builder, i));
        free(got);
    }
    for (size_t i = 0; i < builder->snapshot.n_slots; i++) {
        char *got = describe_slot(&builder->snapshot.slots[i]);

        vm_expect_text("slot", expected_slots[i], got);
        vm_expect_text(got, builder->snapshot.slots[i].id,
                       builder->states[i]->id);
        vm_expect_that(got, "its slot maps to its index",
                       vm_builder_find(builder, builder->states[i]) == i);
        free(got);
    }
    vm_expect_text("no member", NULL,
                   vm_builder_member_name(builder, VM_MEMBER_NONE));
}

static int
run_builder(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_stage stage;
    struct vm_builder builder;

    vm_stage_init(&stage);
    for (size_t i = 0; i < ARRAY_SIZE(history); i++) {
        char *error = vm_stage_command(&stage, history[i]);

        vm_expect_text(history[i], NULL, error);
        free(error);
    }
    vm_stage_run(&stage);
    vm_builder_init(&builder, vm_engine_inventory(stage.engine),
                    vm_engine_config(stage.engine), stage.now);
    check_builder(&builder);
    vm_builder_destroy(&builder);
    vm_stage_destroy(&stage);
    return vm_expect_result();
}

const struct vm_test_command test_vm_builder_commands[] = {
    { "builder", "", 0, 0, run_builder },
    { NULL, NULL, 0, 0, NULL },
};
