/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_CONCERN_H
#define VM_CONCERN_H 1

/* Places only the slots that a change concerns.
 *
 * The choice for a slot depends on other slots in three ways: they may have a
 * member for themselves, their guarantees may leave no room, and their loads
 * make a member more or less attractive to a slot that is not bound to any.
 * If no slot is exclusive and all guarantees have room beside each other, the
 * first two do not occur; and a slot that has a member stays there, or goes
 * where its preference or its home says, whatever the loads.  Then all slots
 * but those whose own facts have changed would be placed where they are, and
 * are not considered: what they send and reserve is in the snapshot's
 * members.  Otherwise this module declines, and all slots are placed.
 *
 * The outcome is the same either way.
 *
 * Thread-safety: none; the caller is the engine that owns the inventory. */

#include "engine/vm-builder.h"

/* If the slots of the endpoints in 'inventory->place' can be placed alone,
 * initializes the builder with them and returns the choice for each.
 * Otherwise returns null. */
struct vm_choice *vm_concern_choose(struct vm_builder *,
                                    struct vm_inventory *,
                                    const struct vm_bond_config *,
                                    long long int now);

#endif /* vm-concern.h */
