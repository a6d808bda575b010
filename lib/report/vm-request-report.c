/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-request-report.h"

#include <limits.h>

#include "engine/vm-engine.h"
#include "engine/vm-requests.h"
#include "model/vm-endpoint.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "report/vm-fields.h"
#include "util.h"

/* Requests. */

struct request_view {
    const struct vm_endpoint *endpoint;
    const struct vm_request *request; /* Null if there is none. */
    const struct vm_cause *cause; /* Null if there is none. */
    const struct vm_failover *failover; /* Likewise. */
    long long int now;
};

static struct request_view
view_of(const struct vm_engine *engine, const struct vm_endpoint *endpoint,
        long long int now)
{
    const struct vm_requests *requests = vm_engine_requests(engine);
    const struct vm_request *request = vm_requests_find(requests,
                                                        endpoint->id);

    return (struct request_view) {
        .endpoint = endpoint,
        .request = request,
        .cause = request ? vm_causes_first(&request->causes) : NULL,
        .failover = vm_failovers_find(&requests->failovers, endpoint, now),
        .now = now,
    };
}

/* Returns true if something is published. */
static bool
is_published(const struct request_view *v)
{
    return vm_request_published(v->request) != VM_REQUEST_NONE;
}

VM_GETTER(request_vm, request_view, v)
{
    vm_value_set_text(value, vm_endpoint_name(v->endpoint));
}

VM_GETTER(request_kind, request_view, v)
{
    vm_value_set_text(value, vm_request_kind_to_string(
                          vm_request_published(v->request)));
}

VM_GETTER(request_state, request_view, v)
{
    vm_value_set_text(value, vm_request_state_to_string(v->request->state));
}

VM_GETTER(request_id, request_view, v)
{
    vm_value_set_text(value, is_published(v) ? v->request->id : NULL);
}

VM_GETTER(request_reason, request_view, v)
{
    if (is_published(v)) {
        vm_value_set_text(value, vm_reason_to_token(v->request->reason));
    } else if (v->cause) {
        vm_value_set_text(value, vm_reason_to_token(v->cause->reason));
    }
}

VM_GETTER(request_reason_text, request_view, v)
{
    if (is_published(v)) {
        vm_value_set_reason(value, v->request->reason, v->request->because,
                            VM_DOWN_NOT);
    } else if (v->cause) {
        vm_value_set_reason(value, v->cause->reason, v->cause->because,
                            VM_DOWN_NOT);
    }
}

VM_GETTER(request_since, request_view, v)
{
    if (v->request->state != VM_REQUEST_IDLE) {
        vm_value_set_number(value, MAX(v->now - v->request->since, 0));
    }
}

VM_GETTER(request_note, request_view, v)
{
    vm_value_set_text(value, is_published(v) ? v->request->note : NULL);
}

VM_GETTER(request_demand, request_view, v)
{
    if (is_published(v)) {
        vm_value_set_nonzero(value, v->request->demand);
    }
}

static const struct vm_field request_fields[] = {
    { NULL, "VM", VM_KIND_TEXT, request_vm },
    { "kind", "request", VM_KIND_TEXT, request_kind },
    { "state", "state", VM_KIND_TEXT, request_state },
    { "since_ms", "since", VM_KIND_DURATION, request_since },
    { "demand_bps", "offered", VM_KIND_RATE, request_demand },
    { "id", "id", VM_KIND_TEXT, request_id },
    { "reason", NULL, VM_KIND_TEXT, request_reason },
    { "reason_text", "reason", VM_KIND_TEXT, request_reason_text },
    { "note", "agent", VM_KIND_TEXT, request_note },
    VM_FIELDS_END
};

void
vm_request_put_json(struct json *object, const struct vm_engine *engine,
                    const struct vm_endpoint *endpoint, long long int now)
{
    const struct request_view view = view_of(engine, endpoint, now);
    /* One that is over is kept for a late answer. */
    bool led = (view.request
                && (view.request->state != VM_REQUEST_IDLE
                    || vm_cause_is_possible(&endpoint->policy)));

    json_object_put(object, "request",
                    led ? vm_fields_to_json(request_fields, &view)
                                 : json_null_create());
    json_object_put(object, "failover",
                    view.failover
                    ? json_integer_create(view.failover->serial)
                    : json_null_create());
}

void
vm_requests_format(const struct vm_engine *engine, long long int now,
                   struct ds *s)
{
    const struct vm_requests *requests = vm_engine_requests(engine);
    struct vm_text text;

