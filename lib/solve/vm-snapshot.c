/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-snapshot.h"

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
vm_snap_slot_compare(const struct vm_snap_slot *a,
                     const struct vm_snap_slot *b)
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
    return vm_snap_slot_compare(a, b);
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

    /* The remainder is multiplied by a million below. */
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
vm_snap_slot_expected(const struct vm_snap_slot *slot)
{
    return vm_rate_cap(MAX(slot->demand, slot->guarantee));
}

uint64_t
vm_snap_reservable(const struct vm_snapshot *snapshot, size_t member)
{
    uint64_t capacity = snapshot->members[member].capacity;
    unsigned int pct = snapshot->reservable_pct;

    return capacity / 100 * pct + capacity % 100 * pct / 100;
}

bool
vm_snapshot_only_standby(const struct vm_snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->n_members; i++) {
        const struct vm_snap_member *m = &snapshot->members[i];

        if (m->usable && !m->standby && m->avoid == VM_AVOID_NOT) {
            return false;
        }
    }
    return true;
}

bool
vm_snapshot_is_available(const struct vm_snapshot *snapshot, size_t member)
{
    const struct vm_snap_member *m = &snapshot->members[member];

    return (m->usable
            && (!m->standby || vm_snapshot_only_standby(snapshot)));
}

enum vm_avoid
vm_snap_slot_avoids(const struct vm_snapshot *snapshot,
                    const struct vm_snap_slot *slot, int member)
{
    enum vm_avoid avoid = snapshot->members[member].avoid;
    bool stays = (slot->present == member
                  && (avoid == VM_AVOID_HELD_OFF || slot->waits));

    return stays ? VM_AVOID_NOT : avoid;
}

bool
vm_snap_slot_allows(const struct vm_snap_slot *slot, int member)
{
    return slot->any || vm_snap_slot_pref_rank(slot, member) < slot->n_pref;
}

size_t
vm_snap_slot_pref_rank(const struct vm_snap_slot *slot, int member)
{
    size_t i;

    for (i = 0; i < slot->n_pref; i++) {
        if (slot->pref[i] == member) {
            break;
        }
    }
    return i;
}
