/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-stage.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-value.h"
#include "svec.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-stage-facts.h"
#include "vm-stage-requests.h"
#include "vm-stage-time.h"
#include "vm-stage-words.h"

void
vm_stage_init(struct vm_stage *stage)
{
    memset(stage, 0, sizeof *stage);
    stage->engine = vm_engine_create("bond0", 0);
    smap_init(&stage->bond);
    shash_init(&stage->members);
    vm_traffic_init(&stage->traffic, false);
    smap_init(&stage->seen);
    smap_init(&stage->ids);
    ds_init(&stage->output);
}

static void
member_destroy(struct vm_stage_member *member)
{
    smap_destroy(&member->config);
    free(member);
}

void
vm_stage_destroy(struct vm_stage *stage)
{
    struct shash_node *node;

    vm_engine_destroy(stage->engine);
    smap_destroy(&stage->bond);
    SHASH_FOR_EACH (node, &stage->members) {
        member_destroy(node->data);
    }
    shash_destroy(&stage->members);
    vm_traffic_destroy(&stage->traffic);
    smap_destroy(&stage->seen);
    smap_destroy(&stage->ids);
    free(stage->published);
    ds_destroy(&stage->output);
}

void
vm_stage_be_thorough(struct vm_stage *stage)
{
    struct vm_inventory *inventory
        = CONST_CAST(struct vm_inventory *,
                     vm_engine_inventory(stage->engine));

    bool due = vm_engine_deadline(stage->engine) == LLONG_MIN;

    if (stage->thorough && due) {
        vm_changes_note_all(&inventory->place);
    }
    if (stage->thorough && !vm_changes_is_empty(&inventory->regroup)) {
        vm_changes_note_all(&inventory->regroup);
    }
}

void
vm_stage_run(struct vm_stage *stage)
{
    struct vm_actions actions = VM_ACTIONS_INITIALIZER;
    struct ds differences = DS_EMPTY_INITIALIZER;

    vm_stage_run_agent(stage);
    do {
        vm_stage_be_thorough(stage);
        vm_engine_run(stage->engine, stage->now, &actions);
        stage->n_actions += actions.n;
        vm_stage_tell(stage, &actions);
    } while (!vm_stage_set_meters(stage, &actions));

    vm_stage_check_meters(stage, &differences);
    vm_engine_check(stage->engine, &differences);
    if (differences.length) {
        ds_put_format(&stage->output, "error: %s", ds_cstr(&differences));
    }
    ds_destroy(&differences);

    vm_engine_run(stage->engine, stage->now, &actions);
    if (actions.n) {
        ds_put_format(&stage->output, "error: %"PRIuSIZE" actions in a second "
                      "run\n", actions.n);
    }
    if (vm_engine_deadline(stage->engine) <= stage->now) {
        ds_put_format(&stage->output, "error: deadline %lld is over\n",
                      vm_engine_deadline(stage->engine));
    }
    vm_actions_destroy(&actions);
}

/* Commands that tell facts. */

static char *
do_bond(struct vm_stage *stage, const struct svec *words)
{
    for (size_t i = 1; i < words->n; i++) {
        const char *equals = strchr(words->names[i], '=');

        if (!equals) {
            return xasprintf("%s: not KEY=VALUE", words->names[i]);
        }

        char *key = xmemdup0(words->names[i], equals - words->names[i]);
        smap_remove(&stage->bond, key);
        if (equals[1]) {
            smap_add(&stage->bond, key, equals + 1);
        }
        free(key);
    }
    vm_engine_set_bond(stage->engine, &stage->bond, stage->now);
    return NULL;
}

static void
tell_member(struct vm_stage *stage, const char *name,
            const struct vm_stage_member *member)
{
    struct vm_traffic_member *device = vm_traffic_member(&stage->traffic,
                                                         name);
    struct vm_member_facts facts = {
        .enabled = member->enabled,
        .down = member->down,
        .link_speed = member->speed,
        .max_rate = member->max_rate,
        .other_config = &member->config,
    };

    device->enabled = true;
    device->capacity = member->speed ? member->speed : UINT64_C(1) << 40;
    if (member->wire) {
        device->capacity = MIN(device->capacity, member->wire);
    }
    if (member->max_rate) {
        device->capacity = MIN(device->capacity, member->max_rate);
    }
    vm_engine_set_member(stage->engine, name, &facts, stage->now);
}

