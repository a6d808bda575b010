/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_PLACEMENT_MODEL_H
#define VM_PLACEMENT_MODEL_H 1

/* The rules of vm-placement.h once more, slow and obvious.
 *
 * The model keeps no sums: whenever it wants to know what is on an uplink it
 * walks over all slots.  It shares no code with lib/ but the snapshot's
 * arithmetic.  It is for small worlds with rates below 2^40 bit/s. */

struct vm_choice;
struct vm_snapshot;

void vm_placement_model(const struct vm_snapshot *, struct vm_choice *);

#endif /* tests/vm-placement-model.h */
