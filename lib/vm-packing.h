/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_PACKING_H
#define VM_PACKING_H 1

/* Placement that keeps every guarantee that can be kept.
 *
 * vm-placement puts one slot after the other and moves nobody for the sake of
 * others' guarantees; vm-admission knows which guarantees could be kept if
 * slots were packed well, and how.  Here they are joined, with as few moves as
 * possible:
 *
 *   1. What vm-placement says, if that breaks no guarantee which is admitted.
 *   2. Else the same with those who are free to choose staying where they are,
 *      if that is enough: nobody goes home at the cost of a guarantee.
 *   3. Else slots with guarantees, and exclusive ones, go where the packing of
 *      vm-admission has them, and the others follow by the rules of
 *      vm-placement.  Who leaves a usable uplink for that has the reason
 *      GUARANTEE.
 *
 * Guarantees are considered in the order of rule 2, but without the demand: as
 * that changes all the time, guarantees would change hands with it.
 *
 * A guarantee that is not admitted moves nobody, and whoever is placed once
 * more stays: the outcome is looked at as if it had been carried out, and what
 * would still move, moves at once.  With failback off, exclusive slots may
 * drive each other in circles; then vm-placement alone decides, and the next
 * decision may move them once more.
 *
 * Admission is worked out only if vm-placement breaks a guarantee: otherwise
 * it costs nothing.
 *
 * The room has no state and moves nothing.  Any thread may enter. */

#include "vm-placement.h"
#include "vm-snapshot.h"

struct vm_problems;
struct vm_world;

/* Fills in one choice per slot, in the order of the snapshot, which must be
 * that of vm_snapshot_sort_slots(). */
void vm_packing_run(const struct vm_snapshot *, struct vm_choice *);

/* How many broken guarantees are told with what would have to change, which is
 * expensive to find out: at most so many, fewer when there are more slots than
 * VM_PACKING_REMEDY_SLOTS / VM_PACKING_REMEDIES, but at least one.  The others
 * are told without. */
#define VM_PACKING_REMEDIES 8
#define VM_PACKING_REMEDY_SLOTS 400

/* Adds a problem for each slot whose guarantee is broken, as the slots are
 * now.  Problems of a VM are those of the slot's first interface, those of the
 * host are those of 'bond'. */
void vm_packing_problems(const struct vm_world *, const char *bond,
                         struct vm_problems *);

#endif /* vm-packing.h */
