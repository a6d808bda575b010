/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-request-run.h"

#include <limits.h>
#include <stdlib.h>

#include "engine/vm-overload.h"
#include "engine/vm-request-list.h"
#include "engine/vm-request-turn.h"
#include "engine/vm-request-words.h"
#include "engine/vm-requests.h"
#include "model/vm-endpoint.h"
#include "model/vm-inventory.h"
#include "util.h"

/* One run. */
struct run {
    struct vm_requests *requests;
    struct vm_cause_facts causes;
    struct vm_journal *journal;
    long long int now;
};

static void
tell(const struct run *run, const struct vm_request *request,
     enum vm_request_news news)
{
    run->requests->n_changes++;
    vm_request_tell(run->requests, request, news, run->journal,
                    run->now);
}

static long long int
suspend_max(const struct run *run)
{
    return run->requests->facts.config->suspend_max_s * 1000LL;
}

static const struct vm_endpoint *
endpoint_of(const struct run *run, const struct vm_request *request)
{
    return vm_requests_endpoint(run->requests, request);
}

/* Answers. */

static void
tell_answer(const struct run *run, const struct vm_request *request,
            enum vm_request_state before)
{
    bool fails = vm_answer_is_failure(request->answer);

    if (fails && before != VM_REQUEST_IDLE && before != VM_REQUEST_PENDING) {
        tell(run, request, VM_NEWS_FAILED);
    } else if (request->state == VM_REQUEST_DONE
               && before != VM_REQUEST_DONE) {
        tell(run, request, VM_NEWS_DONE);
    } else if (request->state == VM_REQUEST_IDLE
               && before == VM_REQUEST_RELEASING) {
        tell(run, request, VM_NEWS_RUNS);
    } else {
        run->requests->n_changes++;
    }
}

/* Takes the answer in 'external_ids' of an interface of the VM. */
static void
take_answer(const struct run *run, struct vm_request *request,
            const struct vm_map *external_ids)
{
    struct vm_requests *requests = run->requests;
    enum vm_request_state before = request->state;

    if (!vm_requests_take_answer(requests, request, external_ids, run->now)) {
        return;
    }
    if (before == VM_REQUEST_ASKED && request->state != VM_REQUEST_ASKED
        && vm_turn_is_overload(request)) {
        requests->overload_next = run->now + VM_TURN_SETTLE;
    }
    tell_answer(run, request, before);
}

static void
take_answers(const struct run *run)
{
    for (size_t i = 0; i < run->requests->n; i++) {
        struct vm_request *request = run->requests->list[i];
        const struct vm_endpoint *endpoint = endpoint_of(run, request);

        for (size_t j = 0; j < endpoint->n_interfaces; j++) {
            take_answer(run, request, endpoint->interfaces[j]->external_ids);
        }
    }
}

/* Causes. */

/* Updates since when the demand of a VM that was suspended because of overload
 * fits. */
static void
update_fits(const struct run *run, struct vm_request *request)
{
    bool suspended = (request->state == VM_REQUEST_DONE
                      && request->kind == VM_REQUEST_SUSPEND
                      && vm_turn_is_overload(request));

    if (!suspended || !vm_turn_fits(run->requests, request,
                                    run->now)) {
        request->fits_since = LLONG_MAX;
    } else if (request->fits_since == LLONG_MAX) {
        request->fits_since = run->now;
    }
}

/* Returns how the overload of 'request' is determined. */
static enum vm_cause_overload
overload_view(const struct vm_request *request,
              const struct vm_request *released)
{
    return (request == released ? VM_CAUSE_END
            : (request->state == VM_REQUEST_DOING
               || request->state == VM_REQUEST_DONE)
              && vm_turn_is_overload(request) ? VM_CAUSE_KEEP
            : VM_CAUSE_MEASURE);
}

/* Starts the pause after a suspension because of overload has ended at 'now',
 * which gets longer if the one before was not long ago. */
static void
calm_down(const struct run *run, struct vm_request *request)
{
    vm_pause_begin(&request->calm, VM_REQUEST_PAUSE, run->now);
    request->released = run->now;
    run->requests->overload_next = run->now + VM_TURN_SETTLE;
}

static void
publish_resumption(const struct run *run, struct vm_request *request,
                   enum vm_reason reason)
{
    vm_request_publish(request,
                       vm_requests_new_id(run->requests, VM_REQUEST_RESUME),
                       VM_REQUEST_RESUME, reason, NULL, run->now);
    tell(run, request, VM_NEWS_RESUMES);
}

