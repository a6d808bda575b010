/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-question.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/vm-problem.h"
#include "base/vm-value.h"
#include "engine/vm-clone.h"
#include "engine/vm-engine.h"
#include "model/vm-slot-load.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_question_commands[];

/* What is asked, and what it makes of a copy.  Errors: see
 * test-vm-whatif-table.c. */
static const char *const setup[] = {
    "member eth0 speed=1G", "member eth1 speed=5G capacity=2G",
    "member eth2 speed=1G down", "vm web vnet0 uplinks=eth0,*",
    "traffic web 300M", "advance 4s",
};

static const struct {
    const char *question;
    const char *text;
} cases[] = {
    { "lose=each",
      "lose eth0: eth0 down 1000000000, eth1 up 2000000000, "
      "eth2 down 1000000000\n"
      "lose eth1: eth0 up 1000000000, eth1 down 2000000000, "
      "eth2 down 1000000000\n"
      "each\n" },
    { "lose=eth1",
      "lose eth1: eth0 up 1000000000, eth1 down 2000000000, "
      "eth2 down 1000000000\n" },
    { "gain=eth2",
      "gain eth2: eth0 up 1000000000, eth1 up 2000000000, "
      "eth2 up 1000000000\n" },
    { "gain=eth2:10G",
      "gain eth2:10G: eth0 up 1000000000, eth1 up 2000000000, "
      "eth2 up 10000000000\n" },
    { "gain=eth10:25G",
      "gain eth10:25G: eth0 up 1000000000, eth1 up 2000000000, "
      "eth10 up 25000000000, eth2 down 1000000000\n" },

    /* The capacity is configured. */
    { "gain=eth1:25G",
      "gain eth1:25G: eth0 up 1000000000, eth1 up 2000000000, "
      "eth2 down 1000000000\n" },

    { "add=vm-id=db,vm-uplinks=eth0,eth1,demand=70M",
      "add vm-id=db,vm-uplinks=eth0,eth1,demand=70M: eth0 up 1000000000, "
      "eth1 up 2000000000, eth2 down 1000000000, db sends 70 Mbit/s\n" },
    { "add=vm-uplinks=eth9",
      "add vm-uplinks=eth9: eth0 up 1000000000, eth1 up 2000000000, "
      "eth2 down 1000000000, what-if sends 300 Mbit/s, vm-uplinks=eth9: "
      "eth9 is no member of bond0, members are: eth0, eth1, eth2\n" },
};

/* Appends the members of 'then', and the VM that was added. */
static void
put_engine(const struct vm_engine *then, const struct vm_problems *warnings,
           long long int now, struct ds *s)
{
    const struct vm_inventory *inventory = vm_engine_inventory(then);
    const struct vm_interface *iface
        = vm_inventory_find_interface(inventory, "what-if");

    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        ds_put_format(s, "%s%s %s %"PRIu64, i ? ", " : "", member->name,
                      member->enabled ? "up" : "down",
                      vm_member_capacity(member));
    }
    if (iface) {
        ds_put_format(s, ", %s sends ", vm_interface_endpoint_id(iface));
        vm_rate_format(vm_slot_rate(iface->slot, now), s);
    }
    for (size_t i = 0; i < warnings->n; i++) {
        ds_put_format(s, ", %s", warnings->list[i].text);
    }
}

static void
put_cases(const struct vm_stage *stage, const struct vm_question *question,
          struct ds *s)
{
    for (size_t i = 0; i < question->n; i++) {
        struct vm_problems warnings = VM_PROBLEMS_INITIALIZER;
        struct vm_engine *then = vm_engine_clone(stage->engine, stage->now);

        vm_case_happen(question->cases[i], stage->engine, then, stage->now,
                       &warnings);
        ds_put_format(s, "%s: ", question->cases[i]->what);
        put_engine(then, &warnings, stage->now, s);
        ds_put_char(s, '\n');
        vm_engine_destroy(then);
        vm_problems_destroy(&warnings);
    }
    if (question->each) {
        ds_put_cstr(s, "each\n");
    }
}

static int
run_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_stage stage;

    vm_stage_begin(&stage, setup, ARRAY_SIZE(setup));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ds s = DS_EMPTY_INITIALIZER;
        struct vm_question question;

        vm_expect_text(cases[i].question, NULL,
                       vm_question_parse(&question, cases[i].question,
                                         stage.engine));
        put_cases(&stage, &question, &s);
        vm_expect_text(cases[i].question, cases[i].text, ds_cstr(&s));
        vm_question_destroy(&question);
        ds_destroy(&s);
    }
    vm_stage_destroy(&stage);
    return vm_expect_result();
}

const struct vm_test_command test_vm_question_commands[] = {
    { "question", "", 0, 0, run_table },
    { NULL, NULL, 0, 0, NULL },
};
