/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-software.h"

#include <inttypes.h>

#include "engine/vm-engine.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-sample-engine.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_software_commands[];

static void
expect(const struct vm_engine *engine, const char *what, const char *text,
       const char *flat)
{
    struct json *json = vm_software_to_json(engine, VM_SAMPLE_NOW);
    struct ds s = DS_EMPTY_INITIALIZER;

    vm_software_format(engine, VM_SAMPLE_NOW, &s);
    vm_expect_text(what, text, ds_cstr(&s));
    ds_clear(&s);
    vm_sample_flatten(json, "", &s);
    vm_expect_text(what, flat, ds_cstr(&s));
    ds_destroy(&s);
    json_destroy(json);
}

/* Adds VMs, each with one interface and a limit. */
static void
add_limited(struct vm_engine *engine, unsigned int from, unsigned int to)
{
    for (unsigned int i = from; i <= to; i++) {
        char *name = xasprintf("tap%02u", i);
        char *keys = xasprintf("vm-id=id%02u vm-name=vm%02u vm-max-rate=1M",
                               i, i);

        vm_sample_set_interface(engine, name, keys, VM_SAMPLE_NOW);
        free(keys);
        free(name);
    }
    vm_sample_run(engine, VM_SAMPLE_NOW);
}

static int
run_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const char why[]
        = ":\n  they go through a meter on one of several outputs, and tc has "
          "no clone\n";
    struct vm_engine *engine = vm_sample_small_engine();
    struct ds many = DS_EMPTY_INITIALIZER;

    /* Neither "web" nor the host has a meter. */
    expect(engine, "no meter", "", " = []\n");

    add_limited(engine, 1, 1);
    ds_put_format(&many, "  hw-offload: frames for several ports stay in "
                  "software, of vm01%s", why);
    expect(engine, "one", ds_cstr(&many),
           "[0].id = \"id01\"\n[0].name = \"vm01\"\n[0].why = \"they go "
           "through a meter on one of several outputs, and tc has no "
           "clone\"\n");

    add_limited(engine, 2, 18);
    struct ds text = DS_EMPTY_INITIALIZER;
    vm_software_format(engine, VM_SAMPLE_NOW, &text);
    ds_clear(&many);
    ds_put_cstr(&many, "  hw-offload: frames for several ports stay in "
                "software, of vm01");
    for (unsigned int i = 2; i <= 16; i++) {
        ds_put_format(&many, ", vm%02u", i);
    }
    ds_put_format(&many, " and 2 more%s", why);
    vm_expect_text("more than are named", ds_cstr(&many), ds_cstr(&text));

    ds_destroy(&text);
    ds_destroy(&many);
    vm_engine_destroy(engine);
    return vm_expect_result();
}

const struct vm_test_command test_vm_software_commands[] = {
    { "software", "", 0, 0, run_table },
    { NULL, NULL, 0, 0, NULL },
};
