/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_CHECK_H
#define VM_CHECK_H 1

/* Is what was derived still what follows from the facts?
 *
 * Everything that the engine derives in a clever way, bit by bit, is derived
 * here once more in a slow and obvious way, from the facts and the present
 * assignment alone.  Differences are told in words; there should be none.  For
 * tests; changes nothing. */

#include "vm-decisions.h"
#include "vm-inventory.h"

struct ds;
struct vm_share;

/* What the check needs of an engine. */
struct vm_check {
    const char *bond;
    const struct vm_inventory *inventory;
    const struct vm_bond_config *config;
    const struct vm_problems *problems; /* All of them. */
    const struct vm_share *share;
    const struct vm_decisions *decisions; /* As of 'ran'. */
    long long int ran;
};

/* Appends one line per difference. */
void vm_check(const struct vm_check *, struct ds *differences);

#endif /* vm-check.h */
