/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-table.h"

#include <stdlib.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-sample-engine.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_table_commands[];

struct pair {
    const char *left;
    uint64_t right;
};

VM_GETTER(pair_left, pair, p)
{
    vm_value_set_text(value, p->left);
}

VM_GETTER(pair_right, pair, p)
{
    if (p->right) {
        vm_value_set_number(value, p->right);
    }
}

static const struct vm_field pair_fields[] = {
    { "left", "left", VM_KIND_TEXT, pair_left },
    { "right", NULL, VM_KIND_NUMBER, pair_right },
    { NULL, "right", VM_KIND_RATE, pair_right },
    { NULL, VM_JOIN, VM_KIND_PPM, pair_right },
    { "truth", "truth", VM_KIND_TRUTH, pair_right },
    VM_FIELDS_END
};

static const struct vm_field left_fields[] = {
    { "left", "left", VM_KIND_TEXT, pair_left },
    { NULL, "elsewhere", VM_KIND_TEXT, pair_left },
    VM_FIELDS_END
};

static const struct vm_field time_fields[] = {
    { "ago", "truth", VM_KIND_AGO, pair_right },
    { NULL, VM_JOIN, VM_KIND_DURATION, pair_right },
    { NULL, VM_JOIN, VM_KIND_BYTES, pair_right },
    VM_FIELDS_END
};

/* Appends 'pair' as JSON, flat. */
static void
put_json(const struct pair *pair, struct ds *s)
{
    struct json *json = vm_fields_to_json(pair_fields, pair);

    vm_sample_flatten(json, "", s);
    json_destroy(json);
}

static int
run_tables(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    const struct pair a = { "a", 0 };
    const struct pair b = { "B\303\274cher \"x\"", 995000 };
    const struct pair huge = { NULL, UINT64_MAX };
    struct ds s = DS_EMPTY_INITIALIZER;
    struct vm_text text;

    vm_text_init(&text, pair_fields);
    vm_text_add(&text, pair_fields, &a, 0);
    vm_text_add(&text, left_fields, &b, 2);
    vm_text_add_more(&text, time_fields, &b);
    vm_text_add(&text, pair_fields, &b, 0);
    vm_text_format(&text, 1, &s);
    vm_text_destroy(&text);
    vm_expect_text("text",
                   " left          right            truth\n"
                   " a             none             none\n"
                   "   B\303\274cher \"x\"                   "
                   "16 min ago 16 min 995 kB\n"
                   " B\303\274cher \"x\"    995 kbit/s 100%  true\n",
                   ds_cstr(&s));
    ds_clear(&s);

    put_json(&a, &s);
    put_json(&b, &s);
    put_json(&huge, &s);
    vm_expect_text("JSON",
                   "left = \"a\"\nright = null\ntruth = null\n"
                   "left = \"B\303\274cher \\\"x\\\"\"\nright = 995000\n"
                   "truth = true\n"
                   "left = null\nright = 9223372036854775807\n"
                   "truth = true\n",
                   ds_cstr(&s));
    ds_destroy(&s);
    return vm_expect_result();
}

const struct vm_test_command test_vm_table_commands[] = {
    { "table-walkers", "", 0, 0, run_tables },
    { NULL, NULL, 0, 0, NULL },
};
