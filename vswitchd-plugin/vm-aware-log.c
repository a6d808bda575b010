/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-log.h"

#include <string.h>

#include "base/vm-problem.h"
#include "base/vm-utf8.h"
#include "coverage.h"
#include "engine/vm-action.h"
#include "engine/vm-engine.h"
#include "model/vm-places.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "report/vm-describe.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(vm_aware_log);

COVERAGE_DEFINE(vm_aware_move);
COVERAGE_DEFINE(vm_aware_request);
COVERAGE_DEFINE(vm_aware_warning);

void
vm_aware_log_init(struct vm_aware_log *log)
{
    svec_init(&log->lines);
}

void
vm_aware_log_destroy(struct vm_aware_log *log)
{
    svec_destroy(&log->lines);
}

bool
vm_aware_log_is_empty(const struct vm_aware_log *log)
{
    return svec_is_empty(&log->lines);
}

void
vm_aware_log_move(struct vm_aware_log *log, const struct vm_action *action)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(60, 120);
    struct ds ds = DS_EMPTY_INITIALIZER;

    COVERAGE_INC(vm_aware_move);
    if (VLOG_DROP_INFO(&rl)) {
        return;
    }
    vm_describe_move(action->slot, action->from, action->to, &ds);
    svec_add_nocopy(&log->lines, ds_steal_cstr(&ds));
}

void
vm_aware_log_note(struct vm_aware_log *log, const char *note)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(60, 120);

    if (!VLOG_DROP_INFO(&rl)) {
        svec_add(&log->lines, note);
    }
}

void
vm_aware_log_pin(const char *bond, const char *vm, const char *member)
{
    VLOG_INFO("bond %s: VM %s: pinned to %s by the operator, until "
              "\"auto\"; a restart of both ovs-vswitchd and ovsdb-server "
              "loses it; to make it last, set external_ids:vm-uplinks of its "
              "interfaces", bond, vm, member);
}

void
vm_aware_log_pins(struct vm_aware_log *log, const struct vm_engine *engine)
{
    const struct vm_inventory *inventory = vm_engine_inventory(engine);
    size_t n;
    struct vm_slot **slots = vm_inventory_slots(inventory, &n);

    for (size_t i = 0; i < n; i++) {
        if (slots[i]->pinned) {
            svec_add_nocopy(&log->lines, xasprintf(
                "VM %s: its pin to %s ends with the bond; a restart of "
                "ovs-vswitchd alone restores it", slots[i]->id,
                slots[i]->pinned));
        }
    }
    free(slots);
    vm_places_note_pins(inventory->places, &log->lines);
}

void
vm_aware_log_run(struct vm_aware_log *log, const char *bond)
{
    const char *line;
    size_t i;

    SVEC_FOR_EACH (i, line, &log->lines) {
        VLOG_INFO("bond %s: %s", bond, line);
    }
    svec_clear(&log->lines);
}

void
vm_aware_log_told(const char *bond, const struct vm_told *told)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(60, 120);

    COVERAGE_INC(vm_aware_request);
    VLOG_RL(&rl, told->warn ? VLL_WARN : VLL_INFO, "bond %s: %s", bond,
            told->text);
}

void
vm_aware_log_problem(const char *bond, const struct vm_problem *problem)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(60, 120);

    COVERAGE_INC(vm_aware_warning);
    if (!strcmp(problem->where, bond)) {
        VLOG_WARN_RL(&rl, "bond %s: %s", bond, problem->text);
    } else {
        struct ds where = DS_EMPTY_INITIALIZER;

        vm_utf8_append(problem->where, SIZE_MAX, &where);
        VLOG_WARN_RL(&rl, "bond %s: interface %s: %s", bond, ds_cstr(&where),
                     problem->text);
        ds_destroy(&where);
    }
}

void
vm_aware_log_other_problem(const struct vm_problem *problem)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(60, 120);
    struct ds where = DS_EMPTY_INITIALIZER;

    COVERAGE_INC(vm_aware_warning);
    vm_utf8_append(problem->where, SIZE_MAX, &where);
    VLOG_WARN_RL(&rl, "%s: %s", ds_cstr(&where), problem->text);
    ds_destroy(&where);
}
