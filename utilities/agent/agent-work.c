/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-work.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "agent-verdict.h"
#include "hash.h"
#include "util.h"

struct agent_work {
    struct agent_settings settings;
    struct hmap by_uuid;        /* Contains struct agent_vm. */
    struct ovs_list vms;        /* The same, in the order of arrival. */
    struct ovs_list pending;    /* Actions of events, for the next run. */
    unsigned int serial;
    bool db_up;
    bool paused;
};

struct agent_work *
agent_work_create(const struct agent_settings *settings)
{
    struct agent_work *work = xzalloc(sizeof *work);

    work->settings = *settings;
    hmap_init(&work->by_uuid);
    ovs_list_init(&work->vms);
    ovs_list_init(&work->pending);
    return work;
}

static void
forget(struct agent_work *work, struct agent_vm *vm)
{
    hmap_remove(&work->by_uuid, &vm->node);
    ovs_list_remove(&vm->list_node);
    agent_vm_destroy(vm);
}

void
agent_work_destroy(struct agent_work *work)
{
    struct agent_action *action;
    struct agent_vm *vm, *next;

    LIST_FOR_EACH_SAFE (vm, next, list_node, &work->vms) {
        forget(work, vm);
    }
    LIST_FOR_EACH_POP (action, node, &work->pending) {
        agent_action_destroy(action);
    }
    hmap_destroy(&work->by_uuid);
    free(work);
}

static struct agent_vm *
find(const struct agent_work *work, const char *uuid)
{
    struct agent_vm *vm;

    HMAP_FOR_EACH_WITH_HASH (vm, node, hash_string(uuid, 0),
                             &work->by_uuid) {
        if (!strcmp(vm->uuid, uuid)) {
            return vm;
        }
    }
    return NULL;
}

static struct agent_vm *
find_or_add(struct agent_work *work, const char *uuid)
{
    struct agent_vm *vm = find(work, uuid);

    if (!vm) {
        vm = agent_vm_create(uuid);
        hmap_insert(&work->by_uuid, &vm->node, hash_string(uuid, 0));
        ovs_list_push_back(&work->vms, &vm->list_node);
    }
    return vm;
}

const struct agent_vm *
agent_work_find(const struct agent_work *work, const char *uuid)
{
    return find(work, uuid);
}

static int
compare_vms(const void *a_, const void *b_)
{
    const struct agent_vm *const *a = a_;
    const struct agent_vm *const *b = b_;
    int order = strcmp(agent_vm_name(*a), agent_vm_name(*b));

    return order ? order : strcmp((*a)->uuid, (*b)->uuid);
}

/* Returns all VMs by name.  The caller frees the array. */
const struct agent_vm **
agent_work_sorted(const struct agent_work *work, size_t *n)
{
    const struct agent_vm **vms = xcalloc(hmap_count(&work->by_uuid) + 1,
                                          sizeof *vms);
    const struct agent_vm *vm;

    *n = 0;
    LIST_FOR_EACH (vm, list_node, &work->vms) {
        vms[(*n)++] = vm;
    }
    qsort(vms, *n, sizeof *vms, compare_vms);
    return vms;
}

bool
agent_work_is_paused(const struct agent_work *work)
{
    return work->paused;
}

void
agent_work_orders_begin(struct agent_work *work)
{
    struct agent_vm *vm;

    LIST_FOR_EACH (vm, list_node, &work->vms) {
        vm->present = false;
    }
}

/* A null 'order', or one that is absent, leaves that of the VM as it is.  The
 * switch will soon say again what it asks for; if it does not, a suspension is
 * no longer justified. */
void
agent_work_set_order(struct agent_work *work, const char *uuid,
                     const struct agent_order *order,
                     const struct agent_answer *answer)
{
    struct agent_vm *vm = find_or_add(work, uuid);

    if (order && order->absent) {
        vm->order.absent = true;
    } else if (order) {
        agent_order_destroy(&vm->order);
        agent_order_clone(&vm->order, order);
    }
    agent_answer_destroy(&vm->db);
    agent_answer_clone(&vm->db, answer);
    vm->present = true;
}

