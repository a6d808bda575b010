/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_world_commands[];

/* What happens before the snapshot is taken. */
static const char *const history[] = {
    "bond vm-aware-reservable=60 vm-aware-failback=false",
    "uplink eth1 speed=1G", "uplink eth0", "uplink eth2 standby",
    "vm web vnet0 uplinks=* min-rate=100M",
    "vm db vnet1 uplinks=eth9,eth1,* priority=6 shares=80 min-rate=5",
    "vm db vnet2 uplinks=eth0",
    "vm solo vnet4 uplinks=eth2 exclusive=true priority=2",
    "traffic web 200M", "traffic eth1 300M", "advance 20s",
    "link eth1 down", "migrate web eth0",
    "vm back vnet3 was=eth1 was-home=eth0",
};

static const char *const expected_uplinks[] = {
    "eth0 10000000000 background 0 usable",
    "eth1 1000000000 background 300000000 lost",
    "eth2 10000000000 background 0 usable standby",
};

/* The order of rule 2.  "db/eth0" is first among equals, so it has the
 * remainder of the guarantee. */
static const char *const expected_slots[] = {
    "host p7 s50 g0 d0, wish any, at 0 home - pin -, moves",
    "db/eth0 p6 s80 g3 d0, wish 0, at 0 home - pin -, moves",
    "db/eth9,eth1,* p6 s80 g2 d0, wish - 1 any, at 0 home 1 pin -, moves",
    "web p3 s50 g100000000 d200000000, wish any, at 0 home - pin 0, stays",
    "back p3 s50 g0 d0, wish any, at 0 home 1 pin -, moves",
    "solo p2 s50 g0 d0, wish 2, at - home - pin -, exclusive moves",
};

/* "-" or the index of an uplink. */
static char
index_to_char(int uplink)
{
    return uplink < 0 ? '-' : '0' + uplink;
}

static char *
describe_uplink(const struct vm_uplink *uplink)
{
    return xasprintf("%s %"PRIu64" background %"PRIu64" %s%s", uplink->name,
                     uplink->capacity, uplink->background,
                     uplink->usable ? "usable" : "lost",
                     uplink->standby ? " standby" : "");
}

static char *
describe_slot(const struct vm_slot *slot)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "%s p%d s%u g%"PRIu64" d%"PRIu64", wish", slot->id,
                  slot->priority, slot->shares, slot->guarantee,
                  slot->demand);
    for (size_t i = 0; i < slot->n_wish; i++) {
        ds_put_format(&s, " %c", index_to_char(slot->wish[i]));
    }
    ds_put_format(&s, "%s, at %c home %c pin %c, %s%s",
                  slot->any ? " any" : "", index_to_char(slot->present),
                  index_to_char(slot->home), index_to_char(slot->pinned),
                  slot->exclusive ? "exclusive " : "",
                  slot->may_rebalance ? "moves" : "stays");
    return ds_steal_cstr(&s);
}

static void
check_world(const struct vm_world *world)
{
    vm_expect_that("the world", "it has all uplinks",
                   world->snapshot.n_uplinks == ARRAY_SIZE(expected_uplinks));
    vm_expect_that("the world", "it has all slots",
                   world->snapshot.n_slots == ARRAY_SIZE(expected_slots));
    vm_expect_that("the world", "it has the bond's settings",
                   world->snapshot.reservable_pct == 60
                   && world->snapshot.threshold_pct == 75
                   && !world->snapshot.failback);
    for (size_t i = 0; i < world->snapshot.n_uplinks; i++) {
        char *got = describe_uplink(&world->snapshot.uplinks[i]);

        vm_expect_text("uplink", expected_uplinks[i], got);
        vm_expect_text(got, world->snapshot.uplinks[i].name,
                       vm_world_uplink_name(world, i));
        free(got);
    }
    for (size_t i = 0; i < world->snapshot.n_slots; i++) {
        char *got = describe_slot(&world->snapshot.slots[i]);

        vm_expect_text("slot", expected_slots[i], got);
        vm_expect_text(got, world->snapshot.slots[i].id,
                       world->states[i]->id);
        vm_expect_that(got, "the way back leads to it",
                       vm_world_find(world, world->states[i]) == i);
        free(got);
    }
    vm_expect_text("no uplink", NULL,
                   vm_world_uplink_name(world, VM_UPLINK_NONE));
}

static int
run_world(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_stage stage;
    struct vm_world world;

    vm_stage_init(&stage);
    for (size_t i = 0; i < ARRAY_SIZE(history); i++) {
        char *error = vm_stage_command(&stage, history[i]);

        vm_expect_text(history[i], NULL, error);
        free(error);
    }
    vm_stage_run(&stage);
    vm_world_init(&world, vm_engine_inventory(stage.engine),
                  vm_engine_config(stage.engine), stage.now);
    check_world(&world);
    vm_world_destroy(&world);
    vm_stage_destroy(&stage);
    return vm_expect_result();
}

const struct vm_test_command test_vm_world_commands[] = {
    { "world", "", 0, 0, run_world },
    { NULL, NULL, 0, 0, NULL },
};
