/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_POLICING_CHECK_H
#define VM_POLICING_CHECK_H 1

/* Checks that grants and meters follow from the state of all senders, however
 * few of them the last events concerned.  For vm-self-check.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

struct ds;
struct vm_inventory;
struct vm_policing;

/* Appends a line to 'differences' for each grant and each meter that does not
 * follow, and for each sender that is at rest and may not rest. */
void vm_policing_check(const struct vm_policing *, const struct vm_inventory *,
                       struct ds *differences);

#endif /* vm-policing-check.h */
