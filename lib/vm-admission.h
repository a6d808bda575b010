/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_ADMISSION_H
#define VM_ADMISSION_H 1

/* Which guarantees are kept, and how slots have to be packed for that (claims
 * C2 and C4; after Ishizaki, US 6,810,421, and the admission control of VMware
 * Network I/O Control, here per bond and repeated when a member is lost).
 *
 * A part of each uplink's capacity may be reserved (vm-aware-reservable).
 * Slots are considered in the order of rule 2.  A slot is admitted if its
 * guarantee can be reserved together with those admitted before it, however
 * these have to be moved for that: so an admitted guarantee is never broken by
 * bad packing, and one that isn't admitted had to give way to others that come
 * before it.  It still gets an uplink, without a reservation, if it can.
 *
 * Where a slot may be is the business of vm-placement, whose rules 1 to 3 hold
 * here too: an uplink that may be used; where it was put by hand; the first
 * uplink by name that may be used, whatever its load.  What is left to be
 * packed are slots that "*" leaves free.  To be moved is the last thing that
 * happens to one of them:
 *
 *   1. A slot stays where it is (or returns home) if it fits there.
 *   2. Else it goes where it fits, preferably where nobody else is expected
 *      who has a guarantee too.
 *   3. Else all are packed anew by a search with backtracking: first as they
 *      are, the smallest moved first; if that leads nowhere, the big ones
 *      first, each into the fullest uplink that takes it.
 *   4. Else, if that was given up, one slot moves, or two change places
 *      (vm-reserve).
 *
 * The search is complete for up to 12 slots on up to 3 uplinks, and wherever
 * it comes to an end by itself.  Bin packing is NP-hard (Garey and Johnson,
 * Computers and Intractability, 1979), so otherwise it is given up after a
 * fixed number of steps, the same on every machine; the caller is told.  But
 * nobody whose guarantee could be kept after one exchange goes without, as far
 * as the steps for that suffice: it is tried again when all are packed.
 *
 * Background traffic is not looked at: what may not be reserved is there for
 * it.  An exclusive slot closes its uplink to lower priorities; one that "*"
 * leaves free may be moved to keep a slot of lower priority connected.
 *
 * The room has no state and moves nothing.  Any thread may enter. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm-snapshot.h"

/* The answer for one slot. */
struct vm_admission {
    int uplink;                 /* In the packing, or VM_UPLINK_NONE. */
    bool admitted;              /* Its guarantee, if any, is reserved there. */
};

/* Fills in one answer per slot, in the order of the snapshot, which must be
 * that of vm_snapshot_sort_slots().  Returns false if the search was given up
 * for some slot, so that there might be a packing that admits it. */
bool vm_admission_run(const struct vm_snapshot *, struct vm_admission *);

#endif /* vm-admission.h */
