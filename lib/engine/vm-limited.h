/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_LIMITED_H
#define VM_LIMITED_H 1

/* The loads of VMs with a limit (vm-slot-load.h): counts, for each of their
 * senders, what its meter let pass.
 *
 * A meter that stands below the limit, because the VM's share of its member is
 * less, also drops what the limit would let pass.  That is part of the load:
 * the VM would send it over another member.  So the load is then what passed
 * and what was dropped, up to the limit.
 *
 * What a sender passed is divided among its interfaces in proportion to the
 * rates at which they offer.  While its meter is not read, the counters of
 * flows tell the load.
 *
 * The module reads no counters and sets no rates.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

#include <stdbool.h>

struct vm_endpoint;
struct vm_meter;
struct vm_inventory;
struct vm_meters;
struct vm_senders;

/* Returns true if 'meter' does not enforce the limit of the VM, or its part of
 * it.  After a failure it does so again as soon as it was read, so that a copy
 * of the engine, for what-if, counts with what is the case now. */
bool vm_limited_has_failed(const struct vm_endpoint *,
                           const struct vm_meter *);

/* Counts the loads for the regular sample of the senders that are awake, at
 * 'now', and for the early ones before it.  The counters of all interfaces
 * were read at 'counted' of the inventory. */
void vm_limited_count(const struct vm_senders *, const struct vm_meters *,
                      struct vm_inventory *, long long int now);

#endif /* vm-limited.h */
