/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_UNMET_H
#define VM_UNMET_H 1

/* Reports unmet guarantees as problems, with what would have to change.
 *
 * The module reads the placement and asks vm-remedy.  It chooses no member and
 * keeps no state.  The caller owns the problems.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

struct vm_bond_config;
struct vm_builder;
struct vm_inventory;
struct vm_problems;

/* To find a remedy is expensive.  At most VM_UNMET_REMEDIES unmet guarantees
 * are reported with one, and fewer if there are more slots than
 * VM_UNMET_REMEDY_SLOTS / VM_UNMET_REMEDIES, but at least one.  All together
 * take VM_UNMET_STEPS steps at most, about 20 ms. */
#define VM_UNMET_REMEDIES 8
#define VM_UNMET_REMEDY_SLOTS 400
#define VM_UNMET_STEPS 250000

/* Adds a problem for each slot whose guarantee is unmet: to the slot's first
 * interface, and to 'bond' for the host. */
void vm_unmet_problems(const struct vm_builder *, const char *bond,
                       struct vm_problems *);

/* Replaces 'problems' by those of the inventory as of 'now'. */
void vm_unmet_update(const struct vm_inventory *,
                     const struct vm_bond_config *, const char *bond,
                     long long int now, struct vm_problems *);

#endif /* vm-unmet.h */
