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

/* Updates the states of all members from the facts, as of 'now'. */
void vm_members_update(struct vm_inventory *, long long int now);

/* Adds the problems that follow from what is not known of members. */
void vm_members_problems(const struct vm_inventory *, struct vm_problems *);

#endif /* vm-members.h */