static char *
do_member(struct vm_stage *stage, const struct svec *words)
{
    const char *name = words->names[1];
    struct vm_stage_member *member = shash_find_data(&stage->members, name);

    if (!member) {
        member = xzalloc(sizeof *member);
        smap_init(&member->config);
        shash_add(&stage->members, name, member);
    }
    member->enabled = true;
    member->speed = UINT64_C(10000000000);
    member->max_rate = 0;
    smap_clear(&member->config);
    for (size_t i = 2; i < words->n; i++) {
        const char *word = words->names[i];
        const char *speed = value_of(word, "speed");
        const char *rate = speed ? speed : value_of(word, "max-rate");

        if (rate) {
            if (!vm_rate_from_string(rate, speed ? &member->speed
                                           : &member->max_rate)) {
                return xasprintf("%s: not a rate", word);
            }
        } else if (value_of(word, "capacity")) {
            smap_add(&member->config, "vm-aware-capacity",
                     value_of(word, "capacity"));
        } else if (!strcmp(word, "standby") || !strcmp(word, "drain")) {
            char *key = xasprintf("vm-aware-%s", word);

            smap_add(&member->config, key, "true");
            free(key);
        } else if (!strcmp(word, "up") || !strcmp(word, "down")) {
            member->enabled = !strcmp(word, "up");
        } else {
            return xasprintf("%s: not a setting of a member", word);
        }
    }
    tell_member(stage, name, member);
    return NULL;
}

static char *
do_capacity(struct vm_stage *stage, const struct svec *words)
{
    const char *name = words->names[1];
    struct vm_stage_member *member = shash_find_data(&stage->members, name);

    if (!member) {
        return xasprintf("%s: no such member", name);
    }
    smap_replace(&member->config, "vm-aware-capacity", words->names[2]);
    tell_member(stage, name, member);
    return NULL;
}

static char *
do_wire(struct vm_stage *stage, const struct svec *words)
{
    struct vm_stage_member *member = shash_find_data(&stage->members,
                                                     words->names[1]);

    if (!member) {
        return xasprintf("%s: no such member", words->names[1]);
    } else if (!vm_rate_from_string(words->names[2], &member->wire)) {
        return xasprintf("%s: not a rate", words->names[2]);
    }
    tell_member(stage, words->names[1], member);
    return NULL;
}

static char *
do_meters(struct vm_stage *stage, const struct svec *words)
{
    stage->traffic.max_meters = atoi(words->names[1]);
    return NULL;
}

static char *
do_readings(struct vm_stage *stage, const struct svec *words)
{
    if (strcmp(words->names[1], "complete")
        && strcmp(words->names[1], "each")) {
        return xasprintf("%s: neither complete nor each", words->names[1]);
    }
    stage->traffic.complete = !strcmp(words->names[1], "complete");
    return NULL;
}

static char *
do_readable(struct vm_stage *stage, const struct svec *words)
{
    if (!strcmp(words->names[2], "no")) {
        sset_add(&stage->traffic.unreadable, words->names[1]);
    } else {
        sset_find_and_delete(&stage->traffic.unreadable, words->names[1]);
    }
    return NULL;
}

static char *
do_link(struct vm_stage *stage, const struct svec *words)
{
    struct vm_stage_member *member = shash_find_data(&stage->members,
                                                  words->names[1]);

    if (!member) {
        return xasprintf("%s: no such member", words->names[1]);
    } else if (strcmp(words->names[2], "up")
               && strcmp(words->names[2], "down")) {
        return xasprintf("%s: neither up nor down", words->names[2]);
    }
    member->enabled = !strcmp(words->names[2], "up");
    member->down = VM_DOWN_NOT;
    while (words->n > 3
           && !nullable_string_is_equal(words->names[3],
                                        vm_down_to_token(member->down))) {
        if (++member->down >= VM_N_DOWN) {
            return xasprintf("%s: no cause", words->names[3]);
        }
    }
    tell_member(stage, words->names[1], member);
    return NULL;
}

static char *
do_vm(struct vm_stage *stage, const struct svec *words)
{
    const char *name = words->names[2];
    struct vm_stage_facts read;
    char *error = vm_stage_read_facts(words, &read);
    const struct vm_interface_facts *facts = &read.facts;

    if (!error) {
        const struct vm_interface *before = vm_inventory_find_interface(
            vm_engine_inventory(stage->engine), name);

        vm_stage_keep_answer(before, &read.external_ids);
        if (before && !vm_interface_is(before, facts)) {
            /* Its counters begin anew, as in the switch. */
            vm_traffic_remove_interface(&stage->traffic, name);
        }

        struct vm_traffic_interface *ti = vm_traffic_interface(&stage->traffic,
                                                               name);
        if (facts->no_device) {
            /* The guest is gone.  When it is back, it runs. */
            ti->flow.stopped = false;
        }
        vm_engine_set_interface(stage->engine, name, facts, stage->now);
    }
    smap_destroy(&read.external_ids);
    vm_tag_port_destroy(&read.port);
    return error;
}

static char *
do_remove(struct vm_stage *stage, const struct svec *words)
{
    const char *name = words->names[1];
    struct vm_stage_member *member = shash_find_and_delete(&stage->members,
                                                        name);

    if (member) {
        member_destroy(member);
        vm_traffic_remove_member(&stage->traffic, name);
        vm_engine_set_member(stage->engine, name, NULL, stage->now);
    } else if (shash_find(&stage->traffic.interfaces, name)) {
        vm_traffic_remove_interface(&stage->traffic, name);
        vm_engine_set_interface(stage->engine, name, NULL, stage->now);
    } else {
        return xasprintf("%s: neither member nor interface", name);
    }
    return NULL;
}

