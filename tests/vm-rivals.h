/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_RIVALS_H
#define VM_RIVALS_H 1

/* How others would distribute the same loads: for comparison only.
 *
 * Arrays in, the uplink of each load out; nothing is kept. */

#include <stddef.h>
#include <stdint.h>

#include "vm-random.h"

/* Longest processing time first: the greatest load that is left goes where the
 * utilization with it is lowest. */
void vm_rival_lpt(const uint64_t *capacities, size_t n_capacities,
                  const uint64_t *loads, size_t n_loads, int *where);

/* Open vSwitch's balance-slb: each load's source MAC is hashed into one of 256
 * buckets, buckets are members' in turn, and at every interval the member that
 * has sent most bytes gives buckets to the one that has sent least, by the
 * rule of bond.c in Open vSwitch 3.1.  Runs until that moves nothing any
 * more, or for 100 intervals. */
void vm_rival_hash(struct vm_random *, size_t n_capacities,
                   const uint64_t *loads, size_t n_loads, int *where);

#endif /* tests/vm-rivals.h */
