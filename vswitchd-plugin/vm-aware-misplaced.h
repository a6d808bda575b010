/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_MISPLACED_H
#define VM_AWARE_MISPLACED_H 1

/* Keys of ours in columns in which they have no effect: those of a VM in
 * other_config of its Interface or Port, those of a member in external_ids,
 * any in other_config of the bond's bridge.
 *
 * The columns that are read (external_ids of a VM's Interface, other_config of
 * the bond's Port and of a member's Interface) are not looked at here: their
 * reader reports what does not belong there.
 *
 * Ownership: a bond owns its problems.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdbool.h>

struct bond_iface;
struct shash;
struct vm_mode_port;
struct vm_problems;

/* Replaces what 'misplaced', a map from the name of an interface or bridge to
 * "struct vm_problems *", has of 'iface', which is a member of the bond or
 * not. */
void vm_aware_misplaced_find(struct shash *misplaced,
                             const struct bond_iface *iface, bool member);

/* Forgets what 'misplaced' has of the interface named 'iface'. */
void vm_aware_misplaced_forget(struct shash *misplaced, const char *iface);

/* Replaces what 'misplaced' has of the bridge of 'iface', which 'bond' is
 * on. */
void vm_aware_misplaced_find_bridge(struct shash *misplaced,
                                    const struct bond_iface *iface,
                                    const char *bond);

/* Replaces what 'misplaced' has of the way in which the bond's port asks for
 * the mode. */
void vm_aware_misplaced_find_mode(struct shash *misplaced,
                                  const struct vm_mode_port *);

/* Appends all problems, by the name of their interface. */
void vm_aware_misplaced_collect(const struct shash *misplaced,
                                struct vm_problems *all);

void vm_aware_misplaced_clear(struct shash *misplaced);

#endif /* vm-aware-misplaced.h */
