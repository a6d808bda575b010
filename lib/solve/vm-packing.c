/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-packing.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

/* How often the outcome is placed again as if it had been carried out.
 * Millions of random instances needed four times at most. */
#define MAX_ROUNDS 16

struct queued {
    struct vm_snap_slot slot;
    size_t place;
};

static int
compare_queued(const void *a_, const void *b_)
{
    const struct queued *a = a_;
    const struct queued *b = b_;

    return vm_snap_slot_compare(&a->slot, &b->slot);
}

void
vm_packing_order_init(struct vm_packing_order *order,
                      const struct vm_snapshot *snapshot)
{
    size_t n = snapshot->n_slots;
    struct queued *queued = xcalloc(n, sizeof *queued);

    for (size_t i = 0; i < n; i++) {
        queued[i].slot = snapshot->slots[i];
        queued[i].slot.demand = 0;
        queued[i].place = i;
    }
    qsort(queued, n, sizeof *queued, compare_queued);

    order->snapshot = *snapshot;
    order->snapshot.slots = xcalloc(n, sizeof *order->snapshot.slots);
    order->places = xcalloc(n, sizeof *order->places);
    for (size_t i = 0; i < n; i++) {
        order->snapshot.slots[i] = queued[i].slot;
        order->places[i] = queued[i].place;
    }
    free(queued);
    order->admissions = xcalloc(n, sizeof *order->admissions);
    vm_admission_run(&order->snapshot, order->admissions);
}

void
vm_packing_order_destroy(struct vm_packing_order *order)
{
    free(order->snapshot.slots);
    free(order->places);
    free(order->admissions);
}

static bool
any_unmet(const struct vm_snapshot *snapshot,
          const struct vm_choice *choices)
{
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        if (snapshot->slots[i].guarantee && choices[i].guarantee_unmet) {
            return true;
        }
    }
    return false;
}

/* Returns true if 'choices' displace a slot on which guarantees may depend. */
static bool
displaces_any(const struct vm_snapshot *snapshot,
              const struct vm_choice *choices)
{
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        const struct vm_snap_slot *slot = &snapshot->slots[i];

        if ((slot->guarantee || slot->exclusive)
            && (choices[i].reason == VM_R_PREEMPTED
                || (choices[i].member < 0 && slot->present >= 0))) {
            return true;
        }
    }
    return false;
}

bool
vm_packing_accepts(const struct vm_snapshot *snapshot,
                   const struct vm_choice *choices)
{
    return (!any_unmet(snapshot, choices)
            && !displaces_any(snapshot, choices));
}

/* Reserves the guarantee of slot 'i' on its member by 'choices', if there is
 * still 'room' for it.  Returns false if the guarantee is unmet. */
static bool
reserve(const struct vm_snapshot *snapshot, const struct vm_choice *choices,
        size_t i, uint64_t *room)
{
    uint64_t guarantee = vm_rate_cap(snapshot->slots[i].guarantee);
    int member = choices[i].member;

    if (!guarantee) {
        return true;
    } else if (member < 0 || guarantee > room[member]) {
        return false;
    }
    room[member] -= guarantee;
    return true;
}

/* Sets 'guarantee_unmet' of all choices: admitted slots get their guarantee
 * first, then the others where there is room for it.  Returns true if all
 * admitted guarantees are kept. */
static bool
keep_guarantees(const struct vm_snapshot *snapshot,
                const struct vm_packing_order *order,
                struct vm_choice *choices)
{
    uint64_t *room = xcalloc(snapshot->n_members, sizeof *room);
    bool keeps = true;

    for (size_t u = 0; u < snapshot->n_members; u++) {
        room[u] = vm_snap_reservable(snapshot, u);
    }
    for (int admitted = 1; admitted >= 0; admitted--) {
        for (size_t k = 0; k < snapshot->n_slots; k++) {
            size_t i = order->places[k];

            if (order->admissions[k].admitted == admitted) {
                bool kept = reserve(snapshot, choices, i, room);

                choices[i].guarantee_unmet = !kept;
                keeps = keeps && (kept || !admitted);
            }
        }
    }
    free(room);
    return keeps;
}

/* Returns true if an exclusive slot that 'choices' put on the present member
 * of 'slot' closes that member to it. */
