/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-placement-model.h"

#include "solve/vm-placement.h"
#include "util.h"

/* The snapshot, the choices for the first 'turn' slots, and the slot whose
 * turn it is. */
struct model {
    const struct vm_snapshot *snapshot;
    const struct vm_choice *choices;
    size_t turn;
};

static bool
allows(const struct vm_snap_slot *slot, int member)
{
    for (size_t i = 0; i < slot->n_pref; i++) {
        if (slot->pref[i] == member) {
            return true;
        }
    }
    return slot->any;
}

static bool
in_service(const struct model *model, int member)
{
    bool others = false;

    for (size_t i = 0; i < model->snapshot->n_members; i++) {
        others = others || (model->snapshot->members[i].usable
                            && !model->snapshot->members[i].avoid
                            && !model->snapshot->members[i].standby);
    }
    return (model->snapshot->members[member].usable
            && (!model->snapshot->members[member].standby || !others));
}

static bool
closed(const struct model *model, const struct vm_snap_slot *slot, int member)
{
    for (size_t i = 0; i < model->turn; i++) {
        if (model->choices[i].member == member
            && model->snapshot->slots[i].exclusive
            && model->snapshot->slots[i].priority > slot->priority) {
            return true;
        }
    }
    return false;
}

/* Returns true if 'slot' may be on 'member', as far as that need not be
 * avoided.  'ignore_exclusive' ignores exclusive slots. */
static bool
could_use(const struct model *model, const struct vm_snap_slot *slot,
          int member, bool ignore_exclusive)
{
    return (member != VM_MEMBER_NONE
            && allows(slot, member)
            && in_service(model, member)
            && (ignore_exclusive || !closed(model, slot, member)));
}

static int
avoids(const struct model *model, const struct vm_snap_slot *slot, int member)
{
    enum vm_avoid avoid = model->snapshot->members[member].avoid;

    return (member == slot->present && avoid == VM_AVOID_HELD_OFF ? 0
            : member == slot->present && slot->waits ? 0
            : avoid);
}

/* The same, and no other such member is less to be avoided. */
static bool
may_use(const struct model *model, const struct vm_snap_slot *slot, int member,
        bool ignore_exclusive)
{
    if (!could_use(model, slot, member, ignore_exclusive)) {
        return false;
    }
    for (int i = 0; i < model->snapshot->n_members; i++) {
        if (could_use(model, slot, i, ignore_exclusive)
            && avoids(model, slot, i) < avoids(model, slot, member)) {
            return false;
        }
    }
    return true;
}

/* Returns the member where 'slot' goes by the rules that do not depend on
 * load, or VM_MEMBER_NONE.  It tries what the rules list, in that order. */
static int
without_load(const struct model *model, const struct vm_snap_slot *slot,
             bool ignore_exclusive)
{
    int tries[16];
    size_t n = 0;

    tries[n++] = slot->pinned;
    if (!model->snapshot->failback) {
        tries[n++] = slot->present;
    }
    for (size_t i = 0; i < slot->n_pref; i++) {
        tries[n++] = slot->pref[i];
    }
    tries[n++] = slot->home;
    tries[n++] = slot->present;
    for (size_t i = 0; i < n; i++) {
        if (may_use(model, slot, tries[i], ignore_exclusive)) {
            return tries[i];
        }
    }
    return VM_MEMBER_NONE;
}

/* Returns the member where slot 'i' is, or is expected to be. */
static int
member_of(const struct model *model, size_t i)
{
    return (i < model->turn ? model->choices[i].member
            : i == model->turn ? VM_MEMBER_NONE
            : without_load(model, &model->snapshot->slots[i], true));
}

/* Sums over the slots of one member. */
struct sums {
    uint64_t load, reserved, promised, shares, count;
};

static struct sums
sum(const struct model *model, int member)
{
    struct sums s = { .load = model->snapshot->members[member].background };

    for (size_t i = 0; i < model->snapshot->n_slots; i++) {
        const struct vm_snap_slot *slot = &model->snapshot->slots[i];

        if (member_of(model, i) == member) {
            s.load += (slot->demand > slot->guarantee
                       ? slot->demand : slot->guarantee);
            s.reserved += slot->guarantee;
            s.promised += (i < model->turn
                           && !model->choices[i].guarantee_unmet
                           ? slot->guarantee : 0);
            s.shares += slot->shares;
            s.count++;
        }
    }
    return s;
}

/* Returns 0 if the guarantee fits beside all others, 1 if beside the promised
 * ones, 2 if it does not fit. */
static int
misfit(const struct model *model, const struct vm_snap_slot *slot, int member)
{
    const struct vm_snap_member *m = &model->snapshot->members[member];
    uint64_t room = m->capacity * model->snapshot->reservable_pct / 100;
    struct sums s = sum(model, member);

    return (slot->guarantee == 0 ? 0
            : s.reserved + slot->guarantee <= room ? 0
            : s.promised + slot->guarantee <= room ? 1
            : 2);
}

/* Returns true if 'a' is better than 'b' by load. */
static bool
cooler(const struct model *model, const struct vm_snap_slot *slot, int a,
       int b)
{
    uint64_t capacity_a = model->snapshot->members[a].capacity;
    uint64_t capacity_b = model->snapshot->members[b].capacity;
    struct sums sa = sum(model, a);
    struct sums sb = sum(model, b);
    uint64_t own = slot->demand > slot->guarantee ? slot->demand
                                                  : slot->guarantee;
    uint64_t ppm_a = vm_utilization_ppm(sa.load + own, capacity_a);
    uint64_t ppm_b = vm_utilization_ppm(sb.load + own, capacity_b);
    uint64_t shares_a = (sa.shares + slot->shares) * capacity_b;
    uint64_t shares_b = (sb.shares + slot->shares) * capacity_a;
    uint64_t count_a = (sa.count + 1) * capacity_b;
    uint64_t count_b = (sb.count + 1) * capacity_a;

    return (ppm_a != ppm_b ? ppm_a < ppm_b
            : shares_a != shares_b ? shares_a < shares_b
            : count_a != count_b ? count_a < count_b
            : a < b);
}

