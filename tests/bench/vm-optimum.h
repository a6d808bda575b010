/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_OPTIMUM_H
#define VM_OPTIMUM_H 1

/* Finds how low the highest utilization can be if every load may go anywhere.
 *
 * The answer comes from branch and bound, and is exact if the steps suffice,
 * together with a lower bound: no assignment can be better than a fluid that
 * fills all members to the same level, than the greatest load alone on the
 * fastest member, than the two smallest of the n + 1 greatest loads, for n
 * members, together on the fastest one, and so on.
 *
 * The module shares no code with lib/.
 *
 * Thread-safety: a function of its arguments; any thread may call it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vm_optimum {
    double lower_bound;         /* Utilization, 1 is full. */
    double optimum;             /* The best one found. */
    bool proved;                /* None is better by more than 1/10,000. */
};

/* Searches for the optimum in at most 'max_steps'.  'known' is the utilization
 * of some assignment, from which the search starts. */
void vm_optimum_find(const uint64_t *capacities, size_t n_capacities,
                     const uint64_t *loads, size_t n_loads, double known,
                     unsigned int max_steps, struct vm_optimum *);

#endif /* vm-optimum.h */
