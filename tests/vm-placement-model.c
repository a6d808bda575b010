/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-placement-model.h"

#include "util.h"
#include "vm-placement.h"

/* What the model knows: the snapshot, the choices for the first 'turn' slots,
 * and that it is the turn of slot number 'turn'. */
struct model {
    const struct vm_snapshot *world;
    const struct vm_choice *choices;
    size_t turn;
};

static bool
wished(const struct vm_slot *slot, int uplink)
{
    for (size_t i = 0; i < slot->n_wish; i++) {
        if (slot->wish[i] == uplink) {
            return true;
        }
    }
    return slot->any;
}

static bool
in_service(const struct model *model, int uplink)
{
    bool others = false;

    for (size_t i = 0; i < model->world->n_uplinks; i++) {
        others = others || (model->world->uplinks[i].usable
                            && !model->world->uplinks[i].standby);
    }
    return (model->world->uplinks[uplink].usable
            && (!model->world->uplinks[uplink].standby || !others));
}

static bool
closed(const struct model *model, const struct vm_slot *slot, int uplink)
{
    for (size_t i = 0; i < model->turn; i++) {
        if (model->choices[i].uplink == uplink
            && model->world->slots[i].exclusive
            && model->world->slots[i].priority > slot->priority) {
            return true;
        }
    }
    return false;
}

/* May 'slot' be on 'uplink', exclusive slots left aside if 'peace'? */
static bool
may_use(const struct model *model, const struct vm_slot *slot, int uplink,
        bool peace)
{
    return (uplink != VM_UPLINK_NONE
            && wished(slot, uplink)
            && in_service(model, uplink)
            && (peace || !closed(model, slot, uplink)));
}

/* Where 'slot' goes regardless of load, or VM_UPLINK_NONE.  The list of what
 * is tried, in order, is the rules' text. */
static int
regardless(const struct model *model, const struct vm_slot *slot, bool peace)
{
    int tries[16];
    size_t n = 0;

    tries[n++] = slot->pinned;
    if (!model->world->failback) {
        tries[n++] = slot->present;
    }
    for (size_t i = 0; i < slot->n_wish; i++) {
        tries[n++] = slot->wish[i];
    }
    tries[n++] = slot->home;
    tries[n++] = slot->present;
    for (size_t i = 0; i < n; i++) {
        if (may_use(model, slot, tries[i], peace)) {
            return tries[i];
        }
    }
    return VM_UPLINK_NONE;
}

/* Where slot number 'i' is, or is expected to be. */
static int
whereabouts(const struct model *model, size_t i)
{
    return (i < model->turn ? model->choices[i].uplink
            : i == model->turn ? VM_UPLINK_NONE
            : regardless(model, &model->world->slots[i], true));
}

/* Sums that one walk over all slots gives. */
struct sums {
    uint64_t load, booked, promised, shares, count;
};

static struct sums
sum(const struct model *model, int uplink)
{
    struct sums s = { .load = model->world->uplinks[uplink].background };

    for (size_t i = 0; i < model->world->n_slots; i++) {
        const struct vm_slot *slot = &model->world->slots[i];

        if (whereabouts(model, i) == uplink) {
            s.load += (slot->demand > slot->guarantee
                       ? slot->demand : slot->guarantee);
            s.booked += slot->guarantee;
            s.promised += (i < model->turn
                           && !model->choices[i].guarantee_broken
                           ? slot->guarantee : 0);
            s.shares += slot->shares;
            s.count++;
        }
    }
    return s;
}

/* 0 if the guarantee fits beside all others, 1 if beside those promised, 2 if
 * not. */
static int
misfit(const struct model *model, const struct vm_slot *slot, int uplink)
{
    const struct vm_uplink *u = &model->world->uplinks[uplink];
    uint64_t room = u->capacity * model->world->reservable_pct / 100;
    struct sums s = sum(model, uplink);

    return (slot->guarantee == 0 ? 0
            : s.booked + slot->guarantee <= room ? 0
            : s.promised + slot->guarantee <= room ? 1
            : 2);
}

