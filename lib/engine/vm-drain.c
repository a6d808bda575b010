/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-drain.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "model/vm-slot.h"
#include "util.h"

/* Returns true if a usable member other than 'member' might carry 'slot'. */
static bool
has_other(const struct vm_inventory *inventory, const struct vm_slot *slot,
          const struct vm_member *member)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *other = inventory->members[i];

        if (other != member && vm_member_is_usable(other)
            && !other->config.drain && vm_slot_allows(slot, other->name)) {
            return true;
        }
    }
    return false;
}

static bool
is_on(const struct vm_slot *slot, const struct vm_member *member)
{
    return nullable_string_is_equal(slot->member, member->name);
}

static int
compare_slots(const void *a_, const void *b_)
{
    const struct vm_slot *const *ap = a_;
    const struct vm_slot *const *bp = b_;
    const struct vm_slot *a = *ap, *b = *bp;
    int priority_a = a->endpoint->policy.priority;
    int priority_b = b->endpoint->policy.priority;

    return (priority_a != priority_b ? (priority_a < priority_b ? -1 : 1)
            : strcmp(a->id, b->id));
}

/* Gives turns to the next batch on 'member'.  'slots' are all, sorted. */
static void
give_turns(const struct vm_inventory *inventory, struct vm_member *member,
           struct vm_slot **slots, size_t n, long long int now)
{
    size_t n_given = 0;

    for (size_t i = 0; i < n && n_given < VM_DRAIN_BATCH; i++) {
        if (is_on(slots[i], member) && !slots[i]->drain_turn) {
            slots[i]->drain_turn = true;
            n_given += has_other(inventory, slots[i], member);
        }
    }
    member->drain_next = now + VM_DRAIN_INTERVAL;
}

/* Returns true if any member is drained, or was when turns were given last. */
static bool
is_any_drained(const struct vm_inventory *inventory)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        if (member->config.drain || member->drain_next != LLONG_MIN) {
            return true;
        }
    }
    return false;
}

void
vm_drain_run(struct vm_inventory *inventory, long long int now)
{
    struct vm_slot **slots;
    size_t n;

    if (!is_any_drained(inventory)) {
        return;
    }
    slots = vm_inventory_slots(inventory, &n);
    if (n) {
        qsort(slots, n, sizeof *slots, compare_slots);
    }
    for (size_t i = 0; i < inventory->n_members; i++) {
        struct vm_member *member = inventory->members[i];

        if (!member->config.drain) {
            member->drain_next = LLONG_MIN;
            for (size_t j = 0; j < n; j++) {
                slots[j]->drain_turn &= !is_on(slots[j], member);
            }
        } else if (now >= member->drain_next) {
            give_turns(inventory, member, slots, n, now);
        }
    }
    free(slots);
}

long long int
vm_drain_deadline(const struct vm_inventory *inventory)
{
    long long int deadline = LLONG_MAX;
    struct vm_slot **slots;
    size_t n;

    if (!is_any_drained(inventory)) {
        return LLONG_MAX;
    }
    slots = vm_inventory_slots(inventory, &n);
    for (size_t i = 0; i < n; i++) {
        const struct vm_member *member
            = slots[i]->member ? vm_inventory_find_member(inventory,
                                                          slots[i]->member)
                               : NULL;

        if (member && member->config.drain && !slots[i]->drain_turn) {
            deadline = MIN(deadline, member->drain_next);
        }
    }
    free(slots);
    return deadline;
}