/* The cause of 'request' is gone. */
static bool
clear(const struct run *run, struct vm_request *request)
{
    enum vm_request_state before = request->state;
    bool overload = vm_turn_is_overload(request);
    bool failover = (request->origin == VM_R_FAILOVER_OCCURS
                     || request->origin == VM_R_NONE); /* After a restart. */

    if (!vm_request_event(request, VM_REQUEST_EV_CLEAR, run->now)) {
        return false;
    }
    if (before == VM_REQUEST_ASKED) {
        tell(run, request, VM_NEWS_WITHDRAWN);
    } else if (before != VM_REQUEST_PENDING) {
        if (overload) {
            calm_down(run, request);
        }
        if (failover) {
            vm_pause_begin(&request->steady, VM_REQUEST_PAUSE, run->now);
        }
        run->requests->n_changes++;
    }
    return true;
}

/* Returns the cause for which 'request' is pending, or stays as it is. */
static const struct vm_cause *
present_cause(const struct vm_request *request)
{
    return (request->state == VM_REQUEST_IDLE
            || request->state == VM_REQUEST_PENDING
            ? vm_causes_first(&request->causes)
            : vm_causes_of_kind(&request->causes, request->kind));
}

/* If another cause keeps 'request' up than the one for which it was made, or
 * that one is not known any more after a restart, adopts it. */
static bool
adopt_cause(const struct run *run, struct vm_request *request,
            const struct vm_cause *cause)
{
    bool same = request->reason == cause->reason;
    bool known = request->origin != VM_R_NONE;

    if (request->state < VM_REQUEST_ASKED
        || request->state == VM_REQUEST_RELEASING
        || (known && !same && request->state != VM_REQUEST_DONE)
        || (same && (request->because || !cause->because))
        || (known && vm_turn_is_overload(request)
            && vm_causes_is_overload(&request->causes, cause))) {
        return false;
    }
    request->reason = request->origin = cause->reason;
    free(request->because);
    request->because = nullable_xstrdup(cause->because);
    run->requests->n_changes++;
    return true;
}

/* 'request' has no cause any more: when it begins anew, nothing of the last
 * time counts, unless the load has ended only because the VM was suspended. */
static void
forget_cause(struct vm_request *request)
{
    request->refused = (request->refused
                        && vm_causes_first(&request->causes));
    if (!vm_turn_is_overload(request)
        && !vm_causes_first(&request->causes)) {
        request->expired.n = 0;
        request->expired.until = LLONG_MIN;
    }
}

static bool
update_causes(const struct run *run)
{
    struct vm_requests *requests = run->requests;
    const struct vm_request *released;
    bool changed = false;

    for (size_t i = 0; i < requests->n; i++) {
        update_fits(run, requests->list[i]);
    }
    released = vm_turn_release(requests, run->now);
    for (size_t i = 0; i < requests->n; i++) {
        struct vm_request *request = requests->list[i];
        const struct vm_endpoint *endpoint = endpoint_of(run, request);
        const struct vm_cause *cause;

        request->priority = endpoint->policy.priority;
        changed |= vm_causes_update(&request->causes, &run->causes, endpoint,
                                    overload_view(request, released),
                                    run->now);
        cause = present_cause(request);
        if (!cause) {
            forget_cause(request);
            changed |= clear(run, request);
        } else if (!request->refused) {
            changed |= vm_request_event(request, VM_REQUEST_EV_CAUSE,
                                        run->now);
            changed |= adopt_cause(run, request, cause);
        }
    }
    return changed;
}

/* Asking. */

static bool
ask(const struct run *run)
{
    struct vm_requests *requests = run->requests;
    struct vm_request *request = vm_turn_ask(requests, run->now);
    const struct vm_endpoint *endpoint;
    const struct vm_cause *cause;

    if (!request) {
        return false;
    }
    endpoint = endpoint_of(run, request);
    cause = vm_causes_first(&request->causes);
    vm_budget_take(&requests->budget, run->now);
    request->demand = vm_overload_demand(requests->facts.senders, endpoint);
    vm_request_event(request, VM_REQUEST_EV_ASK, run->now);
    vm_request_publish(request,
                       vm_requests_new_id(requests, cause->kind),
                       cause->kind, cause->reason, cause->because, run->now);
    tell(run, request, VM_NEWS_ASKED);
    return true;
}

