/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-request-words.h"

#include <stdlib.h>

#include "base/vm-problem.h"
#include "base/vm-utf8.h"
#include "base/vm-value.h"
#include "engine/vm-failover.h"
#include "engine/vm-journal.h"
#include "engine/vm-requests.h"
#include "model/vm-endpoint.h"
#include "model/vm-inventory.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* How a kind of request is spoken of. */
struct words {
    const char *noun;           /* "suspension". */
    const char *passive;        /* "suspended". */
};

static const struct words *
words_of(enum vm_request_kind kind)
{
    static const struct words suspend = { "suspension", "suspended" };
    static const struct words resume = { "resumption", "resumed" };
    static const struct words migrate = { "migration", "migrated" };

    return (kind == VM_REQUEST_RESUME ? &resume
            : kind == VM_REQUEST_MIGRATE ? &migrate : &suspend);
}

/* What the journal says. */
static const char *
event_of(const struct vm_request *request, enum vm_request_news news)
{
    bool migrates = request->kind == VM_REQUEST_MIGRATE;

    switch (news) {
    case VM_NEWS_ASKED:
        return migrates ? "migrate-asked" : "suspend-asked";

    case VM_NEWS_WITHDRAWN:
        return "withdrawn";

    case VM_NEWS_DONE:
        return migrates ? "migrated" : "suspended";

    case VM_NEWS_FAILED:
        return (request->answer == VM_ANSWER_REFUSED ? "refused" : "failed");

    case VM_NEWS_RESUMES:
        return "resume-asked";

    case VM_NEWS_RUNS:
        return migrates ? "migration-ended" : "resumed";
    }
    OVS_NOT_REACHED();
}

static void
format_note(const struct vm_request *request, struct ds *s)
{
    if (request->note) {
        ds_put_cstr(s, ": ");
        vm_utf8_append(request->note, SIZE_MAX, s);
    }
}

/* Appends that the agent could not carry out 'request', and why. */
static void
format_failure(const struct vm_request *request, struct ds *s)
{
    ds_put_format(s, "the agent %s request %s",
                  request->answer == VM_ANSWER_REFUSED ? "refused"
                                                       : "failed",
                  request->id);
    format_note(request, s);
}

/* Appends that the agent takes too long. */
static void
format_overdue(const struct vm_request *request, struct ds *s)
{
    ds_put_format(s, "the agent has not %s request %s: is ovs-vm-agent "
                  "running, and libvirt?",
                  request->answer == VM_ANSWER_DOING ? "completed"
                                                     : "answered",
                  request->id);
}

/* Appends what happened.  Returns true if it is a warning. */
static bool
format_news(const struct vm_request *request, enum vm_request_news news,
            struct ds *s)
{
    const struct words *words = words_of(request->id_kind);

    switch (news) {
    case VM_NEWS_ASKED:
    case VM_NEWS_RESUMES:
        ds_put_format(s, "%s requested: ", words->noun);
        vm_reason_format(request->reason, request->because, s);
        ds_put_format(s, " (request %s)", request->id);
        return news == VM_NEWS_ASKED;

    case VM_NEWS_WITHDRAWN:
        ds_put_format(s, "request %s withdrawn, its cause is gone",
                      request->id);
        return false;

    case VM_NEWS_DONE:
        ds_put_format(s, "%s (request %s)", words->passive, request->id);
        return false;

    case VM_NEWS_FAILED:
        ds_put_format(s, "was not %s", words->passive);
        format_note(request, s);
        return true;

    case VM_NEWS_RUNS:
        ds_put_cstr(s, request->kind == VM_REQUEST_MIGRATE
                    ? "migration has ended" : "runs again");
        return false;
    }
    OVS_NOT_REACHED();
}

void
vm_request_tell(struct vm_requests *requests,
                const struct vm_request *request, enum vm_request_news news,
                struct vm_journal *journal, long long int now)
{
    const struct vm_endpoint *endpoint = vm_requests_endpoint(requests,
                                                              request);
    const char *name = endpoint ? vm_endpoint_name(endpoint) : request->vm;
    const char *member = (endpoint && endpoint->n_slots
                          ? endpoint->slots[0]->member : NULL);
    struct ds s = DS_EMPTY_INITIALIZER;
    bool warn;

