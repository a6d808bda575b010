/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_MODE_H
#define VM_AWARE_MODE_H 1

/* Looks at how ports ask for the mode.
 *
 * What is wrong with a vm-aware bond becomes one of its problems.  What is
 * wrong with a port that is none, such as one with bond-vm-aware=yes, has no
 * bond to be listed under: vm-aware-host keeps it.
 *
 * Both functions get interfaces, those of a port one after the other.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stddef.h>

struct bond_iface;
struct vm_aware_bond;

/* The first of 'members' is one of the bond's port; the others of that port
 * follow. */
void vm_aware_mode_check_bond(struct vm_aware_bond *,
                              const struct bond_iface *members, size_t n);

/* Looks at all interfaces. */
void vm_aware_mode_check_others(const struct bond_iface *, size_t n);

#endif /* vm-aware-mode.h */