/* Processes what has lasted too long. */
static bool
expire(const struct run *run, struct vm_request *request)
{
    bool migrated = (request->state == VM_REQUEST_DONE
                     && request->kind == VM_REQUEST_MIGRATE);

    if (vm_request_expiry(request, suspend_max(run)) > run->now) {
        return false;
    } else if (migrated) {
        vm_pause_begin(&request->failed, VM_REQUEST_PAUSE, run->now);
        vm_request_event(request, VM_REQUEST_EV_FAILED, run->now);
    } else if (request->state == VM_REQUEST_DONE) {
        vm_pause_begin(&request->expired,
                       MAX(VM_REQUEST_PAUSE, suspend_max(run)),
                       run->now);
        vm_request_event(request, VM_REQUEST_EV_EXPIRED, run->now);
        publish_resumption(run, request, VM_R_SUSPENDED_TOO_LONG);
    } else {
        vm_request_event(request, VM_REQUEST_EV_EXPIRED, run->now);
    }
    run->requests->n_changes++;
    return true;
}

static bool
expire_and_resume(const struct run *run)
{
    bool changed = false;

    for (size_t i = 0; i < run->requests->n; i++) {
        struct vm_request *request = run->requests->list[i];

        changed |= expire(run, request);
        if (vm_request_must_resume(request, run->now)) {
            publish_resumption(run, request,
                               request->id_kind == VM_REQUEST_RESUME
                               ? request->reason : VM_R_CAUSE_GONE);
            changed = true;
        }
    }
    return changed;
}

/* Failovers. */

/* Returns true if nothing remains to be requested for 'endpoint', which has a
 * slot without member. */
static bool
is_asked(const struct vm_endpoint *endpoint, const void *run_)
{
    const struct run *run = run_;
    const struct vm_request *request = vm_requests_find(run->requests,
                                                        endpoint->id);

    return (!request || !run->requests->facts.config->request_rate
            || request->causes.list[VM_CAUSE_LOSS].reason == VM_R_NONE
            || request->refused || request->failed.until > run->now
            || request->expired.until > run->now
            || request->steady.until > run->now
            || vm_request_is_made(request));
}

/* Tells of the failovers that began. */
static void
tell_begun(struct vm_requests *requests)
{
    const struct vm_failovers *failovers = &requests->failovers;

    for (size_t i = 0; i < failovers->n; i++) {
        if (failovers->list[i].serial > requests->told_failover) {
            vm_failover_tell(requests, &failovers->list[i]);
            requests->n_changes++;
        }
    }
    requests->told_failover = failovers->last_serial;
}

static bool
run_failovers(const struct run *run)
{
    struct vm_requests *requests = run->requests;
    bool news = false;
    const struct vm_failover *ended
        = vm_failovers_run(&requests->failovers, requests->facts.inventory,
                           is_asked, run, run->now, &news);

    requests->n_changes += news || ended;
    if (ended) {
        vm_failover_tell(requests, ended);
    }
    return ended != NULL;
}

/* Running. */

static struct run
begin_run(struct vm_requests *requests, struct vm_journal *journal,
          long long int now)
{
    return (struct run) {
        .requests = requests,
        .causes = {
            requests->facts.inventory, requests->facts.senders,
            &requests->failovers,
        },
        .journal = journal,
        .now = now,
    };
}

void
vm_requests_prepare(struct vm_requests *requests,
                    struct vm_inventory *inventory,
                    struct vm_journal *journal, long long int now)
{
    const struct run run = begin_run(requests, journal, now);

    vm_request_list_update(requests, &inventory->place, now);
    take_answers(&run);
    vm_failovers_begin(&requests->failovers, inventory, now);
    requests->dirty = true;
}

static long long int
find_deadline(const struct run *run)
{
    const struct vm_requests *requests = run->requests;
    long long int deadline
        = MIN(vm_failovers_deadline(&requests->failovers, run->now),
              vm_turn_deadline(requests, run->now));

    for (size_t i = 0; i < requests->n; i++) {
        const struct vm_request *request = requests->list[i];
        long long int times[] = {
            vm_request_expiry(request, suspend_max(run)),
            vm_request_overdue(request),
            (request->state == VM_REQUEST_RELEASING ? request->failed.until
             : LLONG_MAX),
        };

        for (size_t j = 0; j < ARRAY_SIZE(times); j++) {
            if (times[j] > run->now) {
                deadline = MIN(deadline, times[j]);
            }
        }
    }
    return deadline;
}

void
vm_requests_run(struct vm_requests *requests, struct vm_journal *journal,
                long long int now)
{
    const struct run run = begin_run(requests, journal, now);
    bool changed;

    tell_begun(requests);
    vm_request_list_update(requests, &requests->facts.inventory->place, now);
    take_answers(&run);
    do {
        changed = update_causes(&run);
        changed |= run_failovers(&run);
        changed |= expire_and_resume(&run);
        while (ask(&run)) {
            changed = true;
        }
    } while (changed);
    requests->dirty = false;
    requests->deadline = find_deadline(&run);
}

long long int
vm_requests_deadline(const struct vm_requests *requests)
{
    return requests->dirty ? LLONG_MIN : requests->deadline;
}
