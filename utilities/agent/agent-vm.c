/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-vm.h"

#include <limits.h>
#include <stdlib.h>

#include "agent-job.h"
#include "util.h"

/* A call that is not part of a job has returned. */
static void
jobless_result(struct agent_vm *vm, struct agent_context *ctx,
               const struct agent_result *r)
{
    vm->step = AGENT_IDLE;
    if (vm->unmarking && !r->error) {
        agent_mark_destroy(&vm->domain.mark);
    } else if (!vm->unmarking && !r->error) {
        agent_vm_set_domain(vm, &r->domain);
    } else {
        vm->look_due = r->error != AGENT_IMPOSSIBLE;
        agent_job_repeat(vm, ctx);
    }
    vm->unmarking = vm->glancing = false;
}

/* A call has returned. */
void
agent_vm_result(struct agent_vm *vm, struct agent_context *ctx,
                const struct agent_result *r)
{
    if (!r->serial || r->serial != vm->serial) {
        return;
    }
    vm->serial = 0;
    if (vm->step == AGENT_STUCK) {
        agent_vm_log(vm, ctx, false, "libvirt has returned at last");
        vm->step = AGENT_IDLE;
        vm->unmarking = vm->glancing = false;
        vm->look_due = true;
    } else if (vm->unmarking || vm->glancing) {
        jobless_result(vm, ctx, r);
    } else {
        agent_job_result(vm, ctx, r);
    }
}

/* What was to be written has been written ('ok'), or not. */
void
agent_vm_written(struct agent_vm *vm, struct agent_context *ctx, bool ok)
{
    vm->writing = false;
    if (vm->step != AGENT_CLAIM) {
        return;
    }
    if (!ok) {
        agent_job_repeat(vm, ctx);
    } else if (agent_job_is_withdrawn(vm)) {
        agent_job_finish(vm, ctx, AGENT_REFUSED, AGENT_WITHDRAWN);
    } else {
        vm->job.claimed = true;
        agent_job_enter(vm, ctx, AGENT_MARK);
    }
}

/* Ends a migration that is under way. */
void
agent_vm_cancel(struct agent_vm *vm, struct agent_context *ctx,
                const char *why)
{
    if (vm->step == AGENT_ACT && vm->job.order.request == AGENT_MIGRATE
        && !vm->job.aborted && !vm->job.recovering) {
        agent_job_abort(vm, ctx, why);
    }
}

/* A call does not return. */
static void
run_call(struct agent_vm *vm, struct agent_context *ctx)
{
    bool migrates = vm->step == AGENT_ACT && !vm->job.recovering
                    && vm->job.order.request == AGENT_MIGRATE;

    if (migrates && !vm->job.aborted
        && (agent_job_is_withdrawn(vm) || ctx->now >= vm->job.deadline)) {
        agent_job_abort(vm, ctx,
                        agent_job_is_withdrawn(vm) ? AGENT_WITHDRAWN
                        : "the migration did not end in time");
    } else if (ctx->now >= vm->job.deadline) {
        char *text = xasprintf(
            "libvirt did not return from %s within %u s",
            vm->unmarking ? "unmark"
            : vm->step == AGENT_ACT
              ? agent_request_to_string(vm->job.order.request)
            : agent_step_to_string(vm->step),
            ctx->settings->call_timeout / 1000);
        agent_job_finish(vm, ctx, AGENT_FAILED, text);
        vm->step = AGENT_STUCK;
        free(text);
    } else if (migrates && vm->job.aborted && ctx->now >= vm->retry_at) {
        agent_job_abort(vm, ctx, vm->job.error);
    }
}

static void
begin(struct agent_vm *vm, struct agent_context *ctx)
{
    agent_order_clone(&vm->job.order, &vm->order);
    vm->job.claimed = vm->mine.outcome == AGENT_DOING
                      && nullable_string_is_equal(vm->mine.id, vm->order.id);
    vm->job.deadline = ctx->now
        + (vm->job.claimed && vm->order.request == AGENT_MIGRATE
           ? ctx->settings->migrate_timeout : ctx->settings->call_timeout);
    agent_vm_log(vm, ctx, false, "asked to %s (request %s, %s)%s",
                 agent_request_to_string(vm->order.request), vm->order.id,
                 vm->order.reason ? vm->order.reason : "no reason given",
                 vm->job.claimed ? ", begun by an earlier agent" : "");
    if (vm->order.request == AGENT_MIGRATE && !vm->job.claimed
        && ctx->n_migrating >= ctx->settings->max_migrations) {
        agent_job_enter(vm, ctx, AGENT_QUEUE);
    } else {
        ctx->n_migrating += vm->order.request == AGENT_MIGRATE;
        agent_job_enter(vm, ctx, AGENT_LOOK);
    }
}

/* Ends what an earlier agent began and the switch no longer asks for. */
static void
settle(struct agent_vm *vm, struct agent_context *ctx)
{
    const struct agent_mark *mark = &vm->domain.mark;

    if (vm->domain.state == AGENT_BUSY && mark->request == AGENT_MIGRATE
        && nullable_string_is_equal(mark->id, vm->mine.id)) {
        vm->job.order.request = AGENT_MIGRATE;
        vm->job.order.id = xstrdup(vm->mine.id);
        vm->job.claimed = true;
        vm->job.deadline = ctx->now + ctx->settings->migrate_timeout;
        agent_job_enter(vm, ctx, AGENT_LOOK);
    } else {
        char *id = xstrdup(vm->mine.id);

        agent_vm_answer(vm, ctx, id, AGENT_FAILED, "interrupted: "
                        "ovs-vm-agent was restarted meanwhile, and the "
                        "request was withdrawn");
        free(id);
    }
}