static bool
is_closed(const struct vm_snapshot *snapshot, const struct vm_snap_slot *slot,
          const struct vm_choice *choices)
{
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        const struct vm_snap_slot *other = &snapshot->slots[i];

        if (other->exclusive && other->priority > slot->priority
            && choices[i].member == slot->present) {
            return true;
        }
    }
    return false;
}

/* Returns true if the present member of 'slot' is lost or drained. */
static bool
has_to_leave(const struct vm_snapshot *snapshot,
             const struct vm_snap_slot *slot)
{
    return (!snapshot->members[slot->present].usable
            || (vm_snap_slot_avoids(snapshot, slot, slot->present)
                == VM_AVOID_DRAINED));
}

/* Sets the reason of slot 'i', which was bound to its member in 'choices'.
 * 'free_choice' is its choice without that. */
static void
give_reason(const struct vm_snapshot *snapshot, size_t i,
            const struct vm_choice *free_choice, struct vm_choice *choices)
{
    const struct vm_snap_slot *slot = &snapshot->slots[i];
    struct vm_choice *choice = &choices[i];

    if (choice->member == free_choice->member
        && (free_choice->reason != VM_R_PREEMPTED
            || is_closed(snapshot, slot, choices))) {
        choice->reason = free_choice->reason;
        choice->because = free_choice->because;
        return;
    }

    choice->because = VM_MEMBER_NONE;
    if (slot->present < 0) {
        choice->reason = VM_R_GUARANTEE_FITS;
    } else if (slot->present == choice->member) {
        choice->reason = VM_R_STAYED;
    } else if (!has_to_leave(snapshot, slot)) {
        choice->reason = VM_R_GUARANTEE;
    } else {
        choice->reason = (snapshot->members[slot->present].usable
                          ? VM_R_DRAINED : VM_R_FAILOVER);
        choice->because = slot->present;
    }
}

/* The steps of vm-packing.h. */
enum step { FREE, EXCLUSIVE_STAY, ALL_STAY, PACKED };

/* Changes 'slots', a copy of those of 'snapshot', so that vm-placement does
 * what 'step' says, and ignores guarantees that are not admitted. */
static void
prepare_slots(const struct vm_snapshot *snapshot,
              const struct vm_packing_order *order,
              enum step step, struct vm_snap_slot *slots)
{
    for (size_t k = 0; k < snapshot->n_slots; k++) {
        struct vm_snap_slot *slot = &slots[order->places[k]];
        const struct vm_admission *admission = &order->admissions[k];
        bool may_stay = (snapshot->failback && slot->present >= 0
                         && !has_to_leave(snapshot, slot));

        if (step != PACKED) {
            bool stays = (slot->exclusive
                          || (slot->guarantee && step == ALL_STAY));

            slot->home = stays && may_stay ? VM_MEMBER_NONE : slot->home;
        } else if (admission->member >= 0
                   && (slot->exclusive
                       || (slot->guarantee && admission->admitted))) {
            slot->pinned = admission->member;
        }
        slot->guarantee = admission->admitted ? slot->guarantee : 0;
    }
}

/* Places all slots by 'step'.  'choices' are those of step FREE.  Returns
 * false, with 'choices' unchanged, if that leaves an admitted guarantee
 * unmet. */
static bool
place(const struct vm_snapshot *snapshot, const struct vm_packing_order *order,
      enum step step, struct vm_choice *choices)
{
    size_t n = snapshot->n_slots;
    struct vm_snapshot other = *snapshot;
    struct vm_choice *others = xcalloc(n, sizeof *others);

    other.slots = xmemdup(snapshot->slots, n * sizeof *other.slots);
    prepare_slots(snapshot, order, step, other.slots);
    vm_placement_run(&other, others);

    bool keeps = keep_guarantees(snapshot, order, others);
    for (size_t i = 0; i < n && keeps; i++) {
        if (other.slots[i].pinned != snapshot->slots[i].pinned
            && others[i].member == other.slots[i].pinned) {
            give_reason(snapshot, i, &choices[i], others);
        }
    }
    if (keeps) {
        memcpy(choices, others, n * sizeof *choices);
    }
    free(other.slots);
    free(others);
    return keeps;
}

/* Goes through the steps once.  Returns false if the choices of vm-placement
 * leave no guarantee unmet and displace no slot on which guarantees may
 * depend. */
