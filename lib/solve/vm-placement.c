/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-placement.h"

#include "solve/vm-ledger.h"
#include "util.h"

/* By which rule a member was found. */
enum rule {
    BY_OPERATOR,
    BY_NAME,                    /* Named in the preference. */
    BY_HOME,
    BY_PRESENCE,
    BY_LOAD,
    BY_NOTHING                  /* There is none. */
};

struct placement {
    const struct vm_snapshot *snapshot;
    struct vm_ledger ledger;
    int *expected;              /* Member per slot, before its turn. */
};

/* Rules 2, 3 and the first half of 4, which do not depend on load. */
static int
find_settled(const struct vm_ledger *ledger, const struct vm_snap_slot *slot,
             enum rule *rule)
{
    if (vm_ledger_is_open(ledger, slot->pinned)) {
        *rule = BY_OPERATOR;
        return slot->pinned;
    }

    bool may_stay = vm_ledger_is_open(ledger, slot->present);
    if (may_stay && !ledger->snapshot->failback) {
        *rule = BY_PRESENCE;
        return slot->present;
    }

    for (size_t i = 0; i < slot->n_pref; i++) {
        if (vm_ledger_is_open(ledger, slot->pref[i])) {
            *rule = BY_NAME;
            return slot->pref[i];
        }
    }

    if (vm_ledger_is_open(ledger, slot->home)) {
        *rule = BY_HOME;
        return slot->home;
    }

    *rule = may_stay ? BY_PRESENCE : BY_NOTHING;
    return may_stay ? slot->present : VM_MEMBER_NONE;
}

/* The second half of rule 4.  Returns the best of the members that are open to
 * 'slot', or VM_MEMBER_NONE, and sets '*reason' to the reason for it. */
static int
find_by_load(const struct vm_ledger *ledger, const struct vm_snap_slot *slot,
             enum vm_reason *reason)
{
    size_t n_open = 0;
    int best = VM_MEMBER_NONE;
    int coolest = VM_MEMBER_NONE;
    enum vm_fit best_fit = VM_FITS_NOT;

    for (size_t i = 0; i < ledger->snapshot->n_members; i++) {
        if (!vm_ledger_is_open(ledger, i)) {
            continue;
        }

        enum vm_fit fit = vm_ledger_fit(ledger, slot, i);
        if (!n_open || fit < best_fit
            || (fit == best_fit && vm_ledger_compare(ledger, slot, i,
                                                     best) < 0)) {
            best = i;
            best_fit = fit;
        }
        if (!n_open || vm_ledger_compare(ledger, slot, i, coolest) < 0) {
            coolest = i;
        }
        n_open++;
    }

    *reason = (n_open == 1 ? VM_R_ONLY_USABLE
               : best == coolest ? VM_R_LEAST_LOADED
               : VM_R_GUARANTEE_FITS);
    return best;
}

/* Why 'slot' stays on or comes to 'member', if why_moved() has no reason for
 * it.  'by_load' is the reason of find_by_load(). */
static enum vm_reason
why_here(const struct vm_ledger *ledger, const struct vm_snap_slot *slot,
         int member, enum rule rule, enum vm_reason by_load, int *because)
{
    *because = VM_MEMBER_NONE;
    if (rule == BY_OPERATOR) {
        return VM_R_MANUAL;
    } else if (ledger->snapshot->members[member].standby) {
        return VM_R_STANDBY;
    } else if (slot->n_pref && slot->pref[0] == member) {
        return VM_R_FIRST_CHOICE;
    } else if (rule == BY_PRESENCE && !ledger->snapshot->failback) {
        return VM_R_STAYED;
    } else if (slot->n_pref) {
        *because = slot->pref[0];
        return VM_R_NEXT_CHOICE;
    } else {
        return rule == BY_LOAD ? by_load : VM_R_STAYED;
    }
}

/* Why 'slot' leaves its present member, if it has one, for 'member'.  Returns
 * VM_R_NONE if only its preference or the loads made it do so. */
