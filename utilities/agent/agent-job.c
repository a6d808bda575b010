/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-job.h"

#include <limits.h>
#include <stdlib.h>

#include "agent-verdict.h"
#include "util.h"

#define RETRY 1000              /* ms between two attempts. */
#define CHOOSE_TIME 10000       /* ms for databases of targets to connect. */

/* Returns true if the switch no longer asks for what the job does. */
bool
agent_job_is_withdrawn(const struct agent_vm *vm)
{
    return vm->job.order.id && !nullable_string_is_equal(vm->job.order.id,
                                                         vm->order.id);
}

/* Lets the present step be repeated after a pause. */
void
agent_job_repeat(struct agent_vm *vm, const struct agent_context *ctx)
{
    vm->retry_at = ctx->now + RETRY;
}

static void
set_error(struct agent_job *job, const char *text)
{
    char *copy = xstrdup(text ? text : "libvirt gave no reason");

    free(job->error);
    job->error = copy;
}

/* Ends the job with an answer. */
void
agent_job_finish(struct agent_vm *vm, struct agent_context *ctx,
                 enum agent_outcome outcome, const char *note)
{
    agent_vm_log_outcome(vm, ctx, outcome, note);
    if (vm->job.order.id) {
        agent_vm_answer(vm, ctx, vm->job.order.id, outcome, note);
    }
    agent_job_clear(&vm->job);
    vm->step = AGENT_IDLE;
    vm->since = ctx->now;
    vm->retry_at = 0;
    vm->orphan_since = LLONG_MAX;
}

/* A step that may be repeated has failed. */
static void
failed(struct agent_vm *vm, struct agent_context *ctx,
       const struct agent_result *r)
{
    if (r->error == AGENT_UNREACHABLE) {
        if (!vm->job.barrier || !vm->job.error) {
            set_error(&vm->job, r->text);
        }                       /* Else that of the call tells more. */
        agent_job_repeat(vm, ctx);
    } else {
        set_error(&vm->job, r->text);
        agent_job_finish(vm, ctx, AGENT_FAILED, vm->job.error);
    }
}

/* Ends a migration, or repeats that. */
void
agent_job_abort(struct agent_vm *vm, struct agent_context *ctx,
                const char *why)
{
    if (!vm->job.aborted) {
        vm->job.aborted = true;
        vm->job.deadline = ctx->now + ctx->settings->call_timeout;
        set_error(&vm->job, why);
        agent_vm_log(vm, ctx, false, "migration is aborted: %s", why);
    }
    /* libvirt refuses it as long as the migration has not begun. */
    agent_vm_call(vm, ctx, AGENT_CALL_ABORT);
    agent_job_repeat(vm, ctx);
}

/* libvirt may be called for the job. */
static void
go(struct agent_vm *vm, struct agent_context *ctx)
{
    const struct agent_settings *s = ctx->settings;
    enum agent_request request = vm->job.order.request;

    if (request == AGENT_MIGRATE && !vm->job.target) {
        agent_job_enter(vm, ctx, AGENT_CHOOSE);
    } else if (s->dry_run) {
        char *note = xasprintf("dry run: would %s the VM%s%s",
                               agent_request_to_string(request),
                               vm->job.target ? " to " : "",
                               vm->job.target ? vm->job.target : "");
        agent_job_finish(vm, ctx, AGENT_REFUSED, note);
        free(note);
    } else if (request == AGENT_SUSPEND && s->max_suspended
               && ctx->n_suspended >= s->max_suspended) {
        char *note = xasprintf("%u VMs are suspended already, no more are "
                               "allowed (--max-suspended)", ctx->n_suspended);
        agent_job_finish(vm, ctx, AGENT_FAILED, note);
        free(note);
    } else {
        bool unclaimed = vm->job.order.id && !vm->job.claimed;
        agent_job_enter(vm, ctx, unclaimed ? AGENT_CLAIM : AGENT_MARK);
    }
}

static void
fail_in_the_end(struct agent_vm *vm, struct agent_context *ctx,
                const char *note)
{
    if (!vm->job.barrier) {
        vm->job.barrier = true;
        agent_job_enter(vm, ctx, AGENT_MARK);
    } else if (vm->job.error) {
        char *text = xasprintf("%s; the VM %s", vm->job.error,
                               vm->domain.state == AGENT_RUNNING
                               ? "runs here" : "is suspended");
        agent_job_finish(vm, ctx, AGENT_FAILED, text);
        free(text);
    } else {
        agent_job_finish(vm, ctx, AGENT_FAILED, note);
    }
}

