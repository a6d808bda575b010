/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_BUILDER_H
#define VM_BUILDER_H 1

/* Builds the snapshot of an inventory that the solvers read, and maps its
 * slots and members back to the inventory.
 *
 * In a snapshot, members are indexes; this module translates names to indexes
 * and back.  It chooses no member and changes no inventory.
 *
 * A builder owns its arrays.  The snapshot refers to strings of the inventory,
 * so a builder is valid until the inventory changes.
 *
 * Thread-safety: none; the caller is the thread that owns the inventory. */

#include "model/vm-inventory.h"
#include "solve/vm-placement.h"
#include "solve/vm-snapshot.h"

struct vm_builder {
    struct vm_snapshot snapshot;
    struct vm_slot **states;    /* One per slot of the snapshot. */

    /* What the snapshot points to. */
    struct vm_snap_member *members;
    int *prefs;
};

/* Builds the snapshot as of 'now', for placement: a slot that was not measured
 * counts with its prior (vm-prior.h).  A slot that has yet to return to its
 * member of before a restart is shown on that member as soon as it is usable
 * again, so that it is placed like a slot that never left. */
void vm_builder_init(struct vm_builder *, const struct vm_inventory *,
                     const struct vm_bond_config *, long long int now);
void vm_builder_destroy(struct vm_builder *);

/* Same as vm_builder_init(), but a slot's demand is what was measured: its
 * present load, or its mean over the window of rebalancing
 * (vm-slot-load.h). */
void vm_builder_init_measured(struct vm_builder *, const struct vm_inventory *,
                              const struct vm_bond_config *,
                              long long int now);
void vm_builder_init_over_window(struct vm_builder *,
                                 const struct vm_inventory *,
                                 const struct vm_bond_config *,
                                 long long int now);

/* Same as vm_builder_init(), but with the slots of the endpoints in
 * 'inventory->place' alone.  What the others reserve is stored in the members.
 * With 'loads', so is what they send; otherwise all demands are 0. */
void vm_builder_init_changed(struct vm_builder *, const struct vm_inventory *,
                             const struct vm_bond_config *, bool loads,
                             long long int now);

/* Same as vm_builder_init(), but all demands are 0, and without slots that
 * make no difference to what can be reserved: those without a guarantee,
 * unless any slot is exclusive, which may have to keep clear of them. */
void vm_builder_init_reserving(struct vm_builder *,
                               const struct vm_inventory *,
                               const struct vm_bond_config *,
                               long long int now);

/* Same as vm_builder_init(), but without slots. */
void vm_builder_init_members(struct vm_builder *, const struct vm_inventory *,
                             const struct vm_bond_config *,
                             long long int now);

/* Returns the index of a slot in the snapshot, which must contain it. */
size_t vm_builder_find(const struct vm_builder *, const struct vm_slot *);

/* Stores the present choice for a slot, and one verdict per member as of 'now'
 * (vm-placement.h). */
void vm_builder_explain(const struct vm_inventory *,
                        const struct vm_bond_config *, long long int now,
                        const struct vm_slot *, struct vm_choice *,
                        struct vm_verdict *);

/* Returns the name of a member, or null for VM_MEMBER_NONE. */
const char *vm_builder_member_name(const struct vm_builder *, int member);

#endif /* vm-builder.h */
