/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-log.h"

#include <string.h>

#include "coverage.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "vm-action.h"
#include "vm-aware.h"
#include "vm-describe.h"
#include "vm-problem.h"

VLOG_DEFINE_THIS_MODULE(vm_aware_log);

COVERAGE_DEFINE(vm_aware_move);
COVERAGE_DEFINE(vm_aware_warning);

void
vm_aware_log_move(struct vm_aware *va, const struct vm_action *action)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(60, 120);
    struct ds ds = DS_EMPTY_INITIALIZER;

    COVERAGE_INC(vm_aware_move);
    if (VLOG_DROP_INFO(&rl)) {
        return;
    }
    vm_describe_move(action->slot, action->from, action->to, &ds);
    svec_add_nocopy(&va->waiting_lines, ds_steal_cstr(&ds));
}

void
vm_aware_log_run(struct vm_aware *va)
{
    const char *line;
    size_t i;

    SVEC_FOR_EACH (i, line, &va->waiting_lines) {
        VLOG_INFO("bond %s: %s", vm_aware_name(va), line);
    }
    svec_clear(&va->waiting_lines);
}

void
vm_aware_log_problem(const struct vm_aware *va,
                     const struct vm_problem *problem)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(60, 120);

    COVERAGE_INC(vm_aware_warning);
    if (!strcmp(problem->where, vm_aware_name(va))) {
        VLOG_WARN_RL(&rl, "bond %s: %s", problem->where, problem->text);
    } else {
        VLOG_WARN_RL(&rl, "bond %s: interface %s: %s", vm_aware_name(va),
                     problem->where, problem->text);
    }
}
