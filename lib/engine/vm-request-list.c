/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-request-list.h"

#include <stdlib.h>

#include "engine/vm-request-words.h"
#include "engine/vm-requests.h"
#include "model/vm-endpoint-list.h"
#include "model/vm-endpoint.h"
#include "model/vm-inventory.h"
#include "util.h"

/* Adds a request about 'endpoint', which is new, or has a new policy. */
static void
add_request(struct vm_requests *requests, const struct vm_endpoint *endpoint,
            long long int now)
{
    struct vm_request *request = vm_requests_add(requests, endpoint->id, now);

    request->n_left = vm_returns_come(&requests->returns, endpoint->id, now);
    if (request->n_left) {
        vm_return_tell(requests, request);
    }
}

/* Removes the requests that are not needed. */
static void
remove_requests(struct vm_requests *requests, long long int now)
{
    size_t i = 0;

    while (i < requests->n) {
        const struct vm_request *request = requests->list[i];
        const struct vm_endpoint *endpoint = vm_requests_endpoint(requests,
                                                                  request);

        if (!endpoint && vm_request_has_left(request)) {
            vm_returns_leave(&requests->returns, request->vm,
                             request->n_left + 1, now);
        }
        if (!endpoint || (request->state == VM_REQUEST_IDLE && !request->id
                          && !vm_cause_is_possible(&endpoint->policy))) {
            requests->n_changes += request->state != VM_REQUEST_IDLE;
            vm_requests_remove(requests, i);
        } else {
            i++;
        }
    }
}

void
vm_request_list_update(struct vm_requests *requests,
                       const struct vm_changes *changes, long long int now)
{
    size_t n;
    struct vm_endpoint **endpoints = vm_endpoint_list_changed(
        requests->facts.inventory, changes, &n);

    remove_requests(requests, now);
    for (size_t i = 0; i < n; i++) {
        if (!vm_endpoint_is_host(endpoints[i])
            && vm_cause_is_possible(&endpoints[i]->policy)
            && !vm_requests_find(requests, endpoints[i]->id)) {
            add_request(requests, endpoints[i], now);
        }
    }
    free(endpoints);
}
