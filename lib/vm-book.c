/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-book.h"

#include "util.h"

void
vm_book_init(struct vm_book *book, const struct vm_snapshot *snapshot)
{
    book->snapshot = snapshot;
    book->only_standby = vm_snapshot_only_standby(snapshot);
    book->accounts = xcalloc(snapshot->n_uplinks, sizeof *book->accounts);
    for (size_t i = 0; i < snapshot->n_uplinks; i++) {
        book->accounts[i].load
            = vm_snapshot_rate(snapshot->uplinks[i].background);
        book->accounts[i].reservable = vm_uplink_reservable(snapshot, i);
    }
}

void
vm_book_destroy(struct vm_book *book)
{
    free(book->accounts);
}

void
vm_book_add(struct vm_book *book, const struct vm_slot *slot, int uplink)
{
    struct vm_account *account = &book->accounts[uplink];

    account->load += vm_slot_expected(slot);
    account->booked += vm_snapshot_rate(slot->guarantee);
    account->shares += slot->shares;
    account->count++;
}

void
vm_book_subtract(struct vm_book *book, const struct vm_slot *slot, int uplink)
{
    struct vm_account *account = &book->accounts[uplink];

    account->load -= vm_slot_expected(slot);
    account->booked -= vm_snapshot_rate(slot->guarantee);
    account->shares -= slot->shares;
    account->count--;
}

void
vm_book_settle(struct vm_book *book, const struct vm_slot *slot, int uplink,
               bool kept)
{
    struct vm_account *account = &book->accounts[uplink];

    if (kept) {
        account->promised += vm_snapshot_rate(slot->guarantee);
    }
    if (slot->exclusive) {
        account->closed_below = MAX(account->closed_below, slot->priority);
    }
}

void
vm_book_open_for(struct vm_book *book, const struct vm_slot *slot)
{
    for (size_t i = 0; i < book->snapshot->n_uplinks; i++) {
        book->accounts[i].open = slot->any;
    }
    for (size_t i = 0; i < slot->n_wish; i++) {
        if (slot->wish[i] >= 0) {
            book->accounts[slot->wish[i]].open = true;
        }
    }
    for (size_t i = 0; i < book->snapshot->n_uplinks; i++) {
        struct vm_account *account = &book->accounts[i];

        account->open = (account->open
                         && vm_book_is_available(book, i)
                         && slot->priority >= account->closed_below);
    }
}

bool
vm_book_is_open(const struct vm_book *book, int uplink)
{
    return uplink >= 0 && book->accounts[uplink].open;
}

bool
vm_book_is_available(const struct vm_book *book, size_t uplink)
{
    const struct vm_uplink *u = &book->snapshot->uplinks[uplink];

    return u->usable && (!u->standby || book->only_standby);
}

enum vm_fit
vm_book_fit(const struct vm_book *book, const struct vm_slot *slot,
            size_t uplink)
{
    const struct vm_account *account = &book->accounts[uplink];
    uint64_t guarantee = vm_snapshot_rate(slot->guarantee);

    if (!guarantee || account->booked + guarantee <= account->reservable) {
        return VM_FITS_ALL;
    }
    return (account->promised + guarantee <= account->reservable
            ? VM_FITS_PROMISED : VM_FITS_NOT);
}

uint64_t
vm_book_predict_ppm(const struct vm_book *book, const struct vm_slot *slot,
                    size_t uplink)
{
    return vm_utilization_ppm(
        book->accounts[uplink].load + vm_slot_expected(slot),
        book->snapshot->uplinks[uplink].capacity);
}

/* Compares a/b with c/d without overflow, as their continued fractions. */
static int
compare_fractions(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    int sign = 1;

    for (;;) {
        if (a / b != c / d) {
            return a / b < c / d ? -sign : sign;
        }

        uint64_t rest_a = a % b;
        uint64_t rest_c = c % d;
        if (!rest_a || !rest_c) {
            return rest_a == rest_c ? 0 : rest_a ? sign : -sign;
        }

        /* Go on with the inverse of the rests, the other way round. */
        a = b;
        b = rest_a;
        c = d;
        d = rest_c;
        sign = -sign;
    }
}

int
vm_book_compare(const struct vm_book *book, const struct vm_slot *slot,
                size_t a, size_t b)
{
    uint64_t ppm_a = vm_book_predict_ppm(book, slot, a);
    uint64_t ppm_b = vm_book_predict_ppm(book, slot, b);
    if (ppm_a != ppm_b) {
        return ppm_a < ppm_b ? -1 : 1;
    }

    uint64_t capacity_a = book->snapshot->uplinks[a].capacity;
    uint64_t capacity_b = book->snapshot->uplinks[b].capacity;
    const struct vm_account *account_a = &book->accounts[a];
    const struct vm_account *account_b = &book->accounts[b];
    int cmp = compare_fractions(account_a->shares + slot->shares, capacity_a,
                                account_b->shares + slot->shares, capacity_b);
    return (cmp ? cmp
            : compare_fractions(account_a->count + 1, capacity_a,
                                account_b->count + 1, capacity_b));
}