/* Is 'a' better than 'b' by load? */
static bool
cooler(const struct model *model, const struct vm_slot *slot, int a, int b)
{
    uint64_t capacity_a = model->world->uplinks[a].capacity;
    uint64_t capacity_b = model->world->uplinks[b].capacity;
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
by_load(const struct model *model, const struct vm_slot *slot, bool fitting,
        size_t *n)
{
    int best = VM_UPLINK_NONE;

    *n = 0;
    for (int i = 0; i < model->world->n_uplinks; i++) {
        if (!may_use(model, slot, i, false)) {
            continue;
        }
        *n += 1;
        int difference = (best < 0 || !fitting ? 0
                          : misfit(model, slot, i)
                            - misfit(model, slot, best));
        if (best < 0 || difference < 0
            || (!difference && cooler(model, slot, i, best))) {
            best = i;
        }
    }
    return best;
}

static struct vm_choice
because(enum vm_reason reason, int uplink, int of)
{
    return (struct vm_choice) {
        .uplink = uplink, .reason = reason, .because = of
    };
}

static struct vm_choice
stay_out(const struct model *model, const struct vm_slot *slot)
{
    int n_known = 0, known = VM_UPLINK_NONE;

    /* Where it is comes first, then by name. */
    for (int pass = 0; pass < 4; pass++) {
        for (int i = 0; i < model->world->n_uplinks; i++) {
            if (wished(slot, i) && model->world->uplinks[i].usable
                && (pass % 2 || i == slot->present)
                && in_service(model, i) == (pass < 2)) {
                return because(pass < 2 ? VM_R_DISPLACED : VM_R_HELD_STANDBY,
                               VM_UPLINK_NONE, i);
            }
        }
    }
    for (int i = 0; i < model->world->n_uplinks; i++) {
        if (wished(slot, i)) {
            n_known++;
            known = i;
        }
    }
    return (slot->any ? because(VM_R_ALL_LOST, VM_UPLINK_NONE, VM_UPLINK_NONE)
            : n_known == 0
            ? because(VM_R_NO_SUCH_UPLINK, VM_UPLINK_NONE, VM_UPLINK_NONE)
            : n_known == 1
            ? because(VM_R_ONLY_UPLINK_LOST, VM_UPLINK_NONE, known)
            : because(VM_R_WISH_LOST, VM_UPLINK_NONE, VM_UPLINK_NONE));
}

/* The reason of a slot that goes to 'uplink', as the list in vm-placement.h
 * has it. */
static struct vm_choice
explain(const struct model *model, const struct vm_slot *slot, int uplink,
        bool settled)
{
    int present = slot->present;
    bool moves = present != uplink;
    bool was_lost = (moves && present >= 0
                     && !model->world->uplinks[present].usable);
    bool was_closed = (moves && may_use(model, slot, present, true)
                       && !may_use(model, slot, present, false));
    bool was_held = (moves && present >= 0 && !was_lost
                     && wished(slot, present) && !in_service(model, present));
    size_t n;

    if (slot->pinned == uplink) {
        return because(VM_R_MANUAL, uplink, VM_UPLINK_NONE);
    } else if (was_lost) {
        return because(VM_R_FAILOVER, uplink, present);
    } else if (was_closed) {
        return because(VM_R_MADE_WAY, uplink, present);
    } else if (moves && (slot->home == uplink || was_held)) {
        return because(VM_R_FAILBACK, uplink, uplink);
    } else if (model->world->uplinks[uplink].standby) {
        return because(VM_R_STANDBY, uplink, VM_UPLINK_NONE);
    } else if (slot->n_wish && slot->wish[0] == uplink) {
        return because(VM_R_FIRST_CHOICE, uplink, VM_UPLINK_NONE);
    } else if (slot->n_wish && (moves || model->world->failback)) {
        return because(VM_R_NEXT_CHOICE, uplink, slot->wish[0]);
    } else if (settled) {
        return because(VM_R_STAYED, uplink, VM_UPLINK_NONE);
    }

    int coolest = by_load(model, slot, false, &n);
    return because(n == 1 ? VM_R_ONLY_USABLE
                   : coolest == uplink ? VM_R_LEAST_LOADED
                   : VM_R_GUARANTEE_FITS, uplink, VM_UPLINK_NONE);
}

void
vm_placement_model(const struct vm_snapshot *world,
                   struct vm_choice *choices)
{
    for (size_t turn = 0; turn < world->n_slots; turn++) {
        struct model model = { world, choices, turn };
        const struct vm_slot *slot = &world->slots[turn];
        int uplink = regardless(&model, slot, false);
        bool settled = uplink != VM_UPLINK_NONE;
        size_t n;

        if (!settled) {
            uplink = by_load(&model, slot, true, &n);
        }
        struct vm_choice choice = (uplink == VM_UPLINK_NONE
                                   ? stay_out(&model, slot)
                                   : explain(&model, slot, uplink, settled));
        choice.guarantee_broken
            = slot->guarantee && (uplink == VM_UPLINK_NONE
                                  || misfit(&model, slot, uplink) == 2);
        choices[turn] = choice;
    }
}
