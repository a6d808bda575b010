/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_WORLD_H
#define VM_WORLD_H 1

/* A snapshot of an inventory, and the way back from its slots.
 *
 * Names become indexes here, and back.  The snapshot and the choices made for
 * it refer to the inventory's strings, so a world is good until the inventory
 * changes.  The room decides nothing and changes nothing. */

#include "vm-inventory.h"
#include "vm-placement.h"
#include "vm-snapshot.h"

struct vm_world {
    struct vm_snapshot snapshot;
    struct vm_slot_state **states; /* One per slot of the snapshot. */

    /* What the snapshot points to. */
    struct vm_uplink *uplinks;
    int *wishes;
};

/* The world at 'now'.  A slot that is still to return to where it was before a
 * restart appears to be there already when that uplink is usable again, so
 * that it is placed like one that never left. */
void vm_world_init(struct vm_world *, const struct vm_inventory *,
                   const struct vm_bond_config *, long long int now);
void vm_world_destroy(struct vm_world *);

/* The same, but a slot's demand is its mean over the window of rebalancing
 * (vm-slot.h). */
void vm_world_init_over_window(struct vm_world *, const struct vm_inventory *,
                               const struct vm_bond_config *,
                               long long int now);

/* The index of a slot in the snapshot.  It must be there. */
size_t vm_world_find(const struct vm_world *, const struct vm_slot_state *);

/* Fills in the present choice for a slot, and one verdict per member as of
 * 'now' (vm-placement.h). */
void vm_world_explain(const struct vm_inventory *,
                      const struct vm_bond_config *, long long int now,
                      const struct vm_slot_state *, struct vm_choice *,
                      struct vm_verdict *);

/* The name of an uplink, null for VM_UPLINK_NONE. */
const char *vm_world_uplink_name(const struct vm_world *, int uplink);

#endif /* vm-world.h */
