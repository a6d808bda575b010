/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-software.h"

#include "base/vm-utf8.h"
#include "model/vm-endpoint.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "report/vm-table.h"
#include "report/vm-view.h"
#include "util.h"

/* The most VMs that vm-aware/show names. */
#define MAX_NAMES 16

static const char why[] = "they go through a meter on one of several outputs, "
                          "and tc has no clone";

/* Returns true if 'vm' has frames that tc cannot take over. */
static bool
stays(const struct vm_vm_view *vm)
{
    return !vm->host && vm->endpoint->metered;
}

void
vm_software_format(const struct vm_engine *engine, long long int now,
                   struct ds *s)
{
    struct vm_view view;
    size_t n = 0;

    vm_view_init(&view, engine, now);
    for (size_t i = 0; i < view.n_vms; i++) {
        if (stays(&view.vms[i]) && n++ < MAX_NAMES) {
            ds_put_cstr(s, n > 1 ? ", " : "  hw-offload: frames for several "
                        "ports stay in software, of ");
            vm_utf8_append(view.vms[i].name, SIZE_MAX, s);
        }
    }
    if (n > MAX_NAMES) {
        ds_put_format(s, " and %"PRIuSIZE" more", n - MAX_NAMES);
    }
    if (n) {
        ds_put_format(s, ":\n  %s\n", why);
    }
    vm_view_destroy(&view);
}

struct json *
vm_software_to_json(const struct vm_engine *engine, long long int now)
{
    struct json *array = json_array_create_empty();
    struct vm_view view;

    vm_view_init(&view, engine, now);
    for (size_t i = 0; i < view.n_vms; i++) {
        if (stays(&view.vms[i])) {
            struct json *object = json_object_create();

            json_object_put(object, "id",
                            vm_text_to_json(view.vms[i].endpoint->id));
            json_object_put(object, "name", vm_text_to_json(view.vms[i].name));
            json_object_put_string(object, "why", why);
            json_array_add(array, object);
        }
    }
    vm_view_destroy(&view);
    return array;
}
