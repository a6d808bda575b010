/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-vm-state.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "agent-verdict.h"
#include "util.h"

struct agent_vm *
agent_vm_create(const char *uuid)
{
    struct agent_vm *vm = xzalloc(sizeof *vm);

    vm->uuid = xstrdup(uuid);
    vm->orphan_since = LLONG_MAX;
    return vm;
}

void
agent_vm_destroy(struct agent_vm *vm)
{
    agent_order_destroy(&vm->order);
    agent_answer_destroy(&vm->db);
    agent_answer_destroy(&vm->mine);
    agent_domain_destroy(&vm->domain);
    agent_job_clear(&vm->job);
    free(vm->uuid);
    free(vm);
}

void
agent_job_clear(struct agent_job *job)
{
    agent_order_destroy(&job->order);
    free(job->error);
    free(job->target);
    memset(job, 0, sizeof *job);
}

void
agent_action_destroy(struct agent_action *action)
{
    agent_mark_destroy(&action->mark);
    agent_answer_destroy(&action->answer);
    free(action->uuid);
    free(action->target);
    free(action->text);
    free(action);
}

void
agent_vm_set_domain(struct agent_vm *vm, const struct agent_domain *domain)
{
    agent_domain_destroy(&vm->domain);
    agent_domain_clone(&vm->domain, domain);
    vm->known = true;
}

const char *
agent_vm_name(const struct agent_vm *vm)
{
    return vm->domain.name ? vm->domain.name : vm->uuid;
}

const char *
agent_step_to_string(enum agent_step step)
{
    static const char *const names[] = {
        [AGENT_IDLE] = "idle",
        [AGENT_QUEUE] = "queue",
        [AGENT_LOOK] = "look",
        [AGENT_CHOOSE] = "choose",
        [AGENT_CLAIM] = "claim",
        [AGENT_MARK] = "mark",
        [AGENT_ACT] = "act",
        [AGENT_PROBE] = "probe",
        [AGENT_STUCK] = "stuck",
    };

    BUILD_ASSERT(ARRAY_SIZE(names) == AGENT_N_STEPS);
    return names[step];
}

static struct agent_action *
add_action(struct agent_vm *vm, struct agent_context *ctx,
           enum agent_action_type type)
{
    struct agent_action *action = xzalloc(sizeof *action);

    action->type = type;
    action->uuid = xstrdup(vm->uuid);
    ovs_list_push_back(ctx->actions, &action->node);
    return action;
}

/* The mark that the job leaves in the domain. */
void
agent_vm_make_mark(const struct agent_vm *vm, struct agent_mark *mark)
{
    const struct agent_mark *old = &vm->domain.mark;
    const struct agent_order *order = &vm->job.order;

    mark->request = order->request;
    mark->id = xstrdup(order->id ? order->id : old->id ? old->id : "none");
    /* Kept also while the domain runs: an agent that was killed may have begun
     * a suspension that has no effect yet. */
    mark->suspended = order->request == AGENT_SUSPEND ? xstrdup(mark->id)
                      : nullable_xstrdup(old->suspended);
    mark->target = order->request == AGENT_MIGRATE
                   ? nullable_xstrdup(vm->job.target ? vm->job.target
                                      : old->target)
                   : NULL;
}

void
agent_vm_call(struct agent_vm *vm, struct agent_context *ctx,
              enum agent_call call)
{
    struct agent_action *action = add_action(vm, ctx, AGENT_A_CALL);

    /* 0 means that there is no call. */
    *ctx->serial = MAX(*ctx->serial + 1, 1);
    action->call = call;
    action->serial = *ctx->serial;
    action->target = nullable_xstrdup(vm->job.target);
    if (call == AGENT_CALL_MARK) {
        agent_vm_make_mark(vm, &action->mark);
    } else if (call == AGENT_CALL_UNMARK) {
        agent_mark_clone(&action->mark, &vm->domain.mark);
    }
    if (call != AGENT_CALL_ABORT) {
        vm->serial = action->serial;
    }
}

/* The "suspend" that holds the VM, or null. */
static const char *
held_by(const struct agent_vm *vm)
{
    return !vm->known ? vm->db.suspended
           : agent_holds(&vm->domain) ? vm->domain.mark.suspended
           : NULL;
}

/* Writes 'mine'. */
static void
write_answer(struct agent_vm *vm, struct agent_context *ctx)
{
    struct agent_action *action = add_action(vm, ctx, AGENT_A_WRITE);

    free(vm->mine.suspended);
    vm->mine.suspended = nullable_xstrdup(held_by(vm));
    agent_answer_clone(&action->answer, &vm->mine);
    vm->writing = true;
}

