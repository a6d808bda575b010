/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_RANDOM_H
#define VM_RANDOM_H 1

/* Pseudo-random numbers that are the same for the same seed on any machine
 * (splitmix64 of Steele, Lea and Flood, 2014).
 *
 * A test prints its seed when it fails, so that it can be run again.  The
 * caller owns the generator.
 *
 * Thread-safety: functions of their arguments.  Any thread may call them, but
 * the caller must serialize access to a generator. */

#include <stdbool.h>
#include <stdint.h>

struct vm_random {
    uint64_t state;
};

void vm_random_init(struct vm_random *, uint64_t seed);
uint64_t vm_random_next(struct vm_random *);

/* Returns a number from 0 to 'n' - 1, for 'n' > 0. */
uint64_t vm_random_below(struct vm_random *, uint64_t n);

/* Returns a number from 'low' to 'high', both included. */
uint64_t vm_random_between(struct vm_random *, uint64_t low, uint64_t high);

/* Returns true in 'percent' of 100 cases. */
bool vm_random_chance(struct vm_random *, unsigned int percent);

/* Returns a number from 0 to less than 1. */
double vm_random_real(struct vm_random *);

/* Distributions of the loads of a set of VMs. */
enum vm_load_shape {
    VM_LOAD_UNIFORM,            /* Between 0 and twice the mean. */
    VM_LOAD_EXPONENTIAL,
    VM_LOAD_PARETO,             /* Shape 1.5: few VMs send most, each at most
                                 * 1,000 times the mean. */
    VM_N_LOAD_SHAPES
};

const char *vm_load_shape_to_string(enum vm_load_shape);
uint64_t vm_random_load(struct vm_random *, enum vm_load_shape,
                        uint64_t mean);

#endif /* vm-random.h */
