/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_OPTIMUM_H
#define VM_OPTIMUM_H 1

/* How low the highest utilization can be, if every load may go anywhere.
 *
 * An exact answer by branch and bound, and a lower bound: no assignment can be
 * better than a fluid that fills all uplinks to the same level, than the
 * greatest load alone on the fastest uplink, than the two smallest of as many
 * and one more greatest loads as there are uplinks together on the fastest,
 * and so on.
 *
 * Shares no code with lib/.  Plain arrays in, numbers out. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vm_optimum {
    double lower_bound;         /* Utilization, 1 is full. */
    double optimum;             /* Best that was found. */
    bool proved;                /* No better one than by 1/10,000 exists. */
};

/* 'known' is the utilization of some assignment, to begin with. */
void vm_optimum_find(const uint64_t *capacities, size_t n_capacities,
                     const uint64_t *loads, size_t n_loads, double known,
                     unsigned int max_steps, struct vm_optimum *);

#endif /* tests/vm-optimum.h */
