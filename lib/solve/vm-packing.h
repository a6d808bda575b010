/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_PACKING_H
#define VM_PACKING_H 1

/* Places all slots so that every guarantee is kept that can be kept.
 *
 * vm-placement places one slot after the other and moves none for the sake of
 * another one's guarantee; vm-admission knows which guarantees could be kept
 * if slots were packed well, and how.  This module joins them, with as few
 * moves as possible:
 *
 *   1. It takes the choices of vm-placement if these keep every admitted
 *      guarantee and displace no slot that has a guarantee or is exclusive.
 *   2. Otherwise the same, but exclusive slots do not return home.
 *   3. Otherwise slots with guarantees do not return home either: no slot
 *      returns home at the cost of a guarantee.
 *   4. Otherwise slots with guarantees, and exclusive ones, go where the
 *      packing of vm-admission has them, and the others follow by the rules of
 *      vm-placement.  A slot that leaves a usable member for that has the
 *      reason GUARANTEE.
 *
 * A slot that is placed once more stays where it is, also if demands change:
 *
 *   - Guarantees are considered in the order of rule 2, but without the
 *     demand, and those of admitted slots are kept before the others.  A slot
 *     that is displaced goes where the load is least.  Whether the rest fits
 *     then depends on demands, so a slot that stays away from home for the
 *     sake of guarantees would return when demands change.  Therefore no slot
 *     returns home if that displaces a slot with a guarantee or an exclusive
 *     one (steps 2 and 3).
 *   - Where slots may be depends on where others are: an exclusive one closes
 *     its member, and with failback off a slot may stay on any member of its
 *     preference where it happens to be.  So when a slot moves, another one
 *     may become admissible.  Therefore the outcome is placed again, as if it
 *     had been carried out, until no slot moves any more.  That terminates:
 *     the outcome keeps all slots admitted, so the first slot in the order
 *     whose admission changes can only gain it.
 *
 * If the search of vm-admission is given up, the last point does not hold;
 * then the module stops after a fixed number of rounds.
 *
 * A guarantee that is not admitted moves no slot.
 *
 * Admission is computed only if vm-placement leaves a guarantee unmet or
 * displaces a slot that has a guarantee or is exclusive; otherwise it costs
 * nothing.
 *
 * The module keeps no state and moves nothing.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include "solve/vm-admission.h"
#include "solve/vm-placement.h"
#include "solve/vm-snapshot.h"

/* Fills in one choice per slot, in the order of the snapshot, which must be
 * that of vm_snapshot_sort_slots(). */
void vm_packing_run(const struct vm_snapshot *, struct vm_choice *);

/* Returns true if step 1 takes 'choices', those of vm-placement. */
bool vm_packing_accepts(const struct vm_snapshot *, const struct vm_choice *);

/* Slots in the order in which guarantees are considered: that of rule 2, but
 * without the demand.  Demands change all the time and must neither take a
 * guarantee from one slot to give it to another nor move any slot. */
struct vm_packing_order {
    struct vm_snapshot snapshot; /* In that order. */
    size_t *places;             /* Index of each of its slots in the original
                                 * snapshot. */
    struct vm_admission *admissions; /* In that order. */
};

/* Computes the order of a snapshot, with the admissions.  The order refers to
 * the strings of the snapshot, which must outlive it. */
void vm_packing_order_init(struct vm_packing_order *,
                           const struct vm_snapshot *);
void vm_packing_order_destroy(struct vm_packing_order *);

#endif /* vm-packing.h */
