/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_ADMISSION_H
#define VM_ADMISSION_H 1

/* Decides which guarantees are kept, and how slots have to be packed for that
 * (claims C2 and C4; after Ishizaki, US 6,810,421, and the admission control
 * of VMware Network I/O Control, here per bond and repeated when a member is
 * lost).
 *
 * A part of each member's capacity may be reserved (vm-aware-reservable).
 * Slots are considered in the order of rule 2.  A slot is admitted if its
 * guarantee can be reserved together with those admitted before it, however
 * these have to be moved for that.  So bad packing never makes an admitted
 * guarantee unmet, and a slot that is not admitted yields only to slots that
 * come before it.  It still gets a member, without a reservation, if there is
 * one that it may use.
 *
 * Rules 1 to 3 of vm-placement decide where a slot may be, here too: on a
 * member that may be used; the one to which the operator pinned
 * the slot; the first named member that may be used, whatever its load.  Only
 * the slots that "*" leaves free are packed, and a slot is moved only if
 * nothing else helps:
 *
 *   1. A slot stays where it is (or returns home) if it fits there.
 *   2. Otherwise it goes where it fits, to the member with the most room
 *      beside the guarantees that are expected there.
 *   3. Otherwise all slots are packed anew by a search with backtracking.  A
 *      first, shorter attempt starts from the present packing, so that the
 *      smallest slots move first.  If that one is given up, another one places
 *      the largest slots first, each on the fullest member that takes it.
 *   4. Otherwise, if the search was given up, one slot moves, or two change
 *      places (vm-reservations).
 *
 * The search is complete for up to 12 slots on up to 3 members, and whenever
 * it ends within its steps.  Bin packing is NP-hard (Garey and Johnson,
 * Computers and Intractability, 1979), so otherwise it is given up after a
 * fixed number of steps, the same on every machine; the caller is told.  Slots
 * for which it was given up are tried again when all are packed, so that none
 * is left out whose guarantee fits after one exchange, as far as the steps for
 * exchanges suffice.
 *
 * Background traffic is ignored: the part of a capacity that may not be
 * reserved is there for it.  An exclusive slot closes its member to lower
 * priorities; one that "*" leaves free may be moved to keep a slot of lower
 * priority connected.
 *
 * vm-packer does the packing.  The module keeps no state and moves nothing.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "solve/vm-snapshot.h"

/* The answer for one slot. */
struct vm_admission {
    int member;                 /* In the packing, or VM_MEMBER_NONE. */
    bool admitted;              /* Its guarantee, if any, is reserved there. */
};

/* Fills in one answer per slot, in the order of the snapshot, which must be
 * that of vm_snapshot_sort_slots().  Returns false if the search was given up
 * for a slot that is not admitted, although a packing that admits it may
 * exist. */
bool vm_admission_run(const struct vm_snapshot *, struct vm_admission *);

/* The same in at most '*steps' steps, which it reduces by those that it takes.
 * With few steps the search is given up sooner. */
bool vm_admission_try(const struct vm_snapshot *, struct vm_admission *,
                      unsigned long int *steps);

/* Returns the room for another VM: the largest guarantee, in bit/s, that
 * vm_admission_run() would admit on one member for a further slot that comes
 * after all others, may use any member and is on none yet, without taking
 * anything from a slot that is admitted.  0 if no member takes slots.  The
 * search takes fewer steps, so with many slots the answer may be too low; it
 * is never too high. */
uint64_t vm_admission_room(const struct vm_snapshot *);

#endif /* vm-admission.h */