static void
wait_for_domain(struct agent_vm *vm, struct agent_context *ctx,
                const char *note)
{
    vm->job.waiting = note;
    if (vm->job.order.request == AGENT_MIGRATE && vm->job.claimed
        && (agent_job_is_withdrawn(vm) || vm->job.aborted)) {
        agent_job_abort(vm, ctx, AGENT_WITHDRAWN);
    }
    agent_job_repeat(vm, ctx);
}

static void
judge(struct agent_vm *vm, struct agent_context *ctx)
{
    struct agent_ruling ruling = agent_judge(&vm->job.order, vm->job.claimed,
                                             &vm->domain);

    switch (ruling.verdict) {
    case AGENT_V_GO:
        if (vm->job.barrier && vm->job.error) {
            agent_job_finish(vm, ctx, AGENT_FAILED, vm->job.error);
        } else {
            go(vm, ctx);
        }
        break;
    case AGENT_V_DONE:
        agent_job_finish(vm, ctx, AGENT_DONE, ruling.note);
        break;
    case AGENT_V_REFUSE:
        agent_job_finish(vm, ctx, AGENT_REFUSED, ruling.note);
        break;
    case AGENT_V_FAIL:
        fail_in_the_end(vm, ctx, ruling.note);
        break;
    case AGENT_V_WAIT:
        wait_for_domain(vm, ctx, ruling.note);
        break;
    case AGENT_V_RECOVER:
        free(vm->job.target);
        vm->job.target = nullable_xstrdup(vm->domain.mark.target);
        vm->job.deadline = ctx->now + ctx->settings->migrate_timeout;
        agent_job_enter(vm, ctx, AGENT_PROBE);
        break;
    case AGENT_N_VERDICTS:
    default:
        OVS_NOT_REACHED();
    }
}

static void
look_result(struct agent_vm *vm, struct agent_context *ctx,
            const struct agent_result *r)
{
    if (r->error) {
        failed(vm, ctx, r);
    } else {
        agent_vm_set_domain(vm, &r->domain);
        judge(vm, ctx);
    }
}

static void
choose_result(struct agent_vm *vm, struct agent_context *ctx,
              const struct agent_result *r)
{
    if (r->error) {
        failed(vm, ctx, r);
    } else {
        vm->job.target = xstrdup(r->target);
        go(vm, ctx);
    }
}

static void
mark_result(struct agent_vm *vm, struct agent_context *ctx,
            const struct agent_result *r)
{
    if (r->error == AGENT_NO_DOMAIN) {
        agent_job_enter(vm, ctx, AGENT_LOOK);
        return;
    } else if (r->error) {
        failed(vm, ctx, r);
        return;
    }

    struct agent_mark mark;

    agent_vm_make_mark(vm, &mark);
    agent_mark_destroy(&vm->domain.mark);
    vm->domain.mark = mark;
    if (vm->job.barrier) {
        agent_job_enter(vm, ctx, AGENT_LOOK);
    } else if (agent_job_is_withdrawn(vm)) {
        agent_job_finish(vm, ctx, AGENT_REFUSED, AGENT_WITHDRAWN);
    } else {
        agent_job_enter(vm, ctx, AGENT_ACT);
    }
}

static void
acted(struct agent_vm *vm, struct agent_context *ctx)
{
    switch (vm->job.order.request) {
    case AGENT_SUSPEND:
        vm->domain.state = AGENT_PAUSED;
        agent_job_finish(vm, ctx, AGENT_DONE, "suspended");
        break;
    case AGENT_RESUME:
        vm->domain.state = AGENT_RUNNING;
        agent_job_finish(vm, ctx, AGENT_DONE, "resumed");
        break;
    case AGENT_MIGRATE:
        if (vm->job.recovering) {
            vm->domain.state = AGENT_RUNNING;
            agent_job_finish(vm, ctx, AGENT_FAILED,
                             "the migration was interrupted; the VM runs "
                             "here");
        } else {
            char *note = xasprintf("migrated to %s", vm->job.target);

            vm->domain.state = AGENT_ABSENT;
            agent_mark_destroy(&vm->domain.mark);
            agent_job_finish(vm, ctx, AGENT_DONE, note);
            free(note);
        }
        break;
    case AGENT_NONE:
    case AGENT_N_REQUESTS:
    default:
        OVS_NOT_REACHED();
    }
}