    ds_put_format(&s, "VM %s: ", name);
    warn = format_news(request, news, &s);
    vm_requests_tell(requests, warn, ds_steal_cstr(&s));
    vm_journal_add_event(journal, now, request->vm, name,
                         event_of(request, news), member, request->reason,
                         request->because);
}

void
vm_failover_tell(struct vm_requests *requests,
                 const struct vm_failover *failover)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "failover %llu of %s ", failover->serial,
                  failover->member);
    if (vm_failover_occurs(failover)) {
        ds_put_cstr(&s, "begins");
    } else {
        ds_put_format(&s, "ends after %lld ms: %"PRIuSIZE" VM%s moved, "
                      "%"PRIuSIZE" without member",
                      failover->ended - failover->began, failover->moved,
                      failover->moved == 1 ? "" : "s", failover->without);
    }
    vm_requests_tell(requests, false, ds_steal_cstr(&s));
}

/* Appends why the VM of 'request' was held in vain. */
static void
format_vain(const struct vm_request *request, unsigned int request_rate,
            long long int now, struct ds *s)
{
    if (!request_rate) {
        ds_put_cstr(s, "vm-aware-request-rate is 0");
    } else if (vm_answer_is_failure(request->answer)) {
        format_failure(request, s);
    } else if (vm_request_is_made(request)) {
        format_overdue(request, s);
    } else if (request->expired.until > now) {
        ds_put_cstr(s, "it was suspended for vm-aware-suspend-max not long "
                    "ago");
    } else {
        ds_put_cstr(s, "vm-aware-request-rate has left no request for it");
    }
}

void
vm_hold_tell(struct vm_requests *requests, const struct vm_slot *slot,
             long long int now)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "VM %s: leaves %s without being suspended: ",
                  vm_endpoint_name(slot->endpoint), slot->member);
    format_vain(vm_requests_find(requests, slot->endpoint->id),
                requests->facts.config->request_rate, now, &s);
    vm_requests_tell(requests, true, ds_steal_cstr(&s));
}

void
vm_return_tell(struct vm_requests *requests, const struct vm_request *request)
{
    const struct vm_endpoint *endpoint = vm_requests_endpoint(requests,
                                                              request);
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "VM %s: is back after %u migration%s from here: none is "
                  "requested for ", vm_endpoint_name(endpoint),
                  request->n_left, request->n_left == 1 ? "" : "s");
    vm_duration_format(vm_returns_pause(request->n_left, false), &s);
    ds_put_cstr(&s, ", because of overload for ");
    vm_duration_format(vm_returns_pause(request->n_left, true), &s);
    vm_requests_tell(requests, false, ds_steal_cstr(&s));
}

/* Problems. */

/* Appends what is wrong with 'request', or nothing. */
static void
format_problem(const struct vm_request *request, long long int now,
               struct ds *s)
{
    bool waits = (request->state == VM_REQUEST_RELEASING
                  || (request->state == VM_REQUEST_PENDING
                      && request->failed.until > now)
                  || (request->refused && vm_causes_first(&request->causes)));

    if (vm_request_overdue(request) <= now) {
        format_overdue(request, s);
    } else if (waits && vm_answer_is_failure(request->answer)) {
        format_failure(request, s);
    }
}

void
vm_requests_problems(const struct vm_requests *requests, long long int now,
                     struct vm_problems *problems)
{
    for (size_t i = 0; i < requests->n; i++) {
        const struct vm_request *request = requests->list[i];
        const struct vm_endpoint *endpoint
            = vm_requests_endpoint(requests, request);
        struct ds s = DS_EMPTY_INITIALIZER;

        format_problem(request, now, &s);
        if (s.length && endpoint && endpoint->n_interfaces) {
            vm_problems_add(problems, endpoint->interfaces[0]->name, "%s",
                            ds_cstr(&s));
        }
        ds_destroy(&s);
    }
}
