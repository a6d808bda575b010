/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REGROUP_H
#define VM_REGROUP_H 1

/* Derives endpoints and slots from interfaces.
 *
 * Endpoints and slots follow from the interfaces alone.  Therefore, after a
 * change of interfaces, all of them are derived again, and only the assignment
 * of slots to members is preserved:
 *
 *   - A slot whose endpoint and preference have not changed remains the same
 *     slot, whatever interfaces join or leave it.  An interface that joins it
 *     gets its assignment.
 *   - A new slot inherits the assignment of the previous slot of its first
 *     interface, by name, that was in a slot of a VM.  It inherits nothing
 *     from the host: an interface that gets its identity only after it was
 *     added is treated as new.
 *   - A slot that inherits nothing starts with the state from before a restart
 *     of its first interface, or else from before the VM was unplugged
 *     (vm-places).
 *
 * An interface without a device is in no slot, and its policy does not count:
 * a VM without any device has no slot.
 *
 * The module decides nothing about members and knows only their names.
 *
 * Ownership: endpoints and slots belong to the inventory.
 *
 * Thread-safety: only the engine that owns the inventory may call these
 * functions. */

#include "model/vm-inventory.h"

/* Updates all endpoints, slots and merged policies.  Takes O(n log n) time for
 * n interfaces. */
void vm_regroup(struct vm_inventory *);

/* Initializes 'merged' to the merged policy of 'endpoint', a VM.  Without any
 * device it is what the VM would have, without problems. */
void vm_regroup_merge(const struct vm_endpoint *endpoint,
                      struct vm_policy *merged, struct vm_problems *);

/* Updates the problems of all interfaces: those of parsing, each vm-name that
 * another VM has, and each name in a preference that is not a member of
 * 'bond'.  Replaces 'host_problems' by the problems of the host's preference.
 * Must be called after vm_regroup(). */
void vm_regroup_check_prefs(struct vm_inventory *, const char *bond,
                            struct vm_problems *host_problems);

#endif /* vm-regroup.h */
