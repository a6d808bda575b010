/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_PIN_H
#define VM_PIN_H 1

/* Pins VMs to members for the operator.
 *
 * A pin applies to those slots of a VM that may use the member; the next
 * placement moves them.  If no slot may use the member, the module refuses
 * with a sentence that states why and which members are possible.
 *
 * The slots own their pins (vm-slot); the caller owns the sentence.
 *
 * Thread-safety: none; the caller is the engine that owns the inventory. */

#include <stdbool.h>

#include "model/vm-inventory.h"

/* Pins the slots of 'vm', an identity or a name, to 'member', or unpins them
 * if 'member' is "auto".  Sets '*changed' if any pin changed.  Returns null if
 * that is done or was so before, otherwise a malloc()'d sentence. */
char *vm_pin(struct vm_inventory *, const struct vm_bond_config *,
             const char *bond, const char *vm, const char *member,
             long long int now, bool *changed);

#endif /* vm-pin.h */
