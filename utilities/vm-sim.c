/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sim.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "util.h"
#include "vm-describe.h"
#include "vm-engine.h"
#include "vm-sim-world.h"

/* Unless the scenario says otherwise, ms. */
#define DEFAULT_DURATION 60000
#define DEFAULT_STEP 500

/* A change at some time. */
struct event {
    long long int at;           /* ms. */
    size_t serial;              /* Those of the same time keep their order. */
    struct json *change;
};

struct vm_sim {
    struct vm_sim_world world;
    struct event *events;
    size_t n_events, allocated_events;
    size_t next;                /* Event that is still to happen. */
    long long int duration, step; /* ms. */

    /* The record. */
    struct vm_sim_move *moves;
    size_t n_moves, allocated_moves;
    struct svec uplinks;        /* Sorted. */
    long long int *when;
    struct vm_sim_point *points; /* Step after step. */
    size_t n_steps, allocated_steps;
};

struct vm_sim *
vm_sim_create(void)
{
    struct vm_sim *sim = xzalloc(sizeof *sim);

    vm_sim_world_init(&sim->world);
    svec_init(&sim->uplinks);
    sim->duration = DEFAULT_DURATION;
    sim->step = DEFAULT_STEP;
    return sim;
}

void
vm_sim_destroy(struct vm_sim *sim)
{
    for (size_t i = 0; i < sim->n_events; i++) {
        json_destroy(sim->events[i].change);
    }
    for (size_t i = 0; i < sim->n_moves; i++) {
        free(sim->moves[i].who);
        free(sim->moves[i].name);
        free(sim->moves[i].from);
        free(sim->moves[i].to);
        free(sim->moves[i].text);
    }
    vm_sim_world_destroy(&sim->world);
    svec_destroy(&sim->uplinks);
    free(sim->events);
    free(sim->moves);
    free(sim->when);
    free(sim->points);
    free(sim);
}

/* Loading. */

/* Takes 'change'. */
static void
add_event(struct vm_sim *sim, long long int at, struct json *change)
{
    const char *uplink = vm_sim_text(change, "uplink");

    if (sim->n_events >= sim->allocated_events) {
        sim->events = x2nrealloc(sim->events, &sim->allocated_events,
                                 sizeof *sim->events);
    }
    sim->events[sim->n_events] = (struct event) {
        .at = at, .serial = sim->n_events, .change = change,
    };
    sim->n_events++;
    if (uplink) {
        svec_add(&sim->uplinks, uplink);
    }
}

/* Makes an event of each point [MS, RATE] of a load over time. */
static char *
add_course(struct vm_sim *sim, const char *interface,
           const struct json *course)
{
    for (size_t i = 0; i < course->array.n; i++) {
        const struct json *point = course->array.elems[i];

        if (point->type != JSON_ARRAY || point->array.n != 2
            || point->array.elems[0]->type != JSON_INTEGER) {
            return xasprintf("load of %s: point %"PRIuSIZE" is not [ms, "
                             "rate]", interface, i);
        }

        struct json *change = json_object_create();
        json_object_put_string(change, "interface", interface);
        json_object_put(change, "load", json_clone(point->array.elems[1]));
        add_event(sim, json_integer(point->array.elems[0]), change);
    }
    return NULL;
}

/* Takes one object of the list 'name'. */
static char *
load_object(struct vm_sim *sim, const char *name, const struct json *json)
{
    long long int at = 0;

    if (json->type != JSON_OBJECT) {
        return xstrdup("not an object");
    } else if (vm_sim_number(json, "at_ms", &at) && at < 0) {
        return xstrdup("\"at_ms\" is negative");
    } else if (!strcmp(name, "events") && !vm_sim_member(json, "at_ms")) {
        return xstrdup("\"at_ms\" is missing");
    }

    const char *interface = vm_sim_text(json, "interface");
    const struct json *load = vm_sim_member(json, "load");
    struct json *change = json_deep_clone(json);
    add_event(sim, at, change);
    if (interface && load && load->type == JSON_ARRAY) {
        json_destroy(shash_find_and_delete(json_object(change), "load"));
        return add_course(sim, interface, load);
    }
    return NULL;
}

