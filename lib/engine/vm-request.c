/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-request.h"

#include <limits.h>
#include <stdlib.h>

#include "util.h"

/* The state machine.  An event that is not in the table changes nothing. */
struct transition {
    bool valid;
    enum vm_request_state next;
};

#define TO(STATE) { true, VM_REQUEST_##STATE }
#define EV(EVENT) [VM_REQUEST_EV_##EVENT]

static const struct transition
machine[VM_N_REQUEST_STATES][VM_N_REQUEST_EVENTS] = {
    [VM_REQUEST_IDLE] = {
        EV(CAUSE) = TO(PENDING),
        EV(DOING) = TO(RELEASING),
        EV(DONE) = TO(RELEASING),
    },
    [VM_REQUEST_PENDING] = {
        EV(CLEAR) = TO(IDLE),
        EV(ASK) = TO(ASKED),
        EV(DOING) = TO(RELEASING),
        EV(DONE) = TO(RELEASING),
    },
    [VM_REQUEST_ASKED] = {
        EV(CLEAR) = TO(IDLE),
        EV(DOING) = TO(DOING),
        EV(DONE) = TO(DONE),
        EV(FAILED) = TO(IDLE),
        EV(REFUSED) = TO(IDLE),
    },
    [VM_REQUEST_DOING] = {
        EV(CLEAR) = TO(RELEASING),
        EV(DONE) = TO(DONE),
        EV(FAILED) = TO(IDLE),
        EV(REFUSED) = TO(IDLE),
    },
    [VM_REQUEST_DONE] = {
        EV(CLEAR) = TO(RELEASING),
        EV(EXPIRED) = TO(RELEASING),
        EV(FAILED) = TO(IDLE),
        EV(REFUSED) = TO(IDLE),
    },
    [VM_REQUEST_RELEASING] = {
        EV(DONE) = TO(IDLE),
        EV(EXPIRED) = TO(IDLE),
    },
};

struct vm_request *
vm_request_create(const char *vm, long long int now)
{
    struct vm_request *request = xzalloc(sizeof *request);

    request->vm = xstrdup(vm);
    request->state = VM_REQUEST_IDLE;
    request->since = now;
    request->reason = request->origin = VM_R_NONE;
    request->failed.until = request->expired.until = LLONG_MIN;
    request->calm.until = request->steady.until = LLONG_MIN;
    request->released = LLONG_MIN;
    request->fits_since = LLONG_MAX;
    request->came = now;
    vm_causes_init(&request->causes);
    return request;
}

void
vm_request_destroy(struct vm_request *request)
{
    if (request) {
        free(request->vm);
        vm_causes_destroy(&request->causes);
        free(request->id);
        free(request->because);
        free(request->note);
        free(request);
    }
}

bool
vm_request_event(struct vm_request *request, enum vm_request_event event,
                 long long int now)
{
    const struct transition *t = &machine[request->state][event];

    if (!t->valid || t->next == request->state) {
        return false;
    }
    request->state = t->next;
    request->since = now;
    request->fits_since = LLONG_MAX;
    return true;
}

bool
vm_request_must_resume(const struct vm_request *request, long long int now)
{
    return (request->state == VM_REQUEST_RELEASING
            && request->kind == VM_REQUEST_SUSPEND
            && (request->id_kind != VM_REQUEST_RESUME
                || (vm_answer_is_failure(request->answer)
                    && now >= request->failed.until)));
}

void
vm_request_publish(struct vm_request *request, char *id,
                   enum vm_request_kind kind, enum vm_reason reason,
                   const char *because, long long int now)
{
    if (kind != VM_REQUEST_RESUME) {
        request->kind = kind;
        request->origin = reason;
    }
    free(request->id);
    request->id = id;
    request->id_kind = kind;
    request->reason = reason;
    free(request->because);
    request->because = nullable_xstrdup(because);
    request->answer = VM_ANSWER_NONE;
    free(request->note);
    request->note = NULL;
    request->since = now;
}

void
vm_pause_begin(struct vm_pause *pause, long long int least, long long int now)
{
    unsigned int doublings;

    if (pause->n && now - pause->until > VM_REQUEST_CALM) {
        pause->n = 0;
    }
    doublings = MIN(pause->n, 16);
    pause->n++;
    pause->until = now + MIN(least << doublings,
                             MAX(least, VM_REQUEST_LONGEST_PAUSE));
}

/* Processes an answer of state DOING, DONE, FAILED or REFUSED, which is new,
 * to the last id. */
