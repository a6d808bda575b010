/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-describe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "vm-endpoint-fields.h"
#include "vm-engine.h"
#include "vm-explain.h"
#include "vm-fields.h"
#include "vm-forecast.h"
#include "vm-view.h"

/* How many names a sentence lists. */
#define MAX_NAMES 10

/* The whole bond. */

static const char *
plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static size_t
count_vms(const struct vm_view *view)
{
    size_t n = 0;

    for (size_t i = 0; i < view->n_vms; i++) {
        n += !view->vms[i].host;
    }
    return n;
}

static void
show_vms(const struct vm_view *view, struct ds *s)
{
    struct vm_text text;

    vm_text_init(&text, vm_vm_fields);
    for (size_t i = 0; i < view->n_vms; i++) {
        const struct vm_vm_view *vm = &view->vms[i];

        vm_text_add(&text, vm_vm_fields, vm, 0);
        for (size_t j = 0; vm->n_slots > 1 && j < vm->n_slots; j++) {
            vm_text_add(&text, vm_slot_fields, vm->slots[j].slot, 2);
            vm_text_add_more(&text, vm_slot_sum_fields, &vm->slots[j]);
        }
    }
    vm_text_format(&text, 2, s);
    vm_text_destroy(&text);
}

static void
show_uplinks(const struct vm_view *view, struct ds *s)
{
    struct vm_text text;

    vm_text_init(&text, vm_uplink_fields);
    for (size_t i = 0; i < view->n_uplinks; i++) {
        vm_text_add(&text, vm_uplink_fields, &view->uplinks[i], 0);
    }
    vm_text_format(&text, 2, s);
    vm_text_destroy(&text);
}

static void
show_warning(const struct vm_engine *engine, const struct vm_problem *problem,
             struct ds *s)
{
    const char *kind = (!strcmp(problem->where, vm_engine_name(engine))
                        ? "bond" : "interface");

    ds_put_format(s, "warning: %s %s: %s\n",
                  kind, problem->where, problem->text);
}

void
vm_describe_show(const struct vm_engine *engine, long long int now,
                 struct ds *s)
{
    const struct vm_problems *problems = vm_engine_problems(engine);
    struct vm_view view;

    vm_view_init(&view, engine, now);
    size_t n_vms = count_vms(&view);
    ds_put_format(s, "bond %s: %"PRIuSIZE" uplink%s, %"PRIuSIZE" VM%s, ",
                  vm_engine_name(engine), view.n_uplinks,
                  plural(view.n_uplinks), n_vms, plural(n_vms));
    vm_rebalance_format_next(vm_engine_rebalancing(engine), now, s);
    ds_put_char(s, '\n');
    vm_rebalance_format_last(vm_engine_rebalancing(engine), now, s);
    show_uplinks(&view, s);
    ds_put_char(s, '\n');
    show_vms(&view, s);
    for (size_t i = 0; i < problems->n; i++) {
        show_warning(engine, &problems->list[i], s);
    }
    vm_view_destroy(&view);
}

static struct json *
interface_to_json(const struct vm_interface_view *view)
{
    struct json *object = vm_fields_to_json(vm_interface_fields, view);
    struct json *macs = json_array_create_empty();

    for (size_t i = 0; i < view->interface->n_macs; i++) {
        json_array_add(macs, vm_fields_to_json(vm_mac_fields,
                                               &view->interface->macs[i]));
    }
    json_object_put(object, "macs", macs);
    return object;
}

static struct json *
vm_to_json(const struct vm_vm_view *vm)
{
    struct json *object = vm_fields_to_json(vm_vm_fields, vm);
    struct json *slots = json_array_create_empty();
    struct json *interfaces = json_array_create_empty();

    for (size_t i = 0; i < vm->n_slots; i++) {
        struct json *slot = vm_slot_to_json(vm->slots[i].slot);

        vm_fields_put_json(slot, vm_slot_sum_fields, &vm->slots[i]);
        json_array_add(slots, slot);
    }
    for (size_t i = 0; i < vm->n_interfaces; i++) {
        json_array_add(interfaces, interface_to_json(&vm->interfaces[i]));
    }
    json_object_put(object, "slots", slots);
    json_object_put(object, "interfaces", interfaces);
    return object;
}

struct json *
vm_describe_show_json(const struct vm_engine *engine, long long int now)
{
    const struct vm_problems *problems = vm_engine_problems(engine);
    struct json *bond = json_object_create();
    struct json *uplinks = json_array_create_empty();
    struct json *vms = json_array_create_empty();
    struct json *warnings = json_array_create_empty();
    struct vm_view view;

    vm_view_init(&view, engine, now);
    for (size_t i = 0; i < view.n_uplinks; i++) {
        json_array_add(uplinks, vm_fields_to_json(vm_uplink_fields,
                                                  &view.uplinks[i]));
    }
    for (size_t i = 0; i < view.n_vms; i++) {
        json_array_add(vms, vm_to_json(&view.vms[i]));
    }
    for (size_t i = 0; i < problems->n; i++) {
        json_array_add(warnings, vm_fields_to_json(vm_problem_fields,
                                                   &problems->list[i]));
    }
    vm_view_destroy(&view);

    json_object_put_string(bond, "name", vm_engine_name(engine));
    json_object_put(bond, "rebalance",
                    vm_rebalance_to_json(vm_engine_rebalancing(engine), now));
    json_object_put(bond, "uplinks", uplinks);
    json_object_put(bond, "vms", vms);
    json_object_put(bond, "warnings", warnings);
    return bond;
}

