/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-hold.h"

#include <limits.h>

#include "base/vm-utf8.h"
#include "engine/vm-requests.h"
#include "model/vm-endpoint.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Returns the request that 'endpoint' may have to wait for, or null. */
static const struct vm_request *
find_request(const struct vm_requests *requests,
             const struct vm_endpoint *endpoint)
{
    return (vm_cause_kind(endpoint->policy.on_failover) == VM_REQUEST_SUSPEND
            ? vm_requests_find(requests, endpoint->id) : NULL);
}

static bool
is_asked(const struct vm_request *request)
{
    return (request->state != VM_REQUEST_IDLE
            && request->state != VM_REQUEST_PENDING);
}

/* Returns the time (ms) until which 'request', which is not made yet, is
 * waited for. */
static long long int
unasked_until(const struct vm_request *request)
{
    const struct vm_cause *cause = &request->causes.list[VM_CAUSE_FAILOVER];

    return (cause->reason == VM_R_NONE ? LLONG_MAX
            : cause->since + VM_HOLD_UNASKED);
}

enum vm_hold
vm_hold_find(const struct vm_requests *requests,
             const struct vm_endpoint *endpoint, long long int now)
{
    const struct vm_request *request = find_request(requests, endpoint);

    if (!request) {
        return VM_HOLD_NOT;
    } else if (request->state == VM_REQUEST_DONE) {
        return VM_HOLD_SUSPENDED;
    } else if (is_asked(request)) {
        bool failed = vm_answer_is_failure(request->answer);

        return (failed || vm_request_overdue(request) <= now
                ? VM_HOLD_IN_VAIN : VM_HOLD_UNTIL_ANSWERED);
    }
    return (!requests->facts.config->request_rate || request->refused
            || request->failed.until > now || request->expired.until > now
            || unasked_until(request) <= now
            ? VM_HOLD_IN_VAIN : VM_HOLD_UNTIL_ASKED);
}

long long int
vm_hold_deadline(const struct vm_requests *requests,
                 const struct vm_endpoint *endpoint)
{
    const struct vm_request *request = find_request(requests, endpoint);

    return (!request ? LLONG_MAX
            : is_asked(request) ? vm_request_overdue(request)
            : unasked_until(request));
}

void
vm_hold_format(const struct vm_requests *requests,
               const struct vm_endpoint *endpoint, long long int now,
               struct ds *s)
{
    const struct vm_request *request = find_request(requests, endpoint);

    if (!requests->facts.config->request_rate) {
        ds_put_cstr(s, "vm-aware-request-rate is 0");
    } else if (vm_answer_is_failure(request->answer)) {
        ds_put_format(s, "the agent %s request %s",
                      request->answer == VM_ANSWER_REFUSED ? "refused"
                                                           : "failed",
                      request->id);
        if (request->note) {
            ds_put_cstr(s, ": ");
            vm_utf8_append(request->note, SIZE_MAX, s);
        }
    } else if (is_asked(request)) {
        ds_put_format(s, "the agent has not %s request %s: is ovs-vm-agent "
                      "running, and libvirt?",
                      request->answer == VM_ANSWER_DOING ? "completed"
                                                         : "answered",
                      request->id);
    } else if (request->expired.until > now) {
        ds_put_cstr(s, "it was suspended for vm-aware-suspend-max not long "
                    "ago");
    } else {
        ds_put_cstr(s, "vm-aware-request-rate has left no request for it");
    }
}