/* A domain that bears a mark runs. */
static void
remove_mark(struct agent_vm *vm, struct agent_context *ctx)
{
    if (vm->db.suspended && vm->domain.mark.request == AGENT_SUSPEND) {
        agent_vm_log(vm, ctx, false, "was resumed by its owner");
        if (vm->order.request == AGENT_SUSPEND
            && nullable_string_is_equal(vm->order.id, vm->mine.id)) {
            char *id = xstrdup(vm->mine.id);

            agent_vm_answer(vm, ctx, id, AGENT_REFUSED,
                            "the VM was resumed by its owner");
            free(id);
        }
    }
    vm->unmarking = true;
    vm->job.deadline = ctx->now + ctx->settings->call_timeout;
    agent_vm_call(vm, ctx, AGENT_CALL_UNMARK);
}

static void
run_idle(struct agent_vm *vm, struct agent_context *ctx)
{
    if (!vm->mine.id && vm->db.id) {
        agent_answer_clone(&vm->mine, &vm->db);
    }
    if (agent_vm_is_asked(vm) && !ctx->paused && ctx->db_up && !vm->writing) {
        begin(vm, ctx);
        return;
    } else if (ctx->now < vm->retry_at) {
        return;
    }
    vm->retry_at = 0;
    if (vm->mine.outcome == AGENT_DOING && vm->known && ctx->db_up
        && !vm->writing && !agent_vm_is_asked(vm)) {
        settle(vm, ctx);
    } else if (vm->look_due) {
        vm->look_due = false;
        vm->glancing = true;
        vm->job.deadline = ctx->now + ctx->settings->call_timeout;
        agent_job_enter(vm, ctx, AGENT_LOOK);
    } else if (agent_vm_mark_is_stale(vm, ctx)) {
        remove_mark(vm, ctx);
    } else if (agent_vm_is_orphan(vm, ctx)) {
        agent_vm_log(vm, ctx, true, "no request justifies its suspension any "
                     "more: it is resumed");
        vm->job.order.request = AGENT_RESUME;
        vm->job.deadline = ctx->now + ctx->settings->call_timeout;
        agent_job_enter(vm, ctx, AGENT_LOOK);
    }
}

/* Repeats a step, or gives up. */
static void
run_retry(struct agent_vm *vm, struct agent_context *ctx)
{
    bool claiming = vm->step == AGENT_CLAIM;

    if (agent_job_is_withdrawn(vm) && !vm->job.claimed && !claiming) {
        agent_job_finish(vm, ctx, AGENT_REFUSED, AGENT_WITHDRAWN);
    } else if (ctx->now >= vm->job.deadline && !claiming) {
        agent_job_finish(vm, ctx, AGENT_FAILED, vm->job.error
                         ? vm->job.error : vm->job.waiting);
    } else if (ctx->now >= vm->retry_at) {
        agent_job_enter(vm, ctx, vm->step);
    }
}

void
agent_vm_run(struct agent_vm *vm, struct agent_context *ctx)
{
    if (vm->step == AGENT_STUCK) {
        if (agent_vm_is_asked(vm) && ctx->db_up) {
            agent_vm_answer(vm, ctx, vm->order.id, AGENT_FAILED,
                            "an earlier call to libvirt for this VM hangs");
        }
    } else if (vm->serial) {
        run_call(vm, ctx);
    } else if (vm->step == AGENT_IDLE) {
        run_idle(vm, ctx);
    } else if (vm->step == AGENT_QUEUE) {
        if (agent_job_is_withdrawn(vm)) {
            agent_job_finish(vm, ctx, AGENT_REFUSED, AGENT_WITHDRAWN);
        } else if (ctx->n_migrating < ctx->settings->max_migrations) {
            ctx->n_migrating++;
            vm->job.deadline = ctx->now + ctx->settings->call_timeout;
            agent_job_enter(vm, ctx, AGENT_LOOK);
        }
    } else if (vm->retry_at) {
        run_retry(vm, ctx);
    }
    agent_vm_repair(vm, ctx);
}

/* When the VM has to run again, LLONG_MAX if never. */
long long int
agent_vm_deadline(const struct agent_vm *vm, const struct agent_settings *s)
{
    long long int deadline = LLONG_MAX;

    if (vm->step == AGENT_STUCK) {
        return deadline;
    }
    if (vm->serial || (vm->step != AGENT_IDLE && vm->step != AGENT_CLAIM
                       && vm->step != AGENT_QUEUE)) {
        deadline = vm->job.deadline;
    }
    if (vm->retry_at) {
        deadline = MIN(deadline, vm->retry_at);
    }
    if (vm->orphan_since != LLONG_MAX && vm->step == AGENT_IDLE) {
        deadline = MIN(deadline, vm->orphan_since + s->orphan_timeout);
    }
    return deadline;
}
