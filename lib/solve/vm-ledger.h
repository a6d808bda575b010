/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_LEDGER_H
#define VM_LEDGER_H 1

/* The load and the guarantees of each member while vm-placement places one
 * slot after the other.
 *
 * A ledger has one entry per member.  An entry sums up what is expected on the
 * member and, apart from that, the guarantees that were promised there for
 * good.  The ledger knows which members are open to a slot and compares them
 * by load; it chooses nothing.
 *
 * Ownership: a ledger refers to its snapshot, which must outlive it.  Only
 * vm-placement uses this module.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "solve/vm-snapshot.h"

/* One member. */
struct vm_ledger_entry {
    bool open;                  /* To the slot of vm_ledger_open_for(). */
    bool avoided;               /* It would be, but others are better. */
    int closed_below;           /* Closed to slots of lower priority. */
    uint64_t reservable;        /* bit/s. */

    /* Of the slots that were placed here and of those that are expected to be
     * placed here later. */
    uint64_t load;              /* bit/s, with the background. */
    uint64_t reserved;          /* Guarantees, bit/s. */
    uint64_t shares;
    uint64_t count;

    /* Of the slots that were placed here and whose guarantee is kept. */
    uint64_t promised;          /* Guarantees, bit/s. */
};

struct vm_ledger {
    const struct vm_snapshot *snapshot;
    bool only_standby;          /* Standby members may be used. */
    bool avoids;                /* Some member is to be avoided. */
    struct vm_ledger_entry *entries; /* One per member. */
};

/* How well a guarantee fits, the best first. */
enum vm_fit {
    VM_FITS_ALL,                /* Beside all expected guarantees. */
    VM_FITS_PROMISED,           /* Beside the promised ones. */
    VM_FITS_NOT
};

void vm_ledger_init(struct vm_ledger *, const struct vm_snapshot *);
void vm_ledger_destroy(struct vm_ledger *);

/* Adds a slot to the entry of a member, or subtracts it. */
void vm_ledger_add(struct vm_ledger *, const struct vm_snap_slot *,
                   int member);
void vm_ledger_subtract(struct vm_ledger *, const struct vm_snap_slot *,
                        int member);

/* Settles a slot that was added: promises its guarantee if 'kept', and closes
 * the member to lower priorities if the slot is exclusive. */
void vm_ledger_settle(struct vm_ledger *, const struct vm_snap_slot *,
                      int member, bool kept);

/* Sets 'open' of all entries for a slot: available (see below), allowed by the
 * slot's preference, and not closed to its priority; of these, those that are
 * least to be avoided. */
void vm_ledger_open_for(struct vm_ledger *, const struct vm_snap_slot *);

/* Returns true if the member would be open to the slot if others were not
 * better.  Returns false for VM_MEMBER_NONE. */
bool vm_ledger_is_avoided(const struct vm_ledger *, int member);

/* Returns false for VM_MEMBER_NONE. */
bool vm_ledger_is_open(const struct vm_ledger *, int member);

/* Returns true if the member is usable and not a standby one that is not
 * needed.  This does not depend on the slot. */
bool vm_ledger_is_available(const struct vm_ledger *, size_t member);

/* Return how well the slot's guarantee fits on the member, and the utilization
 * of the member with the slot, in ppm.  The slot must not have been added to
 * the entry of the member. */
enum vm_fit vm_ledger_fit(const struct vm_ledger *,
                          const struct vm_snap_slot *, size_t member);
uint64_t vm_ledger_predict_ppm(const struct vm_ledger *,
                               const struct vm_snap_slot *, size_t member);

/* Compares two members for a slot by predicted utilization, then by shares per
 * capacity, then by the number of slots per capacity.  Returns a negative
 * value if 'a' is better than 'b', zero if all of these are equal. */
int vm_ledger_compare(const struct vm_ledger *, const struct vm_snap_slot *,
                      size_t a, size_t b);

#endif /* vm-ledger.h */
