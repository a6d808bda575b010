/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_PLACEMENT_H
#define VM_PLACEMENT_H 1

/* Chooses a member for each slot (claims C1, C7, C8, C30 of US 7,934,020).
 *
 * Slots are placed one after the other in the order of rule 2.  For each:
 *
 *   1. A member may be used if it is usable, not standby (unless every usable
 *      member is), allowed by the slot's preference, and not closed to the
 *      slot by an exclusive slot of higher priority that was placed there
 *      before.  Slots of equal priority do not close members to each other.
 *      If several may be used, those that are held off are used only if all
 *      of them are, except by a slot that is there, and drained ones only if
 *      there are no others.
 *   2. The member to which the operator pinned the slot, if it may be used.
 *   3. The first member named in the preference that may be used, whatever
 *      its load.  With failback off, the present member comes before it.
 *   4. With '*': the home of the slot, then its present member; with failback
 *      off, the present one first.  Otherwise the member with the lowest
 *      predicted utilization among those where the slot's guarantee fits
 *      beside those of all slots that stay; else among those where it fits
 *      beside the guarantees placed before it; else among all.
 *   5. Otherwise none: the frames are dropped.
 *
 * Predicted utilization counts the background, the slots placed before, and
 * the slots that come later but are expected to stay where they are.  A slot
 * counts with its demand or its guarantee, whichever is more.  As long as no
 * load is known, the sum of shares per capacity decides, then the number of
 * slots per capacity; each is compared only if the one before is equal.  Ties
 * go to the present member (which comes before any comparison), then to the
 * first name.
 *
 * Guarantees are kept in the order of slots: a slot's guarantee is unmet if it
 * does not fit beside the guarantees that are kept on the same member for
 * slots placed before it.  An unmet guarantee alone moves no slot (rule 6).
 *
 * Every choice has a reason, and the same code can tell for every member why
 * it was chosen or not:
 *
 *   - A slot that comes from another member: FAILOVER (the other one is down),
 *     DRAINED, PREEMPTED (the other one is closed), FAILBACK (it returns home,
 *     or it leaves a standby member).
 *   - Else, a slot that stays or comes: MANUAL, STANDBY, FIRST_CHOICE,
 *     NEXT_CHOICE ('because' is the first name, unless that is no member),
 *     STAYED.
 *   - Else, a slot whose preference is '*' alone: ONLY_USABLE, GUARANTEE_FITS
 *     (a less loaded member has no room for the guarantee), LEAST_LOADED.
 *   - A slot without a member: DISPLACED (a member of its preference is
 *     closed), STANDBY_NOT_NEEDED, ALL_LOST (with '*'), ONLY_UPLINK_LOST,
 *     UPLINKS_LOST, NO_SUCH_UPLINK.
 *
 * So the reason of a slot that stays says why it may stay, not how it came
 * there.  A caller that needs the latter keeps the reason of the last move.
 *
 * Costs O(slots * (members + names in the preference)).  The module keeps no
 * state and moves nothing.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>
#include <stddef.h>

#include "base/vm-reason.h"
#include "solve/vm-snapshot.h"

/* The answer for one slot. */
struct vm_choice {
    int member;                 /* Index, or VM_MEMBER_NONE. */
    enum vm_reason reason;      /* Why this one (or none). */
    int because;                /* The member that 'reason' refers to, such as
                                 * the lost one, or VM_MEMBER_NONE. */
    bool guarantee_unmet;       /* The guarantee does not fit there, or there
                                 * is no member. */
};

/* Why one member was or was not chosen for one slot. */
struct vm_verdict {
    enum vm_reason reason;      /* The slot's reason if this member was
                                 * chosen, else why it was not. */
    uint64_t predicted_ppm;     /* Utilization with the slot on it, in parts
                                 * per million. */
};

/* Fills in one choice per slot, in the order of the snapshot, which must be
 * that of vm_snapshot_sort_slots(). */
void vm_placement_run(const struct vm_snapshot *, struct vm_choice *);

/* Returns true if the choices may depend on loads: unless exclusive slots
 * interfere, preference or presence bind each slot to a member. */
bool vm_placement_needs_loads(const struct vm_snapshot *);

/* Fills in one verdict per member for the slot with index 'slot', as of its
 * turn in vm_placement_run(). */
void vm_placement_explain(const struct vm_snapshot *, size_t slot,
                          struct vm_verdict *);

#endif /* vm-placement.h */