void
agent_vm_answer(struct agent_vm *vm, struct agent_context *ctx,
                const char *id, enum agent_outcome outcome, const char *note)
{
    struct agent_answer mine = { outcome, xstrdup(id), nullable_xstrdup(note),
                                 NULL, false };

    agent_answer_destroy(&vm->mine);
    vm->mine = mine;
    if (outcome != AGENT_DOING && vm->writing) {
        return;                 /* agent_vm_repair() will write it. */
    }
    write_answer(vm, ctx);
}

/* Corrects the answer in the database if it is not what it should be. */
void
agent_vm_repair(struct agent_vm *vm, struct agent_context *ctx)
{
    if (!vm->present || !ctx->db_up || vm->writing
        || (vm->step != AGENT_IDLE && vm->step != AGENT_STUCK)
        || ctx->now < vm->retry_at) {
        return;
    }

    bool lost = vm->mine.id
        && (!nullable_string_is_equal(vm->mine.id, vm->db.id)
            || vm->mine.outcome != vm->db.outcome || vm->db.partial);
    if (lost || !nullable_string_is_equal(held_by(vm), vm->db.suspended)) {
        write_answer(vm, ctx);
    }
}

void
agent_vm_log(struct agent_vm *vm, struct agent_context *ctx, bool warn,
             const char *format, ...)
{
    struct agent_action *action = add_action(vm, ctx, AGENT_A_LOG);
    va_list args;

    va_start(args, format);
    char *text = xvasprintf(format, args);
    va_end(args);
    action->warn = warn;
    action->text = xasprintf("VM %s: %s", agent_vm_name(vm), text);
    free(text);
}

void
agent_vm_log_outcome(struct agent_vm *vm, struct agent_context *ctx,
                     enum agent_outcome outcome, const char *note)
{
    const struct agent_order *order = &vm->job.order;

    if (order->request != AGENT_NONE) {
        agent_vm_log(vm, ctx, outcome != AGENT_DONE, "%s (%s%s) %s: %s",
                     agent_request_to_string(order->request),
                     order->id ? "request " : "by the agent itself",
                     order->id ? order->id : "",
                     agent_outcome_to_string(outcome), note);
    } else {
        agent_vm_log(vm, ctx, true, "%s", note);
    }
}

/* Returns true if there is a request that is not answered. */
bool
agent_vm_is_asked(const struct agent_vm *vm)
{
    return vm->order.id && vm->order.request != AGENT_NONE
           && (!nullable_string_is_equal(vm->order.id, vm->mine.id)
               || (vm->mine.outcome == AGENT_DOING
                   && vm->step == AGENT_IDLE));
}

/* Returns true if the domain bears a mark that is no longer needed.  The mark
 * is what proves that a request was begun as long as the database says
 * "doing". */
bool
agent_vm_mark_is_stale(const struct agent_vm *vm,
                       const struct agent_context *ctx)
{
    return vm->known && vm->domain.state == AGENT_RUNNING
           && vm->domain.mark.request != AGENT_NONE
           && ctx->db_up && !vm->writing && vm->db.outcome != AGENT_DOING
           && !ctx->settings->dry_run;
}

/* Returns true if the domain has been suspended by the agent for long, and
 * nothing asks for that. */
bool
agent_vm_is_orphan(struct agent_vm *vm, const struct agent_context *ctx)
{
    bool justified = vm->order.request == AGENT_SUSPEND && !vm->order.absent
                     && nullable_string_is_equal(vm->order.id, vm->mine.id)
                     && vm->mine.outcome == AGENT_DONE;

    if (!vm->known || !agent_holds(&vm->domain) || justified || !ctx->db_up
        || ctx->paused || ctx->settings->dry_run
        || !ctx->settings->orphan_timeout) {
        vm->orphan_since = LLONG_MAX;
        return false;
    }
    vm->orphan_since = MIN(vm->orphan_since, ctx->now);
    return ctx->now - vm->orphan_since >= ctx->settings->orphan_timeout;
}

/* Returns true if nothing would be lost with the VM. */
bool
agent_vm_is_idle(const struct agent_vm *vm)
{
    return !vm->present && vm->step == AGENT_IDLE && !vm->serial
           && !vm->writing && !vm->look_due
           && (!vm->known || vm->domain.mark.request == AGENT_NONE);
}
