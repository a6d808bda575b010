/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-clone.h"

#include "base/vm-map.h"
#include "engine/vm-engine.h"
#include "model/vm-slot-load.h"
#include "model/vm-slot.h"
#include "smap.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_clone_commands[];

/* Facts of interfaces, each of which the copy must have. */
static const struct {
    const char *what;
    struct vm_interface_facts facts;
} facts[] = {
    { "nothing", { .internal = false } },
    { "internal", { .internal = true } },
    { "no device", { .no_device = true } },
    { "VLAN", { .access_vlan = 7 } },
    { "type of tags", { .tag_type = 0x88a8 } },
    { "way", { .way = 3 } },
    { "another bridge", { .remote = true } },
    { "tunnel of the kernel", { .kernel_tunnel = true } },
};

static bool
has_same_facts(const struct vm_interface *a, const struct vm_interface *b)
{
    struct smap keys = SMAP_INITIALIZER(&keys);
    bool same;

    vm_map_get_all(a->external_ids, &keys);
    same = vm_map_equal(b->external_ids, &keys);
    smap_destroy(&keys);
    return (same
            && a->internal == b->internal
            && a->no_device == b->no_device
            && a->access_vlan == b->access_vlan
            && a->tag_type == b->tag_type
            && vm_tag_port_equal(&a->port, &b->port)
            && a->way == b->way
            && a->remote == b->remote
            && a->kernel_tunnel == b->kernel_tunnel);
}

static void
check_facts(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
        struct vm_engine *engine = vm_engine_create("bond0", 0);

        vm_engine_set_interface(engine, "vnet0", &facts[i].facts, 0);

        struct vm_engine *copy = vm_engine_clone(engine, 0);
        vm_expect_that(facts[i].what, "the copy has it", has_same_facts(
            vm_inventory_find_interface(vm_engine_inventory(engine), "vnet0"),
            vm_inventory_find_interface(vm_engine_inventory(copy), "vnet0")));
        vm_engine_destroy(copy);
        vm_engine_destroy(engine);
    }
}

/* Returns the load of VM 'a', bit/s, for which a copy of the engine places it,
 * after it has sent and stopped.  'readings' are complete, or of each. */
static uint64_t
idle_load(const char *readings, const char *keys)
{
    char *vm = xasprintf("vm a vnet0 %s", keys);
    const char *const commands[] = {
        readings, "member eth0 speed=1G", vm, "traffic a 80M", "advance 10s",
        "traffic a 0", "advance 3s",
    };
    struct vm_stage stage;

    vm_stage_begin(&stage, commands, ARRAY_SIZE(commands));

    struct vm_engine *copy = vm_engine_clone(stage.engine, stage.now);
    struct vm_actions actions = VM_ACTIONS_INITIALIZER;
    vm_engine_run(copy, stage.now, &actions);

    const struct vm_interface *iface = vm_inventory_find_interface(
        vm_engine_inventory(copy), "vnet0");
    uint64_t load = vm_slot_rate(iface->slot, stage.now);
    vm_actions_destroy(&actions);
    vm_engine_destroy(copy);
    vm_stage_destroy(&stage);
    free(vm);
    return load;
}

/* What complete readings need not tell, the copy knows. */
static void
check_idle(void)
{
    static const char *const rows[] = { "shares=20", "max-rate=300M" };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t each = idle_load("readings each", rows[i]);
        uint64_t complete = idle_load("readings complete", rows[i]);

        vm_expect_that(rows[i], "the load decreases",
                       each > 0 && each < 40000000);
        vm_expect_that(rows[i], "by as much, within a percent, with complete "
                       "readings",
                       complete > each - each / 100
                       && complete < each + each / 100);
    }
}

/* The parts of a guarantee are as they were divided, here without the slot
 * that has no member. */
static void
check_parts(void)
{
    static const char *const commands[] = {
        "member eth0 speed=10G", "member eth1 speed=10G",
        "vm a vnet0 min-rate=2G uplinks=eth0", "vm a vnet1 uplinks=eth1",
        "link eth1 down", "advance 1s",
    };
    const struct vm_inventory *inventory;
    struct vm_stage stage;
    size_t n;

    vm_stage_begin(&stage, commands, ARRAY_SIZE(commands));

    struct vm_engine *copy = vm_engine_clone(stage.engine, stage.now);
    inventory = vm_engine_inventory(stage.engine);
    struct vm_slot **slots = vm_inventory_slots(inventory, &n);
    for (size_t i = 0; i < n; i++) {
        const struct vm_slot *slot
            = vm_clone_find_slot(vm_engine_inventory(copy), slots[i]);

        vm_expect_that(slots[i]->id, "the copy has its part of the guarantee",
                       vm_slot_guarantee(slot)
                       == vm_slot_guarantee(slots[i]));
    }
    free(slots);
    vm_engine_destroy(copy);
    vm_stage_destroy(&stage);
}

static int
run_clone(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    check_facts();
    check_idle();
    check_parts();
    return vm_expect_result();
}

const struct vm_test_command test_vm_clone_commands[] = {
    { "clone", "", 0, 0, run_clone },
    { NULL, NULL, 0, 0, NULL },
};
