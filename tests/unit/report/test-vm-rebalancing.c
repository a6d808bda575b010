/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-rebalancing.h"

#include <stdlib.h>

#include "engine/vm-engine.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_rebalancing_commands[];

/* What the operator reads after vm-aware/rebalance. */
static const struct {
    const char *what;
    const char *commands[8];
    const char *text;
    const char *json;
} outcomes[] = {
    { "no member", { "vm a vnet0", "traffic a 900M", "advance 5s" },
      "nothing moved: no member of the bond is usable\n",
      "{\"last_moves\":0,\"last_reason\":\"all-lost\",\"moves\":[]}" },
    { "all lost",
      { "member eth0 speed=1G", "vm a vnet0", "link eth0 down", "advance 5s" },
      "nothing moved: no member of the bond is usable\n",
      "{\"last_moves\":0,\"last_reason\":\"all-lost\",\"moves\":[]}" },
    { "one member, overloaded",
      { "member eth0 speed=1G", "vm a vnet0", "traffic a 900M", "advance 5s" },
      "nothing moved: only one member is usable\n",
      "{\"last_moves\":0,\"last_reason\":\"one-usable\",\"moves\":[]}" },
    { "one of two",
      { "member eth0 speed=1G", "member eth1 speed=1G", "vm a vnet0",
        "link eth1 down", "traffic a 100M", "advance 5s" },
      "nothing moved: only one member is usable\n",
      "{\"last_moves\":0,\"last_reason\":\"one-usable\",\"moves\":[]}" },
    { "balanced",
      { "member eth0 speed=1G", "member eth1 speed=1G",
        "vm a vnet0 uplinks=eth0,*", "traffic a 100M", "advance 5s" },
      "nothing moved: no member is loaded above the threshold\n",
      "{\"last_moves\":0,\"last_reason\":\"balanced\",\"moves\":[]}" },
};

/* The members of 'json' that do not depend on the time. */
static char *
summarize(struct json *json)
{
    static const char *const names[] = { "last_moves", "last_reason",
                                         "moves" };
    struct json *object = json_object_create();

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const struct json *value = shash_find_data(json_object(json),
                                                   names[i]);

        if (value) {
            json_object_put(object, names[i], json_clone(value));
        }
    }
    char *s = json_to_string(object, JSSF_SORT);
    json_destroy(object);
    json_destroy(json);
    return s;
}

static int
run_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++) {
        struct ds s = DS_EMPTY_INITIALIZER;
        struct vm_stage stage;

        vm_stage_init(&stage);
        for (size_t j = 0; outcomes[i].commands[j]; j++) {
            free(vm_stage_command(&stage, outcomes[i].commands[j]));
        }
        vm_engine_rebalance(stage.engine, stage.now);
        vm_stage_run(&stage);

        const struct vm_rebalance *last = vm_engine_rebalancing(stage.engine);
        char *json = summarize(vm_rebalance_outcome_to_json(last, stage.now));
        vm_rebalance_format(last, &s);
        vm_expect_text(outcomes[i].what, outcomes[i].text, ds_cstr(&s));
        vm_expect_text(outcomes[i].what, outcomes[i].json, json);
        free(json);
        ds_destroy(&s);
        vm_stage_destroy(&stage);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_rebalancing_commands[] = {
    { "rebalancing-table", "", 0, 0, run_table },
    { NULL, NULL, 0, 0, NULL },
};
