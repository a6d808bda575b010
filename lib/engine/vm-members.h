/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_MEMBERS_H
#define VM_MEMBERS_H 1

/* The members of a bond together: their states and what is assumed of them,
 * which follow from the facts, and what is to be warned of.
 *
 * The module moves no slot.  It keeps no state of its own.
 *
 * Thread-safety: none; the caller is the thread that owns the inventory. */

#include "model/vm-inventory.h"

struct vm_problems;
struct vm_requests;

/* Updates the states of all members from the facts, as of 'now'. */
void vm_members_update(struct vm_inventory *, const struct vm_bond_config *,
                       long long int now);

/* Returns when slots have to be placed again because of a member that is held
 * off or drained, ms, or LLONG_MAX. */
long long int vm_members_deadline(const struct vm_inventory *,
                                  const struct vm_requests *,
                                  long long int now);

/* Adds the problems of members: what is not known of them, and that they
 * flap. */
void vm_members_problems(const struct vm_inventory *, struct vm_problems *,
                         long long int now);

#endif /* vm-members.h */
