/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-packing.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-admission.h"
#include "vm-problem.h"
#include "vm-remedy.h"
#include "vm-world.h"

/* How often the outcome is looked at as if it had been carried out.  More than
 * four times was never seen in millions of random worlds. */
#define MAX_ROUNDS 16

/* Slots in the order in which guarantees are considered: that of rule 2, but
 * without the demand, which changes all the time and must neither take a
 * guarantee from one and give it to another nor move anybody. */
struct queue {
    struct vm_snapshot snapshot; /* In that order. */
    size_t *places;             /* Of each of its slots, where it is in the
                                 * original. */
    struct vm_admission *admissions; /* In that order. */
};

struct queued {
    struct vm_slot slot;
    size_t place;
};

static int
compare_queued(const void *a_, const void *b_)
{
    const struct queued *a = a_;
    const struct queued *b = b_;

    return vm_slot_compare(&a->slot, &b->slot);
}

static void
queue_init(struct queue *queue, const struct vm_snapshot *snapshot)
{
    size_t n = snapshot->n_slots;
    struct queued *queued = xcalloc(n, sizeof *queued);

    for (size_t i = 0; i < n; i++) {
        queued[i].slot = snapshot->slots[i];
        queued[i].slot.demand = 0;
        queued[i].place = i;
    }
    qsort(queued, n, sizeof *queued, compare_queued);

    queue->snapshot = *snapshot;
    queue->snapshot.slots = xcalloc(n, sizeof *queue->snapshot.slots);
    queue->places = xcalloc(n, sizeof *queue->places);
    for (size_t i = 0; i < n; i++) {
        queue->snapshot.slots[i] = queued[i].slot;
        queue->places[i] = queued[i].place;
    }
    free(queued);
    queue->admissions = xcalloc(n, sizeof *queue->admissions);
    vm_admission_run(&queue->snapshot, queue->admissions);
}

static void
queue_destroy(struct queue *queue)
{
    free(queue->snapshot.slots);
    free(queue->places);
    free(queue->admissions);
}

static bool
breaks_any(const struct vm_snapshot *snapshot,
           const struct vm_choice *choices)
{
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        if (snapshot->slots[i].guarantee && choices[i].guarantee_broken) {
            return true;
        }
    }
    return false;
}

/* True if 'choices' drive somebody away on whom guarantees may depend. */
static bool
drives_any(const struct vm_snapshot *snapshot,
           const struct vm_choice *choices)
{
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        const struct vm_slot *slot = &snapshot->slots[i];

        if ((slot->guarantee || slot->exclusive)
            && (choices[i].reason == VM_R_MADE_WAY
                || (choices[i].uplink < 0 && slot->present >= 0))) {
            return true;
        }
    }
    return false;
}

/* Reserves the guarantee of slot 'i' where it is, if there is still 'room' for
 * it.  Returns false if it is broken. */
static bool
reserve(const struct vm_snapshot *snapshot, const struct vm_choice *choices,
        size_t i, uint64_t *room)
{
    uint64_t guarantee = vm_snapshot_rate(snapshot->slots[i].guarantee);
    int uplink = choices[i].uplink;

    if (!guarantee) {
        return true;
    } else if (uplink < 0 || guarantee > room[uplink]) {
        return false;
    }
    room[uplink] -= guarantee;
    return true;
}

/* Sets 'guarantee_broken' of all: those that are admitted get their guarantee
 * first, then the others where there is room for it.  Returns true if all that
 * are admitted are kept. */
static bool
keep_guarantees(const struct vm_snapshot *snapshot, const struct queue *queue,
                struct vm_choice *choices)
{
    uint64_t *room = xcalloc(snapshot->n_uplinks, sizeof *room);
    bool keeps = true;

    for (size_t u = 0; u < snapshot->n_uplinks; u++) {
        room[u] = vm_uplink_reservable(snapshot, u);
    }
    for (int admitted = 1; admitted >= 0; admitted--) {
        for (size_t k = 0; k < snapshot->n_slots; k++) {
            size_t i = queue->places[k];

            if (queue->admissions[k].admitted == admitted) {
                bool kept = reserve(snapshot, choices, i, room);

                choices[i].guarantee_broken = !kept;
                keeps = keeps && (kept || !admitted);
            }
        }
    }
    free(room);
    return keeps;
}

/* True if 'slot' has to keep away from where it is, as an exclusive slot is
 * there by 'choices'. */
static bool
is_closed(const struct vm_snapshot *snapshot, const struct vm_slot *slot,
          const struct vm_choice *choices)
{
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        const struct vm_slot *other = &snapshot->slots[i];

        if (other->exclusive && other->priority > slot->priority
            && choices[i].uplink == slot->present) {
            return true;
        }
    }
    return false;
}

/* Why slot 'i' is where 'choices' have it, where it was bound to be.
 * 'free_choice' is the choice without that. */
