/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_RESERVE_H
#define VM_RESERVE_H 1

/* What is reserved where, and how room is made for one more by an exchange.
 *
 * An exchange is one slot that moves to another uplink, or two that change
 * places, so that what is to be reserved for a third one fits where there was
 * no room.  All exchanges are looked at, not only some: of an uplink's slots,
 * sorted by size, those that leave enough room are found in one walk for all
 * that could come in return.  Of those that serve, the one is taken that moves
 * fewer slots, then less, then between the uplinks that come first.
 *
 * Exclusive slots are not exchanged, for others may be where they are because
 * of where those are.
 *
 * The room is for vm-admission alone, which knows who may be where. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm-snapshot.h"

struct vm_reserve {
    const struct vm_snapshot *snapshot;
    const uint64_t *size;       /* Per slot, bit/s to be reserved.  The
                                 * caller's. */
    int *at;                    /* Per slot, uplink or VM_UPLINK_NONE. */
    uint64_t *room;             /* Per uplink, bit/s to be reserved. */
    int *closed_below;          /* Per uplink, priorities kept away. */
};

/* Nobody is anywhere at first, nor after vm_reserve_clear(). */
void vm_reserve_init(struct vm_reserve *, const struct vm_snapshot *,
                     const uint64_t *size);
void vm_reserve_clear(struct vm_reserve *);
void vm_reserve_destroy(struct vm_reserve *);

/* Puts a slot, which is nowhere, on an uplink that has room for it. */
void vm_reserve_put(struct vm_reserve *, size_t slot, int uplink);

/* Undoes vm_reserve_put(), but for what it closed. */
void vm_reserve_take(struct vm_reserve *, size_t slot);

/* Whether 'slot' may be on 'uplink', whatever room there is. */
typedef bool vm_reserve_may_be(const void *aux, size_t slot, int uplink);

/* Makes room for 'slot', which is nowhere and fits nowhere, by an exchange,
 * and puts it there.  Returns false, with nothing changed, if there is none or
 * 'budget' is used up.  It takes one from 'budget' per slot and uplink. */
bool vm_reserve_exchange(struct vm_reserve *, size_t slot,
                         vm_reserve_may_be *, const void *aux,
                         unsigned long int *budget);

#endif /* vm-reserve.h */
