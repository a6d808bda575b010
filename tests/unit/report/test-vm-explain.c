/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* vm-aware/explain in JSON, and what is told about interfaces without
 * identity. */

#include "report/vm-explain.h"

#include <stdlib.h>

#include "engine/vm-engine.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "report/vm-describe.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-release.h"
#include "vm-sample-engine.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_explain_commands[];

static const char explained_web[] =
      "bond = \"bond1\"\n"
      "failover = null\n"
      "id = \"1a\"\n"
      "name = \"web\"\n"
      "request = null\n"
      "slots[0].candidates[0].chosen = true\n"
      "slots[0].candidates[0].down = null\n"
      "slots[0].candidates[0].member = \"eth0\"\n"
      "slots[0].candidates[0].predicted_ppm = 500000\n"
      "slots[0].candidates[0].reason = \"first-choice\"\n"
      "slots[0].candidates[0].reason_text = \"first choice of vm-uplinks\"\n"
      "slots[0].dropped_interfaces = []\n"
      "slots[0].guarantee_unmet = false\n"
      "slots[0].home = null\n"
      "slots[0].id = \"1a\"\n"
      "slots[0].interfaces[0] = \"vnet0\"\n"
      "slots[0].pinned = null\n"
      "slots[0].preference = \"eth0\"\n"
      "slots[0].reason = \"first-choice\"\n"
      "slots[0].reason_text = \"first choice of vm-uplinks\"\n"
      "slots[0].state = \"forwarding\"\n"
      "slots[0].uplink = \"eth0\"\n";

static int
run_json(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_engine *engine = vm_sample_small_engine();
    struct ds s = DS_EMPTY_INITIALIZER;
    struct json *json;

    json = vm_explain_json(engine, vm_inventory_find_endpoint(
        vm_engine_inventory(engine), "web"), 0);
    vm_sample_flatten(json, "", &s);
    vm_expect_text("web", explained_web, ds_cstr(&s));
    ds_destroy(&s);
    json_destroy(json);
    vm_engine_destroy(engine);
    return vm_expect_result();
}

/* What is the same, whether they are dropped or not. */
#define SHOWN \
    "bond bond2: 1 member, 0 VMs, next rebalance in 10.0 s\n" \
    "  member  state   capacity  load  reserved  VMs\n" \
    "  eth0    usable  1 Gbit/s  none  none      0\n" \
    "\n" \
    "  VM    priority  uplink  state       sends    limit  guarantee  " \
    "dropped  reason\n" \
    "  host  7         eth0    forwarding  0 bit/s  none   none       " \
    "none     the only usable member\n"
#define EXPLAINED \
    "host: priority 7, shares 50, guarantee none, limit none, " \
    "exclusive false\n" \
    "  vm-uplinks *, interfaces br0, tap0, tap1, vx0\n" \
    "    member  chosen  predicted  why\n" \
    "    eth0    true    0%         the only usable member\n" \
    "    carried by eth0: the only usable member\n"

struct unidentified {
    bool drop;                  /* vm-aware-unidentified=drop. */
    const char *show, *explain, *json;
};

static const struct unidentified unidentified[] = {
    { .drop = false,
      .show =
      SHOWN
      "  2 interfaces without identity, treated as the host's: tap0, "
      "tap1\n"
      "  to give one an identity: ovs-vsctl set Interface tap0 "
      "external_ids:vm-id=VM\n",
      .explain =
      EXPLAINED,
      .json = "[]" },
    { .drop = true,
      .show =
      SHOWN
      "  2 interfaces without identity, dropped "
      "(vm-aware-unidentified=drop): tap0, tap1\n"
      "  to give one an identity: ovs-vsctl set Interface tap0 "
      "external_ids:vm-id=VM\n",
      .explain =
      EXPLAINED
      "    dropped: tap0, tap1: sender has no identity and "
      "vm-aware-unidentified is drop\n",
      .json = "[\"tap0\",\"tap1\"]" },
};

/* Returns the text of member 'name' of the first slot in 'json', which it
 * destroys. */
static char *
first_slot(struct json *json, const char *name)
{
    const struct json *slots = shash_find_data(json_object(json), "slots");
    const struct json *slot = vm_json_array_at(slots, 0);
    char *text = json_to_string(shash_find_data(json_object(slot), name), 0);

    json_destroy(json);
    return text;
}

static int
run_unidentified(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(unidentified); i++) {
        const struct unidentified *u = &unidentified[i];
        const char *input = u->drop ? "drop" : "host";
        struct vm_engine *engine = vm_sample_taps_engine(u->drop);
        struct ds s = DS_EMPTY_INITIALIZER;
        struct json *json;
        char *dropped;

        vm_describe_show(engine, 0, &s);
        vm_expect_text(input, u->show, ds_cstr(&s));
        ds_clear(&s);
        free(vm_describe_explain(engine, "host", &s));
        vm_expect_text(input, u->explain, ds_cstr(&s));
        ds_destroy(&s);
        free(vm_describe_explain_json(engine, "host", 0, &json));
        dropped = first_slot(json, "dropped_interfaces");
        vm_expect_text(input, u->json, dropped);
        free(dropped);
        vm_engine_destroy(engine);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_explain_commands[] = {
    { "explain-json", "", 0, 0, run_json },
    { "explain-unidentified", "", 0, 0, run_unidentified },
    { NULL, NULL, 0, 0, NULL },
};
