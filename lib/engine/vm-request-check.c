/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-request-check.h"

#include <string.h>

#include "engine/vm-request-turn.h"
#include "engine/vm-requests.h"
#include "model/vm-inventory.h"
#include "openvswitch/dynamic-string.h"

static void
check_request(const struct vm_requests *requests,
              const struct vm_request *request, long long int ran,
              struct ds *differences)
{
    const struct vm_request_facts *facts = &requests->facts;
    const struct vm_cause_facts causes = {
        facts->inventory, facts->senders, &requests->failovers,
    };
    const struct vm_endpoint *endpoint = vm_requests_endpoint(requests,
                                                              request);
    long long int suspend_max = facts->config->suspend_max_s * 1000LL;
    const struct vm_cause *cause = vm_causes_first(&request->causes);
    bool pending = request->state == VM_REQUEST_PENDING;
    const char *wrong = NULL;

    if (!endpoint) {
        wrong = "is about no VM";
    } else if (!vm_causes_are_current(&request->causes, &causes,
                                      endpoint, ran)) {
        wrong = "has other causes";
    } else if (pending && !cause) {
        wrong = "has no cause";
    } else if (request->state == VM_REQUEST_IDLE && cause
               && !request->refused) {
        wrong = "has a cause and is not pending";
    } else if (request->state > VM_REQUEST_PENDING && !request->id) {
        wrong = "has no id";
    } else if (vm_request_must_resume(request, ran)) {
        wrong = "does not resume";
    } else if (vm_request_expiry(request, suspend_max)
               <= ran) {
        wrong = "has not expired";
    }
    if (wrong) {
        ds_put_format(differences, "request of %s, %s: %s\n", request->vm,
                      vm_request_state_to_string(request->state), wrong);
    }
}

void
vm_requests_check(const struct vm_requests *requests,
                  long long int ran, struct ds *differences)
{
    for (size_t i = 0; i < requests->n; i++) {
        if (i && strcmp(requests->list[i - 1]->vm,
                        requests->list[i]->vm) >= 0) {
            ds_put_format(differences, "request of %s: out of order\n",
                          requests->list[i]->vm);
        }
        check_request(requests, requests->list[i], ran, differences);
    }
    if (!differences->length && vm_turn_ask(requests, ran)) {
        ds_put_format(differences, "request of %s: not made\n",
                      vm_turn_ask(requests, ran)->vm);
    }
    vm_failovers_check(&requests->failovers, requests->facts.inventory,
                       differences);
}
