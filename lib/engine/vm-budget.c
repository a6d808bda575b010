/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-budget.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/* After this time a token comes back, ms. */
#define MINUTE 60000

void
vm_budget_init(struct vm_budget *budget)
{
    memset(budget, 0, sizeof *budget);
}

void
vm_budget_destroy(struct vm_budget *budget)
{
    free(budget->taken);
}

void
vm_budget_continue(struct vm_budget *budget, const struct vm_budget *old)
{
    for (size_t i = 0; i < old->n; i++) {
        vm_budget_take(budget, old->taken[i]);
    }
}

long long int
vm_budget_next(const struct vm_budget *budget, unsigned int rate)
{
    return (!rate ? LLONG_MAX
            : budget->n < rate ? LLONG_MIN
            : budget->taken[budget->n - rate] + MINUTE);
}

/* Returns the number of tokens that have come back by 'now'. */
static size_t
count_back(const struct vm_budget *budget, long long int now)
{
    size_t n = 0;

    while (n < budget->n && budget->taken[n] + MINUTE <= now) {
        n++;
    }
    return n;
}

size_t
vm_budget_left(const struct vm_budget *budget, unsigned int rate,
               long long int now)
{
    size_t n = budget->n - count_back(budget, now);

    return rate - MIN(rate, n);
}

void
vm_budget_take(struct vm_budget *budget, long long int now)
{
    size_t n_back = count_back(budget, now);

    if (n_back) {
        budget->n -= n_back;
        memmove(budget->taken, budget->taken + n_back,
                budget->n * sizeof *budget->taken);
    }
    if (budget->n >= budget->allocated) {
        budget->taken = x2nrealloc(budget->taken, &budget->allocated,
                                   sizeof *budget->taken);
    }
    budget->taken[budget->n++] = now;
}
