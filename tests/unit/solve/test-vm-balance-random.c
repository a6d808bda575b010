/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-balance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "openvswitch/dynamic-string.h"
#include "solve/vm-placement.h"
#include "util.h"
#include "vm-random.h"
#include "vm-sample.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_balance_random_commands[];

/* Tolerance for utilizations, because lib/ counts in parts per million. */
#define TINY 0.000001

/* Properties that any plan must have, in random instances. */

/* Sums over the slots of a member. */
struct contents {
    size_t n;
    uint64_t load, guarantees;
    int lowest, highest_exclusive; /* Priorities, 8 and -1 if there are no
                                    * such slots. */
};

static struct contents
sum_up(const struct vm_sample *sample, int member)
{
    struct contents c = {
        .load = sample->members[member].background,
        .lowest = 8, .highest_exclusive = -1,
    };

    for (size_t i = 0; i < sample->snapshot.n_slots; i++) {
        const struct vm_snap_slot *slot = &sample->slots[i];

        if (slot->present == member) {
            c.n++;
            c.load += slot->demand;
            c.guarantees += slot->guarantee;
            c.lowest = MIN(c.lowest, slot->priority);
            if (slot->exclusive) {
                c.highest_exclusive = MAX(c.highest_exclusive,
                                          slot->priority);
            }
        }
    }
    return c;
}

static double
utilization(const struct vm_sample *sample, int member)
{
    struct contents c = sum_up(sample, member);

    return (double) c.load / sample->members[member].capacity;
}

static bool
in_service(const struct vm_sample *sample, int member)
{
    bool others = false;

    for (size_t i = 0; i < sample->snapshot.n_members; i++) {
        others = others || (sample->members[i].usable
                            && !sample->members[i].standby);
    }
    return (sample->members[member].usable
            && (!sample->members[member].standby || !others));
}

static double
highest(const struct vm_sample *sample)
{
    double max = 0;

    for (size_t i = 0; i < sample->snapshot.n_members; i++) {
        if (in_service(sample, i)) {
            double u = utilization(sample, i);

            max = MAX(max, u);
        }
    }
    return max;
}

static bool
may_move(const struct vm_sample *sample, const struct vm_snap_slot *slot)
{
    bool goes_home = (sample->snapshot.failback && slot->home >= 0
                      && in_service(sample, slot->home));

    for (size_t i = 0; i < slot->n_pref; i++) {
        if (slot->pref[i] == slot->present) {
            return false;
        }
    }
    return (slot->any && slot->pinned < 0 && slot->may_rebalance && !goes_home
            && slot->present >= 0 && in_service(sample, slot->present));
}

/* Returns true if 'member', which gets a slot, may have its present slots;
 * 'before' is what it had. */
static bool
is_feasible(const struct vm_sample *sample, int member,
            const struct contents *before)
{
    struct contents now = sum_up(sample, member);
    uint64_t room = sample->members[member].capacity
                    * sample->snapshot.reservable_pct / 100;

    return (in_service(sample, member)
            && now.highest_exclusive <= now.lowest
            && (now.guarantees <= room
                || now.guarantees <= before->guarantees));
}

/* Returns true if a member is empty or carries next to nothing. */
static bool
has_idle_member(const struct vm_sample *sample)
{
    for (size_t i = 0; i < sample->snapshot.n_members; i++) {
        if (in_service(sample, i)
            && (!sum_up(sample, i).n
                || utilization(sample, i) <= highest(sample) / 16 + TINY)) {
            return true;
        }
    }
    return false;
}

static bool
check_moves(struct vm_sample *sample, const struct vm_plan *plan,
            const char **wrong)
{
    size_t n_members = sample->snapshot.n_members;
    struct contents *before = xcalloc(n_members, sizeof *before);
    bool ok = true;

    for (size_t i = 0; i < n_members; i++) {
        before[i] = sum_up(sample, i);
    }
    for (size_t i = 0; i < plan->n; i++) {
        const struct vm_plan_move *move = &plan->moves[i];
        const struct vm_snap_slot *slot = &sample->slots[move->slot];

        if (slot->present != move->from || move->to == move->from
            || (i && move->slot <= plan->moves[i - 1].slot)
            || !may_move(sample, slot)) {
            *wrong = "a move that is not allowed";
            ok = false;
        }
    }
    if (plan->n && !has_idle_member(sample)
        && highest(sample) <= sample->snapshot.threshold_pct / 100.0) {
        *wrong = "a plan below the threshold";
        ok = false;
    }
    for (size_t i = 0; i < plan->n; i++) {
        sample->slots[plan->moves[i].slot].present = plan->moves[i].to;
    }
    for (size_t i = 0; i < plan->n; i++) {
        int to = plan->moves[i].to;

        if (!is_feasible(sample, to, &before[to])) {
            *wrong = "the result is not feasible";
            ok = false;
        }
    }
    free(before);
    return ok;
}

static bool
is_near(uint64_t ppm, double utilization_)
{
    double difference = ppm - utilization_ * 1e6;

    return difference > -2 && difference < 2;
}

