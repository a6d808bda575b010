/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_RIVALS_H
#define VM_RIVALS_H 1

/* Other methods to distribute the same loads, for comparison only.
 *
 * They take arrays and fill in the member of each load.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stddef.h>
#include <stdint.h>

#include "vm-random.h"

/* Longest processing time first: the greatest remaining load goes to the
 * member whose utilization with it is lowest. */
void vm_rival_lpt(const uint64_t *capacities, size_t n_capacities,
                  const uint64_t *loads, size_t n_loads, int *where);

/* Open vSwitch's balance-slb: each load's source MAC is hashed into one of 256
 * buckets, buckets are assigned to members in turn, and at every interval the
 * member that has sent most bytes gives buckets to the one that has sent
 * least, by the rule of bond.c in Open vSwitch 3.1.  Runs until no bucket
 * moves any more, or for 100 intervals. */
void vm_rival_hash(struct vm_random *, size_t n_capacities,
                   const uint64_t *loads, size_t n_loads, int *where);

#endif /* vm-rivals.h */