static void
take_answer(struct vm_request *request, enum vm_answer_state answer,
            long long int now)
{
    static const enum vm_request_event events[] = {
        [VM_ANSWER_DOING] = VM_REQUEST_EV_DOING,
        [VM_ANSWER_DONE] = VM_REQUEST_EV_DONE,
        [VM_ANSWER_FAILED] = VM_REQUEST_EV_FAILED,
        [VM_ANSWER_REFUSED] = VM_REQUEST_EV_REFUSED,
    };
    bool releases = request->state == VM_REQUEST_RELEASING;
    bool withdrawn = (request->state == VM_REQUEST_IDLE
                      || request->state == VM_REQUEST_PENDING);

    if (withdrawn && request->id_kind != VM_REQUEST_SUSPEND) {
        return;                 /* Nothing is left of it. */
    } else if (releases && request->id_kind != VM_REQUEST_RESUME) {
        /* The migration that was withdrawn has ended. */
        if (answer != VM_ANSWER_DOING) {
            vm_request_event(request, VM_REQUEST_EV_DONE, now);
        }
        return;
    } else if (answer == VM_ANSWER_REFUSED && !withdrawn && !releases) {
        request->refused = true;
    } else if (vm_answer_is_failure(answer) && !withdrawn) {
        vm_pause_begin(&request->failed, VM_REQUEST_PAUSE, now);
    } else if (answer == VM_ANSWER_DONE && !withdrawn) {
        request->failed.n = 0;
        request->failed.until = LLONG_MIN;
        request->released = releases ? now : request->released;
    }
    vm_request_event(request, events[answer], now);
}

bool
vm_request_answer(struct vm_request *request, const char *id,
                  enum vm_answer_state answer, const char *note,
                  long long int now)
{
    if (!nullable_string_is_equal(request->id, id)
        || answer == VM_ANSWER_NONE || answer == request->answer
        || (answer == VM_ANSWER_DOING && request->answer != VM_ANSWER_NONE)) {
        return false;
    }
    request->answer = answer;
    free(request->note);
    request->note = note && *note ? xstrdup(note) : NULL;
    take_answer(request, answer, now);
    return true;
}

enum vm_request_kind
vm_request_published(const struct vm_request *request)
{
    switch (request->state) {
    case VM_REQUEST_ASKED:
    case VM_REQUEST_DOING:
    case VM_REQUEST_DONE:
        return request->kind;

    case VM_REQUEST_RELEASING:
        return (request->kind == VM_REQUEST_SUSPEND ? VM_REQUEST_RESUME
                : VM_REQUEST_NONE);

    case VM_REQUEST_IDLE:
    case VM_REQUEST_PENDING:
    case VM_N_REQUEST_STATES:
    default:
        return VM_REQUEST_NONE;
    }
}

long long int
vm_request_overdue(const struct vm_request *request)
{
    bool migrates = request->kind == VM_REQUEST_MIGRATE;

    switch (request->state) {
    case VM_REQUEST_ASKED:
        return request->since + VM_REQUEST_BEGIN;

    case VM_REQUEST_DOING:
        return request->since + (migrates ? VM_REQUEST_MIGRATES
                                 : VM_REQUEST_SUSPENDS);

    case VM_REQUEST_RELEASING:
        return (migrates || vm_answer_is_failure(request->answer) ? LLONG_MAX
                : request->since + (request->answer == VM_ANSWER_DOING
                                    ? VM_REQUEST_SUSPENDS
                                    : VM_REQUEST_BEGIN));

    case VM_REQUEST_IDLE:
    case VM_REQUEST_PENDING:
    case VM_REQUEST_DONE:
    case VM_N_REQUEST_STATES:
    default:
        return LLONG_MAX;
    }
}

long long int
vm_request_expiry(const struct vm_request *request, long long int suspend_max)
{
    bool migrates = request->kind == VM_REQUEST_MIGRATE;

    if (request->state == VM_REQUEST_DONE) {
        return (migrates ? request->since + VM_REQUEST_BEGIN
                : suspend_max ? request->since + suspend_max : LLONG_MAX);
    } else if (request->state == VM_REQUEST_RELEASING && migrates) {
        return request->since + VM_REQUEST_BEGIN;
    } else {
        return LLONG_MAX;
    }
}

bool
vm_request_is_made(const struct vm_request *request)
{
    return (request->state != VM_REQUEST_IDLE
            && request->state != VM_REQUEST_PENDING);
}

bool
vm_request_has_left(const struct vm_request *request)
{
    return (request->kind == VM_REQUEST_MIGRATE
            && (request->state == VM_REQUEST_DOING
                || request->state == VM_REQUEST_DONE
                || request->state == VM_REQUEST_RELEASING));
}

bool
vm_request_is_suspended(const struct vm_request *request)
{
    return (request->kind == VM_REQUEST_SUSPEND
            && (request->state == VM_REQUEST_DOING
                || request->state == VM_REQUEST_DONE
                || request->state == VM_REQUEST_RELEASING));
}

const char *
vm_request_state_to_string(enum vm_request_state state)
{
    static const char *const names[VM_N_REQUEST_STATES] = {
        [VM_REQUEST_IDLE] = "idle",
        [VM_REQUEST_PENDING] = "pending",
        [VM_REQUEST_ASKED] = "asked",
        [VM_REQUEST_DOING] = "doing",
        [VM_REQUEST_DONE] = "done",
        [VM_REQUEST_RELEASING] = "releasing",
    };

    return names[state];
}