static char *
do_mac(struct vm_stage *stage, const struct svec *words)
{
    struct eth_addr mac;

    if (!eth_addr_from_string(words->names[2], &mac)) {
        return xasprintf("%s: not an address", words->names[2]);
    }
    vm_engine_mac_learned(stage->engine, words->names[1], mac,
                          words->n > 3 ? atoi(words->names[3]) : 0,
                          stage->now);
    return NULL;
}

/* Commands that need the effect of earlier ones. */

static char *
do_migrate(struct vm_stage *stage, const struct svec *words)
{
    vm_stage_run(stage);
    char *refusal = vm_engine_migrate(stage->engine, words->names[1],
                                      words->names[2], stage->now);
    if (refusal) {
        ds_put_format(&stage->output, "refused: %s\n", refusal);
        free(refusal);
    }
    vm_stage_run(stage);
    return NULL;
}

static char *
do_tell(struct vm_stage *stage, const struct svec *words)
{
    vm_stage_run(stage);
    return vm_stage_answer(stage, words->names[0],
                           words->n > 1 ? words->names[1] : NULL);
}

static char *
do_rebalance(struct vm_stage *stage, const struct svec *words OVS_UNUSED)
{
    vm_stage_run(stage);
    vm_engine_rebalance(stage->engine, stage->now);
    return NULL;
}

static char *
do_traffic(struct vm_stage *stage, const struct svec *words)
{
    return words->n == 3 ? vm_stage_traffic(stage, words)
                         : do_tell(stage, words);
}

static const struct command {
    const char *name;
    size_t min_words, max_words;
    char *(*run)(struct vm_stage *, const struct svec *words);
} commands[] = {
    { "bond", 2, SIZE_MAX, do_bond },
    { "member", 2, SIZE_MAX, do_member },
    { "uplink", 2, SIZE_MAX, do_member },
    { "link", 3, 4, do_link },
    { "vm", 3, SIZE_MAX, do_vm },
    { "remove", 2, 2, do_remove },
    { "migrate", 3, 3, do_migrate },
    { "rebalance", 1, 1, do_rebalance },
    { "mac", 3, 4, do_mac },
    { "traffic", 1, 3, do_traffic },
    { "capacity", 3, 3, do_capacity },
    { "wire", 3, 3, do_wire },
    { "meters", 2, 2, do_meters },
    { "readable", 3, 3, do_readable },
    { "readings", 2, 2, do_readings },
    { "advance", 2, 2, vm_stage_advance },
    { "agent", 3, 4, vm_stage_agent },
    { "expect", 4, 6, vm_stage_expect },
    { "requests", 1, 1, vm_stage_requests },
    { "log-lines", 1, 1, vm_stage_log_lines },
    { "report", 2, 3, vm_stage_report },
    { "failovers", 1, 1, vm_stage_failovers },
    { "restart", 1, 2, vm_stage_restart },
    { "flap", 4, 4, vm_stage_flap },
    { "show", 1, 1, do_tell },
    { "devices", 1, 1, do_tell },
    { "macs", 2, 2, do_tell },
    { "problems", 1, 1, do_tell },
    { "explain", 2, 2, do_tell },
    { "log", 1, 1, do_tell },
    { "balance", 1, 1, do_tell },
    { "status", 1, 1, do_tell },
};

/* Splits 'line' at spaces that are not between double quotes. */
static void
split(const char *line, struct svec *words)
{
    struct ds word = DS_EMPTY_INITIALIZER;
    bool quoted = false;

    for (const char *p = line; ; p++) {
        if (*p == '"') {
            quoted = !quoted;
        } else if (!*p || (!quoted && isspace((unsigned char) *p))) {
            if (word.length) {
                svec_add(words, ds_cstr(&word));
                ds_clear(&word);
            }
            if (!*p) {
                break;
            }
        } else {
            ds_put_char(&word, *p);
        }
    }
    ds_destroy(&word);
}

char *
vm_stage_command(struct vm_stage *stage, const char *line)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;
    char *error = NULL;
    size_t i = 0;

    stage->started = stage->now;
    split(line, &words);
    while (words.n && i < ARRAY_SIZE(commands)
           && strcmp(commands[i].name, words.names[0])) {
        i++;
    }
    if (!words.n || i >= ARRAY_SIZE(commands)) {
        error = xasprintf("%s: no such command", line);
    } else if (words.n < commands[i].min_words
               || words.n > commands[i].max_words) {
        error = xasprintf("%s: wrong number of words", line);
    } else {
        error = commands[i].run(stage, &words);
    }
    svec_destroy(&words);
    return error;
}

void
vm_stage_do(struct vm_stage *stage, char *line)
{
    char *error = vm_stage_command(stage, line);

    vm_expect_text(line, NULL, error);
    free(error);
    free(line);
}

void
vm_stage_begin(struct vm_stage *stage, const char *const *lines, size_t n)
{
    vm_stage_init(stage);
    for (size_t i = 0; i < n; i++) {
        vm_stage_do(stage, xstrdup(lines[i]));
    }
    vm_stage_run(stage);
}
