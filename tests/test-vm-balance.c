/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-balance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-placement.h"
#include "vm-sample.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_balance_commands[];

/* Expected: "REASON BEFORE AFTER" in whole percent, and "SLOT FROM TO REASON
 * BECAUSE" for each move. */
struct balance_case {
    const char *what;
    const char *uplinks;
    const char *slots;
    const char *expected;
};

static const struct balance_case balance_cases[] = {
    /* What moves. */
    { "two heavy ones are parted", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0 b:demand=4G,at=eth0 c:demand=100M,at=eth0 "
      "d:demand=100M,at=eth0",
      "overload 82 41, b eth0 eth1 overload eth0, "
      "d eth0 eth1 overload eth0" },
    { "C6, C7: host and foreign traffic count",
      "eth0:10G,background=5G eth1:10G",
      "a:demand=2G,at=eth0 b:demand=2G,at=eth0",
      "overload 90 50, a eth0 eth1 overload eth0, "
      "b eth0 eth1 overload eth0" },
    { "utilization, not bytes", "eth0:1G eth1:10G",
      "a:demand=400M,at=eth0 b:demand=500M,at=eth0 c:demand=2G,at=eth1",
      "overload 90 29, b eth0 eth1 overload eth0, "
      "a eth0 eth1 overload eth0" },
    { "a swap", "eth0:10G eth1:10G",
      "a:demand=6G,at=eth0 b:demand=3G,at=eth0 c:demand=2G,at=eth1 "
      "d:demand=1G,at=eth1 e:demand=4G,at=eth0,pin=eth0",
      "overload 130 80, a eth0 eth1 swapped eth0, d eth1 eth0 swapped eth0" },
    { "no swap where a move will do", "eth0:1G eth1:10G",
      "a:demand=900M,at=eth0 b:demand=100M,at=eth1,priority=5",
      "overload 90 10, a eth0 eth1 overload eth0" },
    { "over a third uplink",
      "threshold=0 eth0:10G eth1:20G eth2:10G",
      "a:demand=8G,at=eth0 b:demand=1G,at=eth0,pin=eth0 c:demand=9G,at=eth1 "
      "d:demand=2G,at=eth1 e:demand=1G,at=eth2",
      "overload 90 80, a eth0 eth2 swapped eth0, "
      "d eth1 eth0 overload eth1, e eth2 eth0 swapped eth0" },
    { "the lower priority moves", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0,priority=6 b:demand=4G,at=eth0,priority=2",
      "overload 80 40, b eth0 eth1 overload eth0" },
    { "the higher priority moves if nothing else helps", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0,priority=6 "
      "b:demand=4G,at=eth0,priority=2,wish=eth0/*",
      "overload 80 40, a eth0 eth1 overload eth0" },
    { "the next highest, when the highest can't be lowered",
      "eth0:10G eth1:10G eth2:10G",
      "a:demand=9900M,at=eth0 b:demand=4G,at=eth1 c:demand=5G,at=eth1 "
      "d:demand=1G,at=eth2",
      "overload 99 99, b eth1 eth2 overload eth1" },

    /* What stays. */
    { "below the threshold", "eth0:10G eth1:10G",
      "a:demand=3G,at=eth0 b:demand=3G,at=eth0 c:demand=1G,at=eth1",
      "balanced 60 60" },
    { "another threshold", "threshold=50 eth0:10G eth1:10G",
      "a:demand=3G,at=eth0 b:demand=3G,at=eth0 c:demand=1G,at=eth1",
      "overload 60 40, b eth0 eth1 overload eth0" },
    { "a slot greater than any uplink is left alone, others leave it",
      "eth0:10G eth1:10G",
      "a:demand=12G,at=eth0 b:demand=2G,at=eth0",
      "overload 140 120, b eth0 eth1 overload eth0" },
    { "one slot alone", "eth0:10G eth1:10G", "a:demand=9G,at=eth0",
      "no-gain 90 90" },
    { "on a named uplink", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0,wish=eth0/* b:demand=5G,at=eth0,wish=eth0/eth1",
      "no-gain 90 90" },
    { "by '*' beside a named uplink", "eth0:10G eth1:10G eth2:10G,down",
      "a:demand=4G,at=eth0,wish=eth2/* b:demand=5G,at=eth0,wish=eth0/*",
      "overload 90 50, a eth0 eth1 overload eth0" },
    { "put there by hand", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0,pin=eth0 b:demand=5G,at=eth0,pin=eth0",
      "no-gain 90 90" },
    { "dwelling", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0,dwells b:demand=5G,at=eth0,dwells",
      "dwelling 90 90" },
    { "dwelling, but it would not help anyway", "eth0:10G eth1:10G",
      "a:demand=9G,at=eth0,dwells", "no-gain 90 90" },
    { "one dwells, another one doesn't", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0,dwells b:demand=5G,at=eth0",
      "overload 90 50, b eth0 eth1 overload eth0" },
    { "on its way home", "eth0:10G eth1:10G eth2:10G",
      "a:demand=5G,at=eth0,home=eth2 b:demand=4G,at=eth0,wish=eth0/*",
      "no-gain 90 90" },
    { "its home is lost", "eth0:10G eth1:10G eth2:10G,down",
      "a:demand=5G,at=eth0,home=eth2 b:demand=4G,at=eth0,wish=eth0/*",
      "overload 90 50, a eth0 eth1 overload eth0" },
    { "not worth it: less than what noise can do",
      "threshold=0 eth0:10G eth1:10G",
      "a:demand=3G,at=eth0 b:demand=2300M,at=eth0 c:demand=2600M,at=eth1 "
      "d:demand=2300M,at=eth1", "no-gain 53 53" },
    { "lost and standby uplinks get nothing",
      "eth0:10G eth1:10G,down eth2:10G,standby",
      "a:demand=4G,at=eth0 b:demand=5G,at=eth0", "no-gain 90 90" },

    /* Guarantees and exclusive slots. */
    { "no room for the guarantee", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0,guarantee=3G b:demand=5G,at=eth0,wish=eth0/* "
      "c:demand=100M,at=eth1,guarantee=5G,wish=eth1/*",
      "no-gain 90 90" },
    { "room for the guarantee", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0,guarantee=2G b:demand=5G,at=eth0,wish=eth0/* "
      "c:demand=100M,at=eth1,guarantee=5G,wish=eth1/*",
      "overload 90 50, a eth0 eth1 overload eth0" },
    { "closed by an exclusive slot", "eth0:10G eth1:10G",
      "x:priority=5,exclusive,at=eth1 a:demand=4G,at=eth0 b:demand=4G,at=eth0",
      "no-gain 80 80" },
    { "an exclusive slot displaces nobody", "eth0:10G eth1:10G",
      "x:priority=5,exclusive,demand=4G,at=eth0 "
      "y:priority=5,demand=4G,at=eth0 a:at=eth1,wish=eth1/*",
      "overload 80 40, y eth0 eth1 overload eth0" },

    /* Idle and empty uplinks. */
    { "an idle uplink gets its share below the threshold",
      "eth0:10G eth1:10G",
      "a:demand=1G,at=eth0 b:demand=1G,at=eth0 c:demand=1G,at=eth0 "
      "d:demand=1G,at=eth0",
      "underused 40 20, c eth0 eth1 underused eth1, "
      "d eth0 eth1 underused eth1" },
    { "no uplink stays empty beside several slots, without any load",
      "eth0:10G eth1:10G eth2:10G", "a:at=eth0 b:at=eth0 c:at=eth0,priority=1",
      "underused 0 0, b eth0 eth2 underused eth2, "
      "c eth0 eth1 underused eth1" },
    { "an uplink with one slot gives nothing", "eth0:10G eth1:10G",
      "a:at=eth0", "balanced 0 0" },
    { "an empty uplink that is too slow stays empty",
      "threshold=0 eth0:10G eth1:1G",
      "a:demand=1G,at=eth0 b:demand=1G,at=eth0", "no-gain 20 20" },
    { "nothing at all", "", "", "balanced 0 0" },
};

static void
format_plan(const struct vm_sample *sample, const struct vm_plan *plan,
            struct ds *s)
{
    ds_put_format(s, "%s %"PRIu64" %"PRIu64, vm_reason_to_token(plan->reason),
                  plan->ppm_before / 10000, plan->ppm_after / 10000);
    for (size_t i = 0; i < plan->n; i++) {
        const struct vm_plan_move *move = &plan->moves[i];

        ds_put_format(s, ", %s %s %s %s %s", sample->slots[move->slot].id,
                      vm_sample_uplink_name(sample, move->from),
                      vm_sample_uplink_name(sample, move->to),
                      vm_reason_to_token(move->reason),
                      vm_sample_uplink_name(sample, move->because));
    }
}

static int
run_cases(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(balance_cases); i++) {
        const struct balance_case *c = &balance_cases[i];
        struct ds got = DS_EMPTY_INITIALIZER;
        struct vm_sample sample;
        struct vm_plan plan;

        vm_sample_from_text(&sample, c->uplinks, c->slots);
        vm_balance_run(&sample.snapshot, NULL, &plan);
        format_plan(&sample, &plan, &got);
        if (strcmp(ds_cstr(&got), c->expected)) {
            fprintf(stderr, "%s: uplinks %s, slots %s\n"
                    "  expected %s\n  got      %s\n", c->what, c->uplinks,
                    c->slots, c->expected, ds_cstr(&got));
            n_wrong++;
        }
        vm_plan_destroy(&plan);
        vm_sample_destroy(&sample);
        ds_destroy(&got);
    }
    return n_wrong > 0;
}

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
                || utilization(sample, i) <= highest(sample) / 16 + 1e-6)) {
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
        } else if (after > before + 1e-6) {
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

        format_plan(sample, &plan, &s);
        printf("%s: plan %s, after it:\n", wrong, ds_cstr(&s));
        ds_destroy(&s);
    }
    vm_plan_destroy(&plan);
    return ok;
}

static int
run_random(int argc OVS_UNUSED, char *argv[])
{
    struct vm_sample_options options = { .max_uplinks = 6, .max_slots = 16 };
    uint64_t seed = strtoull(argv[1], NULL, 10);
    int n = atoi(argv[2]);

    for (int i = 0; i < n; i++) {
        struct vm_random random;
        struct vm_sample sample;

        vm_random_init(&random, seed + i);
        options.free = i % 2;
        options.lost = options.standby = vm_random_chance(&random, 50);
        options.idle = vm_random_chance(&random, 10);
        vm_sample_random(&sample, &random, &options);
        bool ok = check_sample(&sample, options.free);
        if (!ok) {
            printf("seed %"PRIu64"\n", seed + i);
            vm_sample_print(&sample);
        }
        vm_sample_destroy(&sample);
        if (!ok) {
            return 1;
        }
    }
    return 0;
}

const struct vm_test_command test_vm_balance_commands[] = {
    { "balance-cases", "", 0, 0, run_cases },
    { "balance-random", "SEED N", 2, 2, run_random },
    { NULL, NULL, 0, 0, NULL },
};