static bool
run_steps(const struct vm_snapshot *snapshot, struct vm_choice *choices)
{
    vm_placement_run(snapshot, choices);
    if (vm_packing_accepts(snapshot, choices)) {
        return false;
    }

    struct vm_packing_order order;

    vm_packing_order_init(&order, snapshot);
    if (!keep_guarantees(snapshot, &order, choices)
        || displaces_any(snapshot, choices)) {
        enum step step = EXCLUSIVE_STAY;

        while (!place(snapshot, &order, step, choices) && step < PACKED) {
            step++;
        }
    }
    vm_packing_order_destroy(&order);
    return true;
}

/* Repetition until no slot moves. */

/* Returns the home of 'slot' after 'choice' has been carried out, by the rule
 * of vm-slot.h. */
static int
find_home(const struct vm_snapshot *snapshot, const struct vm_snap_slot *slot,
          const struct vm_choice *choice)
{
    bool displaced = (slot->present >= 0 && choice->member != slot->present
                      && (has_to_leave(snapshot, slot)
                          || choice->reason == VM_R_PREEMPTED
                          || choice->reason == VM_R_DISPLACED));

    if (slot->home >= 0 && slot->home == choice->member) {
        return VM_MEMBER_NONE;
    } else if (slot->home >= 0 && !(displaced && slot->home_gone)) {
        return slot->home;
    }
    return (displaced && slot->pinned != slot->present
            && vm_snap_slot_allows(slot, slot->present)
            ? slot->present : VM_MEMBER_NONE);
}

/* Carries out 'choices' in 'after', a copy of the snapshot.  Returns true if
 * that moves any slot. */
static bool
carry_out(struct vm_snapshot *after, const struct vm_choice *choices)
{
    bool moves = false;

    for (size_t i = 0; i < after->n_slots; i++) {
        struct vm_snap_slot *slot = &after->slots[i];

        moves = moves || slot->present != choices[i].member;
        slot->home = find_home(after, slot, &choices[i]);
        slot->present = choices[i].member;
    }
    return moves;
}

/* Returns why 'slot' left its present member, if 'choice' moved it and a later
 * round moves it on to another one. */
static enum vm_reason
why_left(const struct vm_snapshot *snapshot, const struct vm_snap_slot *slot,
         const struct vm_choice *choice)
{
    return (!snapshot->members[slot->present].usable ? VM_R_FAILOVER
            : has_to_leave(snapshot, slot) ? VM_R_DRAINED
            : choice->reason == VM_R_PREEMPTED
            || choice->reason == VM_R_DISPLACED ? VM_R_PREEMPTED
            : VM_R_GUARANTEE);
}

/* Updates 'choice' of 'slot' by 'next', its choice of a later round. */
static void
merge_choice(const struct vm_snapshot *snapshot,
             const struct vm_snap_slot *slot,
             const struct vm_choice *next, struct vm_choice *choice)
{
    int before = choice->member;

    choice->guarantee_unmet = next->guarantee_unmet;
    choice->member = next->member;
    if (next->member == before) {
        return;
    } else if (slot->present < 0 || before == slot->present
               || next->member < 0) {
        choice->reason = next->reason;
        choice->because = next->because;
        if (slot->present < 0 && next->reason == VM_R_GUARANTEE) {
            choice->reason = VM_R_GUARANTEE_FITS;
        }
    } else if (slot->present == next->member) {
        choice->reason = VM_R_STAYED;
        choice->because = VM_MEMBER_NONE;
    } else {
        choice->reason = why_left(snapshot, slot, choice);
        choice->because = (choice->reason == VM_R_GUARANTEE
                           ? VM_MEMBER_NONE : slot->present);
    }
}

void
vm_packing_run(const struct vm_snapshot *snapshot, struct vm_choice *choices)
{
    size_t n = snapshot->n_slots;

    if (!run_steps(snapshot, choices)) {
        return;
    }

    /* Where slots may be depends on where others are, so other slots may be
     * admitted, or free to return home, when all have moved. */
    struct vm_snapshot after = *snapshot;
    struct vm_choice *next = xmemdup(choices, n * sizeof *next);

    after.slots = xmemdup(snapshot->slots, n * sizeof *after.slots);
    for (int i = 0; i < MAX_ROUNDS && carry_out(&after, next); i++) {
        run_steps(&after, next);
        for (size_t j = 0; j < n; j++) {
            merge_choice(snapshot, &snapshot->slots[j], &next[j], &choices[j]);
        }
    }
    free(after.slots);
    free(next);
}