void
agent_work_orders_end(struct agent_work *work)
{
    struct agent_vm *vm;

    LIST_FOR_EACH (vm, list_node, &work->vms) {
        if (!vm->present) {
            agent_order_destroy(&vm->order);
            agent_answer_destroy(&vm->db);
        }
    }
}

/* What is known of the database holds only while it is connected. */
void
agent_work_set_db_up(struct agent_work *work, bool up)
{
    work->db_up = up;
}

void
agent_work_set_paused(struct agent_work *work, bool paused)
{
    work->paused = paused;
}

static struct agent_context
make_context(struct agent_work *work, long long int now)
{
    struct agent_context ctx = {
        .settings = &work->settings,
        .now = now,
        .paused = work->paused,
        .db_up = work->db_up,
        .serial = &work->serial,
        .actions = &work->pending,
    };
    const struct agent_vm *vm;

    LIST_FOR_EACH (vm, list_node, &work->vms) {
        enum agent_request request = vm->job.order.request;

        ctx.n_suspended += (vm->known && agent_holds(&vm->domain))
                           || (request == AGENT_SUSPEND
                               && vm->step > AGENT_CHOOSE);
        ctx.n_migrating += request == AGENT_MIGRATE
                           && vm->step != AGENT_QUEUE;
    }
    return ctx;
}

void
agent_work_result(struct agent_work *work, const char *uuid,
                  const struct agent_result *result, long long int now)
{
    struct agent_vm *vm = find(work, uuid);

    if (vm) {
        struct agent_context ctx = make_context(work, now);
        agent_vm_result(vm, &ctx, result);
    }
}

void
agent_work_written(struct agent_work *work, const char *uuid, bool ok,
                   long long int now)
{
    struct agent_vm *vm = find(work, uuid);

    if (vm) {
        struct agent_context ctx = make_context(work, now);
        agent_vm_written(vm, &ctx, ok);
    }
}

/* A survey has found a domain.  One that has nothing to do with the agent is
 * not remembered. */
void
agent_work_domain(struct agent_work *work, const char *uuid,
                  const struct agent_domain *domain)
{
    struct agent_vm *vm = find(work, uuid);

    if (!vm && domain->mark.request != AGENT_NONE) {
        vm = find_or_add(work, uuid);
    }
    if (vm && vm->step == AGENT_IDLE && !vm->serial) {
        agent_vm_set_domain(vm, domain);
    }
}

/* Something has happened to a domain. */
void
agent_work_changed(struct agent_work *work, const char *uuid)
{
    struct agent_vm *vm = find(work, uuid);

    if (vm) {
        vm->look_due = true;
    }
}

void
agent_work_cancel(struct agent_work *work, const char *uuid, const char *why,
                  long long int now)
{
    struct agent_vm *vm = find(work, uuid);

    if (vm) {
        struct agent_context ctx = make_context(work, now);
        agent_vm_cancel(vm, &ctx, why);
    }
}

/* Appends what has to be done to 'actions'. */
void
agent_work_run(struct agent_work *work, long long int now,
               struct ovs_list *actions)
{
    struct agent_context ctx = make_context(work, now);
    struct agent_vm *vm, *next;

    LIST_FOR_EACH_SAFE (vm, next, list_node, &work->vms) {
        agent_vm_run(vm, &ctx);
        if (agent_vm_is_idle(vm)) {
            forget(work, vm);
        }
    }
    ovs_list_push_back_all(actions, &work->pending);
}

/* When agent_work_run() must be called again. */
long long int
agent_work_deadline(const struct agent_work *work)
{
    long long int deadline = LLONG_MAX;
    const struct agent_vm *vm;

    LIST_FOR_EACH (vm, list_node, &work->vms) {
        deadline = MIN(deadline, agent_vm_deadline(vm, &work->settings));
    }
    return deadline;
}
