/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_RANDOM_H
#define VM_RANDOM_H 1

/* Numbers that look random and are the same for the same seed on any machine
 * (splitmix64 of Steele, Lea and Flood, 2014).
 *
 * A test prints its seed when it fails, and so can be run again.  The
 * generator is the caller's; nothing is shared. */

#include <stdbool.h>
#include <stdint.h>

struct vm_random {
    uint64_t state;
};

void vm_random_init(struct vm_random *, uint64_t seed);
uint64_t vm_random_next(struct vm_random *);

/* From 0 to 'n' - 1, for 'n' > 0. */
uint64_t vm_random_below(struct vm_random *, uint64_t n);

/* From 'low' to 'high', both included. */
uint64_t vm_random_between(struct vm_random *, uint64_t low, uint64_t high);

/* True in 'percent' of 100 cases. */
bool vm_random_chance(struct vm_random *, unsigned int percent);

/* From 0 to less than 1. */
double vm_random_real(struct vm_random *);

/* How the loads of a set of VMs are distributed. */
enum vm_load_shape {
    VM_LOAD_UNIFORM,            /* Between 0 and twice the mean. */
    VM_LOAD_EXPONENTIAL,
    VM_LOAD_PARETO,             /* Shape 1.5: few send most, at most 1,000
                                 * times the mean. */
    VM_N_LOAD_SHAPES
};

const char *vm_load_shape_to_string(enum vm_load_shape);
uint64_t vm_random_load(struct vm_random *, enum vm_load_shape,
                        uint64_t mean);

#endif /* tests/vm-random.h */
