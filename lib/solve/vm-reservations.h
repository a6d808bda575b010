/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_RESERVATIONS_H
#define VM_RESERVATIONS_H 1

/* The reservations on each member, and exchanges that make room for one more
 * slot.
 *
 * An exchange moves one slot to another member, or lets two change places, so
 * that what is to be reserved for a third one fits where there was no room.
 * All exchanges are considered: for each slot that could come in return, one
 * walk over a member's slots, sorted by size, finds the smallest one that
 * leaves enough room.  Of the exchanges that make enough room, the module
 * takes the one that moves fewer slots, then the one that moves less, then the
 * one between the members that come first.
 *
 * Exclusive slots are not exchanged, because other slots were placed by what
 * they close.
 *
 * The module does not know where a slot has to be by its pin or its named
 * members: vm-admission, which alone uses it, does.
 *
 * Ownership: reservations refer to their snapshot and sizes, which must
 * outlive them.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "solve/vm-snapshot.h"

struct vm_reservations {
    const struct vm_snapshot *snapshot;
    const uint64_t *size;       /* Per slot, bit/s to be reserved.  Owned by
                                 * the caller. */
    int *at;                    /* Per slot, member or VM_MEMBER_NONE. */
    uint64_t *room;             /* Per member, bit/s that can still be
                                 * reserved. */
    int *closed_below;          /* Per member: closed to slots of lower
                                 * priority. */
};

/* Initially, and after vm_reservations_clear(), no slot is on any member. */
void vm_reservations_init(struct vm_reservations *, const struct vm_snapshot *,
                          const uint64_t *size);
void vm_reservations_clear(struct vm_reservations *);
void vm_reservations_destroy(struct vm_reservations *);

/* Puts a slot that is on no member on one that has room for it. */
void vm_reservations_put(struct vm_reservations *, size_t slot, int member);

/* Undoes vm_reservations_put(), except that a member that it closed stays
 * closed. */
void vm_reservations_take(struct vm_reservations *, size_t slot);

/* Returns true if 'slot' may use 'member', whatever room there is: the member
 * is in service and not closed to the slot, its preference allows it, and no
 * other such member is better (enum vm_avoid).  'only_standby' is
 * vm_snapshot_only_standby(). */
bool vm_reservations_may_use(const struct vm_reservations *,
                             bool only_standby, size_t slot, int member);

/* Returns true if 'slot' may be on 'member', whatever room there is. */
typedef bool vm_reservations_may_be(const void *aux, size_t slot, int member);

/* Makes room for 'slot', which is on no member and fits on none, by an
 * exchange, and puts it there.  An attempt takes the number of slots times
 * that of members from '*budget'.  Returns false, with the reservations
 * unchanged, if there is no such exchange or '*budget' does not suffice. */
bool vm_reservations_exchange(struct vm_reservations *, size_t slot,
                              vm_reservations_may_be *, const void *aux,
                              unsigned long int *budget);

#endif /* vm-reservations.h */
