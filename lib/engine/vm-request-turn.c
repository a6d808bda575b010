/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-request-turn.h"

#include <limits.h>

#include "engine/vm-overload.h"
#include "engine/vm-requests.h"
#include "model/vm-inventory.h"
#include "util.h"

/* Returns what the VM of 'request' offers. */
static uint64_t
offered_by(const struct vm_requests *requests,
           const struct vm_request *request)
{
    return vm_overload_offered(requests->facts.senders,
                               vm_requests_endpoint(requests, request), NULL);
}

bool
vm_turn_is_overload(const struct vm_request *request)
{
    return (request->origin == VM_R_ABOVE_ALLOCATION
            || request->origin == VM_R_MEMBER_FLOODED
            || request->origin == VM_R_NONE);
}

/* Asking. */

/* Returns true if the first cause of 'request', which is pending, is an
 * overload. */
static bool
waits_for_overload(const struct vm_request *request)
{
    return vm_causes_is_overload(&request->causes,
                                 vm_causes_first(&request->causes));
}

/* Returns true if 'request' is acted upon because of overload. */
static bool
is_in_progress(const struct vm_request *request, long long int now)
{
    return ((request->state == VM_REQUEST_ASKED
             || request->state == VM_REQUEST_DOING)
            && vm_turn_is_overload(request)
            && now < vm_request_overdue(request));
}

static bool
overload_in_progress(const struct vm_requests *requests, long long int now)
{
    for (size_t i = 0; i < requests->n; i++) {
        if (is_in_progress(requests->list[i], now)) {
            return true;
        }
    }
    return false;
}

/* Returns true if a slot of the VM has yet to leave a drained member. */
static bool
is_to_leave(const struct vm_requests *requests,
            const struct vm_request *request)
{
    const struct vm_endpoint *endpoint = vm_requests_endpoint(requests,
                                                              request);

    for (size_t i = 0; i < endpoint->n_slots; i++) {
        if (endpoint->slots[i]->leaves) {
            return true;
        }
    }
    return false;
}

/* Returns the end of the pause (ms) of a VM that has returned. */
static long long int
returned_until(const struct vm_request *request)
{
    const struct vm_cause *cause = vm_causes_first(&request->causes);

    return (cause->kind != VM_REQUEST_MIGRATE ? LLONG_MIN
            : request->came
              + vm_returns_pause(request->n_left,
                                 waits_for_overload(request)));
}

/* Returns the time (ms) from which 'request', which is pending, may be made,
 * if it is its turn. */
static long long int
ask_time(const struct vm_requests *requests,
         const struct vm_request *request)
{
    const struct vm_cause *cause = vm_causes_first(&request->causes);
    bool failover = cause->reason == VM_R_FAILOVER_OCCURS;
    long long int delay
        = failover ? 0 : requests->facts.config->request_delay_ms;
    long long int time = MAX(cause->since + delay, request->failed.until);

    time = MAX(time, MAX(request->expired.until, returned_until(request)));
    if (failover && request->steady.n && !is_to_leave(requests, request)) {
        time = MAX(time, request->steady.until);
    }
    time = MAX(time, vm_budget_next(&requests->budget,
                                    requests->facts.config->request_rate));
    if (waits_for_overload(request)) {
        time = MAX(time, MAX(request->calm.until, requests->overload_next));
    }
    return time;
}

/* Returns true if 'request', which waits because of overload, is not in a
 * pause of its own. */
static bool
is_candidate(const struct vm_request *request, long long int now)
{
    return (request->state == VM_REQUEST_PENDING && waits_for_overload(request)
            && request->failed.until <= now && request->calm.until <= now
            && request->expired.until <= now
            && returned_until(request) <= now);
}

/* Returns true if 'a' is acted upon because of overload rather than 'b', which
 * comes after it in the list. */
static bool
goes_before(const struct vm_requests *requests, const struct vm_request *a,
            const struct vm_request *b)
{
    if (a->priority != b->priority) {
        return a->priority < b->priority;
    }
    return offered_by(requests, a) >= offered_by(requests, b);
}

/* Returns the VM that is the next one to be acted upon because of overload, or
 * null. */
static struct vm_request *
find_candidate(const struct vm_requests *requests, long long int now)
{
    struct vm_request *best = NULL;

    for (size_t i = 0; i < requests->n; i++) {
        struct vm_request *request = requests->list[i];

        if (is_candidate(request, now)
            && (!best || !goes_before(requests, best, request))) {
            best = request;
        }
    }
    return best;
}

