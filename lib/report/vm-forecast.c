/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-forecast.h"

#include <inttypes.h>
#include <limits.h>

#include "base/vm-value.h"
#include "engine/vm-rebalance.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "report/vm-fields.h"
#include "report/vm-table.h"
#include "report/vm-whatif.h"
#include "solve/vm-snapshot.h"
#include "util.h"

/* Moves. */

VM_GETTER(move_who, vm_forecast_move, m)
{
    vm_value_set_text(value, m->who);
}

VM_GETTER(move_name, vm_forecast_move, m)
{
    vm_value_set_text(value, m->name);
}

VM_GETTER(move_from, vm_forecast_move, m)
{
    vm_value_set_text(value, m->from);
}

VM_GETTER(move_to, vm_forecast_move, m)
{
    vm_value_set_text(value, m->to);
}

VM_GETTER(move_sends, vm_forecast_move, m)
{
    vm_value_set_number(value, m->sends);
}

VM_GETTER(move_reason, vm_forecast_move, m)
{
    vm_value_set_text(value, vm_reason_to_token(m->reason));
}

VM_GETTER(move_reason_text, vm_forecast_move, m)
{
    vm_value_set_reason(value, m->reason, m->because, VM_DOWN_NOT);
}

VM_GETTER(move_step, vm_forecast_move, m)
{
    vm_value_set_text(value, m->rebalances ? "rebalancing" : "at-once");
}

static const struct vm_field move_fields[] = {
    { "who", NULL, VM_KIND_TEXT, move_who },
    { "name", "VM", VM_KIND_TEXT, move_name },
    { "from", "from", VM_KIND_TEXT, move_from },
    { "to", "to", VM_KIND_TEXT, move_to },
    { "sends_bps", "sends", VM_KIND_RATE, move_sends },
    { "step", "step", VM_KIND_TEXT, move_step },
    { "reason", NULL, VM_KIND_TEXT, move_reason },
    { "reason_text", "reason", VM_KIND_TEXT, move_reason_text },
    VM_FIELDS_END
};

/* Affected VMs. */

VM_GETTER(affected_who, vm_forecast_affected, a)
{
    vm_value_set_text(value, a->who);
}

VM_GETTER(affected_name, vm_forecast_affected, a)
{
    vm_value_set_text(value, a->name);
}

VM_GETTER(affected_what, vm_forecast_affected, a)
{
    vm_value_set_text(value, a->dropped ? "dropped" : "guarantee-unmet");
}

VM_GETTER(affected_guarantee, vm_forecast_affected, a)
{
    vm_value_set_number(value, a->guarantee);
}

static const struct vm_field affected_fields[] = {
    { "who", NULL, VM_KIND_TEXT, affected_who },
    { "name", NULL, VM_KIND_TEXT, affected_name },
    { "what", NULL, VM_KIND_TEXT, affected_what },
    { "guarantee_bps", NULL, VM_KIND_RATE, affected_guarantee },
    VM_FIELDS_END
};

/* Members. */

VM_GETTER(member_name, vm_forecast_member, u)
{
    vm_value_set_text(value, u->name);
}

VM_GETTER(member_usable, vm_forecast_member, u)
{
    vm_value_set_number(value, u->usable);
}

VM_GETTER(member_capacity, vm_forecast_member, u)
{
    vm_value_set_nonzero(value, u->capacity);
}

VM_GETTER(member_capacity_text, vm_forecast_member, u)
{
    vm_value_set_capacity(value, u->capacity);
}

VM_GETTER(member_before, vm_forecast_member, u)
{
    vm_value_set_number(value, u->load_before);
}

VM_GETTER(member_ppm_before, vm_forecast_member, u)
{
    if (u->capacity) {
        vm_value_set_number(value, vm_utilization_ppm(u->load_before,
                                                      u->capacity));
    }
}

VM_GETTER(member_after, vm_forecast_member, u)
{
    if (u->usable) {
        vm_value_set_number(value, u->load_after);
    }
}

VM_GETTER(member_ppm_after, vm_forecast_member, u)
{
    if (u->usable && u->capacity) {
        vm_value_set_number(value, vm_utilization_ppm(u->load_after,
                                                      u->capacity));
    }
}

