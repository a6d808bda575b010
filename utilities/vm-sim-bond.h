/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SIM_BOND_H
#define VM_SIM_BOND_H 1

/* A bond as "vm-aware/show --json" and "vm-aware/log --json" save it.
 *
 * Nothing is kept or changed. */

#include <stdbool.h>

struct json;

/* Finds the only bond in the output of "vm-aware/'command' --json".  Returns
 * null, or a malloc()'d sentence that states what is wrong. */
char *vm_sim_saved_bond(const struct json *saved, const char *command,
                        const struct json **bond);

/* Returns true if a saved member is usable. */
bool vm_sim_saved_usable(const struct json *member);

#endif /* vm-sim-bond.h */
