/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-limit.h"

#include <stdlib.h>

#include "solve/vm-rates.h"
#include "util.h"

/* Returns the most that a sender may have of its limit. */
static uint64_t
get_most(const struct vm_limit_claim *claim, uint64_t limit)
{
    return MIN(MAX(claim->most, claim->guarantee), limit);
}

void
vm_limit_divide(const struct vm_limit_claim *claims, size_t n, uint64_t limit,
                uint64_t *parts)
{
    struct vm_rate_claim *wanted = xcalloc(n + 1, sizeof *wanted);
    struct vm_rate_grant *grants = xcalloc(n + 1, sizeof *grants);

    for (size_t i = 0; i < n; i++) {
        wanted[i] = (struct vm_rate_claim) {
            .id = claims[i].id,
            .shares = 1,
            .guarantee = claims[i].guarantee,
            .limit = get_most(&claims[i], limit),
            .demand = MAX(claims[i].demand, claims[i].guarantee),
        };
    }
    vm_rates_allocate(wanted, n, limit, grants);
    if (n && grants[0].rate == VM_RATE_NONE) {
        /* All that is wanted fits: divide what is left. */
        for (size_t i = 0; i < n; i++) {
            wanted[i].guarantee = MIN(wanted[i].demand, wanted[i].limit);
            wanted[i].demand = VM_RATE_NONE;
        }
        vm_rates_allocate(wanted, n, limit, grants);
    }
    for (size_t i = 0; i < n; i++) {
        parts[i] = MIN(grants[i].rate, wanted[i].limit);
    }
    free(wanted);
    free(grants);
}
