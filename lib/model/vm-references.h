/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REFERENCES_H
#define VM_REFERENCES_H 1

/* The problems of an interface that depend on others: a name in its preference
 * that is no member of the bond, a "vm-name" that another VM has.
 *
 * Thread-safety: only the engine that owns the inventory may call this. */

#include "model/vm-inventory.h"

/* Regroups the endpoints that have changed (vm-regroup), if there are any, and
 * updates the problems of their interfaces: those of parsing, each vm-name
 * that another VM has, and each name in a preference that is not a member of
 * 'bond'.  Replaces 'host_problems' by the problems of the host's
 * preference. */
void vm_references_regroup(struct vm_inventory *, const char *bond,
                           struct vm_problems *host_problems);

#endif /* vm-references.h */
