/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_BOOK_H
#define VM_BOOK_H 1

/* What is on each uplink while vm-placement places one slot after the other.
 *
 * A book has one account per uplink.  An account counts what is expected there
 * and, apart from it, the guarantees that were promised there for good.  The
 * book knows which uplinks are open to a slot and compares them by load; it
 * chooses nothing.
 *
 * A book is made for one run and refers to the snapshot of that run.  It is
 * for vm-placement alone. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm-snapshot.h"

/* One uplink. */
struct vm_account {
    bool open;                  /* To the slot of vm_book_open_for(). */
    int closed_below;           /* Slots of lower priority must keep away. */
    uint64_t reservable;        /* bit/s. */

    /* Of all slots that were placed here and of those that are expected to be
     * placed here later. */
    uint64_t load;              /* bit/s, with the background. */
    uint64_t booked;            /* Guarantees, bit/s. */
    uint64_t shares;
    uint64_t count;

    /* Of the slots that were placed here and whose guarantee is kept. */
    uint64_t promised;          /* Guarantees, bit/s. */
};

struct vm_book {
    const struct vm_snapshot *snapshot;
    bool only_standby;          /* Standby uplinks may be used. */
    struct vm_account *accounts; /* One per uplink. */
};

/* How well a guarantee fits, the best first. */
enum vm_fit {
    VM_FITS_ALL,                /* Beside all others that are expected. */
    VM_FITS_PROMISED,           /* Beside those that were promised. */
    VM_FITS_NOT
};

void vm_book_init(struct vm_book *, const struct vm_snapshot *);
void vm_book_destroy(struct vm_book *);

/* Expects a slot on an uplink, or no longer. */
void vm_book_add(struct vm_book *, const struct vm_slot *, int uplink);
void vm_book_subtract(struct vm_book *, const struct vm_slot *, int uplink);

/* What was added is there to stay: promises the guarantee if 'kept', and
 * closes the uplink below an exclusive slot. */
void vm_book_settle(struct vm_book *, const struct vm_slot *, int uplink,
                    bool kept);

/* Sets 'open' of all accounts for a slot: usable, not held in reserve, in the
 * wish and not closed. */
void vm_book_open_for(struct vm_book *, const struct vm_slot *);

/* False for VM_UPLINK_NONE. */
bool vm_book_is_open(const struct vm_book *, int uplink);

/* Usable and not held in reserve, whoever asks. */
bool vm_book_is_available(const struct vm_book *, size_t uplink);

/* In these the slot itself must not be in the account yet. */
enum vm_fit vm_book_fit(const struct vm_book *, const struct vm_slot *,
                        size_t uplink);
uint64_t vm_book_predict_ppm(const struct vm_book *, const struct vm_slot *,
                             size_t uplink);

/* Negative if the slot should rather go to 'a' than to 'b' by predicted
 * utilization, then by shares per capacity, then by the number of slots per
 * capacity; zero if all of these are equal. */
int vm_book_compare(const struct vm_book *, const struct vm_slot *,
                    size_t a, size_t b);

#endif /* vm-book.h */