    vm_text_init(&text, request_fields);
    for (size_t i = 0; i < requests->n; i++) {
        const struct vm_endpoint *endpoint
            = vm_requests_endpoint(requests, requests->list[i]);

        if (endpoint && requests->list[i]->state != VM_REQUEST_IDLE) {
            const struct request_view view = view_of(engine, endpoint, now);

            vm_text_add(&text, request_fields, &view, 0);
        }
    }
    if (text.n_rows > 1) {
        ds_put_char(s, '\n');
        vm_text_format(&text, 2, s);
    }
    vm_text_destroy(&text);
}

/* Appends "vm-on-loss=suspend" and so on, as far as they may lead to
 * requests. */
static void
format_policy(const struct vm_policy *policy, struct ds *s)
{
    const struct {
        const char *key;
        enum vm_outcome outcome;
    } rows[] = {
        { "vm-on-loss", policy->on_loss },
        { "vm-on-overload", policy->on_overload },
        { "vm-on-failover", policy->on_failover },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].outcome >= VM_OUTCOME_SUSPEND) {
            ds_put_format(s, " %s=%s", rows[i].key,
                          vm_outcome_to_string(rows[i].outcome));
        }
    }
}

void
vm_request_format_one(const struct vm_engine *engine,
                      const struct vm_endpoint *endpoint, struct ds *s)
{
    const struct request_view view = view_of(engine, endpoint, LLONG_MIN);
    const struct vm_request *request = view.request;

    if (!request) {
        return;
    }
    ds_put_cstr(s, "  requests:");
    format_policy(&endpoint->policy, s);
    ds_put_format(s, ", %s", vm_request_state_to_string(request->state));
    if (is_published(&view)) {
        ds_put_format(s, ", %s: ",
                      vm_request_kind_to_string(
                          vm_request_published(request)));
        vm_reason_format(request->reason, request->because, s);
        ds_put_format(s, " (%s)", request->id);
    } else if (view.cause) {
        ds_put_cstr(s, ": ");
        vm_reason_format(view.cause->reason, view.cause->because, s);
    }
    if (request->refused) {
        ds_put_cstr(s, "; the agent has refused");
    }
    ds_put_char(s, '\n');
}

/* Failovers. */

struct failover_view {
    const struct vm_failover *failover;
    long long int now;
};

VM_GETTER(failover_serial, failover_view, v)
{
    vm_value_set_number(value, v->failover->serial);
}

VM_GETTER(failover_member, failover_view, v)
{
    vm_value_set_text(value, v->failover->member);
}

VM_GETTER(failover_age, failover_view, v)
{
    vm_value_set_number(value, MAX(v->now - v->failover->began, 0));
}

VM_GETTER(failover_duration, failover_view, v)
{
    if (!vm_failover_occurs(v->failover)) {
        vm_value_set_number(value,
                            v->failover->ended - v->failover->began);
    }
}

VM_GETTER(failover_moved, failover_view, v)
{
    vm_value_set_number(value, v->failover->moved);
}

VM_GETTER(failover_without, failover_view, v)
{
    vm_value_set_number(value, v->failover->without);
}

static const struct vm_field failover_fields[] = {
    { "serial", NULL, VM_KIND_NUMBER, failover_serial },
    { "member", NULL, VM_KIND_TEXT, failover_member },
    { "age_ms", NULL, VM_KIND_DURATION, failover_age },
    { "duration_ms", NULL, VM_KIND_DURATION, failover_duration },
    { "moved", NULL, VM_KIND_NUMBER, failover_moved },
    { "without", NULL, VM_KIND_NUMBER, failover_without },
    VM_FIELDS_END
};

void
vm_failovers_format(const struct vm_engine *engine, long long int now,
                    struct ds *s)
{
    const struct vm_failovers *failovers
        = &vm_engine_requests(engine)->failovers;

    for (size_t i = 0; i < failovers->n; i++) {
        const struct vm_failover *failover = &failovers->list[i];

        if (vm_failover_occurs(failover)) {
            long long int age = MAX(now - failover->began, 0);

            ds_put_format(s, "  failover %llu of %s since %lld.%lld s: "
                          "%"PRIuSIZE" VM%s moved, %"PRIuSIZE" without "
                          "member\n", failover->serial, failover->member,
                          age / 1000, age % 1000 / 100, failover->moved,
                          failover->moved == 1 ? "" : "s",
                          failover->without);
        }
    }
}

struct json *
vm_failovers_to_json(const struct vm_engine *engine, long long int now)
{
    const struct vm_failovers *failovers
        = &vm_engine_requests(engine)->failovers;
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < failovers->n; i++) {
        const struct failover_view view = { &failovers->list[i], now };

        json_array_add(array, vm_fields_to_json(failover_fields, &view));
    }
    return array;
}
