/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-forecast.h"

#include <inttypes.h>

#include "base/vm-value.h"
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

/* Rates. */

VM_GETTER(rate_who, vm_forecast_rate, r)
{
    vm_value_set_text(value, r->who);
}

VM_GETTER(rate_name, vm_forecast_rate, r)
{
    vm_value_set_text(value, r->name);
}

VM_GETTER(rate_member, vm_forecast_rate, r)
{
    vm_value_set_text(value, r->member);
}

VM_GETTER(rate_wants, vm_forecast_rate, r)
{
    vm_value_set_number(value, r->wants);
}

VM_GETTER(rate_granted, vm_forecast_rate, r)
{
    vm_value_set_number(value, r->granted);
}

VM_GETTER(rate_guarantee, vm_forecast_rate, r)
{
    vm_value_set_nonzero(value, r->guarantee);
}

static const struct vm_field rate_fields[] = {
    { "who", NULL, VM_KIND_TEXT, rate_who },
    { "name", "VM", VM_KIND_TEXT, rate_name },
    { "member", "member", VM_KIND_TEXT, rate_member },
    { "wants_bps", "wants", VM_KIND_RATE, rate_wants },
    { "granted_bps", "gets", VM_KIND_RATE, rate_granted },
    { "guarantee_bps", "guarantee", VM_KIND_RATE, rate_guarantee },
    VM_FIELDS_END
};

/* Affected VMs. */

static const char *const effects[] = {
    [VM_FORECAST_DROPPED] = "dropped",
    [VM_FORECAST_UNMET] = "guarantee-unmet",
    [VM_FORECAST_LIMITED] = "limited",
};

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
    vm_value_set_text(value, effects[a->effect]);
}

VM_GETTER(affected_guarantee, vm_forecast_affected, a)
{
    vm_value_set_number(value, a->guarantee);
}

VM_GETTER(affected_granted, vm_forecast_affected, a)
{
    if (a->effect == VM_FORECAST_LIMITED) {
        vm_value_set_number(value, a->granted);
    }
}

static const struct vm_field affected_fields[] = {
    { "who", NULL, VM_KIND_TEXT, affected_who },
    { "name", NULL, VM_KIND_TEXT, affected_name },
    { "what", NULL, VM_KIND_TEXT, affected_what },
    { "guarantee_bps", NULL, VM_KIND_RATE, affected_guarantee },
    { "granted_bps", NULL, VM_KIND_RATE, affected_granted },
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
format_affected(const struct vm_forecast_affected *affected, struct ds *s)
{
    switch (affected->effect) {
    case VM_FORECAST_DROPPED:
        ds_put_cstr(s, "frames are dropped");
        break;

    case VM_FORECAST_UNMET:
        ds_put_cstr(s, "its guarantee of ");
        vm_rate_format(affected->guarantee, s);
        ds_put_cstr(s, " is unmet");
        break;

    case VM_FORECAST_LIMITED:
        ds_put_cstr(s, "gets ");
        vm_rate_format(affected->granted, s);
        ds_put_cstr(s, " of the ");
        vm_rate_format(affected->wants, s);
        ds_put_cstr(s, " that it sends");
        break;
    }
}

static void
format_safety(const struct vm_forecast *forecast, struct ds *s)
{
    ds_put_format(s, "  safe: %s\n", forecast->n_affected ? "false" : "true");
    for (size_t i = 0; i < forecast->n_affected; i++) {
        const struct vm_forecast_affected *one = &forecast->affected[i];

        ds_put_format(s, "    VM %s: ", one->name);
        format_affected(one, s);
        ds_put_char(s, '\n');
    }
}

/* Appends a table of the 'n' elements of 'size' bytes at 'array'. */
static void
format_array(const struct vm_field *fields, const void *array, size_t n,
             size_t size, struct ds *s)
{
    struct vm_text text;

    vm_text_init(&text, fields);
    for (size_t i = 0; i < n; i++) {
        vm_text_add(&text, fields, (const char *) array + i * size, 0);
    }
    vm_text_format(&text, 2, s);
    vm_text_destroy(&text);
}

static void
format_forecast(const struct vm_forecast *f, struct ds *s)
{
    ds_put_format(s, "%s: %"PRIuSIZE" move%s\n", f->what,
                  f->n_moves, f->n_moves == 1 ? "" : "s");
    format_array(member_fields, f->members, f->n_members, sizeof *f->members,
                 s);
    if (f->n_moves) {
        ds_put_char(s, '\n');
        format_array(move_fields, f->moves, f->n_moves, sizeof *f->moves, s);
    }
    if (f->n_rates) {
        ds_put_char(s, '\n');
        format_array(rate_fields, f->rates, f->n_rates, sizeof *f->rates, s);
    }
    format_safety(f, s);
    vm_asked_format(&f->asked, s);
    for (size_t i = 0; i < f->warnings.n; i++) {
        ds_put_format(s, "  warning: %s\n", f->warnings.list[i].text);
    }
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
    if (forecasts->each) {
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
    struct json *warnings = json_array_create_empty();

    json_object_put_string(object, "what", f->what);
    json_object_put(object, "safe", json_boolean_create(!f->n_affected));
    json_object_put(object, "moves",
                    array_to_json(move_fields, f->moves, f->n_moves,
                                  sizeof *f->moves));
    json_object_put(object, "worse_off",
                    array_to_json(affected_fields, f->affected, f->n_affected,
                                  sizeof *f->affected));
    json_object_put(object, "rates",
                    array_to_json(rate_fields, f->rates, f->n_rates,
                                  sizeof *f->rates));
    for (size_t i = 0; i < f->warnings.n; i++) {
        json_array_add(warnings,
                       json_string_create(f->warnings.list[i].text));
    }
    json_object_put(object, "warnings", warnings);
    json_object_put(object, "requests", vm_asked_to_json(&f->asked));
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
