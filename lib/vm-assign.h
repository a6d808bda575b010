/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_ASSIGN_H
#define VM_ASSIGN_H 1

/* From a placement to the assignment, and what follows from it.
 *
 * Takes a snapshot of the inventory, has vm-placement decide, and carries the
 * choices out: slots change their uplinks, the journal tells of it, whoever is
 * seen elsewhere than before is to be announced, and the time from which
 * frames over other uplinks are wrong is set anew.
 *
 * It does not send, publish or tell anything: vm-action asks for that.  Only
 * the engine that owns the inventory may enter. */

#include "vm-inventory.h"
#include "vm-journal.h"

/* Decides for all slots at 'now', and carries it out. */
void vm_assign(struct vm_inventory *, const struct vm_bond_config *,
               struct vm_journal *, long long int now);

/* Ends every failover and return of a member of which nothing is left to
 * announce. */
void vm_assign_settle(struct vm_inventory *, long long int now);

/* When anything is to be done next for what was assigned, if all that was due
 * until 'done' is done: ms, LLONG_MAX if never. */
long long int vm_assign_deadline(const struct vm_inventory *,
                                 long long int done);

#endif /* vm-assign.h */
