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

/* How often the outcome is looked at as if it had been carried out. */
#define MAX_ROUNDS 8

/* Slots in the order in which guarantees are considered: that of rule 2, but
 * without the demand, which changes all the time and must not take a guarantee
 * from one and give it to another. */
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
        queued[i].place = i;
        if (queued[i].slot.guarantee) {
            queued[i].slot.demand = 0;
        }
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

/* Who is admitted, in the order of 'snapshot'. */
static void
admit(const struct vm_snapshot *snapshot, struct vm_admission *admissions)
{
    struct queue queue;

    queue_init(&queue, snapshot);
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        admissions[queue.places[i]] = queue.admissions[i];
    }
    queue_destroy(&queue);
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

/* True if 'choices' break a guarantee that is admitted. */
static bool
breaks_admitted(const struct vm_snapshot *snapshot,
                const struct vm_choice *choices,
                const struct vm_admission *admissions)
{
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        if (snapshot->slots[i].guarantee && choices[i].guarantee_broken
            && admissions[i].admitted) {
            return true;
        }
    }
    return false;
}

/* Step 2: where 'slot' is to stay, or VM_UPLINK_NONE if it may choose or has
 * to obey its wish. */
static int
find_stay(const struct vm_snapshot *snapshot, const struct vm_slot *slot)
{
    return (slot->guarantee && !slot->n_wish && slot->present >= 0
            && snapshot->uplinks[slot->present].usable
            ? slot->present : VM_UPLINK_NONE);
}

/* Step 3: where 'slot' is to go. */
static int
find_packed(const struct vm_slot *slot, const struct vm_admission *admission)
{
    return ((slot->guarantee && admission->admitted) || slot->exclusive
            ? admission->uplink : VM_UPLINK_NONE);
}

/* Why 'slot' is on 'choice', where it was bound to be.  'free' is the choice
 * without that. */
static void
give_reason(const struct vm_snapshot *snapshot, const struct vm_slot *slot,
            const struct vm_choice *free_choice, struct vm_choice *choice)
{
    if (choice->uplink == free_choice->uplink) {
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

/* Places all slots with those bound to an uplink that 'bound' has one for, and
 * with no room for guarantees that are not admitted.  'choices' are those
 * without.  Returns false, with 'choices' as they were, if that breaks a
 * guarantee that is admitted. */
static bool
place_bound(const struct vm_snapshot *snapshot, const int *bound,
            const struct vm_admission *admissions, struct vm_choice *choices)
{
    size_t n = snapshot->n_slots;
    struct vm_snapshot other = *snapshot;
    struct vm_choice *others = xcalloc(n, sizeof *others);

    other.slots = xmemdup(snapshot->slots, n * sizeof *other.slots);
    for (size_t i = 0; i < n; i++) {
        struct vm_slot *slot = &other.slots[i];

        slot->pinned = bound[i] >= 0 ? bound[i] : slot->pinned;
        slot->guarantee = admissions[i].admitted ? slot->guarantee : 0;
    }
    vm_placement_run(&other, others);

    bool keeps = !breaks_admitted(snapshot, others, admissions);
    for (size_t i = 0; i < n && keeps; i++) {
        const struct vm_slot *slot = &snapshot->slots[i];

        if (other.slots[i].pinned != slot->pinned
            && others[i].uplink == bound[i]) {
            give_reason(snapshot, slot, &choices[i], &others[i]);
        }
        others[i].guarantee_broken = (slot->guarantee
                                      && (!admissions[i].admitted
                                          || others[i].uplink < 0));
        choices[i] = others[i];
    }
    free(other.slots);
    free(others);
    return keeps;
}

/* Goes through the steps once.  Returns true if it took more than the first
 * one. */
static bool
run_steps(const struct vm_snapshot *snapshot, struct vm_choice *choices)
{
    size_t n = snapshot->n_slots;

    vm_placement_run(snapshot, choices);
    if (!breaks_any(snapshot, choices)) {
        return false;
    }

    struct vm_admission *admissions = xcalloc(n, sizeof *admissions);
    int *bound = xcalloc(n, sizeof *bound);
    bool packs;

    admit(snapshot, admissions);
    packs = breaks_admitted(snapshot, choices, admissions);
    if (packs) {
        for (size_t i = 0; i < n; i++) {
            bound[i] = find_stay(snapshot, &snapshot->slots[i]);
        }
        if (!place_bound(snapshot, bound, admissions, choices)) {
            for (size_t i = 0; i < n; i++) {
                bound[i] = find_packed(&snapshot->slots[i], &admissions[i]);
            }
            place_bound(snapshot, bound, admissions, choices);
        }
    }
    free(admissions);
    free(bound);
    return packs;
}

/* Takes over what is 'next' for 'slot', after 'choice'. */
static void
go_on(const struct vm_slot *slot, const struct vm_choice *next,
      struct vm_choice *choice)
{
    if (next->uplink != choice->uplink) {
        *choice = *next;
        if (slot->present < 0 && next->reason == VM_R_GUARANTEE) {
            choice->reason = VM_R_GUARANTEE_FITS;
        } else if (slot->present >= 0 && slot->present == next->uplink) {
            choice->reason = VM_R_STAYED;
            choice->because = VM_UPLINK_NONE;
        }
    }
    choice->guarantee_broken = next->guarantee_broken;
}

void
vm_packing_run(const struct vm_snapshot *snapshot, struct vm_choice *choices)
{
    size_t n = snapshot->n_slots;
    bool again = run_steps(snapshot, choices);

    if (!again) {
        return;
    }

    /* When all have moved, the way home may be free for one that was not to go
     * there before. */
    struct vm_snapshot then = *snapshot;
    struct vm_choice *next = xcalloc(n, sizeof *next);
    then.slots = xmemdup(snapshot->slots, n * sizeof *then.slots);
    for (int round = 0; round < MAX_ROUNDS && again; round++) {
        for (size_t i = 0; i < n; i++) {
            struct vm_slot *slot = &then.slots[i];

            slot->present = choices[i].uplink;
            slot->home = (slot->home == slot->present
                          ? VM_UPLINK_NONE : slot->home);
        }
        run_steps(&then, next);
        again = false;
        for (size_t i = 0; i < n; i++) {
            again = again || next[i].uplink != choices[i].uplink;
            go_on(&snapshot->slots[i], &next[i], &choices[i]);
        }
    }
    free(then.slots);
    free(next);
    if (again) {
        /* They would go round in circles. */
        vm_placement_run(snapshot, choices);
    }
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
