/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_MIGRATE_H
#define VM_MIGRATE_H 1

/* The operator's hand: which slots of a VM are to be where, or why not.
 *
 * The hand pins those slots of a VM that may use the uplink; the next
 * placement moves them.  What may not be is refused with a sentence that says
 * what is possible.  Only the engine that owns the inventory may enter. */

#include <stdbool.h>

#include "vm-inventory.h"

/* Pins the slots of 'vm', an identity or a name, to 'member', or unpins them
 * if that is "auto".  '*changed' tells whether anything is new.  Returns null
 * if that is done, or was so before, else a malloc()'d sentence. */
char *vm_migrate(struct vm_inventory *, const struct vm_bond_config *,
                 const char *bond, const char *vm, const char *member,
                 long long int now, bool *changed);

#endif /* vm-migrate.h */
