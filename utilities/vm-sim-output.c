/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sim-output.h"

#include <inttypes.h>
#include <string.h>

#include "model/vm-inventory.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "report/vm-describe.h"
#include "solve/vm-snapshot.h"
#include "util.h"
#include "vm-sim-journal.h"
#include "vm-sim.h"

/* Journals. */

/* Returns true if the decision is one that the simulation can repeat: one that
 * moved a slot that the saved state has. */
static bool
counts(const struct vm_sim_entry *entry)
{
    return entry->known && (entry->from || entry->to);
}

struct tally {
    size_t decisions, again, unknown, more;
};

static struct tally
take_tally(const struct vm_sim *sim)
{
    const struct vm_sim_journal *journal = vm_sim_journal(sim);
    const struct vm_sim_move *moves;
    size_t n_moves = vm_sim_moves(sim, &moves);
    struct tally tally = { 0, 0, 0, 0 };

    for (size_t i = 0; i < journal->n; i++) {
        tally.decisions += counts(&journal->entries[i]);
        tally.again += (counts(&journal->entries[i])
                        && journal->entries[i].again);
        tally.unknown += !journal->entries[i].known;
    }
    for (size_t i = 0; i < n_moves; i++) {
        tally.more += moves[i].more;
    }
    return tally;
}

static void
put_time(struct ds *s, long long int when)
{
    ds_put_format(s, "%6lld.%03lld s  ", when / 1000, when % 1000);
}

static void
journal_to_text(const struct vm_sim *sim, struct ds *s)
{
    const struct vm_sim_journal *journal = vm_sim_journal(sim);
    const struct tally tally = take_tally(sim);
    const struct vm_sim_move *moves;
    size_t n_moves = vm_sim_moves(sim, &moves);

    ds_put_format(s, "journal: %"PRIuSIZE" of %"PRIuSIZE" decisions came "
                  "again, and %"PRIuSIZE" that it does not have\n",
                  tally.again, tally.decisions, tally.more);
    if (tally.unknown) {
        ds_put_format(s, "  left out, as the saved state does not have their "
                      "VMs: %"PRIuSIZE"\n", tally.unknown);
    }
    for (size_t i = 0; i < journal->n; i++) {
        const struct vm_sim_entry *entry = &journal->entries[i];

        if (counts(entry) && !entry->again) {
            ds_put_cstr(s, "  not again:   ");
            put_time(s, entry->when);
            ds_put_format(s, "%s%s: %s -> %s (%s)\n",
                          strcmp(entry->who, VM_HOST_ID) ? "VM " : "",
                          entry->name, entry->from ? entry->from : "none",
                          entry->to ? entry->to : "none", entry->text);
        }
    }
    for (size_t i = 0; i < n_moves; i++) {
        if (moves[i].more) {
            ds_put_cstr(s, "  not before:  ");
            put_time(s, moves[i].when);
            ds_put_format(s, "%s\n", moves[i].text);
        }
    }
    ds_put_char(s, '\n');
}

void
vm_sim_to_text(const struct vm_sim *sim, struct ds *s)
{
    const struct vm_sim_move *moves;
    size_t n = vm_sim_moves(sim, &moves);

    for (size_t i = 0; i < n; i++) {
        put_time(s, moves[i].when);
        ds_put_format(s, "%s\n", moves[i].text);
    }
    ds_put_char(s, '\n');
    if (vm_sim_journal(sim)) {
        journal_to_text(sim, s);
    }
    vm_describe_show(vm_sim_engine(sim), vm_sim_duration(sim), s);
}

/* JSON. */

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
entry_to_json(const struct vm_sim_entry *entry)
{
    const struct vm_sim_move move = {
        .when = entry->when, .who = entry->who, .name = entry->name,
        .from = entry->from, .to = entry->to, .reason = entry->reason,
        .text = entry->text,
    };

    return move_to_json(&move);
}

static struct json *
journal_to_json(const struct vm_sim *sim)
{
    const struct vm_sim_journal *journal = vm_sim_journal(sim);
    const struct tally tally = take_tally(sim);
    struct json *object = json_object_create();
    struct json *missing = json_array_create_empty();
    struct json *more = json_array_create_empty();
    const struct vm_sim_move *moves;
    size_t n_moves = vm_sim_moves(sim, &moves);

    for (size_t i = 0; i < journal->n; i++) {
        if (counts(&journal->entries[i]) && !journal->entries[i].again) {
            json_array_add(missing, entry_to_json(&journal->entries[i]));
        }
    }
    for (size_t i = 0; i < n_moves; i++) {
        if (moves[i].more) {
            json_array_add(more, move_to_json(&moves[i]));
        }
    }
    json_object_put(object, "decisions", json_integer_create(tally.decisions));
    json_object_put(object, "again", json_integer_create(tally.again));
    json_object_put(object, "left_out", json_integer_create(tally.unknown));
    json_object_put(object, "not_again", missing);
    json_object_put(object, "not_before", more);
    json_object_put(object, "saved_ms", json_integer_create(journal->end));
    return object;
}

static struct json *
flows_to_json(const struct vm_sim *sim, size_t step)
{
    const struct vm_sim_flow_point *points = vm_sim_flow_points(sim, step);
    struct json *interfaces = json_object_create();
    const char *const *names;
    size_t n = vm_sim_interfaces(sim, &names);

    for (size_t i = 0; i < n; i++) {
        struct json *object = json_object_create();

        json_object_put(object, "offered_bps",
                        json_integer_create(points[i].offered));
        json_object_put(object, "passed_bps",
                        json_integer_create(points[i].passed));
        json_object_put(interfaces, names[i], object);
    }
    return interfaces;
}

static struct json *
step_to_json(const struct vm_sim *sim, size_t step, long long int when)
{
    const struct vm_sim_point *points = vm_sim_points(sim, step);
    struct json *members = json_object_create();
    struct json *object = json_object_create();
    const char *const *names;
    size_t n = vm_sim_members(sim, &names);

    for (size_t i = 0; i < n; i++) {
        struct json *member = json_object_create();

        json_object_put(member, "load_bps",
                        json_integer_create(points[i].load));
        json_object_put(member, "wanted_bps",
                        json_integer_create(points[i].wanted));
        json_object_put(member, "capacity_bps",
                        json_integer_create(points[i].capacity));
        json_object_put(member, "usable",
                        json_boolean_create(points[i].usable));
        json_object_put(members, names[i], member);
    }
    json_object_put(object, "when_ms", json_integer_create(when));
    json_object_put(object, "members", members);
    json_object_put(object, "interfaces", flows_to_json(sim, step));
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
    if (vm_sim_journal(sim)) {
        json_object_put(object, "journal", journal_to_json(sim));
    }
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
    size_t n_members = vm_sim_members(sim, &names);
    size_t n_steps = vm_sim_steps(sim, &when);

    ds_put_cstr(s, "when_ms,member,usable,load_bps,capacity_bps,load_ppm,"
                "wanted_bps\n");
    for (size_t i = 0; i < n_steps; i++) {
        const struct vm_sim_point *points = vm_sim_points(sim, i);

        for (size_t j = 0; j < n_members; j++) {
            const struct vm_sim_point *p = &points[j];

            ds_put_format(s, "%lld,%s,%s,%"PRIu64",%"PRIu64",%"PRIu64
                          ",%"PRIu64"\n", when[i], names[j],
                          p->usable ? "true" : "false", p->load, p->capacity,
                          p->capacity ? vm_utilization_ppm(p->load,
                                                           p->capacity) : 0,
                          p->wanted);
        }
    }
}
