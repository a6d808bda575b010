/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_DRAIN_H
#define VM_DRAIN_H 1

/* Draining a member for maintenance (vm-aware-drain): slots leave it in
 * batches, one after the other, so that not all of them are announced at once.
 *
 * The module gives turns, those of lower priority first.  A slot that has its
 * turn leaves when slots are placed.  One that no other usable member may
 * carry gets none and stays.
 *
 * What leaves takes part in a failover of the member (vm-failover), so that a
 * VM with vm-on-failover=suspend is asked for: it joins the failover when its
 * batch has come, and gets its turn when it is suspended, or when that is in
 * vain (vm-hold).  Others do not wait for it.  No more of such VMs are in a
 * batch than the budget allows requests (vm-aware-request-rate), so that none
 * of them waits for the budget while it is in the failover.
 *
 * The module moves nothing and requests nothing.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

#include <stdbool.h>

#include "model/vm-inventory.h"

struct vm_requests;

/* Slots in a batch, and the time between two batches, ms. */
#define VM_DRAIN_BATCH 32
#define VM_DRAIN_INTERVAL 1000

/* Gives the turns that are due at 'now', and takes those back that ended with
 * the drain.  To be called before slots are placed. */
void vm_drain_run(struct vm_inventory *, struct vm_requests *,
                  long long int now);

/* Returns true if a slot has yet to leave a drained member, and an answer of
 * the agent may make it leave. */
bool vm_drain_waits(const struct vm_inventory *, const struct vm_requests *);

/* Returns when vm_drain_run(), called at 'now', has something to do next, ms,
 * or LLONG_MAX. */
long long int vm_drain_deadline(const struct vm_inventory *,
                                const struct vm_requests *,
                                long long int now);

#endif /* vm-drain.h */
