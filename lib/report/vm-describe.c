/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-describe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-utf8.h"
#include "engine/vm-engine.h"
#include "model/vm-endpoint.h"
#include "model/vm-endpoint-names.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "report/vm-endpoint-fields.h"
#include "report/vm-explain.h"
#include "report/vm-fields.h"
#include "report/vm-rebalancing.h"
#include "report/vm-request-report.h"
#include "report/vm-view.h"
#include "svec.h"
#include "util.h"

/* The most interfaces without identity that vm-aware/show names. */
#define MAX_UNIDENTIFIED 16

/* The whole bond. */

static const char *
plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* Returns the number of VMs that have a device, or that have none. */
static size_t
count_vms(const struct vm_view *view, bool have_device)
{
    size_t n = 0;

    for (size_t i = 0; i < view->n_vms; i++) {
        const struct vm_vm_view *vm = &view->vms[i];

        n += !vm->host && (vm->state != VM_VIEW_NO_DEVICE) == have_device;
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

/* Appends which interfaces have no identity, and what that means for them, to
 * the table of VMs. */
static void
show_unidentified(const struct vm_engine *engine, struct ds *s)
{
    struct svec names = SVEC_EMPTY_INITIALIZER;

    vm_find_unidentified(engine, &names);
    if (names.n) {
        ds_put_format(s, "  %"PRIuSIZE" interface%s without identity, %s: ",
                      names.n, plural(names.n),
                      vm_engine_config(engine)->unidentified_drop
                      ? "dropped (vm-aware-unidentified=drop)"
                      : "treated as the host's");
        for (size_t i = 0; i < MIN(names.n, MAX_UNIDENTIFIED); i++) {
            ds_put_cstr(s, i ? ", " : "");
            vm_utf8_append(names.names[i], SIZE_MAX, s);
        }
        if (names.n > MAX_UNIDENTIFIED) {
            ds_put_format(s, " and %"PRIuSIZE" more",
                          names.n - MAX_UNIDENTIFIED);
        }
        ds_put_format(s, "\n  to give one an identity: "
                      "ovs-vsctl set Interface %s external_ids:vm-id=VM\n",
                      names.names[0]);
    }
    svec_destroy(&names);
}

/* Appends which tunnels are the kernel's, and what that means for VMs. */
static void
show_kernel_tunnels(const struct vm_engine *engine, struct ds *s)
{
    const struct vm_endpoint *host
        = vm_inventory_find_endpoint(vm_engine_inventory(engine), VM_HOST_ID);
    const char *member = host->slots[0]->member;
    bool any = false;

    for (size_t i = 0; i < host->n_interfaces; i++) {
        if (host->interfaces[i]->kernel_tunnel) {
            ds_put_cstr(s, any ? ", " : "  tunnels of the kernel: ");
            vm_utf8_append(host->interfaces[i]->name, SIZE_MAX, s);
            any = true;
        }
    }
    if (any) {
        ds_put_format(s, "\n  what VMs send into them leaves over the host's "
                      "member, %s, within their limits\n",
                      member ? member : "none");
    }
}

static void
show_members(const struct vm_view *view, struct ds *s)
{
    struct vm_text text;

    vm_text_init(&text, vm_member_fields);
    for (size_t i = 0; i < view->n_members; i++) {
        vm_text_add(&text, vm_member_fields, &view->members[i], 0);
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

    ds_put_format(s, "warning: %s ", kind);
    vm_utf8_append(problem->where, SIZE_MAX, s);
    ds_put_format(s, ": %s\n", problem->text);
}

void
vm_describe_show(const struct vm_engine *engine, long long int now,
                 struct ds *s)
{
    const struct vm_problems *problems = vm_engine_problems(engine);
    struct vm_view view;

    vm_view_init(&view, engine, now);
    size_t n_vms = count_vms(&view, true);
    size_t n_absent = count_vms(&view, false);
    ds_put_format(s, "bond %s: %"PRIuSIZE" member%s, %"PRIuSIZE" VM%s, ",
                  vm_engine_name(engine), view.n_members,
                  plural(view.n_members), n_vms, plural(n_vms));
    if (n_absent) {
        ds_put_format(s, "%"PRIuSIZE" without device, ", n_absent);
    }
    vm_rebalance_format_next(vm_engine_rebalancing(engine), now, s);
    ds_put_char(s, '\n');
    vm_rebalance_format_last(vm_engine_rebalancing(engine), now, s);
    vm_failovers_format(engine, now, s);
    show_members(&view, s);
    ds_put_char(s, '\n');
    show_vms(&view, s);
    vm_requests_format(engine, now, s);
    show_unidentified(engine, s);
    show_kernel_tunnels(engine, s);
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

    const struct vm_macs *known = &view->interface->macs;

    for (size_t i = 0; i < known->n; i++) {
        json_array_add(macs, vm_fields_to_json(vm_mac_fields,
                                               &known->list[i]));
    }
    json_object_put(object, "macs", macs);
    return object;
}

static struct json *
vm_to_json(const struct vm_engine *engine, const struct vm_vm_view *vm,
           long long int now)
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
    vm_request_put_json(object, engine, vm->endpoint, now);
    json_object_put(object, "slots", slots);
    json_object_put(object, "interfaces", interfaces);
    return object;
}

static struct json *
unidentified_to_json(const struct vm_engine *engine)
{
    struct svec names = SVEC_EMPTY_INITIALIZER;
    struct json *array = json_array_create_empty();

    vm_find_unidentified(engine, &names);
    for (size_t i = 0; i < names.n; i++) {
        json_array_add(array, vm_text_to_json(names.names[i]));
    }
    svec_destroy(&names);
    return array;
}

struct json *
vm_describe_show_json(const struct vm_engine *engine, long long int now)
{
    const struct vm_problems *problems = vm_engine_problems(engine);
    struct json *bond = json_object_create();
    struct json *members = json_array_create_empty();
    struct json *vms = json_array_create_empty();
    struct json *warnings = json_array_create_empty();
    struct vm_view view;

    vm_view_init(&view, engine, now);
    for (size_t i = 0; i < view.n_members; i++) {
        json_array_add(members, vm_fields_to_json(vm_member_fields,
                                                  &view.members[i]));
    }
    for (size_t i = 0; i < view.n_vms; i++) {
        json_array_add(vms, vm_to_json(engine, &view.vms[i], now));
    }
    for (size_t i = 0; i < problems->n; i++) {
        json_array_add(warnings, vm_fields_to_json(vm_problem_fields,
                                                   &problems->list[i]));
    }
    vm_view_destroy(&view);

    json_object_put_string(bond, "name", vm_engine_name(engine));
    json_object_put(bond, "rebalance",
                    vm_rebalance_to_json(vm_engine_rebalancing(engine), now));
    json_object_put(bond, "failovers", vm_failovers_to_json(engine, now));
    json_object_put(bond, "members", members);
    json_object_put(bond, "vms", vms);
    json_object_put(bond, "unidentified", unidentified_to_json(engine));
    json_object_put(bond, "warnings", warnings);
    return bond;
}

/* One VM. */

char *
vm_describe_explain(const struct vm_engine *engine, const char *vm,
                    struct ds *s)
{
    const struct vm_endpoint *endpoint
        = vm_inventory_find_endpoint(vm_engine_inventory(engine), vm);

    if (!endpoint) {
        return vm_endpoint_no_such(vm_engine_inventory(engine),
                                  vm_engine_name(engine), vm);
    }
    vm_explain_text(engine, endpoint, s);
    return NULL;
}

char *
vm_describe_explain_json(const struct vm_engine *engine, const char *vm,
                         long long int now, struct json **jsonp)
{
    const struct vm_endpoint *endpoint
        = vm_inventory_find_endpoint(vm_engine_inventory(engine), vm);

    if (!endpoint) {
        *jsonp = NULL;
        return vm_endpoint_no_such(vm_engine_inventory(engine),
                                  vm_engine_name(engine), vm);
    }
    *jsonp = vm_explain_json(engine, endpoint, now);
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

/* Appends "VM web" or "host", and the preference if the VM has several
 * slots. */
static void
name_slot(const struct vm_slot *slot, const char *name, struct ds *s)
{
    const struct vm_endpoint *endpoint = slot->endpoint;

    if (vm_endpoint_is_host(endpoint)) {
        ds_put_cstr(s, "host");
    } else {
        ds_put_format(s, "VM %s", name);
    }
    if (endpoint->n_slots > 1) {
        ds_put_cstr(s, " (");
        vm_pref_format(&slot->pref, s);
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

            if (nullable_string_is_equal(slot->slot->member, member)) {
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
vm_describe_move(const struct vm_slot *slot, const char *from,
                 const char *to, struct ds *s)
{
    struct ds line = DS_EMPTY_INITIALIZER;

    name_slot(slot, vm_endpoint_name(slot->endpoint), &line);
    ds_put_format(&line, ": %s -> %s%s (", from ? from : "none",
                  to ? to : "none", to ? "" : ", frames are dropped");
    vm_reason_format_down(slot->reason, slot->because, slot->down,
                          &line);
    ds_put_char(&line, ')');
    vm_utf8_append(ds_cstr(&line), SIZE_MAX, s);
    ds_destroy(&line);
}
