/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REMEDY_H
#define VM_REMEDY_H 1

/* Finds what would have to change for a guarantee that vm-admission did not
 * admit.
 *
 * Each remedy changes one thing about one member.  A remedy is reported only
 * after it was tried: vm_admission_try() on a changed copy of the snapshot
 * admits the slot.  This is for explanations and warnings, not for every
 * decision: it costs up to two runs of vm-admission per member, or as many
 * steps of search as the caller allows.
 *
 * The module keeps no state and changes nothing.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stddef.h>
#include <stdint.h>

#include "solve/vm-admission.h"
#include "solve/vm-snapshot.h"

struct ds;

enum vm_remedy_type {
    VM_REMEDY_NONE,             /* Nothing about this member helps. */
    VM_REMEDY_UNKNOWN,          /* The search was given up. */
    VM_REMEDY_ROOM,             /* More room for reservations. */
    VM_REMEDY_RETURN,           /* The member becomes usable again. */
    VM_REMEDY_PREF              /* The slot's preference names it first. */
};

struct vm_remedy {
    enum vm_remedy_type type;
    uint64_t room;              /* For VM_REMEDY_ROOM, additional bit/s that
                                 * suffice, though not always the least. */
};

/* Returns the room for reservations, bit/s, that the guarantee of 'slot' lacks
 * on 'member' beside those that are admitted there; 0 if it would fit.  Does
 * not consider whether the slot may use that member. */
uint64_t vm_remedy_missing(const struct vm_snapshot *,
                           const struct vm_admission *, size_t slot,
                           size_t member);

/* Fills in one remedy per member for a slot that was not admitted, in at most
 * '*steps' steps of search, which it reduces by those that it takes. */
void vm_remedy_find(const struct vm_snapshot *, const struct vm_admission *,
                    size_t slot, unsigned long int *steps,
                    struct vm_remedy *);

/* Appends a sentence such as "needs 3 Gbit/s more on eth0 or eth1, or the
 * return of eth2", by member, or "nothing about a single member would help" if
 * there is no remedy, or that none was found if the search was given up. */
void vm_remedy_format(const struct vm_snapshot *, const struct vm_remedy *,
                      struct ds *);

#endif /* vm-remedy.h */
