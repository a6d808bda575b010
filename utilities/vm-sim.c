/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sim.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/vm-engine.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "report/vm-describe.h"
#include "svec.h"
#include "util.h"
#include "vm-release.h"
#include "vm-sim-bond.h"
#include "vm-sim-journal.h"
#include "vm-sim-model.h"
#include "vm-sim-record.h"
#include "vm-sim-saved.h"

/* Defaults, ms. */
#define DEFAULT_DURATION 60000
#define DEFAULT_STEP 500

/* Limits the memory of the record. */
#define MAX_STEPS 1000000

/* A change at some time. */
struct event {
    long long int at;           /* ms. */
    size_t serial;              /* Orders events of the same time. */
    struct json *change;
};

struct vm_sim {
    struct vm_sim_model model;
    struct event *events;
    size_t n_events, allocated_events;
    size_t next;                /* Index of the next event. */
    long long int duration, step; /* ms; 'duration' is 0 until it is set. */
    struct json *bond;          /* A saved bond, or null. */
    bool has_journal;
    struct vm_sim_journal journal; /* The bond's, if 'has_journal'. */

    struct vm_sim_record record;
};

struct vm_sim *
vm_sim_create(void)
{
    struct vm_sim *sim = xzalloc(sizeof *sim);

    vm_sim_model_init(&sim->model);
    vm_sim_record_init(&sim->record);
    sim->step = DEFAULT_STEP;
    return sim;
}

void
vm_sim_destroy(struct vm_sim *sim)
{
    for (size_t i = 0; i < sim->n_events; i++) {
        json_destroy(sim->events[i].change);
    }
    vm_sim_model_destroy(&sim->model);
    vm_sim_record_destroy(&sim->record);
    json_destroy(sim->bond);
    vm_sim_journal_destroy(&sim->journal);
    free(sim->events);
    free(sim);
}

/* Loading. */

/* Adds an event, which takes ownership of 'change'. */
static void
add_event(struct vm_sim *sim, long long int at, struct json *change)
{
    const char *member = vm_sim_text(change, "member");
    const char *interface = vm_sim_text(change, "interface");

    if (sim->n_events >= sim->allocated_events) {
        sim->events = x2nrealloc(sim->events, &sim->allocated_events,
                                 sizeof *sim->events);
    }
    sim->events[sim->n_events] = (struct event) {
        .at = at, .serial = sim->n_events, .change = change,
    };
    sim->n_events++;
    if (member) {
        svec_add(&sim->record.members, member);
    } else if (interface) {
        svec_add(&sim->record.interfaces, interface);
    }
}

/* Makes an event of each point [MS, RATE] of a load over time. */
static char *
add_course(struct vm_sim *sim, const char *interface,
           const struct json *course)
{
    for (size_t i = 0; i < vm_json_array_size(course); i++) {
        const struct json *point = vm_json_array_at(course, i);

        if (point->type != JSON_ARRAY || vm_json_array_size(point) != 2
            || vm_json_array_at(point, 0)->type != JSON_INTEGER) {
            return xasprintf("load of %s: point %"PRIuSIZE" is not [ms, "
                             "rate]", interface, i);
        }

        struct json *change = json_object_create();
        json_object_put_string(change, "interface", interface);
        json_object_put(change, "load",
                        json_clone(vm_json_array_at(point, 1)));
        add_event(sim, json_integer(vm_json_array_at(point, 0)), change);
    }
    return NULL;
}

