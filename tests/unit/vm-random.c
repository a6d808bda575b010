/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-random.h"

#include <math.h>

#include "util.h"

void
vm_random_init(struct vm_random *random, uint64_t seed)
{
    random->state = seed;
}

uint64_t
vm_random_next(struct vm_random *random)
{
    random->state += UINT64_C(0x9e3779b97f4a7c15);

    uint64_t x = random->state;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint64_t
vm_random_below(struct vm_random *random, uint64_t n)
{
    return vm_random_next(random) % n;
}

uint64_t
vm_random_between(struct vm_random *random, uint64_t low, uint64_t high)
{
    return low + vm_random_below(random, high - low + 1);
}

bool
vm_random_chance(struct vm_random *random, unsigned int percent)
{
    return vm_random_below(random, 100) < percent;
}

double
vm_random_real(struct vm_random *random)
{
    return (vm_random_next(random) >> 11) / (double) (UINT64_C(1) << 53);
}

const char *
vm_load_shape_to_string(enum vm_load_shape shape)
{
    switch (shape) {
    case VM_LOAD_UNIFORM: return "uniform";
    case VM_LOAD_EXPONENTIAL: return "exponential";
    case VM_LOAD_PARETO: return "pareto";
    case VM_N_LOAD_SHAPES:
    default: OVS_NOT_REACHED();
    }
}

uint64_t
vm_random_load(struct vm_random *random, enum vm_load_shape shape,
               uint64_t mean)
{
    double x = vm_random_real(random);

    switch (shape) {
    case VM_LOAD_UNIFORM:
        return 2 * x * mean;

    case VM_LOAD_EXPONENTIAL:
        return -log(1 - x) * mean;

    case VM_LOAD_PARETO:
        /* With shape 1.5 the mean is three times the least value. */
        return MIN(mean / 3.0 * pow(1 - x, -1 / 1.5), mean * 1000.0);

    case VM_N_LOAD_SHAPES:
    default:
        OVS_NOT_REACHED();
    }
}
