/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-stage-time.h"

#include <stdlib.h>
#include <string.h>

#include "base/vm-value.h"
#include "sset.h"
#include "svec.h"
#include "util.h"
#include "vm-stage.h"

char *
vm_stage_traffic(struct vm_stage *stage, const struct svec *words)
{
    const struct vm_inventory *inventory = vm_engine_inventory(stage->engine);
    const char *name = words->names[1];
    struct vm_traffic_model *traffic = &stage->traffic;
    struct vm_traffic_member *member = shash_find_data(&traffic->members,
                                                       name);
    struct vm_traffic_interface *iface = shash_find_data(&traffic->interfaces,
                                                         name);
    uint64_t rate;

    if (!vm_rate_from_string(words->names[2], &rate)) {
        return xasprintf("%s: not a rate", words->names[2]);
    }
    vm_stage_run(stage);
    if (member) {
        member->others.rate = rate;
    } else if (iface) {
        iface->flow.rate = rate;
    } else {
        const struct vm_endpoint *endpoint
            = vm_inventory_find_endpoint(inventory, name);

        if (!endpoint || !endpoint->n_interfaces) {
            return xasprintf("%s: neither VM, nor interface, nor member",
                             name);
        }
        for (size_t i = 0; i < endpoint->n_interfaces; i++) {
            iface = shash_find_data(&traffic->interfaces,
                                    endpoint->interfaces[i]->name);
            iface->flow.rate = rate / endpoint->n_interfaces;
        }
    }
    return NULL;
}

bool
vm_stage_set_meters(struct vm_stage *stage, const struct vm_actions *actions)
{
    for (size_t i = 0; i < actions->n; i++) {
        const struct vm_action *action = &actions->list[i];

        if (action->type == VM_ACTION_UNMETER
            && !shash_find(&stage->traffic.meters, action->meter)) {
            ds_put_format(&stage->output, "error: no meter %s\n",
                          action->meter);
        }
    }
    return vm_traffic_act(&stage->traffic, stage->engine, actions,
                          stage->now);
}

void
vm_stage_check_meters(const struct vm_stage *stage, struct ds *differences)
{
    struct sset unused = SSET_INITIALIZER(&unused);
    struct vm_forwarding decisions;
    struct shash_node *node;
    const char *name;

    SHASH_FOR_EACH (node, &stage->traffic.meters) {
        sset_add(&unused, node->name);
    }
    vm_engine_get_forwarding(stage->engine, &decisions);
    for (size_t i = 0; i <= decisions.n; i++) {
        const char *meter = (i < decisions.n ? decisions.list[i].meter
                             : decisions.host.meter);

        if (meter && !shash_find(&stage->traffic.meters, meter)) {
            ds_put_format(differences, "no meter %s\n", meter);
        } else if (meter) {
            sset_find_and_delete(&unused, meter);
        }
    }
    vm_forwarding_destroy(&decisions);

    SSET_FOR_EACH (name, &unused) {
        const struct vm_endpoint *owner = vm_inventory_find_endpoint(
            vm_engine_inventory(stage->engine), name);

        /* A limit stays where nothing is sent.  With few meters, one may be
         * there to see whether that works. */
        if (stage->traffic.max_meters == SIZE_MAX
            && (!owner || strcmp(owner->id, name)
                || owner->policy.max_rate == VM_RATE_NONE)) {
            ds_put_format(differences, "meter %s is for nobody\n", name);
        }
    }
    sset_destroy(&unused);
}

/* Returns the duration in 'word', ms, or 0 if it is none. */
static long long int
parse_duration(const char *word)
{
    char *unit;
    long long int n = strtoll(word, &unit, 10);
    long long int factor = (!strcmp(unit, "ms") ? 1 : !strcmp(unit, "s") ? 1000
                            : !strcmp(unit, "m") ? 60000 : 0);

    return MAX(n * factor, 0);
}

static void
advance(struct vm_stage *stage, long long int ms)
{
    long long int end = stage->now + ms;
    long long int last = stage->now;

    while (stage->now < end) {
        long long int deadline = vm_engine_deadline(stage->engine);
        long long int read = MIN(stage->traffic.complete
                                 ? stage->traffic.next_reading
                                 : last + VM_TRAFFIC_READ_INTERVAL, end);

        stage->now = MIN(read, deadline);
        if (stage->now == read
            || vm_engine_wants_counters(stage->engine, stage->now)) {
            vm_traffic_run(&stage->traffic, stage->engine, stage->now - last,
                           stage->now);
            last = stage->now;
        }
        vm_stage_run(stage);
    }
}

char *
vm_stage_advance(struct vm_stage *stage, const struct svec *words)
{
    long long int ms = parse_duration(words->names[1]);

    if (!ms) {
        return xasprintf("%s: not a duration", words->names[1]);
    }
    vm_stage_run(stage);
    advance(stage, ms);
    return NULL;
}

/* Removes all lines but those about requests and errors from what was output
 * after the first 'length' characters. */
static void
keep_requests(struct ds *output, size_t length)
{
    char *all = xstrdup(ds_cstr(output) + length);
    char *rest = NULL;

    ds_truncate(output, length);
    for (char *line = strtok_r(all, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        if (strstr(line, "request ") || strstr(line, "error")) {
            ds_put_format(output, "%s\n", line);
        }
    }
    free(all);
}

char *
vm_stage_flap(struct vm_stage *stage, const struct svec *words)
{
    long long int period = parse_duration(words->names[2]);
    long long int ms = parse_duration(words->names[3]);
    long long int started = stage->now;
    size_t length = stage->output.length;

    if (period < 2 || !ms) {
        return xasprintf("%s, %s: not durations", words->names[2],
                         words->names[3]);
    }
    for (long long int t = 0; t < ms; t += period) {
        for (int up = 0; up < 2; up++) {
            char *line = xasprintf("link %s %s", words->names[1],
                                   up ? "up" : "down");
            char *error = vm_stage_command(stage, line);

            free(line);
            if (error) {
                return error;
            }
            stage->started = started;
            vm_stage_run(stage);
            advance(stage, period / 2);
        }
    }
    keep_requests(&stage->output, length);
    return NULL;
}