/* Returns true if the slot may move and fits anywhere. */
static bool
is_movable(const struct vm_sample *sample, const struct vm_snap_slot *slot)
{
    uint64_t greatest = 0;

    for (size_t i = 0; i < sample->snapshot.n_members; i++) {
        if (in_service(sample, i)) {
            greatest = MAX(greatest, sample->members[i].capacity);
        }
    }
    return may_move(sample, slot) && slot->demand <= greatest;
}

/* Returns true if some allowed move or swap lowers the highest utilization by
 * more than 2 %: tries them all.  These instances have no exclusive slots. */
static bool
could_do_better(struct vm_sample *sample)
{
    size_t n = sample->snapshot.n_slots;
    double goal = highest(sample) * 0.98;

    for (size_t i = 0; i < n; i++) {
        struct vm_snap_slot *a = &sample->slots[i];
        int home = a->present;

        if (!is_movable(sample, a)) {
            continue;
        }
        for (int to = 0; to < sample->snapshot.n_members; to++) {
            a->present = to;
            bool better = in_service(sample, to) && highest(sample) < goal;

            a->present = home;
            if (better) {
                return true;
            }
        }
        for (size_t j = 0; j < i; j++) {
            struct vm_snap_slot *b = &sample->slots[j];
            int other = b->present;

            if (is_movable(sample, b)) {
                a->present = other;
                b->present = home;
                bool better = highest(sample) < goal;

                a->present = home;
                b->present = other;
                if (better) {
                    return true;
                }
            }
        }
    }
    return false;
}

static bool
check_plan(struct vm_sample *sample, const struct vm_plan *plan,
           const char **wrong)
{
    double before = highest(sample);

    *wrong = NULL;
    if (!is_near(plan->ppm_before, before)) {
        *wrong = "ppm_before";
    } else if (check_moves(sample, plan, wrong)) {
        double after = highest(sample);

        if (!is_near(plan->ppm_after, after)) {
            *wrong = "ppm_after";
        } else if (after > before + TINY) {
            *wrong = "it made things worse";
        }
    }
    return !*wrong;
}

/* Balancing the result must move no slot, nor must placement, except that
 * placement may use a member that an exclusive slot has left. */
static bool
check_rest(struct vm_sample *sample, const struct vm_balance_options *options,
           const struct vm_plan *plan, const char **wrong)
{
    bool any_exclusive = false;
    struct vm_choice *choices = xcalloc(sample->snapshot.n_slots,
                                        sizeof *choices);
    struct vm_plan again;

    vm_balance_run(&sample->snapshot, options, &again);
    if (again.n) {
        *wrong = "it moves again";
    }
    vm_plan_destroy(&again);

    vm_placement_run(&sample->snapshot, choices);
    for (size_t i = 0; i < plan->n; i++) {
        any_exclusive = (any_exclusive
                         || sample->slots[plan->moves[i].slot].exclusive);
    }
    for (size_t i = 0; !any_exclusive && i < sample->snapshot.n_slots; i++) {
        if (choices[i].member != sample->slots[i].present) {
            *wrong = "placement moves again";
        }
    }
    free(choices);
    return !*wrong;
}

/* Puts every slot where vm-placement places it. */
static void
settle(struct vm_sample *sample)
{
    struct vm_choice *choices = xcalloc(sample->snapshot.n_slots,
                                        sizeof *choices);

    vm_placement_run(&sample->snapshot, choices);
    for (size_t i = 0; i < sample->snapshot.n_slots; i++) {
        sample->slots[i].present = choices[i].member;
    }
    free(choices);
}

static bool
check_sample(struct vm_sample *sample, bool is_free)
{
    static const struct vm_balance_options eager = { 10000, 0 };
    const struct vm_balance_options *options = is_free ? &eager : NULL;
    const char *wrong;
    struct vm_plan plan;

    settle(sample);
    vm_balance_run(&sample->snapshot, options, &plan);
    bool ok = (check_plan(sample, &plan, &wrong)
               && check_rest(sample, options, &plan, &wrong));
    if (ok && is_free && !sample->snapshot.threshold_pct
        && could_do_better(sample)) {
        wrong = "there is a better move or swap";
        ok = false;
    }
    if (!ok) {
        struct ds s = DS_EMPTY_INITIALIZER;

        vm_sample_format_plan(sample, &plan, &s);
        printf("%s: plan %s, after it:\n", wrong, ds_cstr(&s));
        ds_destroy(&s);
    }
    vm_plan_destroy(&plan);
    return ok;
}

static void
choose(struct vm_random *random, int i, struct vm_sample_options *options)
{
    bool lost = vm_random_chance(random, 50);

    *options = (struct vm_sample_options) {
        .max_members = 6, .max_slots = 16, .free = i % 2,
        .lost = lost, .standby = lost, .idle = vm_random_chance(random, 10),
    };
}

static bool
check(struct vm_sample *sample, struct vm_random *random OVS_UNUSED,
      const struct vm_sample_options *options)
{
    return check_sample(sample, options->free);
}

static int
run_random(int argc OVS_UNUSED, char *argv[])
{
    return vm_sample_run_random(argv, choose, check);
}

const struct vm_test_command test_vm_balance_random_commands[] = {
    { "balance-random", "SEED N", 2, 2, run_random },
    { NULL, NULL, 0, 0, NULL },
};
