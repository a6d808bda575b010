/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_PLACEMENT_MODEL_H
#define VM_PLACEMENT_MODEL_H 1

/* A second implementation of the rules of vm-placement.h, slow and obvious.
 *
 * The model keeps no sums: for everything that it needs to know about a member
 * it walks over all slots.  It shares no code with lib/ but the snapshot's
 * arithmetic.  It is for small instances with rates below 2^40 bit/s.
 *
 * Thread-safety: a function of its arguments; any thread may call it. */

struct vm_choice;
struct vm_snapshot;

/* Fills in one choice per slot, like vm_placement_run(). */
void vm_placement_model(const struct vm_snapshot *, struct vm_choice *);

#endif /* vm-placement-model.h */
