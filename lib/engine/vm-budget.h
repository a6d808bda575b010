/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_BUDGET_H
#define VM_BUDGET_H 1

/* The budget of requests: a bucket of tokens.
 *
 * The bucket has as many tokens as requests are allowed in a minute.  A
 * request takes one, which comes back a minute later, so that no minute, from
 * whenever it is counted, has more requests than allowed.
 *
 * The module does not know what a request is.
 *
 * Ownership: a budget owns its memory.
 *
 * Thread-safety: none; the engine owns its budget. */

#include <stddef.h>

struct vm_budget {
    long long int *taken;       /* Times of the tokens taken, ascending, ms. */
    size_t n, allocated;
};

void vm_budget_init(struct vm_budget *);
void vm_budget_destroy(struct vm_budget *);

/* Takes the tokens that were taken from 'old'. */
void vm_budget_continue(struct vm_budget *, const struct vm_budget *old);

/* Returns the time (ms) from which on there is a token, if 'rate' a minute are
 * allowed: LLONG_MAX for a rate of 0. */
long long int vm_budget_next(const struct vm_budget *, unsigned int rate);

/* Returns the number of tokens at 'now', if 'rate' a minute are allowed. */
size_t vm_budget_left(const struct vm_budget *, unsigned int rate,
                      long long int now);

void vm_budget_take(struct vm_budget *, long long int now);

#endif /* vm-budget.h */
