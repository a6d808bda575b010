/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-ledger.h"

#include "util.h"

void
vm_ledger_init(struct vm_ledger *ledger, const struct vm_snapshot *snapshot)
{
    ledger->snapshot = snapshot;
    ledger->only_standby = vm_snapshot_only_standby(snapshot);
    ledger->avoids = false;
    ledger->entries = xcalloc(snapshot->n_members, sizeof *ledger->entries);
    for (size_t i = 0; i < snapshot->n_members; i++) {
        const struct vm_snap_member *member = &snapshot->members[i];

        ledger->entries[i] = (struct vm_ledger_entry) {
            .load = vm_rate_cap(member->background) + member->others.load,
            .reserved = member->others.reserved,
            .shares = member->others.shares,
            .count = member->others.count,
            .reservable = vm_snap_reservable(snapshot, i),
        };
        ledger->avoids |= member->avoid != VM_AVOID_NOT;
    }
}

void
vm_ledger_destroy(struct vm_ledger *ledger)
{
    free(ledger->entries);
}

void
vm_ledger_add(struct vm_ledger *ledger, const struct vm_snap_slot *slot,
              int member)
{
    struct vm_ledger_entry *entry = &ledger->entries[member];

    entry->load += vm_snap_slot_expected(slot);
    entry->reserved += vm_rate_cap(slot->guarantee);
    entry->shares += slot->shares;
    entry->count++;
}

void
vm_ledger_subtract(struct vm_ledger *ledger, const struct vm_snap_slot *slot,
                   int member)
{
    struct vm_ledger_entry *entry = &ledger->entries[member];

    entry->load -= vm_snap_slot_expected(slot);
    entry->reserved -= vm_rate_cap(slot->guarantee);
    entry->shares -= slot->shares;
    entry->count--;
}

void
vm_ledger_settle(struct vm_ledger *ledger, const struct vm_snap_slot *slot,
                 int member, bool kept)
{
    struct vm_ledger_entry *entry = &ledger->entries[member];

    if (kept) {
        entry->promised += vm_rate_cap(slot->guarantee);
    }
    if (slot->exclusive) {
        entry->closed_below = MAX(entry->closed_below, slot->priority);
    }
}

/* Closes those open members that 'slot' should leave to others more than the
 * best one. */
static void
close_avoided(struct vm_ledger *ledger, const struct vm_snap_slot *slot)
{
    enum vm_avoid least = VM_AVOID_DRAINED;

    for (size_t i = 0; i < ledger->snapshot->n_members; i++) {
        if (ledger->entries[i].open) {
            least = MIN(least, vm_snap_slot_avoids(ledger->snapshot, slot, i));
        }
    }
    for (size_t i = 0; i < ledger->snapshot->n_members; i++) {
        struct vm_ledger_entry *entry = &ledger->entries[i];

        entry->avoided = (entry->open
                          && vm_snap_slot_avoids(ledger->snapshot, slot, i)
                             > least);
        entry->open = entry->open && !entry->avoided;
    }
}

void
vm_ledger_open_for(struct vm_ledger *ledger, const struct vm_snap_slot *slot)
{
    for (size_t i = 0; i < ledger->snapshot->n_members; i++) {
        ledger->entries[i].open = slot->any;
    }
    for (size_t i = 0; i < slot->n_pref; i++) {
        if (slot->pref[i] >= 0) {
            ledger->entries[slot->pref[i]].open = true;
        }
    }
    for (size_t i = 0; i < ledger->snapshot->n_members; i++) {
        struct vm_ledger_entry *entry = &ledger->entries[i];

        entry->open = (entry->open
                       && vm_ledger_is_available(ledger, i)
                       && slot->priority >= entry->closed_below);
    }
    if (ledger->avoids) {
        close_avoided(ledger, slot);
    }
}

bool
vm_ledger_is_avoided(const struct vm_ledger *ledger, int member)
{
    return member >= 0 && ledger->entries[member].avoided;
}

bool
vm_ledger_is_open(const struct vm_ledger *ledger, int member)
{
    return member >= 0 && ledger->entries[member].open;
}

bool
vm_ledger_is_available(const struct vm_ledger *ledger, size_t member)
{
    const struct vm_snap_member *m = &ledger->snapshot->members[member];

    return m->usable && (!m->standby || ledger->only_standby);
}

enum vm_fit
vm_ledger_fit(const struct vm_ledger *ledger, const struct vm_snap_slot *slot,
              size_t member)
{
    const struct vm_ledger_entry *entry = &ledger->entries[member];
    uint64_t guarantee = vm_rate_cap(slot->guarantee);

    if (!guarantee || entry->reserved + guarantee <= entry->reservable) {
        return VM_FITS_ALL;
    }
    return (entry->promised + guarantee <= entry->reservable
            ? VM_FITS_PROMISED : VM_FITS_NOT);
}

uint64_t
vm_ledger_predict_ppm(const struct vm_ledger *ledger,
                      const struct vm_snap_slot *slot, size_t member)
{
    return vm_utilization_ppm(
        ledger->entries[member].load + vm_snap_slot_expected(slot),
        ledger->snapshot->members[member].capacity);
}

/* Compares a/b with c/d by their continued fractions, which can't overflow. */
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

        /* Compare the reciprocals of the remainders, with opposite sign. */
        a = b;
        b = rest_a;
        c = d;
        d = rest_c;
        sign = -sign;
    }
}

int
vm_ledger_compare(const struct vm_ledger *ledger,
                  const struct vm_snap_slot *slot, size_t a, size_t b)
{
    uint64_t ppm_a = vm_ledger_predict_ppm(ledger, slot, a);
    uint64_t ppm_b = vm_ledger_predict_ppm(ledger, slot, b);
    if (ppm_a != ppm_b) {
        return ppm_a < ppm_b ? -1 : 1;
    }

    uint64_t capacity_a = ledger->snapshot->members[a].capacity;
    uint64_t capacity_b = ledger->snapshot->members[b].capacity;
    const struct vm_ledger_entry *entry_a = &ledger->entries[a];
    const struct vm_ledger_entry *entry_b = &ledger->entries[b];
    int cmp = compare_fractions(entry_a->shares + slot->shares, capacity_a,
                                entry_b->shares + slot->shares, capacity_b);
    return (cmp ? cmp
            : compare_fractions(entry_a->count + 1, capacity_a,
                                entry_b->count + 1, capacity_b));
}
