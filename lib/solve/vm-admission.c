/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-admission.h"

#include <stdlib.h>

#include "solve/vm-packer.h"
#include "util.h"

/* Steps of the searches for vm_admission_room(), which is asked for every few
 * seconds and not for a decision: each of them with a few slots, all of them
 * together with more. */
#define ROOM_SMALL_STEPS 10000
#define ROOM_STEPS 200000

/* Considers all doubtful slots again, because others have moved since, until
 * no further one is admitted.  Exclusive slots stay where they are, because
 * other slots were placed by what they close.  Returns true if no slot is
 * doubtful any more. */
static bool
reconsider_all(struct vm_packer *packer, bool *doubtful,
               struct vm_admission *admissions)
{
    bool again = true;
    bool all = true;

    while (again) {
        again = false;
        all = true;
        for (size_t i = 0; i < packer->snapshot->n_slots; i++) {
            if (doubtful[i]
                && !packer->snapshot->slots[i].exclusive
                && vm_packer_reconsider(packer, i)) {
                admissions[i].admitted = true;
                doubtful[i] = false;
                again = true;
            }
            all = all && !doubtful[i];
        }
    }
    return all;
}

/* Considers the first 'n' slots of the packer's snapshot one by one. */
static bool
run(struct vm_packer *packer, size_t n, struct vm_admission *admissions)
{
    bool *doubtful = xcalloc(packer->snapshot->n_slots, sizeof *doubtful);
    bool complete;

    for (size_t i = 0; i < n; i++) {
        const struct vm_snap_slot *slot = &packer->snapshot->slots[i];
        uint64_t guarantee = vm_rate_cap(slot->guarantee);

        if (slot->present >= 0) {
            packer->expected[slot->present] -= guarantee;
        }
        admissions[i].admitted = (vm_packer_consider(packer, i, guarantee)
                                  || !guarantee);
        doubtful[i] = packer->given_up && !packer->kept[i];
        if (!admissions[i].admitted) {
            vm_packer_consider(packer, i, 0);
        }
    }
    complete = reconsider_all(packer, doubtful, admissions);
    for (size_t i = 0; i < n; i++) {
        admissions[i].member = packer->now.at[i];
    }
    free(doubtful);
    return complete;
}

bool
vm_admission_run(const struct vm_snapshot *snapshot,
                 struct vm_admission *admissions)
{
    struct vm_packer packer;
    bool complete;

    vm_packer_init(&packer, snapshot);
    complete = run(&packer, snapshot->n_slots, admissions);
    vm_packer_destroy(&packer);
    return complete;
}

bool
vm_admission_try(const struct vm_snapshot *snapshot,
                 struct vm_admission *admissions, unsigned long int *steps)
{
    struct vm_packer packer;
    bool complete;

    vm_packer_init(&packer, snapshot);
    packer.limit = *steps;
    complete = run(&packer, snapshot->n_slots, admissions);
    *steps = packer.limit;
    vm_packer_destroy(&packer);
    return complete;
}

/* Returns the largest size with which slot 'probe', which comes after all
 * slots that are packed, is packed with them. */
static uint64_t
find_room(struct vm_packer *packer, size_t probe)
{
    const struct vm_snapshot *snapshot = packer->snapshot;
    uint64_t fits = 0;          /* Known to be packed. */
    uint64_t most = 0;          /* More than that is not. */
    uint64_t total = 0;

    for (size_t u = 0; u < snapshot->n_members; u++) {
        total += snapshot->members[u].usable ? packer->now.room[u] : 0;
        if (vm_packer_may_use(packer, probe, u)) {
            fits = MAX(fits, packer->now.room[u]);
        }
        if (vm_snapshot_is_available(snapshot, u)) {
            most = MAX(most, vm_snap_reservable(snapshot, u));
        }
    }
    most = MIN(most, total);
    while (fits < most) {
        uint64_t size = fits + (most - fits + 1) / 2;

        if (vm_packer_consider(packer, probe, size)) {
            vm_reservations_take(&packer->now, probe);
            fits = size;
        } else {
            most = size - 1;
        }
    }
    return fits;
}

uint64_t
vm_admission_room(const struct vm_snapshot *snapshot)
{
    size_t n = snapshot->n_slots;
    struct vm_snapshot with_probe = *snapshot;
    struct vm_admission *admissions = xcalloc(n, sizeof *admissions);
    struct vm_packer packer;
    uint64_t room;

    with_probe.slots = xcalloc(n + 1, sizeof *with_probe.slots);
    with_probe.n_slots = n + 1;
    for (size_t i = 0; i < n; i++) {
        with_probe.slots[i] = snapshot->slots[i];
    }
    with_probe.slots[n] = (struct vm_snap_slot) {
        .id = "",
        .any = true,
        .present = VM_MEMBER_NONE,
        .home = VM_MEMBER_NONE,
        .pinned = VM_MEMBER_NONE,
    };

    vm_packer_init(&packer, &with_probe);
    run(&packer, n, admissions);
    packer.small_steps = ROOM_SMALL_STEPS;
    packer.budget = packer.exchange_budget = ROOM_STEPS;
    room = find_room(&packer, n);
    vm_packer_destroy(&packer);
    free(with_probe.slots);
    free(admissions);
    return room;
}
