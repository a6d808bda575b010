/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_PACKER_H
#define VM_PACKER_H 1

/* Packs what is to be reserved for slots on the members of a snapshot, one
 * slot after the other.  vm-admission, which alone uses it, describes the
 * steps in which room is found for a slot.
 *
 * Ownership: a packer refers to its snapshot, which must outlive it.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "solve/vm-reservations.h"

struct vm_item;

struct vm_packer {
    const struct vm_snapshot *snapshot;
    bool only_standby;          /* Standby members may be used. */
    size_t n;                   /* Slots that are being considered. */
    uint64_t *size;             /* Per slot, what is to be reserved. */
    bool *kept;                 /* Per slot, whether it has a member. */
    uint64_t *expected;         /* Per member, guarantees of slots that are
                                 * there and have not been considered yet. */
    struct vm_reservations now; /* Of slots considered before. */

    /* Of the search. */
    struct vm_reservations trial;
    struct vm_item *items;
    size_t n_items;
    uint64_t least;             /* Smallest size of class OTHER, but 0. */
    bool keep_present;          /* Try the present member of a slot first. */
    unsigned long int small_steps; /* Steps to pack a few slots. */
    unsigned long int budget;   /* Steps left to all searches. */
    unsigned long int steps;    /* Left to this one. */
    bool given_up;              /* Ran out of steps. */

    unsigned long int exchange_budget; /* Steps left to exchanges. */
    unsigned long int limit;    /* Steps left to all of these together. */
};

void vm_packer_init(struct vm_packer *, const struct vm_snapshot *);
void vm_packer_destroy(struct vm_packer *);

/* Considers slot 'i' with 'size' to be reserved, after all slots before it.
 * Returns true if it and they can be packed together, and packs them so.
 * Otherwise the packing stays, and 'given_up' tells whether one may exist. */
bool vm_packer_consider(struct vm_packer *, size_t i, uint64_t size);

/* Considers slot 'i', whose search was given up, with its guarantee again
 * when all slots are packed, by steps 1, 2 and 4 only. */
bool vm_packer_reconsider(struct vm_packer *, size_t i);

/* Returns true if slot 'i' may use 'member' beside those that are packed,
 * whatever room there is. */
bool vm_packer_may_use(const struct vm_packer *, size_t i, int member);

#endif /* vm-packer.h */
