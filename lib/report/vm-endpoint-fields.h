/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_ENDPOINT_FIELDS_H
#define VM_ENDPOINT_FIELDS_H 1

/* The reported fields of VMs and their slots.  The rules are those of
 * vm-fields.h.
 *
 * A slot has two arrays: what was decided for it, and the sums over its
 * interfaces.  In text, a slot fills the columns of a VM's row.
 *
 * Thread-safety: the arrays are constant. */

#include "report/vm-table.h"

extern const struct vm_field vm_vm_fields[]; /* vm_vm_view */
extern const struct vm_field vm_slot_fields[]; /* vm_slot */
extern const struct vm_field vm_slot_sum_fields[]; /* vm_slot_view */

#endif /* vm-endpoint-fields.h */
