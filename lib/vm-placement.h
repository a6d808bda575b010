/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_PLACEMENT_H
#define VM_PLACEMENT_H 1

/* Which uplink for which slot (claims C1, C7, C8, C30 of US 7,934,020).
 *
 * Slots are placed one after the other in the order of rule 2.  For each:
 *
 *   1. An uplink may be used if it is usable, not standby (unless nothing else
 *      is usable), in the slot's wish, and not closed to the slot by an
 *      exclusive slot of higher priority that was placed there before.  Slots
 *      of equal priority do not close uplinks to each other.
 *   2. Where it was put by hand, if that may be used.
 *   3. The first uplink by name in the wish that may be used, whatever its
 *      load.  With failback off, the present uplink comes before it.
 *   4. With '*': the home from which the slot was driven, then the present
 *      uplink; with failback off, the present one first.  Else the uplink
 *      with the lowest predicted utilization among those where its guarantee
 *      and those of all slots that stay still fit, else among those where it
 *      fits with the guarantees placed before it, else among all.
 *   5. Else none: the frames are dropped.
 *
 * Predicted utilization counts the background, what was placed before, and
 * those that come later but are expected to stay where they are; a slot counts
 * with its demand or its guarantee, whichever is more.  Before any load is
 * known the sum of shares per capacity decides, then the number of slots per
 * capacity; each is compared only when the one before is equal.  Ties go to
 * the present uplink (which comes before any comparison), then to the name.
 *
 * A guarantee is kept for the slot that is earlier in the order: a slot's
 * guarantee is broken if it doesn't fit beside those that were placed before
 * it on the same uplink and kept.  That alone moves nobody (rule 6).
 *
 * Every slot's answer has a reason, and the same code can tell for every
 * uplink why it was chosen or not:
 *
 *   - A slot that comes from another uplink: FAILOVER (the other one is not
 *     usable), MADE_WAY (closed), FAILBACK ('because' is its home, or it
 *     leaves a standby uplink).
 *   - Else, staying or coming: MANUAL, STANDBY, FIRST_CHOICE, NEXT_CHOICE
 *     ('because' is the first name, unless that is no member), STAYED.
 *   - Else, for a slot that only has '*': ONLY_USABLE, GUARANTEE_FITS (a less
 *     loaded uplink has no room for the guarantee), LEAST_LOADED.
 *   - Without an uplink: DISPLACED (an uplink of its wish is closed),
 *     HELD_STANDBY, ALL_LOST (with '*'), ONLY_UPLINK_LOST, WISH_LOST,
 *     NO_SUCH_UPLINK.
 *
 * So the reason of a slot that stays is why it may stay, not how it came: who
 * wants to remember that keeps the reason of the last move.
 *
 * Costs O(slots * (uplinks + names in the wish)).  The room has no state and
 * moves nothing.  Any thread may enter. */

#include <stdbool.h>
#include <stddef.h>

#include "vm-reason.h"
#include "vm-snapshot.h"

/* The answer for one slot. */
struct vm_choice {
    int uplink;                 /* Index, or VM_UPLINK_NONE. */
    enum vm_reason reason;      /* Why this one (or none). */
    int because;                /* The uplink that 'reason' speaks of, such as
                                 * the lost one, or VM_UPLINK_NONE. */
    bool guarantee_broken;      /* The guarantee does not fit there, or there
                                 * is no uplink. */
};

/* Why one uplink was or was not chosen for one slot. */
struct vm_verdict {
    enum vm_reason reason;      /* The slot's reason if this is the one, else
                                 * why not. */
    uint64_t predicted_ppm;     /* Utilization with the slot on it, in parts
                                 * per million. */
};

/* Fills in one choice per slot, in the order of the snapshot, which must be
 * that of vm_snapshot_sort_slots(). */
void vm_placement_run(const struct vm_snapshot *, struct vm_choice *);

/* Fills in one verdict per uplink for the slot with that index, as of the
 * slot's turn in vm_placement_run(). */
void vm_placement_explain(const struct vm_snapshot *, size_t slot,
                          struct vm_verdict *);

#endif /* vm-placement.h */