static const struct vm_field member_fields[] = {
    { "name", "member", VM_KIND_TEXT, member_name },
    { "usable", "usable", VM_KIND_TRUTH, member_usable },
    { "capacity_bps", NULL, VM_KIND_RATE, member_capacity },
    { NULL, "capacity", VM_KIND_TEXT, member_capacity_text },
    { "load_bps_before", "load now", VM_KIND_RATE, member_before },
    { "load_ppm_before", VM_JOIN, VM_KIND_PPM, member_ppm_before },
    { "load_bps", "then", VM_KIND_RATE, member_after },
    { "load_ppm", VM_JOIN, VM_KIND_PPM, member_ppm_after },
    VM_FIELDS_END
};

/* Forecasts. */

static void
format_safety(const struct vm_forecast *forecast, struct ds *s)
{
    ds_put_format(s, "  safe: %s\n", forecast->n_affected ? "false" : "true");
    for (size_t i = 0; i < forecast->n_affected; i++) {
        const struct vm_forecast_affected *one = &forecast->affected[i];

        ds_put_format(s, "    VM %s: ", one->name);
        if (one->dropped) {
            ds_put_cstr(s, "frames are dropped\n");
        } else {
            ds_put_cstr(s, "its guarantee of ");
            vm_rate_format(one->guarantee, s);
            ds_put_cstr(s, " is unmet\n");
        }
    }
}

static void
format_forecast(const struct vm_forecast *forecast, struct ds *s)
{
    struct vm_text text;

    ds_put_format(s, "%s: %"PRIuSIZE" move%s\n", forecast->what,
                  forecast->n_moves, forecast->n_moves == 1 ? "" : "s");
    vm_text_init(&text, member_fields);
    for (size_t i = 0; i < forecast->n_members; i++) {
        vm_text_add(&text, member_fields, &forecast->members[i], 0);
    }
    vm_text_format(&text, 2, s);
    vm_text_destroy(&text);

    if (forecast->n_moves) {
        ds_put_char(s, '\n');
        vm_text_init(&text, move_fields);
        for (size_t i = 0; i < forecast->n_moves; i++) {
            vm_text_add(&text, move_fields, &forecast->moves[i], 0);
        }
        vm_text_format(&text, 2, s);
        vm_text_destroy(&text);
    }
    format_safety(forecast, s);
}

static bool
all_safe(const struct vm_forecasts *forecasts)
{
    for (size_t i = 0; i < forecasts->n; i++) {
        if (forecasts->list[i].n_affected) {
            return false;
        }
    }
    return true;
}

void
vm_forecasts_format(const struct vm_forecasts *forecasts, struct ds *s)
{
    for (size_t i = 0; i < forecasts->n; i++) {
        format_forecast(&forecasts->list[i], s);
        ds_put_char(s, '\n');
    }
    if (forecasts->n > 1) {
        ds_put_format(s, "N+1 safe: %s\n",
                      all_safe(forecasts) ? "true" : "false");
    } else {
        ds_chomp(s, '\n');
    }
}

/* Returns an array of objects for the 'n' elements of 'size' bytes at
 * 'array'. */
static struct json *
array_to_json(const struct vm_field *fields, const void *array, size_t n,
              size_t size)
{
    struct json *json = json_array_create_empty();

    for (size_t i = 0; i < n; i++) {
        json_array_add(json, vm_fields_to_json(fields, ((const char *) array
                                                        + i * size)));
    }
    return json;
}

static struct json *
forecast_to_json(const struct vm_forecast *f)
{
    struct json *object = json_object_create();

    json_object_put_string(object, "what", f->what);
    json_object_put(object, "safe", json_boolean_create(!f->n_affected));
    json_object_put(object, "moves",
                    array_to_json(move_fields, f->moves, f->n_moves,
                                  sizeof *f->moves));
    json_object_put(object, "worse_off",
                    array_to_json(affected_fields, f->affected, f->n_affected,
                                  sizeof *f->affected));
    json_object_put(object, "members",
                    array_to_json(member_fields, f->members, f->n_members,
                                  sizeof *f->members));
    return object;
}

struct json *
vm_forecasts_to_json(const struct vm_forecasts *forecasts)
{
    struct json *object = json_object_create();
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < forecasts->n; i++) {
        json_array_add(array, forecast_to_json(&forecasts->list[i]));
    }
    json_object_put(object, "safe", json_boolean_create(all_safe(forecasts)));
    json_object_put(object, "forecasts", array);
    return object;
}

/* Rebalancing. */

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