/* Loads one object of the list 'name'. */
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
    for (size_t i = 0; i < vm_json_array_size(list); i++) {
        char *error = load_object(sim, name, vm_json_array_at(list, i));

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
    if (!strcmp(name, "members") || !strcmp(name, "interfaces")
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
    return xasprintf("\"%s\" is not known; known are bond, members, "
                     "interfaces, events, duration_ms, step_ms, description, "
                     "and bonds in a saved state or journal", name);
}

/* Loads what was saved by "vm-aware/show" or by "vm-aware/log". */
static char *
load_saved(struct vm_sim *sim, const struct json *json)
{
    const struct json *bond;
    const struct json *first = vm_sim_element(json, "bonds", 0);
    bool is_log = first && vm_sim_member(first, "log");
    char *error = vm_sim_saved_bond(json, is_log ? "log" : "show", &bond);

    if (error) {
        return error;
    } else if (is_log ? sim->has_journal : sim->bond != NULL) {
        return xasprintf("there is a saved %s already",
                         is_log ? "journal" : "state");
    } else if (is_log) {
        sim->has_journal = true;
        return vm_sim_journal_init(&sim->journal, bond);
    }
    sim->bond = json_deep_clone(bond);
    return NULL;
}

char *
vm_sim_load(struct vm_sim *sim, const struct json *json)
{
    if (json->type != JSON_OBJECT) {
        return xstrdup("not a JSON object");
    } else if (vm_sim_member(json, "bonds")) {
        return load_saved(sim, json);
    }

    const struct shash_node **nodes = shash_sort(json_object(json));
    char *error = NULL;
    for (size_t i = 0; i < shash_count(json_object(json)) && !error; i++) {
        error = load_member(sim, nodes[i]->name, nodes[i]->data);
    }
    free(nodes);
    return error;
}

/* Puts the events of the saved state and journal before all others. */
static char *
begin_as_saved(struct vm_sim *sim)
{
    struct json *events = json_array_create_empty();
    struct event *others = sim->events;
    size_t n_others = sim->n_events;
    char *error = NULL;

    if (sim->has_journal && !sim->bond) {
        error = xstrdup("a saved journal needs the state of the same bond: "
                        "save it with \"vm-aware/show --json BOND\"");
    } else if (sim->bond) {
        vm_sim_journal_find_known(&sim->journal, sim->bond);
        error = vm_sim_saved_to_events(sim->bond, vm_sim_journal(sim),
                                       events);
    }

    sim->events = NULL;
    sim->n_events = sim->allocated_events = 0;
    for (size_t i = 0; i < vm_json_array_size(events); i++) {
        long long int at = 0;

        vm_sim_number(vm_json_array_at(events, i), "at_ms", &at);
        add_event(sim, at, json_clone(vm_json_array_at(events, i)));
    }
    for (size_t i = 0; i < n_others; i++) {
        add_event(sim, others[i].at, others[i].change);
    }
    free(others);
    json_destroy(events);
    return error;
}

/* Running. */

static void
run_engine(struct vm_sim *sim, long long int now)
{
    struct vm_actions actions = VM_ACTIONS_INITIALIZER;

    vm_engine_run(sim->model.engine, now, &actions);
    vm_sim_model_act(&sim->model, &actions, now);
    for (size_t i = 0; i < actions.n; i++) {
        if (actions.list[i].type == VM_ACTION_MOVE) {
            vm_sim_record_move(&sim->record, &actions.list[i], now);
        }
    }
    vm_actions_destroy(&actions);
}

static int
compare_events(const void *a_, const void *b_)
{
    const struct event *a = a_;
    const struct event *b = b_;

    return (a->at != b->at ? (a->at < b->at ? -1 : 1)
            : a->serial < b->serial ? -1 : a->serial > b->serial);
}

/* Applies the events that are due at 'now', and runs the engine. */
static char *
apply_events(struct vm_sim *sim, long long int now)
{
    bool applied = false;

    for (; sim->next < sim->n_events && sim->events[sim->next].at <= now;
         sim->next++) {
        const struct json *change = sim->events[sim->next].change;
        bool needs_run = vm_sim_member(change, "migrate") != NULL;

        if (needs_run) {
            run_engine(sim, now);
        }
        char *error = vm_sim_model_change(&sim->model, change, now);
        if (error) {
            char *json = json_to_string(change, JSSF_SORT);
            char *where = xasprintf("%s: %s", json, error);

            free(json);
            free(error);
            return where;
        }
        applied = true;
    }
    if (applied) {
        run_engine(sim, now);
    }
    return NULL;
}

/* Advances from one time at which something is due to the next. */
static char *
advance(struct vm_sim *sim)
{
    const struct vm_engine *engine = sim->model.engine;
    long long int now = 0, read = 0, recorded = 0;
    char *error = apply_events(sim, now);

    run_engine(sim, now);
    while (now < sim->duration && !error) {
        long long int step = MIN(recorded + sim->step, sim->duration);
        long long int event = (sim->next < sim->n_events
                               ? sim->events[sim->next].at
                               : LLONG_MAX);

        now = MAX(now, MIN(MIN(step, event), vm_engine_deadline(engine)));
        bool records = now == step || (now == event && now > recorded);
        if (now > read && (records || vm_engine_wants_counters(engine, now))) {
            vm_sim_model_flow(&sim->model, now - read, now);
            read = now;
        }
        if (records) {
            vm_sim_record_step(&sim->record, &sim->model, now - recorded, now);
            recorded = now;
        }
        run_engine(sim, now);
        error = apply_events(sim, now);
    }
    return error;
}

char *
vm_sim_run(struct vm_sim *sim)
{
    char *error = begin_as_saved(sim);

    if (error) {
        return error;
    }
    svec_sort_unique(&sim->record.members);
    svec_sort_unique(&sim->record.interfaces);
    if (!sim->record.members.n) {
        return xstrdup("there is no member; a scenario has at least one, such "
                       "as \"members\": [{\"member\": \"eth0\"}]");
    }
    if (!sim->duration) {
        sim->duration = sim->has_journal ? sim->journal.end : DEFAULT_DURATION;
    }
    if (sim->duration / sim->step > MAX_STEPS) {
        return xasprintf("%lld ms in steps of %lld ms are more than %d steps: "
                         "give a larger \"step_ms\" or a smaller "
                         "\"duration_ms\"", sim->duration, sim->step,
                         MAX_STEPS);
    }
    qsort(sim->events, sim->n_events, sizeof *sim->events, compare_events);
    error = advance(sim);
    if (!error && sim->has_journal) {
        vm_sim_journal_compare(&sim->journal, sim->record.moves,
                               sim->record.n_moves);
    }
    return error;
}

/* The record. */

const struct vm_sim_journal *
vm_sim_journal(const struct vm_sim *sim)
{
    return sim->has_journal ? &sim->journal : NULL;
}

const struct vm_engine *
vm_sim_engine(const struct vm_sim *sim)
{
    return sim->model.engine;
}

long long int
vm_sim_duration(const struct vm_sim *sim)
{
    return sim->duration;
}

size_t
vm_sim_moves(const struct vm_sim *sim, const struct vm_sim_move **moves)
{
    *moves = sim->record.moves;
    return sim->record.n_moves;
}

size_t
vm_sim_members(const struct vm_sim *sim, const char *const **names)
{
    *names = (const char *const *) sim->record.members.names;
    return sim->record.members.n;
}

size_t
vm_sim_steps(const struct vm_sim *sim, const long long int **when)
{
    *when = sim->record.when;
    return sim->record.n_steps;
}

const struct vm_sim_point *
vm_sim_points(const struct vm_sim *sim, size_t step)
{
    return &sim->record.points[step * sim->record.members.n];
}

size_t
vm_sim_interfaces(const struct vm_sim *sim, const char *const **names)
{
    *names = (const char *const *) sim->record.interfaces.names;
    return sim->record.interfaces.n;
}

const struct vm_sim_flow_point *
vm_sim_flow_points(const struct vm_sim *sim, size_t step)
{
    return &sim->record.flows[step * sim->record.interfaces.n];
}
