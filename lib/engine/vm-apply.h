/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_APPLY_H
#define VM_APPLY_H 1

/* Applies a placement to the inventory.
 *
 * The module takes a snapshot of the inventory (vm-builder), has vm-packing
 * choose a member for each slot, and applies the choices: it changes the
 * slots' members, adds an entry to the journal for each change, schedules
 * announcements for the slots whose addresses appear on another member, and
 * sets the time from which frames that arrive over another member are dropped
 * as reverse-path mismatches.
 *
 * It does not send, publish or log anything: vm-action asks for that.
 *
 * Thread-safety: none; the caller is the engine that owns the inventory. */

#include <stdbool.h>

#include "engine/vm-journal.h"
#include "model/vm-inventory.h"

/* Chooses a member for each slot of the endpoints in 'inventory->place' at
 * 'now', or for all slots if others are concerned, and applies the choices.
 * Then 'inventory->place' is what was placed. */
void vm_apply(struct vm_inventory *, const struct vm_bond_config *,
              struct vm_journal *, long long int now);

/* If 'config' drops reverse-path mismatches, notes which slots have sent over
 * the bond, so that upstream switches know where they are: only then is a
 * reverse path strict. */
void vm_apply_heard(struct vm_inventory *, const struct vm_bond_config *);

/* Ends the failover or return of each member for which no announcement is
 * left. */
void vm_apply_settle(struct vm_inventory *, long long int now);

/* Returns the time (ms) of the next announcement or of the next slot whose
 * reverse path becomes strict, if everything due until 'done' is done.
 * Returns LLONG_MAX if there is none. */
long long int vm_apply_deadline(const struct vm_inventory *,
                                long long int done);

#endif /* vm-apply.h */
