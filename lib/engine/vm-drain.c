/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-drain.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/vm-hold.h"
#include "engine/vm-request-words.h"
#include "engine/vm-requests.h"
#include "model/vm-slot.h"
#include "util.h"

/* One run. */
struct run {
    struct vm_inventory *inventory;
    struct vm_requests *requests;
    struct vm_slot **slots;     /* All, sorted. */
    size_t n;
    size_t n_requests;          /* What is left of the budget. */
    long long int now;
};

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

/* Returns the name of the member that carries 'slot', or will do so first
 * after a restart, or null. */
static const char *
name_of_member(const struct vm_slot *slot)
{
    return (slot->member ? slot->member
            : slot->reason == VM_R_NONE && slot->home_restored ? slot->home
            : NULL);
}

static bool
is_on(const struct vm_slot *slot, const struct vm_member *member)
{
    return nullable_string_is_equal(slot->member, member->name);
}

/* Returns true if 'slot', which is on 'member', may leave it. */
static bool
may_leave(const struct vm_inventory *inventory, const struct vm_slot *slot,
          const struct vm_member *member)
{
    return (member->config.drain && vm_member_is_usable(member)
            && has_other(inventory, slot, member));
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

/* Leaving. */

static bool
is_held(enum vm_hold hold)
{
    return hold == VM_HOLD_UNTIL_ASKED || hold == VM_HOLD_UNTIL_ANSWERED;
}

/* Updates whether 'slot' leaves its member.  It does not any more if the drain
 * has ended, the other members are lost, or it had its turn and stayed.  After
 * a restart it does if its VM has been asked for. */
static void
update_leaving(const struct run *run, struct vm_slot *slot)
{
    const char *name = name_of_member(slot);
    const struct vm_member *member
        = name ? vm_inventory_find_member(run->inventory, name) : NULL;
    bool may = member && may_leave(run->inventory, slot, member);
    bool restored = (may && !slot->member
                     && vm_failovers_include(&run->requests->failovers, slot,
                                             name));
    enum vm_hold hold = vm_hold_find(run->requests, slot->endpoint, run->now);

    if (!slot->leaves && !restored) {
        return;
    }
    slot->leaves = (may && !slot->drain_turn
                    && (!restored || hold == VM_HOLD_SUSPENDED
                        || hold == VM_HOLD_UNTIL_ANSWERED));
    if (!slot->leaves && member && vm_member_is_usable(member)) {
        slot->failover = 0;
    }
}

static void
give_turn(const struct run *run, struct vm_slot *slot)
{
    slot->drain_turn = true;
    if (vm_hold_find(run->requests, slot->endpoint, run->now)
        == VM_HOLD_IN_VAIN) {
        vm_hold_tell(run->requests, slot, run->now);
    }
}

/* Gives 'slot', which leaves, its turn unless it is held. */
static void
give_turn_or_hold(const struct run *run, struct vm_slot *slot)
{
    if (!is_held(vm_hold_find(run->requests, slot->endpoint, run->now))) {
        give_turn(run, slot);
    }
}

/* Lets 'slot' leave 'member', together with the other slots of its VM there.
 * Returns the number of these slots, 0 if the budget of requests does not
 * permit it. */
static size_t
let_leave(struct run *run, struct vm_slot *slot,
          const struct vm_member *member)
{
    bool asks = (vm_hold_find(run->requests, slot->endpoint, run->now)
                 == VM_HOLD_UNTIL_ASKED);
    struct vm_endpoint *endpoint = slot->endpoint;
    size_t n = 0;

    if (asks && !run->n_requests) {
        return 0;
    }
    run->n_requests -= asks;
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        struct vm_slot *other = endpoint->slots[i];

        if (is_on(other, member) && !other->drain_turn
            && may_leave(run->inventory, other, member)) {
            vm_failovers_begin_leaving(&run->requests->failovers, other,
                                       run->now);
            give_turn_or_hold(run, other);
            n++;
        }
    }
    return n;
}

/* Gives turns on 'member', which is drained. */
static void
run_member(struct run *run, struct vm_member *member)
{
    bool due = run->now >= member->drain_next;
    size_t n_given = 0;

    member->drain_goes = false;
    for (size_t i = 0; i < run->n; i++) {
        struct vm_slot *slot = run->slots[i];

        if (!is_on(slot, member) || slot->drain_turn
            || !may_leave(run->inventory, slot, member)) {
            continue;
        }
        if (slot->leaves) {
            give_turn_or_hold(run, slot);
        } else if (due && n_given < VM_DRAIN_BATCH) {
            n_given += let_leave(run, slot, member);
        }
        member->drain_goes |= !slot->drain_turn;
    }
    if (due) {
        member->drain_next = run->now + VM_DRAIN_INTERVAL;
    }
}

/* The drain of 'member' has ended, if there was one. */
static void
end_drain(const struct run *run, struct vm_member *member)
{
    member->drain_next = LLONG_MIN;
    member->drain_goes = false;
    for (size_t i = 0; i < run->n; i++) {
        run->slots[i]->drain_turn &= !is_on(run->slots[i], member);
    }
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
vm_drain_run(struct vm_inventory *inventory, struct vm_requests *requests,
             long long int now)
{
    struct run run = {
        .inventory = inventory,
        .requests = requests,
        .n_requests = vm_budget_left(&requests->budget,
                                     requests->facts.config->request_rate,
                                     now),
        .now = now,
    };

    if (!is_any_drained(inventory)) {
        return;
    }
    run.slots = vm_inventory_slots(inventory, &run.n);
    if (run.n) {
        qsort(run.slots, run.n, sizeof *run.slots, compare_slots);
    }
    for (size_t i = 0; i < run.n; i++) {
        update_leaving(&run, run.slots[i]);
    }
    for (size_t i = 0; i < inventory->n_members; i++) {
        struct vm_member *member = inventory->members[i];

        if (member->config.drain) {
            run_member(&run, member);
        } else {
            end_drain(&run, member);
        }
    }
    free(run.slots);
}

bool
vm_drain_waits(const struct vm_inventory *inventory,
               const struct vm_requests *requests)
{
    if (!requests->dirty) {
        return false;
    }
    for (size_t i = 0; i < inventory->n_members; i++) {
        if (inventory->members[i]->drain_goes) {
            return true;
        }
    }
    return false;
}

/* Returns the time (ms) after 'now' at which vm_drain_run() has something to
 * do about 'slot', which is on 'member'. */
static long long int
slot_deadline(const struct vm_inventory *inventory,
              const struct vm_requests *requests, const struct vm_slot *slot,
              const struct vm_member *member, long long int now)
{
    enum vm_hold hold = vm_hold_find(requests, slot->endpoint, now);
    long long int next = MAX(member->drain_next, now + 1);

    if (slot->drain_turn || !may_leave(inventory, slot, member)) {
        return slot->leaves ? next : LLONG_MAX;
    } else if (slot->leaves) {
        return (is_held(hold) ? vm_hold_deadline(requests, slot->endpoint)
                : next);
    }
    return (hold == VM_HOLD_UNTIL_ASKED
            ? MAX(next, vm_budget_next(&requests->budget,
                                       requests->facts.config->request_rate))
            : next);
}

long long int
vm_drain_deadline(const struct vm_inventory *inventory,
                  const struct vm_requests *requests, long long int now)
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
            = vm_inventory_find_member(inventory, slots[i]->member);

        if (member && member->config.drain) {
            deadline = MIN(deadline, slot_deadline(inventory, requests,
                                                   slots[i], member, now));
        }
    }
    free(slots);
    return deadline;
}
