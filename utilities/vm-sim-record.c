/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sim-record.h"

#include <stdlib.h>
#include <string.h>

#include "engine/vm-action.h"
#include "engine/vm-engine.h"
#include "openvswitch/dynamic-string.h"
#include "report/vm-describe.h"
#include "util.h"
#include "vm-sim-model.h"
#include "vm-sim-result.h"

void
vm_sim_record_init(struct vm_sim_record *record)
{
    memset(record, 0, sizeof *record);
    svec_init(&record->members);
    svec_init(&record->interfaces);
}

void
vm_sim_record_destroy(struct vm_sim_record *record)
{
    for (size_t i = 0; i < record->n_moves; i++) {
        free(record->moves[i].who);
        free(record->moves[i].name);
        free(record->moves[i].from);
        free(record->moves[i].to);
        free(record->moves[i].text);
    }
    svec_destroy(&record->members);
    svec_destroy(&record->interfaces);
    free(record->moves);
    free(record->when);
    free(record->points);
    free(record->flows);
}

void
vm_sim_record_move(struct vm_sim_record *record,
                   const struct vm_action *action, long long int now)
{
    const struct vm_policy *policy = &action->slot->endpoint->policy;
    struct ds text = DS_EMPTY_INITIALIZER;

    vm_describe_move(action->slot, action->from, action->to, &text);
    if (record->n_moves >= record->allocated_moves) {
        record->moves = x2nrealloc(record->moves, &record->allocated_moves,
                                   sizeof *record->moves);
    }
    record->moves[record->n_moves++] = (struct vm_sim_move) {
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

static uint64_t
rate_of(uint64_t bytes, long long int ms)
{
    return bytes * 8000 / ms;
}

static struct vm_sim_point
take_point(const struct vm_sim_model *model, const char *name,
           long long int ms)
{
    struct vm_sim_member *device = shash_find_data(&model->members, name);
    const struct vm_member *member = vm_inventory_find_member(
        vm_engine_inventory(model->engine), name);
    const struct vm_sim_point point = {
        .load = device ? rate_of(device->offered, ms) : 0,
        .wanted = device ? rate_of(device->wanted, ms) : 0,
        .capacity = member ? vm_member_capacity(member) : 0,
        .usable = member && vm_member_is_usable(member),
    };

    if (device) {
        device->offered = device->wanted = 0;
    }
    return point;
}

static struct vm_sim_flow_point
take_flow_point(const struct vm_sim_model *model, const char *name,
                long long int ms)
{
    struct vm_sim_interface *iface
        = shash_find_data(&model->interfaces, name);
    struct vm_sim_flow_point point = { 0, 0 };

    if (iface) {
        point.offered = rate_of(iface->offered, ms);
        point.passed = rate_of(iface->passed, ms);
        iface->offered = iface->passed = 0;
    }
    return point;
}

void
vm_sim_record_step(struct vm_sim_record *record, struct vm_sim_model *model,
                   long long int ms, long long int now)
{
    size_t n = record->members.n;
    size_t n_flows = record->interfaces.n;

    if (record->n_steps >= record->allocated_steps) {
        record->when = x2nrealloc(record->when, &record->allocated_steps,
                                  sizeof *record->when);
        record->points = xrealloc(record->points, record->allocated_steps * n
                                  * sizeof *record->points);
        record->flows = xrealloc(record->flows,
                                 (record->allocated_steps * n_flows + 1)
                                 * sizeof *record->flows);
    }
    record->when[record->n_steps] = now;
    for (size_t i = 0; i < n; i++) {
        record->points[record->n_steps * n + i]
            = take_point(model, record->members.names[i], ms);
    }
    for (size_t i = 0; i < n_flows; i++) {
        record->flows[record->n_steps * n_flows + i]
            = take_flow_point(model, record->interfaces.names[i], ms);
    }
    record->n_steps++;
}