static void
give_reason(const struct vm_snapshot *snapshot, size_t i,
            const struct vm_choice *free_choice, struct vm_choice *choices)
{
    const struct vm_slot *slot = &snapshot->slots[i];
    struct vm_choice *choice = &choices[i];

    if (choice->uplink == free_choice->uplink
        && (free_choice->reason != VM_R_MADE_WAY
            || is_closed(snapshot, slot, choices))) {
        choice->reason = free_choice->reason;
        choice->because = free_choice->because;
        return;
    }

    choice->because = VM_UPLINK_NONE;
    if (slot->present < 0) {
        choice->reason = VM_R_GUARANTEE_FITS;
    } else if (slot->present == choice->uplink) {
        choice->reason = VM_R_STAYED;
    } else if (snapshot->uplinks[slot->present].usable) {
        choice->reason = VM_R_GUARANTEE;
    } else {
        choice->reason = VM_R_FAILOVER;
        choice->because = slot->present;
    }
}

/* The steps of the top comment. */
enum step { FREE, EXCLUSIVE_STAY, ALL_STAY, PACKED };

/* Has the slots of 'queue' do what 'step' says, with no room for guarantees
 * that are not admitted. */
static void
prepare_slots(const struct vm_snapshot *snapshot, const struct queue *queue,
              enum step step, struct vm_slot *slots)
{
    for (size_t k = 0; k < snapshot->n_slots; k++) {
        struct vm_slot *slot = &slots[queue->places[k]];
        const struct vm_admission *admission = &queue->admissions[k];
        bool may_stay = (snapshot->failback && slot->present >= 0
                         && snapshot->uplinks[slot->present].usable);

        if (step != PACKED) {
            bool stays = (slot->exclusive
                          || (slot->guarantee && step == ALL_STAY));

            slot->home = stays && may_stay ? VM_UPLINK_NONE : slot->home;
        } else if (admission->uplink >= 0
                   && (slot->exclusive
                       || (slot->guarantee && admission->admitted))) {
            slot->pinned = admission->uplink;
        }
        slot->guarantee = admission->admitted ? slot->guarantee : 0;
    }
}

/* Places all slots by 'step'.  'choices' are those of step FREE.  Returns
 * false, with 'choices' as they were, if that breaks a guarantee that is
 * admitted. */
static bool
place(const struct vm_snapshot *snapshot, const struct queue *queue,
      enum step step, struct vm_choice *choices)
{
    size_t n = snapshot->n_slots;
    struct vm_snapshot other = *snapshot;
    struct vm_choice *others = xcalloc(n, sizeof *others);

    other.slots = xmemdup(snapshot->slots, n * sizeof *other.slots);
    prepare_slots(snapshot, queue, step, other.slots);
    vm_placement_run(&other, others);

