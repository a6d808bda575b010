/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

#define PPM UINT64_C(1000000)

int
vm_rank_compare(const struct vm_rank *a, const struct vm_rank *b)
{
    if (a->priority != b->priority) {
        return a->priority > b->priority ? -1 : 1;
    }
    if (a->guarantee != b->guarantee) {
        return a->guarantee > b->guarantee ? -1 : 1;
    }
    if (a->demand != b->demand) {
        return a->demand > b->demand ? -1 : 1;
    }
    return strcmp(a->id, b->id);
}

int
vm_slot_compare(const struct vm_slot *a, const struct vm_slot *b)
{
    const struct vm_rank rank_a = { a->priority, a->guarantee, a->demand,
                                    a->id };
    const struct vm_rank rank_b = { b->priority, b->guarantee, b->demand,
                                    b->id };

    return vm_rank_compare(&rank_a, &rank_b);
}

static int
compare_slots(const void *a, const void *b)
{
    return vm_slot_compare(a, b);
}

void
vm_snapshot_sort_slots(struct vm_snapshot *snapshot)
{
    if (snapshot->n_slots > 1) {
        qsort(snapshot->slots, snapshot->n_slots, sizeof *snapshot->slots,
              compare_slots);
    }
}

uint64_t
vm_utilization_ppm(uint64_t load, uint64_t capacity)
{
    if (!capacity) {
        return load ? UINT64_MAX : 0;
    }

    /* The remainder must have room for a factor of a million. */
    while (capacity > UINT64_MAX / PPM) {
        capacity >>= 1;
        load >>= 1;
    }

    uint64_t whole = load / capacity;
    uint64_t part = load % capacity * PPM / capacity;
    return (whole > (UINT64_MAX - part) / PPM
            ? UINT64_MAX
            : whole * PPM + part);
}

uint64_t
vm_ppm_of(uint64_t whole, uint64_t ppm)
{
    return whole / PPM * ppm + whole % PPM * ppm / PPM;
}

uint64_t
vm_snapshot_rate(uint64_t rate)
{
    return MIN(rate, VM_RATE_CEILING);
}

uint64_t
vm_slot_expected(const struct vm_slot *slot)
{
    return vm_snapshot_rate(MAX(slot->demand, slot->guarantee));
}

uint64_t
vm_uplink_reservable(const struct vm_snapshot *snapshot, size_t uplink)
{
    uint64_t capacity = snapshot->uplinks[uplink].capacity;
    unsigned int pct = snapshot->reservable_pct;

    return capacity / 100 * pct + capacity % 100 * pct / 100;
}

bool
vm_snapshot_only_standby(const struct vm_snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->n_uplinks; i++) {
        if (snapshot->uplinks[i].usable && !snapshot->uplinks[i].standby) {
            return false;
        }
    }
    return true;
}

bool
vm_slot_wishes(const struct vm_slot *slot, int uplink)
{
    return slot->any || vm_slot_wish_rank(slot, uplink) < slot->n_wish;
}

size_t
vm_slot_wish_rank(const struct vm_slot *slot, int uplink)
{
    size_t i;

    for (i = 0; i < slot->n_wish; i++) {
        if (slot->wish[i] == uplink) {
            break;
        }
    }
    return i;
}