static char *
load_list(struct vm_sim *sim, const char *name, const struct json *list)
{
    if (list->type != JSON_ARRAY) {
        return xasprintf("\"%s\" is not a list", name);
    }
    for (size_t i = 0; i < list->array.n; i++) {
        char *error = load_object(sim, name, list->array.elems[i]);

        if (error) {
            char *where = xasprintf("%s[%"PRIuSIZE"]: %s", name, i, error);

            free(error);
            return where;
        }
    }
    return NULL;
}

static char *
load_time(const char *name, const struct json *json, long long int *ms)
{
    if (json->type != JSON_INTEGER || json_integer(json) <= 0) {
        return xasprintf("\"%s\" is not a positive number of ms", name);
    }
    *ms = json_integer(json);
    return NULL;
}

static char *
load_member(struct vm_sim *sim, const char *name, const struct json *json)
{
    if (!strcmp(name, "uplinks") || !strcmp(name, "interfaces")
        || !strcmp(name, "events")) {
        return load_list(sim, name, json);
    } else if (!strcmp(name, "duration_ms")) {
        return load_time(name, json, &sim->duration);
    } else if (!strcmp(name, "step_ms")) {
        return load_time(name, json, &sim->step);
    } else if (!strcmp(name, "bond")) {
        struct json *change = json_object_create();

        json_object_put(change, "bond", json_deep_clone(json));
        add_event(sim, 0, change);
        return NULL;
    } else if (!strcmp(name, "description")) {
        return NULL;
    }
    return xasprintf("\"%s\" is not known; known are bond, uplinks, "
                     "interfaces, events, duration_ms, step_ms, description, "
                     "and bonds in a saved state", name);
}

static void
note_uplinks(struct vm_sim *sim)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &sim->world.uplinks) {
        svec_add(&sim->uplinks, node->name);
    }
}

char *
vm_sim_load(struct vm_sim *sim, const struct json *json)
{
    if (json->type != JSON_OBJECT) {
        return xstrdup("not a JSON object");
    } else if (vm_sim_member(json, "bonds")) {
        char *error = vm_sim_world_restore(&sim->world, json, 0);

        note_uplinks(sim);
        return error;
    }

    const struct shash_node **nodes = shash_sort(json_object(json));
    char *error = NULL;
    for (size_t i = 0; i < shash_count(json_object(json)) && !error; i++) {
        error = load_member(sim, nodes[i]->name, nodes[i]->data);
    }
    free(nodes);
    return error;
}

/* Playing. */

static void
record_move(struct vm_sim *sim, const struct vm_action *action,
            long long int now)
{
    const struct vm_policy *policy = &action->slot->endpoint->policy;
    struct ds text = DS_EMPTY_INITIALIZER;

    vm_describe_move(action->slot, action->from, action->to, &text);
    if (sim->n_moves >= sim->allocated_moves) {
        sim->moves = x2nrealloc(sim->moves, &sim->allocated_moves,
                                sizeof *sim->moves);
    }
    sim->moves[sim->n_moves++] = (struct vm_sim_move) {
        .when = now,
        .who = xstrdup(action->slot->id),
        .name = xstrdup(policy->name ? policy->name
                        : action->slot->endpoint->id),
        .from = nullable_xstrdup(action->from),
        .to = nullable_xstrdup(action->to),
        .reason = action->slot->reason,
        .text = ds_steal_cstr(&text),
    };
}

static void
run_engine(struct vm_sim *sim, long long int now)
{
    struct vm_actions actions = VM_ACTIONS_INITIALIZER;

    vm_engine_run(sim->world.engine, now, &actions);
    for (size_t i = 0; i < actions.n; i++) {
        if (actions.list[i].type == VM_ACTION_MOVE) {
            record_move(sim, &actions.list[i], now);
        }
    }
    vm_actions_destroy(&actions);
}

