/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_DRAIN_H
#define VM_DRAIN_H 1

/* Draining a member for maintenance (vm-aware-drain): slots leave it in
 * batches, one after the other, so that not all of them are announced at once.
 *
 * The module gives turns, those of lower priority first.  A slot that has its
 * turn leaves when slots are placed, if another member may carry it; a slot
 * that has no other member stays.  It moves nothing itself.
 *
 * Thread-safety: none; the caller is the thread that owns the inventory. */

#include "model/vm-inventory.h"

/* Slots in a batch, and the time between two batches, ms. */
#define VM_DRAIN_BATCH 32
#define VM_DRAIN_INTERVAL 1000

/* Gives the turns that are due at 'now', and takes those back that ended with
 * the drain.  To be called before slots are placed. */
void vm_drain_run(struct vm_inventory *, long long int now);

/* Returns when the next batch is due, ms, or LLONG_MAX. */
long long int vm_drain_deadline(const struct vm_inventory *);

#endif /* vm-drain.h */
