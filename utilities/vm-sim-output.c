/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sim-output.h"

#include <inttypes.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "vm-describe.h"
#include "vm-sim.h"
#include "vm-snapshot.h"

void
vm_sim_to_text(const struct vm_sim *sim, struct ds *s)
{
    const struct vm_sim_move *moves;
    size_t n = vm_sim_moves(sim, &moves);

    for (size_t i = 0; i < n; i++) {
        ds_put_format(s, "%6lld.%03lld s  %s\n", moves[i].when / 1000,
                      moves[i].when % 1000, moves[i].text);
    }
    ds_put_char(s, '\n');
    vm_describe_show(vm_sim_engine(sim), vm_sim_duration(sim), s);
}

static struct json *
move_to_json(const struct vm_sim_move *move)
{
    struct json *object = json_object_create();

    json_object_put(object, "when_ms", json_integer_create(move->when));
    json_object_put_string(object, "who", move->who);
    json_object_put_string(object, "name", move->name);
    json_object_put(object, "from", (move->from
                                     ? json_string_create(move->from)
                                     : json_null_create()));
    json_object_put(object, "to", (move->to ? json_string_create(move->to)
                                   : json_null_create()));
    json_object_put_string(object, "reason",
                           vm_reason_to_token(move->reason));
    json_object_put_string(object, "text", move->text);
    return object;
}

static struct json *
step_to_json(const struct vm_sim *sim, size_t step, long long int when)
{
    const struct vm_sim_point *points = vm_sim_points(sim, step);
    struct json *uplinks = json_object_create();
    struct json *object = json_object_create();
    const char *const *names;
    size_t n = vm_sim_uplinks(sim, &names);

    for (size_t i = 0; i < n; i++) {
        struct json *uplink = json_object_create();

        json_object_put(uplink, "load_bps",
                        json_integer_create(points[i].load));
        json_object_put(uplink, "capacity_bps",
                        json_integer_create(points[i].capacity));
        json_object_put(uplink, "usable",
                        json_boolean_create(points[i].usable));
        json_object_put(uplinks, names[i], uplink);
    }
    json_object_put(object, "when_ms", json_integer_create(when));
    json_object_put(object, "uplinks", uplinks);
    return object;
}

void
vm_sim_to_json(const struct vm_sim *sim, struct ds *s)
{
    struct json *object = json_object_create();
    struct json *array = json_array_create_empty();
    struct json *steps = json_array_create_empty();
    const struct vm_sim_move *moves;
    const long long int *when;
    size_t n_moves = vm_sim_moves(sim, &moves);
    size_t n_steps = vm_sim_steps(sim, &when);

    for (size_t i = 0; i < n_moves; i++) {
        json_array_add(array, move_to_json(&moves[i]));
    }
    for (size_t i = 0; i < n_steps; i++) {
        json_array_add(steps, step_to_json(sim, i, when[i]));
    }
    json_object_put(object, "moves", array);
    json_object_put(object, "steps", steps);
    json_object_put(object, "end",
                    vm_describe_show_json(vm_sim_engine(sim),
                                          vm_sim_duration(sim)));
    json_to_ds(object, JSSF_PRETTY | JSSF_SORT, s);
    ds_put_char(s, '\n');
    json_destroy(object);
}

void
vm_sim_to_csv(const struct vm_sim *sim, struct ds *s)
{
    const char *const *names;
    const long long int *when;
    size_t n_uplinks = vm_sim_uplinks(sim, &names);
    size_t n_steps = vm_sim_steps(sim, &when);

    ds_put_cstr(s, "when_ms,uplink,usable,load_bps,capacity_bps,load_ppm\n");
    for (size_t i = 0; i < n_steps; i++) {
        const struct vm_sim_point *points = vm_sim_points(sim, i);

        for (size_t j = 0; j < n_uplinks; j++) {
            const struct vm_sim_point *p = &points[j];

            ds_put_format(s, "%lld,%s,%s,%"PRIu64",%"PRIu64",%"PRIu64"\n",
                          when[i], names[j], p->usable ? "true" : "false",
                          p->load, p->capacity,
                          p->capacity ? vm_utilization_ppm(p->load,
                                                           p->capacity) : 0);
        }
    }
}
