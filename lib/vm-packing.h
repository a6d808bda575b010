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
 *   1. What vm-placement says, if that keeps every guarantee which is admitted
 *      and drives nobody away who has a guarantee or is exclusive.
 *   2. Else the same, but exclusive slots do not go home.
 *   3. Else neither do those with guarantees: nobody goes home at the cost of
 *      a guarantee.
 *   4. Else slots with guarantees, and exclusive ones, go where the packing of
 *      vm-admission has them, and the others follow by the rules of
 *      vm-placement.  Who leaves a usable uplink for that has the reason
 *      GUARANTEE.
 *
 * Whoever is placed once more stays, without and with other demands:
 *
 *   - Guarantees are considered in the order of rule 2, but without the
 *     demand, and kept for those who are admitted before the others.  A slot
 *     that is driven away goes where the load is least.  Whether the rest fits
 *     then depends on demands, so whoever stays away from home for the sake of
 *     guarantees would go there when demands change: therefore nobody goes
 *     home where that drives away somebody who matters (steps 2 and 3).
 *   - Where slots may be depends on where others are: an exclusive one closes
 *     its uplink, and with failback off a slot may stay on any uplink of its
 *     wish where it happens to be.  So when somebody moves, somebody else may
 *     be admitted.  Hence the outcome is looked at as if it had been carried
 *     out, until nobody moves any more.  That comes to an end: the outcome
 *     keeps all who were admitted, so the first slot in the order whose
 *     admission changes can only gain it.
 *
 * If the search of vm-admission is given up, the last point doesn't hold;
 * then it ends after a fixed number of rounds.
 *
 * A guarantee that is not admitted moves nobody.
 *
 * Admission is worked out only if vm-placement breaks a guarantee or drives
 * somebody away: otherwise it costs nothing.
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