static int
by_load(const struct model *model, const struct vm_snap_slot *slot,
        bool fitting, size_t *n)
{
    int best = VM_MEMBER_NONE;

    *n = 0;
    for (int i = 0; i < model->snapshot->n_members; i++) {
        if (!may_use(model, slot, i, false)) {
            continue;
        }
        *n += 1;
        int difference = 0;
        if (best >= 0 && fitting) {
            difference = misfit(model, slot, i) - misfit(model, slot, best);
        }
        if (best < 0 || difference < 0
            || (!difference && cooler(model, slot, i, best))) {
            best = i;
        }
    }
    return best;
}

static struct vm_choice
because(enum vm_reason reason, int member, int of)
{
    return (struct vm_choice) {
        .member = member, .reason = reason, .because = of
    };
}

static struct vm_choice
without_member(const struct model *model, const struct vm_snap_slot *slot)
{
    int n_known = 0, known = VM_MEMBER_NONE;

    /* The present member comes first, then the others by name. */
    for (int pass = 0; pass < 4; pass++) {
        for (int i = 0; i < model->snapshot->n_members; i++) {
            if (allows(slot, i) && model->snapshot->members[i].usable
                && (pass % 2 || i == slot->present)
                && in_service(model, i) == (pass < 2)) {
                return because(pass < 2 ? VM_R_DISPLACED
                               : VM_R_STANDBY_NOT_NEEDED, VM_MEMBER_NONE, i);
            }
        }
    }
    for (int i = 0; i < model->snapshot->n_members; i++) {
        if (allows(slot, i)) {
            n_known++;
            known = i;
        }
    }
    return (slot->any ? because(VM_R_ALL_LOST, VM_MEMBER_NONE, VM_MEMBER_NONE)
            : n_known == 0
            ? because(VM_R_NO_SUCH_UPLINK, VM_MEMBER_NONE, VM_MEMBER_NONE)
            : n_known == 1
            ? because(VM_R_ONLY_UPLINK_LOST, VM_MEMBER_NONE, known)
            : because(VM_R_UPLINKS_LOST, VM_MEMBER_NONE, VM_MEMBER_NONE));
}

/* Returns the choice of 'member' with its reason by the list in
 * vm-placement.h. */
static struct vm_choice
explain(const struct model *model, const struct vm_snap_slot *slot, int member,
        bool settled)
{
    int present = slot->present;
    bool moves = present != member;
    bool was_lost = (moves && present >= 0
                     && !model->snapshot->members[present].usable);
    bool was_drained = (moves && could_use(model, slot, present, false)
                        && !may_use(model, slot, present, false));
    bool was_closed = (moves && could_use(model, slot, present, true)
                       && !could_use(model, slot, present, false));
    bool was_standby = (moves && present >= 0 && !was_lost
                        && allows(slot, present)
                        && !in_service(model, present));
    size_t n;

    if (slot->pinned == member) {
        return because(VM_R_MANUAL, member, VM_MEMBER_NONE);
    } else if (was_lost) {
        return because(VM_R_FAILOVER, member, present);
    } else if (was_drained) {
        return because(VM_R_DRAINED, member, present);
    } else if (was_closed) {
        return because(VM_R_PREEMPTED, member, present);
    } else if (moves && (slot->home == member || was_standby)) {
        return because(VM_R_FAILBACK, member, member);
    } else if (model->snapshot->members[member].standby) {
        return because(VM_R_STANDBY, member, VM_MEMBER_NONE);
    } else if (slot->n_pref && slot->pref[0] == member) {
        return because(VM_R_FIRST_CHOICE, member, VM_MEMBER_NONE);
    } else if (slot->n_pref && (moves || model->snapshot->failback)) {
        return because(VM_R_NEXT_CHOICE, member, slot->pref[0]);
    } else if (settled) {
        return because(VM_R_STAYED, member, VM_MEMBER_NONE);
    }

    int coolest = by_load(model, slot, false, &n);
    return because(n == 1 ? VM_R_ONLY_USABLE
                   : coolest == member ? VM_R_LEAST_LOADED
                   : VM_R_GUARANTEE_FITS, member, VM_MEMBER_NONE);
}

void
vm_placement_model(const struct vm_snapshot *snapshot,
                   struct vm_choice *choices)
{
    for (size_t turn = 0; turn < snapshot->n_slots; turn++) {
        struct model model = { snapshot, choices, turn };
        const struct vm_snap_slot *slot = &snapshot->slots[turn];
        int member = without_load(&model, slot, false);
        bool settled = member != VM_MEMBER_NONE;
        size_t n;

        if (!settled) {
            member = by_load(&model, slot, true, &n);
        }
        struct vm_choice choice = (member == VM_MEMBER_NONE
                                   ? without_member(&model, slot)
                                   : explain(&model, slot, member, settled));
        choice.guarantee_unmet
            = slot->guarantee && (member == VM_MEMBER_NONE
                                  || misfit(&model, slot, member) == 2);
        choices[turn] = choice;
    }
}
