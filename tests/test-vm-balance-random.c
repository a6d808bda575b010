/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-balance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-placement.h"
#include "vm-random.h"
#include "vm-sample.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_balance_random_commands[];

/* What utilizations may differ by because lib/ counts in parts per million. */
#define TINY 0.000001

/* Random worlds: what must be true of any plan. */

/* What is on an uplink, by one walk over all slots. */
struct contents {
    size_t n;
    uint64_t load, guarantees;
    int lowest, highest_exclusive; /* Priorities, 8 and -1 if there are no
                                    * such slots. */
};

static struct contents
look(const struct vm_sample *sample, int uplink)
{
    struct contents c = {
        .load = sample->uplinks[uplink].background,
        .lowest = 8, .highest_exclusive = -1,
    };

    for (size_t i = 0; i < sample->snapshot.n_slots; i++) {
        const struct vm_slot *slot = &sample->slots[i];

        if (slot->present == uplink) {
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
utilization(const struct vm_sample *sample, int uplink)
{
    struct contents c = look(sample, uplink);

    return (double) c.load / sample->uplinks[uplink].capacity;
}

static bool
in_service(const struct vm_sample *sample, int uplink)
{
    bool others = false;

    for (size_t i = 0; i < sample->snapshot.n_uplinks; i++) {
        others = others || (sample->uplinks[i].usable
                            && !sample->uplinks[i].standby);
    }
    return (sample->uplinks[uplink].usable
            && (!sample->uplinks[uplink].standby || !others));
}

static double
highest(const struct vm_sample *sample)
{
    double max = 0;

    for (size_t i = 0; i < sample->snapshot.n_uplinks; i++) {
        if (in_service(sample, i)) {
            double u = utilization(sample, i);

            max = MAX(max, u);
        }
    }
    return max;
}

static bool
may_move(const struct vm_sample *sample, const struct vm_slot *slot)
{
    bool goes_home = (sample->snapshot.failback && slot->home >= 0
                      && in_service(sample, slot->home));

    for (size_t i = 0; i < slot->n_wish; i++) {
        if (slot->wish[i] == slot->present) {
            return false;
        }
    }
    return (slot->any && slot->pinned < 0 && slot->may_rebalance && !goes_home
            && slot->present >= 0 && in_service(sample, slot->present));
}

/* Whether 'uplink', which gets something, may have what it has now; 'before'
 * is what it had. */
static bool
is_lawful(const struct vm_sample *sample, int uplink,
          const struct contents *before)
{
    struct contents now = look(sample, uplink);
    uint64_t room = sample->uplinks[uplink].capacity
                    * sample->snapshot.reservable_pct / 100;

    return (in_service(sample, uplink)
            && now.highest_exclusive <= now.lowest
            && (now.guarantees <= room
                || now.guarantees <= before->guarantees));
}

/* Whether an uplink is empty or carries next to nothing. */
static bool
any_idle(const struct vm_sample *sample)
{
    for (size_t i = 0; i < sample->snapshot.n_uplinks; i++) {
        if (in_service(sample, i)
            && (!look(sample, i).n
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
    size_t n_uplinks = sample->snapshot.n_uplinks;
    struct contents *before = xcalloc(n_uplinks, sizeof *before);
    bool ok = true;

    for (size_t i = 0; i < n_uplinks; i++) {
        before[i] = look(sample, i);
    }
    for (size_t i = 0; i < plan->n; i++) {
        const struct vm_plan_move *move = &plan->moves[i];
        const struct vm_slot *slot = &sample->slots[move->slot];

        if (slot->present != move->from || move->to == move->from
            || (i && move->slot <= plan->moves[i - 1].slot)
            || !may_move(sample, slot)) {
            *wrong = "a move that may not be";
            ok = false;
        }
    }
    if (plan->n && !any_idle(sample)
        && highest(sample) <= sample->snapshot.threshold_pct / 100.0) {
        *wrong = "a plan below the threshold";
        ok = false;
    }
    for (size_t i = 0; i < plan->n; i++) {
        sample->slots[plan->moves[i].slot].present = plan->moves[i].to;
    }
    for (size_t i = 0; i < plan->n; i++) {
        int to = plan->moves[i].to;

        if (!is_lawful(sample, to, &before[to])) {
            *wrong = "an uplink has what it may not have";
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

/* Whether the slot may move and fits anywhere. */
static bool
is_of_use(const struct vm_sample *sample, const struct vm_slot *slot)
{
    uint64_t greatest = 0;

    for (size_t i = 0; i < sample->snapshot.n_uplinks; i++) {
        if (in_service(sample, i)) {
            greatest = MAX(greatest, sample->uplinks[i].capacity);
        }
    }
    return may_move(sample, slot) && slot->demand <= greatest;
}

/* Whether some move or swap that may be lowers the highest utilization by more
 * than 2 %: tries them all.  Exclusive slots are not part of these worlds. */
static bool
could_do_better(struct vm_sample *sample)
{
    size_t n = sample->snapshot.n_slots;
    double goal = highest(sample) * 0.98;

    for (size_t i = 0; i < n; i++) {
        struct vm_slot *a = &sample->slots[i];
        int home = a->present;

        if (!is_of_use(sample, a)) {
            continue;
        }
        for (int to = 0; to < sample->snapshot.n_uplinks; to++) {
            a->present = to;
            bool better = in_service(sample, to) && highest(sample) < goal;

            a->present = home;
            if (better) {
                return true;
            }
        }
        for (size_t j = 0; j < i; j++) {
            struct vm_slot *b = &sample->slots[j];
            int other = b->present;

            if (is_of_use(sample, b)) {
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

/* Balancing the result must give nothing, and placement must leave it, except
 * that it may use what an exclusive slot has left. */
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
        if (choices[i].uplink != sample->slots[i].present) {
            *wrong = "placement moves again";
        }
    }
    free(choices);
    return !*wrong;
}

/* Puts every slot where placement wants it. */
static void
settle(struct vm_sample *sample)
{
    struct vm_choice *choices = xcalloc(sample->snapshot.n_slots,
                                        sizeof *choices);

    vm_placement_run(&sample->snapshot, choices);
    for (size_t i = 0; i < sample->snapshot.n_slots; i++) {
        sample->slots[i].present = choices[i].uplink;
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
        .max_uplinks = 6, .max_slots = 16, .free = i % 2,
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
