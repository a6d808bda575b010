/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-join.h"

#include <stdlib.h>
#include <string.h>

#include "engine/vm-engine.h"
#include "engine/vm-request-join.h"
#include "engine/vm-requests.h"
#include "util.h"
#include "vm-aware-bond.h"

static int
compare_bonds(const void *a_, const void *b_)
{
    const struct vm_aware_bond *const *a = a_;
    const struct vm_aware_bond *const *b = b_;

    return strcmp(vm_aware_bond_name(*a), vm_aware_bond_name(*b));
}

const struct vm_aware_bond **
vm_aware_join_sort(const struct ovs_list *bonds, size_t *n)
{
    const struct vm_aware_bond **sorted
        = xcalloc(ovs_list_size(bonds), sizeof *sorted);
    const struct vm_aware_bond *va;

    *n = 0;
    LIST_FOR_EACH (va, list_node, bonds) {
        sorted[(*n)++] = va;
    }
    qsort(sorted, *n, sizeof *sorted, compare_bonds);
    return sorted;
}

const struct vm_request *
vm_aware_join_published(const struct vm_aware_bond *const *bonds, size_t n,
                        const char *vm)
{
    const struct vm_request **requests = xcalloc(n, sizeof *requests);
    const struct vm_request *published;
    int index;

    for (size_t i = 0; i < n; i++) {
        requests[i] = vm_requests_find(vm_engine_requests(bonds[i]->engine),
                                       vm);
    }
    index = vm_request_join(requests, n);
    published = index >= 0 ? requests[index] : NULL;
    free(requests);
    return published;
}

void
vm_aware_join_answer(const struct ovs_list *bonds, long long int now)
{
    size_t n;
    const struct vm_aware_bond **sorted = vm_aware_join_sort(bonds, &n);

    for (size_t i = 0; n > 1 && i < n; i++) {
        struct vm_requests *requests = vm_engine_requests(sorted[i]->engine);

        for (size_t j = 0; j < requests->n; j++) {
            const struct vm_request *request = requests->list[j];
            const struct vm_request *published
                = vm_aware_join_published(sorted, n, request->vm);

            if (published && published != request
                && vm_request_published(request)) {
                vm_requests_answer(requests, request->vm, request->id,
                                   vm_request_join_answer(request, published),
                                   published->note, now);
            }
        }
    }
    free(sorted);
}