static enum vm_reason
why_moved(const struct vm_ledger *ledger, const struct vm_snap_slot *slot,
          int member, enum rule rule, int *because)
{
    int present = slot->present;
    bool leaves_standby = false;

    if (rule == BY_OPERATOR) {
        return VM_R_NONE;
    }

    if (present >= 0) {
        bool preferred = vm_snap_slot_allows(slot, present);
        bool available = vm_ledger_is_available(ledger, present);

        *because = present;
        if (!ledger->snapshot->members[present].usable) {
            return VM_R_FAILOVER;
        } else if (vm_ledger_is_avoided(ledger, present)) {
            return VM_R_DRAINED;
        } else if (preferred && available && !vm_ledger_is_open(ledger,
                                                                present)) {
            return VM_R_PREEMPTED;
        }
        leaves_standby = preferred && !available;
    }

    *because = member;
    return (member == slot->home || leaves_standby
            ? VM_R_FAILBACK : VM_R_NONE);
}

/* Returns the first name in the preference of 'slot' that is a member, or
 * VM_MEMBER_NONE.  Sets '*several' to whether it names another member, too. */
static int
first_named(const struct vm_snap_slot *slot, bool *several)
{
    int first = VM_MEMBER_NONE;

    *several = false;
    for (size_t i = 0; i < slot->n_pref; i++) {
        if (slot->pref[i] >= 0) {
            *several = *several || (first >= 0 && slot->pref[i] != first);
            first = first < 0 ? slot->pref[i] : first;
        }
    }
    return first;
}

/* Why 'slot' gets no member. */
static enum vm_reason
why_nowhere(const struct vm_ledger *ledger, const struct vm_snap_slot *slot,
            int *because)
{
    int closed = VM_MEMBER_NONE;
    int standby = VM_MEMBER_NONE;

    for (size_t i = 0; i < ledger->snapshot->n_members; i++) {
        if (!vm_snap_slot_allows(slot, i)
            || !ledger->snapshot->members[i].usable) {
            continue;
        }

        /* No member is open to the slot, so one that is available is
         * closed. */
        int *obstacle = (vm_ledger_is_available(ledger, i)
                         ? &closed : &standby);
        if (*obstacle < 0 || i == slot->present) {
            *obstacle = i;
        }
    }

    *because = closed >= 0 ? closed : standby;
    if (closed >= 0) {
        return VM_R_DISPLACED;
    } else if (standby >= 0) {
        return VM_R_STANDBY_NOT_NEEDED;
    } else if (slot->any) {
        return VM_R_ALL_LOST;
    }

    bool several;
    int first = first_named(slot, &several);
    *because = several ? VM_MEMBER_NONE : first;
    return (first < 0 ? VM_R_NO_SUCH_UPLINK
            : several ? VM_R_UPLINKS_LOST
            : VM_R_ONLY_UPLINK_LOST);
}

static void
placement_init(struct placement *placement,
               const struct vm_snapshot *snapshot)
{
    placement->snapshot = snapshot;
    vm_ledger_init(&placement->ledger, snapshot);
    placement->expected = xcalloc(snapshot->n_slots,
                                  sizeof *placement->expected);

    /* Nothing is closed yet, so this finds the member where each slot goes
     * unless an exclusive slot closes it. */
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        const struct vm_snap_slot *slot = &snapshot->slots[i];
        enum rule rule;

        vm_ledger_open_for(&placement->ledger, slot);
        placement->expected[i] = find_settled(&placement->ledger, slot, &rule);
        if (placement->expected[i] >= 0) {
            vm_ledger_add(&placement->ledger, slot, placement->expected[i]);
        }
    }
}

static void
placement_destroy(struct placement *placement)
{
    vm_ledger_destroy(&placement->ledger);
    free(placement->expected);
}

/* Chooses a member for slot 'i' when all slots before it are settled. */
static enum rule
decide(struct placement *placement, size_t i, struct vm_choice *choice)
{
    const struct vm_snap_slot *slot = &placement->snapshot->slots[i];
    struct vm_ledger *ledger = &placement->ledger;
    enum vm_reason by_load = VM_R_NONE;
    enum rule rule;

    if (placement->expected[i] >= 0) {
        vm_ledger_subtract(ledger, slot, placement->expected[i]);
        placement->expected[i] = VM_MEMBER_NONE;
    }
    vm_ledger_open_for(ledger, slot);

    choice->member = find_settled(ledger, slot, &rule);
    if (rule == BY_NOTHING) {
        choice->member = find_by_load(ledger, slot, &by_load);
        rule = choice->member < 0 ? BY_NOTHING : BY_LOAD;
    }
    if (rule == BY_NOTHING) {
        choice->reason = why_nowhere(ledger, slot, &choice->because);
        choice->guarantee_unmet = slot->guarantee > 0;
        return rule;
    }

    choice->reason = (choice->member == slot->present ? VM_R_NONE
                      : why_moved(ledger, slot, choice->member, rule,
                                  &choice->because));
    if (choice->reason == VM_R_NONE) {
        choice->reason = why_here(ledger, slot, choice->member, rule, by_load,
                                  &choice->because);
    }
    choice->guarantee_unmet
        = vm_ledger_fit(ledger, slot, choice->member) == VM_FITS_NOT;
    return rule;
}