    bool keeps = keep_guarantees(snapshot, queue, others);
    for (size_t i = 0; i < n && keeps; i++) {
        if (other.slots[i].pinned != snapshot->slots[i].pinned
            && others[i].uplink == other.slots[i].pinned) {
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

/* Goes through the steps once.  Returns true if the first one is not beyond
 * doubt. */
static bool
run_steps(const struct vm_snapshot *snapshot, struct vm_choice *choices)
{
    vm_placement_run(snapshot, choices);

    bool drives = drives_any(snapshot, choices);
    if (!drives && !breaks_any(snapshot, choices)) {
        return false;
    }

    struct queue queue;

    queue_init(&queue, snapshot);
    if (!keep_guarantees(snapshot, &queue, choices) || drives) {
        enum step step = EXCLUSIVE_STAY;

        while (!place(snapshot, &queue, step, choices) && step < PACKED) {
            step++;
        }
    }
    queue_destroy(&queue);
    return true;
}

/* Until it comes to rest. */

/* Where 'slot' returns to when it was moved by 'choice', as vm-slot.h has
 * it. */
static int
find_home(const struct vm_snapshot *snapshot, const struct vm_slot *slot,
          const struct vm_choice *choice)
{
    bool driven = (slot->present >= 0 && choice->uplink != slot->present
                   && (!snapshot->uplinks[slot->present].usable
                       || choice->reason == VM_R_MADE_WAY
                       || choice->reason == VM_R_DISPLACED));

    if (slot->home >= 0) {
        return slot->home == choice->uplink ? VM_UPLINK_NONE : slot->home;
    }
    return (driven && slot->pinned != slot->present
            && vm_slot_wishes(slot, slot->present)
            ? slot->present : VM_UPLINK_NONE);
}

/* Carries out 'choices' in the world as it would be.  Returns true if that
 * moves anybody. */
static bool
carry_out(struct vm_snapshot *then, const struct vm_choice *choices)
{
    bool moves = false;

    for (size_t i = 0; i < then->n_slots; i++) {
        struct vm_slot *slot = &then->slots[i];

        moves = moves || slot->present != choices[i].uplink;
        slot->home = find_home(then, slot, &choices[i]);
        slot->present = choices[i].uplink;
    }
    return moves;
}

/* Why a slot that was moved by 'choice' and goes on to somewhere else left
 * where it is. */
static enum vm_reason
why_left(const struct vm_snapshot *snapshot, const struct vm_slot *slot,
         const struct vm_choice *choice)
{
    return (!snapshot->uplinks[slot->present].usable ? VM_R_FAILOVER
            : choice->reason == VM_R_MADE_WAY
            || choice->reason == VM_R_DISPLACED ? VM_R_MADE_WAY
            : VM_R_GUARANTEE);
}

/* Goes on with 'next' for 'slot', which 'choice' may have moved already. */
static void
go_on(const struct vm_snapshot *snapshot, const struct vm_slot *slot,
      const struct vm_choice *next, struct vm_choice *choice)
{
    int before = choice->uplink;

    choice->guarantee_broken = next->guarantee_broken;
    choice->uplink = next->uplink;
    if (next->uplink == before) {
        return;
    } else if (slot->present < 0 || before == slot->present
               || next->uplink < 0) {
        choice->reason = next->reason;
        choice->because = next->because;
        if (slot->present < 0 && next->reason == VM_R_GUARANTEE) {
            choice->reason = VM_R_GUARANTEE_FITS;
        }
    } else if (slot->present == next->uplink) {
        choice->reason = VM_R_STAYED;
        choice->because = VM_UPLINK_NONE;
    } else {
        choice->reason = why_left(snapshot, slot, choice);
        choice->because = (choice->reason == VM_R_GUARANTEE
                           ? VM_UPLINK_NONE : slot->present);
    }
}

void
vm_packing_run(const struct vm_snapshot *snapshot, struct vm_choice *choices)
{
    size_t n = snapshot->n_slots;

    if (!run_steps(snapshot, choices)) {
        return;
    }

    /* Where slots may be depends on where others are, so others may be
     * admitted, or be free to go home, when all have moved. */
    struct vm_snapshot then = *snapshot;
    struct vm_choice *next = xmemdup(choices, n * sizeof *next);

    then.slots = xmemdup(snapshot->slots, n * sizeof *then.slots);
    for (int i = 0; i < MAX_ROUNDS && carry_out(&then, next); i++) {
        run_steps(&then, next);
        for (size_t j = 0; j < n; j++) {
            go_on(snapshot, &snapshot->slots[j], &next[j], &choices[j]);
        }
    }
    free(then.slots);
    free(next);
}

/* Problems. */

/* "vm-min-rate=1 Gbit/s is not guaranteed", for that part of it which belongs
 * to a slot. */
static void
format_what(const struct vm_slot_state *state, uint64_t guarantee, bool host,
            struct ds *s)
{
    const struct vm_endpoint *endpoint = state->endpoint;

    ds_put_cstr(s, host ? "vm-aware-host min-rate=" : "vm-min-rate=");
    vm_rate_format(endpoint->policy.min_rate, s);
    ds_put_cstr(s, " is not guaranteed");
    if (endpoint->n_slots > 1) {
        ds_put_cstr(s, ", of which ");
        vm_rate_format(guarantee, s);
        ds_put_cstr(s, " for vm-uplinks=");
        vm_wish_format(&state->wish, s);
    }
}

static void
format_remedy(const struct vm_snapshot *snapshot,
              const struct vm_admission *admissions, size_t slot,
              struct ds *s)
{
    struct vm_remedy *remedies = xcalloc(snapshot->n_uplinks,
                                         sizeof *remedies);

    ds_put_cstr(s, ": ");
    if (admissions[slot].admitted) {
        ds_put_cstr(s, "other uplinks would have to be chosen");
    } else {
        vm_remedy_find(snapshot, admissions, slot, remedies);
        vm_remedy_format(snapshot, remedies, s);
    }
    free(remedies);
}

void
vm_packing_problems(const struct vm_world *world, const char *bond,
                    struct vm_problems *problems)
{
    const struct vm_snapshot *snapshot = &world->snapshot;
    bool any = false;
    size_t n_remedies = VM_PACKING_REMEDY_SLOTS / MAX(snapshot->n_slots, 1);
    size_t n_told = 0;
    struct queue queue;

    n_remedies = MIN(MAX(n_remedies, 1), VM_PACKING_REMEDIES);
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        any = any || (world->states[i]->guarantee_broken
                      && snapshot->slots[i].guarantee);
    }
    if (!any || !snapshot->n_uplinks) {
        return;
    }
    queue_init(&queue, snapshot);
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        const struct vm_slot_state *state = world->states[queue.places[i]];
        uint64_t guarantee = queue.snapshot.slots[i].guarantee;
        bool host = !strcmp(state->endpoint->id, VM_HOST_ID);
        struct ds s = DS_EMPTY_INITIALIZER;

        if (!state->guarantee_broken || !guarantee) {
            continue;
        }
        format_what(state, guarantee, host, &s);
        if (n_told++ < n_remedies) {
            format_remedy(&queue.snapshot, queue.admissions, i, &s);
        }
        vm_problems_add(problems,
                        host ? bond : state->interfaces[0]->name,
                        "%s", ds_cstr(&s));
        ds_destroy(&s);
    }
    queue_destroy(&queue);
}