static void
act_result(struct agent_vm *vm, struct agent_context *ctx,
           const struct agent_result *r)
{
    if (!r->error) {
        acted(vm, ctx);
        return;
    }
    if (!vm->job.aborted) {
        set_error(&vm->job, r->text);
    }
    /* The call may have had its effect all the same. */
    vm->job.barrier = true;
    vm->job.recovering = false;
    vm->job.deadline = ctx->now + ctx->settings->call_timeout;
    agent_job_enter(vm, ctx, AGENT_LOOK);
}

static void
probe_result(struct agent_vm *vm, struct agent_context *ctx,
             const struct agent_result *r)
{
    if (r->error && r->error != AGENT_UNREACHABLE) {
        failed(vm, ctx, r);
    } else if (r->error) {
        char *text = xasprintf("a migration was interrupted, and the VM is "
                               "paused here: cannot tell whether it runs at "
                               "%s: %s", vm->job.target, r->text);
        set_error(&vm->job, text);
        free(text);
        agent_job_repeat(vm, ctx);
    } else if (r->domain.state == AGENT_RUNNING) {
        char *note = xasprintf("a migration was interrupted: the VM runs at "
                               "%s, and what is paused here can be destroyed",
                               vm->job.target);
        agent_job_finish(vm, ctx, AGENT_DONE, note);
        free(note);
    } else if (r->domain.state == AGENT_ABSENT
               || r->domain.state == AGENT_OFF) {
        vm->job.recovering = true;
        agent_job_enter(vm, ctx, AGENT_ACT);
    } else {
        set_error(&vm->job, "a migration was interrupted, and the VM is "
                  "paused at both hosts");
        agent_job_repeat(vm, ctx);
    }
}

static void
enter_act(struct agent_vm *vm, struct agent_context *ctx)
{
    enum agent_call call
        = vm->job.order.request == AGENT_SUSPEND ? AGENT_CALL_SUSPEND
          : vm->job.order.request == AGENT_RESUME || vm->job.recovering
            ? AGENT_CALL_RESUME
          : AGENT_CALL_MIGRATE;

    vm->job.deadline = ctx->now + (call == AGENT_CALL_MIGRATE
                                   ? ctx->settings->migrate_timeout
                                   : ctx->settings->call_timeout);
    agent_vm_call(vm, ctx, call);
}

/* Begins a step. */
void
agent_job_enter(struct agent_vm *vm, struct agent_context *ctx,
                enum agent_step step)
{
    if (vm->step != step && step == AGENT_CHOOSE) {
        vm->job.deadline = ctx->now + MIN(CHOOSE_TIME,
                                          ctx->settings->call_timeout);
    } else if (vm->step == AGENT_CLAIM) {
        vm->job.deadline = ctx->now + ctx->settings->call_timeout;
    }
    vm->step = step;
    vm->since = ctx->now;
    vm->retry_at = 0;
    if (step == AGENT_LOOK) {
        agent_vm_call(vm, ctx, AGENT_CALL_LOOK);
    } else if (step == AGENT_CHOOSE) {
        agent_vm_call(vm, ctx, AGENT_CALL_CHOOSE);
    } else if (step == AGENT_CLAIM) {
        agent_vm_answer(vm, ctx, vm->job.order.id, AGENT_DOING,
                        vm->job.order.reason);
    } else if (step == AGENT_MARK) {
        agent_vm_call(vm, ctx, AGENT_CALL_MARK);
    } else if (step == AGENT_ACT) {
        enter_act(vm, ctx);
    } else if (step == AGENT_PROBE) {
        agent_vm_call(vm, ctx, AGENT_CALL_PROBE);
    }
}

/* The call of the present step has returned. */
void
agent_job_result(struct agent_vm *vm, struct agent_context *ctx,
                 const struct agent_result *r)
{
    static void (*const handlers[AGENT_N_STEPS])(
        struct agent_vm *, struct agent_context *,
        const struct agent_result *) = {
        [AGENT_LOOK] = look_result,
        [AGENT_CHOOSE] = choose_result,
        [AGENT_MARK] = mark_result,
        [AGENT_ACT] = act_result,
        [AGENT_PROBE] = probe_result,
    };

    if (handlers[vm->step]) {
        handlers[vm->step](vm, ctx, r);
    }
}