/* One VM. */

/* Returns a sentence on what exists instead of 'vm'. */
static char *
no_such_vm(const struct vm_engine *engine, const char *vm)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct vm_view view;

    vm_view_init(&view, engine, 0);
    ds_put_format(&s, "bond %s has no VM \"%s\", it has: ",
                  vm_engine_name(engine), vm);
    for (size_t i = 0; i < view.n_vms && i < MAX_NAMES; i++) {
        ds_put_format(&s, "%s%s", i ? ", " : "", view.vms[i].name);
    }
    if (view.n_vms > MAX_NAMES) {
        ds_put_format(&s, " and %"PRIuSIZE" more", view.n_vms - MAX_NAMES);
    }
    vm_view_destroy(&view);
    return ds_steal_cstr(&s);
}

char *
vm_describe_explain(const struct vm_engine *engine, const char *vm,
                    struct ds *s)
{
    const struct vm_endpoint *endpoint
        = vm_inventory_find_endpoint(vm_engine_inventory(engine), vm);

    if (!endpoint) {
        return no_such_vm(engine, vm);
    }
    vm_explain_text(engine, endpoint, s);
    return NULL;
}

char *
vm_describe_explain_json(const struct vm_engine *engine, const char *vm,
                         struct json **jsonp)
{
    const struct vm_endpoint *endpoint
        = vm_inventory_find_endpoint(vm_engine_inventory(engine), vm);

    if (!endpoint) {
        *jsonp = NULL;
        return no_such_vm(engine, vm);
    }
    *jsonp = vm_explain_json(engine, endpoint);
    return NULL;
}

/* The journal. */

void
vm_describe_log(const struct vm_engine *engine, long long int now,
                struct ds *s)
{
    const struct vm_journal *journal = vm_engine_journal(engine);
    size_t n = vm_journal_count(journal);
    struct vm_text text;

    ds_put_format(s, "bond %s: %"PRIuSIZE" decision%s\n",
                  vm_engine_name(engine), n, plural(n));
    vm_text_init(&text, vm_event_fields);
    for (size_t i = 0; i < n; i++) {
        const struct vm_event event = { vm_journal_get(journal, i), now };

        vm_text_add(&text, vm_event_fields, &event, 0);
    }
    if (n) {
        vm_text_format(&text, 2, s);
    }
    vm_text_destroy(&text);
}

struct json *
vm_describe_log_json(const struct vm_engine *engine, long long int now)
{
    const struct vm_journal *journal = vm_engine_journal(engine);
    struct json *object = json_object_create();
    struct json *log = json_array_create_empty();

    for (size_t i = 0; i < vm_journal_count(journal); i++) {
        const struct vm_event event = { vm_journal_get(journal, i), now };

        json_array_add(log, vm_fields_to_json(vm_event_fields, &event));
    }
    json_object_put_string(object, "name", vm_engine_name(engine));
    json_object_put(object, "log", log);
    return object;
}

/* One member, one move. */

/* Appends "VM web" or "host", and the wish if there are several. */
static void
name_slot(const struct vm_slot_state *slot, const char *name, struct ds *s)
{
    const struct vm_endpoint *endpoint = slot->endpoint;

    if (vm_endpoint_is_host(endpoint)) {
        ds_put_cstr(s, "host");
    } else {
        ds_put_format(s, "VM %s", name);
    }
    if (endpoint->n_slots > 1) {
        ds_put_cstr(s, " (");
        vm_wish_format(&slot->wish, s);
        ds_put_char(s, ')');
    }
}

void
vm_describe_member(const struct vm_engine *engine, const char *member,
                   long long int now, struct ds *s)
{
    struct vm_view view;

    vm_view_init(&view, engine, now);
    for (size_t i = 0; i < view.n_vms; i++) {
        const struct vm_vm_view *vm = &view.vms[i];

        for (size_t j = 0; j < vm->n_slots; j++) {
            const struct vm_slot_view *slot = &vm->slots[j];

            if (nullable_string_is_equal(slot->slot->uplink, member)) {
                ds_put_cstr(s, "  ");
                name_slot(slot->slot, vm->name, s);
                ds_put_cstr(s, ": ");
                vm_rate_format(slot->sends, s);
                ds_put_char(s, '\n');
            }
        }
    }
    vm_view_destroy(&view);
}

void
vm_describe_move(const struct vm_slot_state *slot, const char *from,
                 const char *to, struct ds *s)
{
    name_slot(slot, vm_endpoint_name(slot->endpoint), s);
    if (from && to) {
        ds_put_format(s, ": from %s to %s: ", from, to);
    } else if (to) {
        ds_put_format(s, ": to %s: ", to);
    } else {
        ds_put_format(s, ": from %s to none, frames are dropped: ",
                      from ? from : "none");
    }
    vm_reason_format(slot->reason, slot->because, s);
}
