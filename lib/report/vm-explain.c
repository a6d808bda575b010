/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-explain.h"

#include <stdlib.h>
#include <string.h>

#include "base/vm-utf8.h"
#include "engine/vm-engine.h"
#include "model/vm-endpoint.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "report/vm-endpoint-fields.h"
#include "report/vm-fields.h"
#include "report/vm-request-report.h"
#include "report/vm-view.h"
#include "util.h"

/* Why one member was chosen or not. */
struct candidate {
    const char *member;
    bool chosen;
    const struct vm_verdict *verdict;
    const char *because;        /* Member of which the verdict speaks... */
    enum vm_down down;          /* ...and why that is down, if it is. */
};

VM_GETTER(candidate_member, candidate, c)
{
    vm_value_set_text(value, c->member);
}

VM_GETTER(candidate_chosen, candidate, c)
{
    vm_value_set_number(value, c->chosen);
}

VM_GETTER(candidate_predicted, candidate, c)
{
    if (c->verdict->reason != VM_R_DOWN) {
        vm_value_set_number(value, c->verdict->predicted_ppm);
    }
}

VM_GETTER(candidate_reason, candidate, c)
{
    vm_value_set_text(value, vm_reason_to_token(c->verdict->reason));
}

VM_GETTER(candidate_reason_text, candidate, c)
{
    vm_value_set_reason(value, c->verdict->reason, c->because, c->down);
}

VM_GETTER(candidate_down, candidate, c)
{
    vm_value_set_text(value, vm_down_to_token(c->down));
}

static const struct vm_field candidate_fields[] = {
    { "member", "member", VM_KIND_TEXT, candidate_member },
    { "chosen", "chosen", VM_KIND_TRUTH, candidate_chosen },
    { "predicted_ppm", "predicted", VM_KIND_PPM, candidate_predicted },
    { "reason", NULL, VM_KIND_TEXT, candidate_reason },
    { "reason_text", "why", VM_KIND_TEXT, candidate_reason_text },
    { "down", NULL, VM_KIND_TEXT, candidate_down },
    VM_FIELDS_END
};

/* Returns the candidates for 'slot', one per member; the caller frees both
 * arrays.  The slot's own member has the reason of the last decision, which
 * states how the slot came to be on it, not just that it may stay. */
static struct candidate *
find_candidates(const struct vm_engine *engine,
                const struct vm_slot *slot,
                struct vm_verdict **verdictsp)
{
    const struct vm_inventory *inventory = vm_engine_inventory(engine);
    struct candidate *candidates = xcalloc(inventory->n_members,
                                           sizeof *candidates);
    struct vm_verdict *verdicts = xcalloc(inventory->n_members,
                                          sizeof *verdicts);
    struct vm_choice choice;

    vm_engine_explain(engine, slot, &choice, verdicts);
    for (size_t i = 0; i < inventory->n_members; i++) {
        struct candidate *c = &candidates[i];

        c->member = inventory->members[i]->name;
        c->chosen = nullable_string_is_equal(slot->member, c->member);
        c->verdict = &verdicts[i];
        c->because = inventory->members[i]->name;
        c->down = inventory->members[i]->down;
        if (c->chosen) {
            verdicts[i].reason = slot->reason;
            c->because = slot->because;
            c->down = slot->down;
        }
    }
    *verdictsp = verdicts;
    return candidates;
}

/* Appends one line with the policy of 'endpoint'. */
static void
explain_policy(const struct vm_endpoint *endpoint, struct ds *s)
{
    const struct vm_policy *policy = &endpoint->policy;

    if (vm_endpoint_is_host(endpoint)) {
        ds_put_cstr(s, "host");
    } else {
        ds_put_format(s, "VM %s", vm_endpoint_name(endpoint));
        if (policy->name && strcmp(policy->name, endpoint->id)) {
            ds_put_format(s, " (%s)", endpoint->id);
        }
    }
    ds_put_format(s, ": priority %d, shares %u, guarantee ",
                  policy->priority, policy->shares);
    vm_rate_format(policy->min_rate ? policy->min_rate : VM_RATE_NONE, s);
    ds_put_cstr(s, ", limit ");
    vm_rate_format(policy->max_rate, s);
    ds_put_format(s, ", exclusive %s%s\n",
                  policy->exclusive ? "true" : "false",
                  policy->exclusive && vm_endpoint_is_silent(endpoint)
                  ? " (from its first frame on)" : "");
}

/* Appends one line with those interfaces of 'slot' that are dropped whatever
 * its member is, if any. */
static void
explain_dropped(const struct vm_engine *engine, const struct vm_slot *slot,
                struct ds *s)
{
    size_t n = 0;

    for (size_t i = 0; slot->member && i < slot->n_interfaces; i++) {
        const struct vm_interface *iface = slot->interfaces[i];

        if (!vm_interface_member(iface, vm_engine_config(engine))) {
            ds_put_cstr(s, n++ ? ", " : "    dropped: ");
            vm_utf8_append(iface->name, SIZE_MAX, s);
        }
    }
    if (n) {
        ds_put_cstr(s, ": ");
        vm_reason_format(VM_R_UNIDENTIFIED, NULL, s);
        ds_put_char(s, '\n');
    }
}

