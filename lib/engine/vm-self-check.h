/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SELF_CHECK_H
#define VM_SELF_CHECK_H 1

/* Checks that the engine's derived state follows from the facts.
 *
 * The engine updates its derived state incrementally.  This module derives the
 * same state once more, in a slow and obvious way, from the facts and the
 * present assignment alone, and reports each difference as a line of text;
 * there should be none.  It is meant for tests, and changes nothing.
 *
 * The engine owns everything that is checked.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

#include "model/vm-inventory.h"

struct ds;
struct vm_policing;
struct vm_published;

/* The state of an engine to be checked. */
struct vm_self_check {
    const char *bond;
    const struct vm_inventory *inventory;
    const struct vm_bond_config *config;
    const struct vm_problems *problems; /* All of them. */
    const struct vm_policing *policing;
    const struct vm_published *published; /* The forwarding published last. */
    long long int ran;
};

/* Appends one line per difference. */
void vm_self_check(const struct vm_self_check *, struct ds *differences);

#endif /* vm-self-check.h */
