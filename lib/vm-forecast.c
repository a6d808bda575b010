/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-forecast.h"

#include <inttypes.h>
#include <limits.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "vm-rebalance.h"
#include "vm-snapshot.h"
#include "vm-table.h"
#include "vm-value.h"
#include "vm-whatif.h"

/* Moves. */

static void
set_reason(struct vm_value *value, enum vm_reason reason, const char *because)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    vm_reason_format(reason, because, &s);
    vm_value_set_owned(value, ds_steal_cstr(&s));
}

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
    set_reason(value, m->reason, m->because);
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

/* Those worse off. */

VM_GETTER(victim_who, vm_forecast_victim, v)
{
    vm_value_set_text(value, v->who);
}

VM_GETTER(victim_name, vm_forecast_victim, v)
{
    vm_value_set_text(value, v->name);
}

VM_GETTER(victim_what, vm_forecast_victim, v)
{
    vm_value_set_text(value, v->dropped ? "dropped" : "guarantee-broken");
}

VM_GETTER(victim_guarantee, vm_forecast_victim, v)
{
    vm_value_set_number(value, v->guarantee);
}

static const struct vm_field victim_fields[] = {
    { "who", NULL, VM_KIND_TEXT, victim_who },
    { "name", NULL, VM_KIND_TEXT, victim_name },
    { "what", NULL, VM_KIND_TEXT, victim_what },
    { "guarantee_bps", NULL, VM_KIND_RATE, victim_guarantee },
    VM_FIELDS_END
};

/* Uplinks. */

VM_GETTER(uplink_name, vm_forecast_uplink, u)
{
    vm_value_set_text(value, u->name);
}

VM_GETTER(uplink_usable, vm_forecast_uplink, u)
{
    vm_value_set_number(value, u->usable);
}

VM_GETTER(uplink_capacity, vm_forecast_uplink, u)
{
    vm_value_set_number(value, u->capacity);
}

VM_GETTER(uplink_before, vm_forecast_uplink, u)
{
    vm_value_set_number(value, u->load_before);
}

VM_GETTER(uplink_ppm_before, vm_forecast_uplink, u)
{
    vm_value_set_number(value, vm_utilization_ppm(u->load_before,
                                                  u->capacity));
}

VM_GETTER(uplink_after, vm_forecast_uplink, u)
{
    if (u->usable) {
        vm_value_set_number(value, u->load_after);
    }
}

VM_GETTER(uplink_ppm_after, vm_forecast_uplink, u)
{
    if (u->usable) {
        vm_value_set_number(value, vm_utilization_ppm(u->load_after,
                                                      u->capacity));
    }
}

static const struct vm_field uplink_fields[] = {
    { "name", "uplink", VM_KIND_TEXT, uplink_name },
    { "usable", "usable", VM_KIND_TRUTH, uplink_usable },
    { "capacity_bps", "capacity", VM_KIND_RATE, uplink_capacity },
    { "load_bps_before", "load now", VM_KIND_RATE, uplink_before },
    { "load_ppm_before", VM_JOIN, VM_KIND_PPM, uplink_ppm_before },
    { "load_bps", "then", VM_KIND_RATE, uplink_after },
    { "load_ppm", VM_JOIN, VM_KIND_PPM, uplink_ppm_after },
    VM_FIELDS_END
};

/* Forecasts. */

static void
format_safety(const struct vm_forecast *forecast, struct ds *s)
{
    ds_put_format(s, "  safe: %s\n", forecast->n_victims ? "false" : "true");
    for (size_t i = 0; i < forecast->n_victims; i++) {
        const struct vm_forecast_victim *victim = &forecast->victims[i];

        ds_put_format(s, "    VM %s: ", victim->name);
        if (victim->dropped) {
            ds_put_cstr(s, "frames are dropped\n");
        } else {
            ds_put_cstr(s, "its guarantee of ");
            vm_rate_format(victim->guarantee, s);
            ds_put_cstr(s, " is not kept\n");
        }
    }
}

static void
format_forecast(const struct vm_forecast *forecast, struct ds *s)
{
    struct vm_text text;

    ds_put_format(s, "%s: %"PRIuSIZE" move%s\n", forecast->what,
                  forecast->n_moves, forecast->n_moves == 1 ? "" : "s");
    vm_text_init(&text, uplink_fields);
    for (size_t i = 0; i < forecast->n_uplinks; i++) {
        vm_text_add(&text, uplink_fields, &forecast->uplinks[i], 0);
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
        if (forecasts->list[i].n_victims) {
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

/* An array of objects, of 'n' things of 'size' bytes. */
static struct json *
array_to_json(const struct vm_field *fields, const void *things, size_t n,
              size_t size)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < n; i++) {
        json_array_add(array, vm_fields_to_json(fields, ((const char *) things
                                                         + i * size)));
    }
    return array;
}

static struct json *
forecast_to_json(const struct vm_forecast *f)
{
    struct json *object = json_object_create();

    json_object_put_string(object, "what", f->what);
    json_object_put(object, "safe", json_boolean_create(!f->n_victims));
    json_object_put(object, "moves",
                    array_to_json(move_fields, f->moves, f->n_moves,
                                  sizeof *f->moves));
    json_object_put(object, "worse_off",
                    array_to_json(victim_fields, f->victims, f->n_victims,
                                  sizeof *f->victims));
    json_object_put(object, "uplinks",
                    array_to_json(uplink_fields, f->uplinks, f->n_uplinks,
                                  sizeof *f->uplinks));
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

/* "2 VMs moved, highest utilization 95% -> 52%" or why none did. */
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

        ds_put_format(s, "  VM %s: from %s to %s: ", move->name, move->from,
                      move->to);
        vm_reason_format(move->reason, move->because, s);
        ds_put_cstr(s, ", sends ");
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
