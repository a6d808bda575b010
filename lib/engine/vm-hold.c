/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-hold.h"

#include <limits.h>

#include "engine/vm-requests.h"
#include "model/vm-endpoint.h"

/* Returns the request that 'endpoint' may have to wait for, or null. */
static const struct vm_request *
find_request(const struct vm_requests *requests,
             const struct vm_endpoint *endpoint)
{
    return (vm_cause_kind(endpoint->policy.on_failover) == VM_REQUEST_SUSPEND
            ? vm_requests_find(requests, endpoint->id) : NULL);
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
    } else if (vm_request_is_made(request)) {
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
            : vm_request_is_made(request) ? vm_request_overdue(request)
            : unasked_until(request));
}