static void
record_step(struct vm_sim *sim, long long int ms, long long int now)
{
    size_t n = sim->uplinks.n;

    if (sim->n_steps >= sim->allocated_steps) {
        sim->when = x2nrealloc(sim->when, &sim->allocated_steps,
                               sizeof *sim->when);
        sim->points = xrealloc(sim->points, sim->allocated_steps * n
                               * sizeof *sim->points);
    }
    sim->when[sim->n_steps] = now;
    for (size_t i = 0; i < n; i++) {
        const char *name = sim->uplinks.names[i];
        const struct vm_sim_uplink *uplink
            = shash_find_data(&sim->world.uplinks, name);
        const struct vm_member *member = vm_inventory_find_member(
            vm_engine_inventory(sim->world.engine), name);

        sim->points[sim->n_steps * n + i] = (struct vm_sim_point) {
            .load = uplink ? uplink->offered * 8000 / ms : 0,
            .capacity = member ? vm_member_capacity(member) : 0,
            .usable = member && vm_member_is_usable(member),
        };
    }
    sim->n_steps++;
}

static int
compare_events(const void *a_, const void *b_)
{
    const struct event *a = a_;
    const struct event *b = b_;

    return (a->at != b->at ? (a->at < b->at ? -1 : 1)
            : a->serial < b->serial ? -1 : a->serial > b->serial);
}

/* Lets all happen that is due at 'now'. */
static char *
let_happen(struct vm_sim *sim, long long int now)
{
    bool happened = false;

    for (; sim->next < sim->n_events && sim->events[sim->next].at <= now;
         sim->next++) {
        const struct json *change = sim->events[sim->next].change;
        bool wants_all = vm_sim_member(change, "migrate") != NULL;

        if (wants_all) {
            run_engine(sim, now);
        }
        char *error = vm_sim_world_change(&sim->world, change, now);
        if (error) {
            char *json = json_to_string(change, JSSF_SORT);
            char *where = xasprintf("%s: %s", json, error);

            free(json);
            free(error);
            return where;
        }
        happened = true;
    }
    if (happened) {
        run_engine(sim, now);
    }
    return NULL;
}

char *
vm_sim_run(struct vm_sim *sim)
{
    long long int now = 0;
    long long int last = 0;

    svec_sort_unique(&sim->uplinks);
    if (!sim->uplinks.n) {
        return xstrdup("there is no uplink");
    }
    qsort(sim->events, sim->n_events, sizeof *sim->events, compare_events);
    char *error = let_happen(sim, now);
    run_engine(sim, now);
    while (now < sim->duration && !error) {
        long long int read = MIN(last + sim->step, sim->duration);
        long long int event = (sim->next < sim->n_events
                               ? sim->events[sim->next].at
                               : LLONG_MAX);

        now = MAX(now, MIN(MIN(read, event),
                           vm_engine_deadline(sim->world.engine)));
        if (now == event && now > last) {
            read = now;
        }
        if (now == read) {
            vm_sim_world_flow(&sim->world, now - last, now);
            record_step(sim, now - last, now);
            last = now;
        }
        run_engine(sim, now);
        error = let_happen(sim, now);
    }
    return error;
}

/* The record. */

const struct vm_engine *
vm_sim_engine(const struct vm_sim *sim)
{
    return sim->world.engine;
}

long long int
vm_sim_duration(const struct vm_sim *sim)
{
    return sim->duration;
}

size_t
vm_sim_moves(const struct vm_sim *sim, const struct vm_sim_move **moves)
{
    *moves = sim->moves;
    return sim->n_moves;
}

size_t
vm_sim_uplinks(const struct vm_sim *sim, const char *const **names)
{
    *names = (const char *const *) sim->uplinks.names;
    return sim->uplinks.n;
}

size_t
vm_sim_steps(const struct vm_sim *sim, const long long int **when)
{
    *when = sim->when;
    return sim->n_steps;
}

const struct vm_sim_point *
vm_sim_points(const struct vm_sim *sim, size_t step)
{
    return &sim->points[step * sim->uplinks.n];
}