/* Appends one line with the present member of 'slot', its home and its pin. */
static void
explain_outcome(const struct vm_slot *slot, struct ds *s)
{
    if (slot->member) {
        ds_put_format(s, "    carried by %s: ", slot->member);
    } else {
        ds_put_cstr(s, "    dropped: ");
    }
    vm_reason_format_down(slot->reason, slot->because, slot->down, s);
    if (slot->guarantee_unmet) {
        ds_put_cstr(s, "; its guarantee is unmet");
    }
    if (slot->home) {
        ds_put_format(s, "; its home is %s", slot->home);
    }
    if (slot->pinned) {
        ds_put_format(s, "; pinned to %s by the operator", slot->pinned);
    }
    if (slot->member && slot->leaves) {
        ds_put_cstr(s, "; leaves it, which is drained, when it is suspended");
    }
    ds_put_char(s, '\n');
}

static void
explain_slot(const struct vm_engine *engine, const struct vm_slot *slot,
             struct ds *s)
{
    struct vm_verdict *verdicts;
    struct candidate *candidates = find_candidates(engine, slot, &verdicts);
    struct vm_text text;

    ds_put_cstr(s, "  vm-uplinks ");
    vm_pref_format(&slot->pref, s);
    ds_put_format(s, ", interface%s ", slot->n_interfaces == 1 ? "" : "s");
    for (size_t i = 0; i < slot->n_interfaces; i++) {
        ds_put_cstr(s, i ? ", " : "");
        vm_utf8_append(slot->interfaces[i]->name, SIZE_MAX, s);
    }
    ds_put_cstr(s, slot->n_interfaces ? "\n" : "none\n");

    vm_text_init(&text, candidate_fields);
    for (size_t i = 0; i < vm_engine_inventory(engine)->n_members; i++) {
        vm_text_add(&text, candidate_fields, &candidates[i], 0);
    }
    vm_text_format(&text, 4, s);
    vm_text_destroy(&text);
    free(candidates);
    free(verdicts);
    explain_outcome(slot, s);
    explain_dropped(engine, slot, s);
}

void
vm_explain_text(const struct vm_engine *engine,
                const struct vm_endpoint *endpoint, struct ds *s)
{
    explain_policy(endpoint, s);
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        explain_slot(engine, endpoint->slots[i], s);
    }
    for (size_t i = 0; i < endpoint->n_absent; i++) {
        ds_put_cstr(s, i ? ", " : "  no device: ");
        vm_utf8_append(endpoint->absent[i]->name, SIZE_MAX, s);
    }
    ds_put_cstr(s, endpoint->n_absent ? "\n" : "");
    vm_request_format_one(engine, endpoint, s);
}

struct json *
vm_slot_to_json(const struct vm_slot *slot)
{
    struct json *object = vm_fields_to_json(vm_slot_fields, slot);
    struct json *interfaces = json_array_create_empty();

    for (size_t i = 0; i < slot->n_interfaces; i++) {
        const char *name = slot->interfaces[i]->name;

        json_array_add(interfaces, vm_text_to_json(name));
    }
    json_object_put(object, "interfaces", interfaces);
    return object;
}

static struct json *
dropped_to_json(const struct vm_engine *engine, const struct vm_slot *slot)
{
    struct json *dropped = json_array_create_empty();

    for (size_t i = 0; i < slot->n_interfaces; i++) {
        const struct vm_interface *iface = slot->interfaces[i];

        if (!vm_interface_member(iface, vm_engine_config(engine))) {
            json_array_add(dropped, vm_text_to_json(iface->name));
        }
    }
    return dropped;
}

static struct json *
explain_slot_json(const struct vm_engine *engine,
                  const struct vm_slot *slot)
{
    struct json *object = vm_slot_to_json(slot);
    struct json *array = json_array_create_empty();
    struct vm_verdict *verdicts;
    struct candidate *candidates = find_candidates(engine, slot, &verdicts);

    for (size_t i = 0; i < vm_engine_inventory(engine)->n_members; i++) {
        json_array_add(array, vm_fields_to_json(candidate_fields,
                                                &candidates[i]));
    }
    free(candidates);
    free(verdicts);
    json_object_put(object, "candidates", array);
    json_object_put(object, "dropped_interfaces",
                    dropped_to_json(engine, slot));
    return object;
}

struct json *
vm_explain_json(const struct vm_engine *engine,
                const struct vm_endpoint *endpoint, long long int now)
{
    struct json *object = json_object_create();
    struct json *slots = json_array_create_empty();

    for (size_t i = 0; i < endpoint->n_slots; i++) {
        json_array_add(slots, explain_slot_json(engine, endpoint->slots[i]));
    }
    json_object_put_string(object, "bond", vm_engine_name(engine));
    json_object_put_string(object, "id", endpoint->id);
    json_object_put_string(object, "name", vm_endpoint_name(endpoint));
    vm_request_put_json(object, engine, endpoint, now);
    json_object_put(object, "slots", slots);

    if (endpoint->n_absent) {
        struct json *absent = json_array_create_empty();

        for (size_t i = 0; i < endpoint->n_absent; i++) {
            json_array_add(absent,
                           vm_text_to_json(endpoint->absent[i]->name));
        }
        json_object_put(object, "no_device", absent);
    }
    return object;
}
