/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_WORTH_H
#define VM_WORTH_H 1

/* Whether what vm-balance found is worth the moves.
 *
 * Loads vary by themselves.  With every measurement another assignment is the
 * best one by a little, and whoever follows moves VMs for ever.  So a change
 * has to gain more than a part of the utilization that it lowers, and more
 * than what independent variation of all loads could feign: the difference
 * between the utilization before and that of every uplink that gets something
 * must exceed several times its standard deviation, or what it would be if all
 * loads varied to the worse side.  What is in both does not vary.
 *
 * What a load is known to vary by is 'variation' of its slot, but never more
 * than the part that was said to be expected: one that has just begun would
 * else look as if it could be gone the next moment.
 *
 * The room only judges.  It is for vm-balance alone. */

#include <stdbool.h>
#include <stdint.h>

struct vm_scale;

/* 'where_before' has the uplink of each slot before the change that 'scale'
 * shows.  'gain_ppm' and 'noise_ppm' are those of vm-balance.h. */
bool vm_worth_it(const struct vm_scale *, const int *where_before,
                 uint32_t gain_ppm, uint32_t noise_ppm);

#endif /* vm-worth.h */