static void
settle(struct placement *placement, size_t i, const struct vm_choice *choice)
{
    const struct vm_snap_slot *slot = &placement->snapshot->slots[i];

    if (choice->member >= 0) {
        vm_ledger_add(&placement->ledger, slot, choice->member);
        vm_ledger_settle(&placement->ledger, slot, choice->member,
                         !choice->guarantee_unmet);
    }
}

bool
vm_placement_needs_loads(const struct vm_snapshot *snapshot)
{
    struct placement placement;
    bool needs = false;

    placement_init(&placement, snapshot);
    for (size_t i = 0; i < snapshot->n_slots && !needs; i++) {
        needs = placement.expected[i] == VM_MEMBER_NONE;
    }
    placement_destroy(&placement);
    return needs;
}

void
vm_placement_run(const struct vm_snapshot *snapshot,
                 struct vm_choice *choices)
{
    struct placement placement;

    placement_init(&placement, snapshot);
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        decide(&placement, i, &choices[i]);
        settle(&placement, i, &choices[i]);
    }
    placement_destroy(&placement);
}

/* Why 'member' is not the one that was chosen by 'rule'. */
static enum vm_reason
why_not(const struct vm_ledger *ledger, const struct vm_snap_slot *slot,
        int chosen, enum rule rule, size_t member)
{
    if (!ledger->snapshot->members[member].usable) {
        return VM_R_DOWN;
    } else if (!vm_snap_slot_allows(slot, member)) {
        return VM_R_NOT_IN_UPLINKS;
    } else if (!vm_ledger_is_available(ledger, member)) {
        return VM_R_STANDBY_NOT_NEEDED;
    } else if (vm_ledger_is_avoided(ledger, member)) {
        return (ledger->snapshot->members[member].avoid == VM_AVOID_DRAINED
                ? VM_R_DRAINING : VM_R_HELD_OFF);
    } else if (!vm_ledger_is_open(ledger, member)) {
        return VM_R_CLOSED;
    } else if (rule == BY_PRESENCE) {
        return VM_R_NO_NEED;
    } else if (rule != BY_LOAD) {
        return VM_R_LESS_PREFERRED;
    } else if (vm_ledger_fit(ledger, slot, member)
               > vm_ledger_fit(ledger, slot, chosen)) {
        return VM_R_GUARANTEE_DOES_NOT_FIT;
    } else {
        return (vm_ledger_compare(ledger, slot, member, chosen) > 0
                ? VM_R_MORE_LOADED : VM_R_LESS_PREFERRED);
    }
}

void
vm_placement_explain(const struct vm_snapshot *snapshot, size_t slot,
                     struct vm_verdict *verdicts)
{
    struct placement placement;
    struct vm_choice choice;
    enum rule rule;

    ovs_assert(slot < snapshot->n_slots);
    placement_init(&placement, snapshot);
    for (size_t i = 0; i < slot; i++) {
        decide(&placement, i, &choice);
        settle(&placement, i, &choice);
    }
    rule = decide(&placement, slot, &choice);

    for (size_t i = 0; i < snapshot->n_members; i++) {
        struct vm_verdict *verdict = &verdicts[i];

        verdict->reason = (i == choice.member ? choice.reason
                           : why_not(&placement.ledger, &snapshot->slots[slot],
                                     choice.member, rule, i));
        verdict->predicted_ppm
            = vm_ledger_predict_ppm(&placement.ledger, &snapshot->slots[slot],
                                    i);
    }
    placement_destroy(&placement);
}