struct vm_request *
vm_turn_ask(const struct vm_requests *requests, long long int now)
{
    struct vm_request *best = NULL;

    for (size_t i = 0; i < requests->n; i++) {
        struct vm_request *request = requests->list[i];

        if (request->state == VM_REQUEST_PENDING
            && !waits_for_overload(request)
            && ask_time(requests, request) <= now
            && (!best || request->priority > best->priority)) {
            best = request;
        }
    }
    if (!best && !overload_in_progress(requests, now)) {
        best = find_candidate(requests, now);
        if (best && ask_time(requests, best) > now) {
            best = NULL;
        }
    }
    return best;
}

/* Resuming. */

/* Returns what 'request', about a VM that is to run again and whose load is
 * not measured yet, will add to 'member'. */
static uint64_t
expected(const struct vm_requests *requests,
         const struct vm_request *request, const struct vm_member *member,
         long long int now)
{
    bool resumes = (request->state == VM_REQUEST_RELEASING
                    || (request->released != LLONG_MIN
                        && now < request->released + 2 * VM_TURN_SETTLE));
    const struct vm_endpoint *endpoint;
    uint64_t measured;

    if (!resumes || !request->demand) {
        return 0;
    }
    endpoint = vm_requests_endpoint(requests, request);
    if (!endpoint || !endpoint->n_slots
        || !nullable_string_is_equal(endpoint->slots[0]->member,
                                     member->name)) {
        return 0;
    }
    measured = vm_overload_offered(requests->facts.senders, endpoint, member);
    return request->demand - MIN(request->demand, measured);
}

bool
vm_turn_fits(const struct vm_requests *requests,
             const struct vm_request *request, long long int now)
{
    const struct vm_endpoint *endpoint = vm_requests_endpoint(requests,
                                                              request);

    if (request->demand > endpoint->policy.max_rate) {
        return false;
    }
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        const char *name = endpoint->slots[i]->member;
        const struct vm_member *member
            = vm_inventory_find_member(requests->facts.inventory, name);
        uint64_t load;

        if (!member) {
            return false;
        }
        load = vm_overload_load(requests->facts.senders, member, endpoint);
        for (size_t j = 0; j < requests->n; j++) {
            if (requests->list[j] != request) {
                load += expected(requests, requests->list[j], member, now);
            }
        }
        if (!vm_overload_fits(member, load, request->demand, now)) {
            return false;
        }
    }
    return true;
}

/* Returns the time (ms) from which a VM that was suspended because of overload
 * may be resumed, LLONG_MAX as long as its demand does not fit. */
static long long int
release_time(const struct vm_requests *requests,
             const struct vm_request *request)
{
    if (request->state != VM_REQUEST_DONE || !vm_turn_is_overload(request)
        || request->kind != VM_REQUEST_SUSPEND
        || request->fits_since == LLONG_MAX) {
        return LLONG_MAX;
    }
    return MAX(request->fits_since + VM_TURN_SETTLE, requests->overload_next);
}

const struct vm_request *
vm_turn_release(const struct vm_requests *requests, long long int now)
{
    const struct vm_request *best = NULL;

    for (size_t i = 0; i < requests->n; i++) {
        const struct vm_request *request = requests->list[i];

        if (release_time(requests, request) <= now
            && (!best || request->priority > best->priority)) {
            best = request;
        }
    }
    return best;
}

/* Time. */

static void
no_later(long long int *deadline, long long int time, long long int now)
{
    if (time > now) {
        *deadline = MIN(*deadline, time);
    }
}

long long int
vm_turn_deadline(const struct vm_requests *requests, long long int now)
{
    const struct vm_request *candidate = find_candidate(requests, now);
    long long int deadline = LLONG_MAX;

    for (size_t i = 0; i < requests->n; i++) {
        const struct vm_request *request = requests->list[i];

        no_later(&deadline, release_time(requests, request), now);
        if (request->state == VM_REQUEST_PENDING) {
            if (!waits_for_overload(request) || request == candidate) {
                no_later(&deadline, ask_time(requests, request), now);
            }
            no_later(&deadline, request->failed.until, now);
            no_later(&deadline, request->calm.until, now);
            no_later(&deadline, request->expired.until, now);
            no_later(&deadline, returned_until(request), now);
        }
    }
    return deadline;
}
