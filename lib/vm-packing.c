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

/* Places all slots with those bound to an uplink that 'bound' has one for.
 * 'choices' are those without.  Returns false, with 'choices' as they were, if
 * that breaks a guarantee that is admitted. */
static bool
place_bound(const struct vm_snapshot *snapshot, const int *bound,
            const struct vm_admission *admissions, struct vm_choice *choices)
{
    size_t n = snapshot->n_slots;
    struct vm_snapshot other = *snapshot;
    struct vm_choice *others = xcalloc(n, sizeof *others);
    bool *was_bound = xcalloc(n, sizeof *was_bound);

    other.slots = xmemdup(snapshot->slots, n * sizeof *other.slots);
    for (size_t i = 0; i < n; i++) {
        struct vm_slot *slot = &other.slots[i];

        if (bound[i] >= 0 && slot->pinned != bound[i]) {
            slot->pinned = bound[i];
            was_bound[i] = true;
        }
    }
    vm_placement_run(&other, others);

    bool keeps = !breaks_admitted(snapshot, others, admissions);
    for (size_t i = 0; i < n && keeps; i++) {
        if (was_bound[i] && others[i].uplink == bound[i]) {
            give_reason(snapshot, &snapshot->slots[i], &choices[i],
                        &others[i]);
        }
        choices[i] = others[i];
    }
    free(other.slots);
    free(others);
    free(was_bound);
    return keeps;
}

void
vm_packing_run(const struct vm_snapshot *snapshot, struct vm_choice *choices)
{
    size_t n = snapshot->n_slots;

    vm_placement_run(snapshot, choices);
    if (!breaks_any(snapshot, choices)) {
        return;
    }

    struct vm_admission *admissions = xcalloc(n, sizeof *admissions);
    int *bound = xmalloc(n * sizeof *bound);
    vm_admission_run(snapshot, admissions);
    if (breaks_admitted(snapshot, choices, admissions)) {
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
    struct vm_admission *admissions = NULL;
    size_t n_told = 0;

    if (!snapshot->n_uplinks) {
        return;
    }
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        const struct vm_slot_state *state = world->states[i];
        bool host = !strcmp(state->endpoint->id, VM_HOST_ID);
        struct ds s = DS_EMPTY_INITIALIZER;

        if (!state->guarantee_broken || !snapshot->slots[i].guarantee) {
            continue;
        }
        if (!admissions) {
            admissions = xcalloc(snapshot->n_slots, sizeof *admissions);
            vm_admission_run(snapshot, admissions);
        }
        format_what(state, snapshot->slots[i].guarantee, host, &s);
        if (n_told++ < VM_PACKING_REMEDIES) {
            format_remedy(snapshot, admissions, i, &s);
        }
        vm_problems_add(problems,
                        host ? bond : state->interfaces[0]->name,
                        "%s", ds_cstr(&s));
        ds_destroy(&s);
    }
    free(admissions);
}
