/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-rebalancing.h"

#include <inttypes.h>
#include <limits.h>

#include "base/vm-value.h"
#include "engine/vm-rebalance.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "report/vm-fields.h"
#include "report/vm-table.h"
#include "util.h"

/* Appends "2 moved, highest utilization 95% -> 52%", or why nothing moved. */
static void
format_outcome(const struct vm_rebalance *rebalance, struct ds *s)
{
    if (rebalance->n_moves) {
        ds_put_format(s, "%"PRIuSIZE" moved, highest utilization %"PRIu64
                      "%% -> %"PRIu64"%%", rebalance->n_moves,
                      rebalance->ppm_before / 10000,
                      rebalance->ppm_after / 10000);
    } else {
        ds_put_cstr(s, "nothing moved: ");
        vm_reason_format(rebalance->reason, NULL, s);
    }
}

void
vm_rebalance_format(const struct vm_rebalance *rebalance, struct ds *s)
{
    format_outcome(rebalance, s);
    ds_put_char(s, '\n');
    for (size_t i = 0; i < rebalance->n_moves; i++) {
        const struct vm_rebalance_move *move = &rebalance->moves[i];

        ds_put_format(s, "  VM %s: %s -> %s (", move->name, move->from,
                      move->to);
        vm_reason_format(move->reason, move->because, s);
        ds_put_cstr(s, "), sends ");
        vm_rate_format(move->demand, s);
        ds_put_char(s, '\n');
    }
}

/* Appends a duration, 'ms', in seconds. */
static void
format_seconds(long long int ms, struct ds *s)
{
    ms = MAX(ms, 0);
    ds_put_format(s, "%lld.%lld s", ms / 1000, ms % 1000 / 100);
}

void
vm_rebalance_format_next(const struct vm_rebalance *rebalance,
                         long long int now, struct ds *s)
{
    if (rebalance->next == LLONG_MAX) {
        ds_put_cstr(s, "rebalancing is off");
    } else {
        ds_put_cstr(s, "next rebalance in ");
        format_seconds(rebalance->next - now, s);
    }
}

void
vm_rebalance_format_last(const struct vm_rebalance *rebalance,
                         long long int now, struct ds *s)
{
    if (rebalance->ran) {
        ds_put_cstr(s, "  last rebalance ");
        format_seconds(now - rebalance->when, s);
        ds_put_cstr(s, " ago: ");
        format_outcome(rebalance, s);
        ds_put_char(s, '\n');
    }
}

VM_GETTER(rebalance_last, vm_rebalance, r)
{
    if (r->ran) {
        vm_value_set_text(value, vm_reason_to_token(r->reason));
    } else if (!r->interval_ms) {
        vm_value_set_text(value, vm_reason_to_token(VM_R_REBALANCING_OFF));
    }
}

VM_GETTER(rebalance_interval, vm_rebalance, r)
{
    vm_value_set_number(value, r->interval_ms);
}

VM_GETTER(rebalance_moves, vm_rebalance, r)
{
    if (r->ran) {
        vm_value_set_number(value, r->n_moves);
    }
}

VM_GETTER(rebalance_before, vm_rebalance, r)
{
    if (r->ran) {
        vm_value_set_number(value, r->ppm_before);
    }
}

VM_GETTER(rebalance_after, vm_rebalance, r)
{
    if (r->ran) {
        vm_value_set_number(value, r->ppm_after);
    }
}

static const struct vm_field rebalance_fields[] = {
    { "interval_ms", NULL, VM_KIND_DURATION, rebalance_interval },
    { "last_reason", NULL, VM_KIND_TEXT, rebalance_last },
    { "last_moves", NULL, VM_KIND_NUMBER, rebalance_moves },
    { "ppm_before", NULL, VM_KIND_PPM, rebalance_before },
    { "ppm_after", NULL, VM_KIND_PPM, rebalance_after },
    VM_FIELDS_END
};

struct json *
vm_rebalance_to_json(const struct vm_rebalance *rebalance, long long int now)
{
    struct json *object = vm_fields_to_json(rebalance_fields, rebalance);

    json_object_put(object, "next_ms",
                    rebalance->next == LLONG_MAX ? json_null_create()
                    : json_integer_create(MAX(rebalance->next - now, 0)));
    json_object_put(object, "last_ms",
                    rebalance->ran ? json_integer_create(now
                                                         - rebalance->when)
                    : json_null_create());
    return object;
}

VM_GETTER(move_who, vm_rebalance_move, m)
{
    vm_value_set_text(value, m->who);
}

VM_GETTER(move_name, vm_rebalance_move, m)
{
    vm_value_set_text(value, m->name);
}

VM_GETTER(move_from, vm_rebalance_move, m)
{
    vm_value_set_text(value, m->from);
}

VM_GETTER(move_to, vm_rebalance_move, m)
{
    vm_value_set_text(value, m->to);
}

VM_GETTER(move_sends, vm_rebalance_move, m)
{
    vm_value_set_number(value, m->demand);
}

VM_GETTER(move_reason, vm_rebalance_move, m)
{
    vm_value_set_text(value, vm_reason_to_token(m->reason));
}

VM_GETTER(move_reason_text, vm_rebalance_move, m)
{
    vm_value_set_reason(value, m->reason, m->because, VM_DOWN_NOT);
}

static const struct vm_field move_fields[] = {
    { "who", NULL, VM_KIND_TEXT, move_who },
    { "name", NULL, VM_KIND_TEXT, move_name },
    { "from", NULL, VM_KIND_TEXT, move_from },
    { "to", NULL, VM_KIND_TEXT, move_to },
    { "sends_bps", NULL, VM_KIND_RATE, move_sends },
    { "reason", NULL, VM_KIND_TEXT, move_reason },
    { "reason_text", NULL, VM_KIND_TEXT, move_reason_text },
    VM_FIELDS_END
};

struct json *
vm_rebalance_outcome_to_json(const struct vm_rebalance *rebalance,
                             long long int now)
{
    struct json *object = vm_rebalance_to_json(rebalance, now);
    struct json *moves = json_array_create_empty();

    for (size_t i = 0; i < rebalance->n_moves; i++) {
        json_array_add(moves, vm_fields_to_json(move_fields,
                                                &rebalance->moves[i]));
    }
    json_object_put(object, "moves", moves);
    return object;
}
