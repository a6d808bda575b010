/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REGROUP_H
#define VM_REGROUP_H 1

/* Derives endpoints and slots from interfaces.
 *
 * Endpoints and slots follow from the interfaces alone.  Therefore, after a
 * change of interfaces, all slots of their endpoints are derived again, and
 * only the assignment of slots to members is preserved:
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

/* Updates endpoints, slots and merged policies: those of the endpoints whose
 * interfaces have changed, which have yet to be placed then.  Takes
 * O(n log n) time for n interfaces of theirs.  Initializes 'changes' to them,
 * or to all if what depends on the names of VMs must be updated; the caller
 * destroys it. */
void vm_regroup(struct vm_inventory *, struct vm_changes *changes);

/* Initializes 'merged' to the merged policy of 'endpoint', a VM.  Without any
 * device it is what the VM would have, without problems. */
void vm_regroup_merge(const struct vm_endpoint *endpoint,
                      struct vm_policy *merged, struct vm_problems *);

#endif /* vm-regroup.h */
