/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-request-join.h"

#include "engine/vm-request.h"

/* Returns the order in which 'request' is preferred: the highest number is
 * published, 0 is none. */
static int
rank(const struct vm_request *request)
{
    static const int ranks[VM_N_REQUEST_KINDS] = {
        [VM_REQUEST_NONE] = 0,
        [VM_REQUEST_RESUME] = 10,
        [VM_REQUEST_MIGRATE] = 20,
        [VM_REQUEST_SUSPEND] = 30,
    };
    int kind = request ? ranks[vm_request_published(request)] : 0;

    return kind ? kind + (int) request->state : 0;
}

int
vm_request_join(const struct vm_request *const *requests, size_t n)
{
    int best_rank = 0;
    int best = -1;

    for (size_t i = 0; i < n; i++) {
        int r = rank(requests[i]);

        if (r > best_rank) {
            best_rank = r;
            best = i;
        }
    }
    return best;
}

enum vm_answer_state
vm_request_join_answer(const struct vm_request *request,
                       const struct vm_request *published)
{
    enum vm_request_kind kind = vm_request_published(request);

    return (kind == vm_request_published(published) ? published->answer
            : kind == VM_REQUEST_RESUME ? VM_ANSWER_DONE
            : VM_ANSWER_NONE);
}
