/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-balance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/vm-load.h"
#include "util.h"
#include "vm-optimum.h"
#include "vm-quantile.h"
#include "vm-random.h"
#include "vm-rivals.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_balance_bench_commands[];

#define GIGA UINT64_C(1000000000)
#define MAX_MEMBERS 8

/* Counters are read every 500 ms, loads change every 10 s. */
#define HALF_LIFE_MS 2000
#define READ_MS 500
#define ROUND_MS 10000

/* A dwell of 30 s at an interval of 10 s. */
#define DWELL_ROUNDS 3
#define ROUNDS_PER_HOUR 360

/* An instance in which every load may go anywhere.  Members have mixed speeds
 * or equal ones, and the sum of all loads is 20 to 80 % of the sum of their
 * speeds. */
struct bench {
    struct vm_snapshot snapshot;
    struct vm_snap_member members[MAX_MEMBERS];
    uint64_t capacities[MAX_MEMBERS];
    struct vm_snap_slot *slots; /* Sorted by rule 2. */
    char (*names)[24];          /* Number of the VM. */

    /* By the number of the VM. */
    uint64_t *loads;
    struct vm_load *measured;
    int *last_move;             /* Round. */
    int *n_moves;
};

static size_t
number_of(const struct vm_snap_slot *slot)
{
    return atoi(slot->id);
}

static void
bench_init(struct bench *bench, struct vm_random *random, bool mixed,
           size_t n_members, size_t n_slots, enum vm_load_shape shape)
{
    static const uint64_t speeds[] = { 10, 1, 10, 25, 40 };
    size_t n_speeds = mixed ? ARRAY_SIZE(speeds) : 1;
    uint64_t fastest = 0, sum = 0;

    *bench = (struct bench) {
        .snapshot = { .reservable_pct = 75, .failback = true },
        .slots = xcalloc(n_slots, sizeof *bench->slots),
        .names = xcalloc(n_slots, sizeof *bench->names),
        .loads = xcalloc(n_slots, sizeof *bench->loads),
        .measured = xcalloc(n_slots, sizeof *bench->measured),
        .last_move = xcalloc(n_slots, sizeof *bench->last_move),
        .n_moves = xcalloc(n_slots, sizeof *bench->n_moves),
    };
    for (size_t i = 0; i < n_members; i++) {
        uint64_t speed = GIGA * speeds[vm_random_below(random, n_speeds)];

        bench->members[i] = (struct vm_snap_member) {
            .name = "member", .capacity = speed, .usable = true,
        };
        bench->capacities[i] = speed;
        fastest = MAX(fastest, speed);
        sum += speed;
    }

    uint64_t mean = sum * (0.2 + 0.6 * vm_random_real(random)) / n_slots;
    for (size_t i = 0; i < n_slots; i++) {
        uint64_t load = vm_random_load(random, shape, mean);

        bench->loads[i] = MAX(1000, MIN(load, fastest));
        bench->last_move[i] = -DWELL_ROUNDS;
        snprintf(bench->names[i], sizeof bench->names[i], "%05"PRIuSIZE, i);
        bench->slots[i] = (struct vm_snap_slot) {
            .id = bench->names[i],
            .priority = 3,
            .shares = 50,
            .demand = bench->loads[i],
            .any = true,
            .present = vm_random_below(random, n_members),
            .home = VM_MEMBER_NONE,
            .pinned = VM_MEMBER_NONE,
            .may_rebalance = true,
        };
    }
    bench->snapshot.members = bench->members;
    bench->snapshot.n_members = n_members;
    bench->snapshot.slots = bench->slots;
    bench->snapshot.n_slots = n_slots;
    vm_snapshot_sort_slots(&bench->snapshot);
}

/* Makes the instance of 'seed', with up to 'max_slots' VMs. */
static void
bench_make(struct bench *bench, struct vm_random *random, uint64_t seed,
           bool mixed, size_t max_slots)
{
    vm_random_init(random, seed);

    size_t n_members = vm_random_between(random, 2, MAX_MEMBERS);
    size_t n_slots = vm_random_between(random, 4, max_slots);
    bench_init(bench, random, mixed, n_members, n_slots,
               seed % VM_N_LOAD_SHAPES);
}

static void
bench_destroy(struct bench *bench)
{
    free(bench->slots);
    free(bench->names);
    free(bench->loads);
    free(bench->measured);
    free(bench->last_move);
    free(bench->n_moves);
}

/* Lets a VM send for one interval and reads its counter. */
static void
bench_send(struct vm_load *load, uint64_t rate, int round)
{
    long long int begin = (long long int) round * ROUND_MS;
    uint64_t bytes = round ? load->bytes : 0;

    if (!round) {
        vm_load_init(load);
        vm_load_update(load, 0, HALF_LIFE_MS, begin);
    }
    for (int ms = READ_MS; ms <= ROUND_MS; ms += READ_MS) {
        bytes += rate / 8 * READ_MS / 1000;
        vm_load_update(load, bytes, HALF_LIFE_MS, begin + ms);
    }
}

/* Balances once, after an interval in which every load varies by up to 'noise'
 * of it to either side.  Returns the number of moves. */
static size_t
bench_round(struct bench *bench, struct vm_random *random, double noise,
            int round)
{
    struct vm_plan plan;

    for (size_t i = 0; i < bench->snapshot.n_slots; i++) {
        struct vm_snap_slot *slot = &bench->slots[i];
        size_t number = number_of(slot);
        double factor = 1 - noise + 2 * noise * vm_random_real(random);

        bench_send(&bench->measured[number], bench->loads[number] * factor,
                   round);
        slot->demand = vm_load_rate(&bench->measured[number], HALF_LIFE_MS,
                                    (round + 1LL) * ROUND_MS);
        slot->variation = vm_load_variation(&bench->measured[number],
                                            HALF_LIFE_MS);
        slot->may_rebalance
            = round - bench->last_move[number] >= DWELL_ROUNDS;
    }
    vm_snapshot_sort_slots(&bench->snapshot);

    vm_balance_run(&bench->snapshot, NULL, &plan);
    for (size_t i = 0; i < plan.n; i++) {
        struct vm_snap_slot *slot = &bench->slots[plan.moves[i].slot];

        slot->present = plan.moves[i].to;
        bench->last_move[number_of(slot)] = round;
        bench->n_moves[number_of(slot)]++;
    }
    vm_plan_destroy(&plan);
    return plan.n;
}

static double
find_highest(const struct bench *bench, const int *where)
{
    double used[MAX_MEMBERS] = { 0 };
    double highest = 0;

    for (size_t i = 0; i < bench->snapshot.n_slots; i++) {
        used[where[i]] += bench->loads[i];
    }
    for (size_t i = 0; i < bench->snapshot.n_members; i++) {
        double u = used[i] / bench->capacities[i];

        highest = MAX(highest, u);
    }
    return highest;
}

/* Ratios to the optimum. */

enum method { OURS, LPT, HASH, N_METHODS };

static const char *const method_names[N_METHODS] = {
    "vm-balance", "plain LPT", "256 buckets, balance-slb",
};

struct ratios {
    double *list[N_METHODS];
    size_t n;
    size_t n_proved;
};

static void
print_ratios(struct ratios *ratios)
{
    printf("%"PRIuSIZE" instances, %"PRIuSIZE" against the optimum, "
           "%"PRIuSIZE" against the lower bound\n", ratios->n,
           ratios->n_proved, ratios->n - ratios->n_proved);
    printf("  %-26s %8s %8s %8s %8s\n", "highest utilization, ratio",
           "median", "90 %", "99 %", "worst");
    for (size_t i = 0; i < N_METHODS; i++) {
        double *list = ratios->list[i];

        vm_quantile_sort(list, ratios->n);
        printf("  %-26s %8.4f %8.4f %8.4f %8.4f\n", method_names[i],
               vm_quantile(list, ratios->n, 0.5),
               vm_quantile(list, ratios->n, 0.9),
               vm_quantile(list, ratios->n, 0.99),
               vm_quantile(list, ratios->n, 1));
    }
}

/* Balances one instance by all methods and adds the ratios. */
static void
measure(struct bench *bench, struct vm_random *random, struct ratios *ratios)
{
    const unsigned int max_steps = 100000;
    size_t n_members = bench->snapshot.n_members;
    size_t n_slots = bench->snapshot.n_slots;
    int *where = xcalloc(n_slots, sizeof *where);
    double highest[N_METHODS];
    struct vm_optimum optimum;

    for (int round = 0; round < 4; round++) {
        bench_round(bench, random, 0, round);
    }
    for (size_t i = 0; i < n_slots; i++) {
        where[number_of(&bench->slots[i])] = bench->slots[i].present;
    }
    highest[OURS] = find_highest(bench, where);
    vm_rival_lpt(bench->capacities, n_members, bench->loads, n_slots, where);
    highest[LPT] = find_highest(bench, where);
    vm_rival_hash(random, n_members, bench->loads, n_slots, where);
    highest[HASH] = find_highest(bench, where);
    free(where);

    double known = MIN(highest[OURS], highest[LPT]);
    vm_optimum_find(bench->capacities, n_members, bench->loads, n_slots,
                    known, max_steps, &optimum);
    for (size_t i = 0; i < N_METHODS; i++) {
        ratios->list[i][ratios->n] = highest[i] / (optimum.proved
                                                   ? optimum.optimum
                                                   : optimum.lower_bound);
    }
    ratios->n++;
    ratios->n_proved += optimum.proved;
}

static bool
check_quality(uint64_t seed, size_t n, bool mixed)
{
    struct ratios all = { .n = 0 };

    for (size_t i = 0; i < N_METHODS; i++) {
        all.list[i] = xcalloc(n, sizeof *all.list[i]);
    }
    for (size_t i = 0; i < n; i++) {
        struct vm_random random;
        struct bench bench;

        bench_make(&bench, &random, seed + i, mixed, 200);
        measure(&bench, &random, &all);
        bench_destroy(&bench);
    }

    printf("2 to 8 members of %s, 4 to 200 VMs, seed %"PRIu64"\n",
           mixed ? "1, 10, 25 and 40 Gbit/s" : "10 Gbit/s", seed);
    print_ratios(&all);

    double median = vm_quantile(all.list[OURS], all.n, 0.5);
    double p99 = vm_quantile(all.list[OURS], all.n, 0.99);
    bool ok = median <= 1.01 && p99 <= 1.05;
    printf("  wanted of vm-balance at most   1.0100            1.0500\n");
    for (size_t i = 0; i < N_METHODS; i++) {
        free(all.list[i]);
    }
    return ok;
}

static int
run_quality(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    size_t n = atoi(argv[2]);
    bool ok = check_quality(seed, n, true);

    ok = check_quality(seed, n, false) && ok;
    return !ok;
}

/* With a constant load no slot moves after three intervals. */
static bool
check_constant(uint64_t seed, size_t n)
{
    int worst = 0;

    for (size_t i = 0; i < n; i++) {
        struct vm_random random;
        struct bench bench;

        bench_make(&bench, &random, seed + i, true, 100);
        for (int round = 0; round < 8; round++) {
            if (bench_round(&bench, &random, 0, round)) {
                worst = MAX(worst, round + 1);
            }
        }
        bench_destroy(&bench);
    }
    printf("constant load, %"PRIuSIZE" instances: nothing moves after "
           "%d intervals (wanted: 3 at most)\n", n, worst);
    return worst <= 3;
}

/* With noise a VM moves once in an hour at most. */
static bool
check_noise(uint64_t seed, size_t n, size_t max_slots)
{
    size_t n_vms = 0, n_moves = 0, n_twice = 0;

    for (size_t i = 0; i < n; i++) {
        struct vm_random random;
        struct bench bench;

        bench_make(&bench, &random, seed + i, true, max_slots);
        for (int round = 0; round < 3 + ROUNDS_PER_HOUR; round++) {
            if (round == 3) {
                for (size_t j = 0; j < bench.snapshot.n_slots; j++) {
                    bench.n_moves[j] = 0;
                }
            }
            bench_round(&bench, &random, 0.1, round);
        }
        for (size_t j = 0; j < bench.snapshot.n_slots; j++) {
            n_moves += bench.n_moves[j];
            n_twice += bench.n_moves[j] > 1;
        }
        n_vms += bench.snapshot.n_slots;
        bench_destroy(&bench);
    }
    printf("+-10 %% noise, 4 to %"PRIuSIZE" VMs, %"PRIuSIZE" instances: "
           "%.4f moves per VM and hour (wanted: 1 at most), %"PRIuSIZE
           " of %"PRIuSIZE" VMs moved more than once\n", max_slots, n,
           (double) n_moves / n_vms, n_twice, n_vms);
    return n_moves <= n_vms && n_twice <= n_vms / 1000;
}

/* A VM that sends more than any member can carry never moves. */
static bool
check_giants(uint64_t seed, size_t n)
{
    size_t n_moves = 0, n_giant_moves = 0;

    for (size_t i = 0; i < n; i++) {
        struct vm_random random;
        struct bench bench;

        bench_make(&bench, &random, seed + i, true, 100);
        bench.loads[0] = 50 * GIGA;
        for (int round = 0; round < 8; round++) {
            bench_round(&bench, &random, 0, round);
        }
        for (size_t j = 0; j < bench.snapshot.n_slots; j++) {
            n_moves += bench.n_moves[j];
        }
        n_giant_moves += bench.n_moves[0];
        bench_destroy(&bench);
    }
    printf("one VM larger than any member, %"PRIuSIZE" instances: it moved "
           "%"PRIuSIZE" times, others %"PRIuSIZE" times (wanted: 0 and "
           "some)\n", n, n_giant_moves, n_moves - n_giant_moves);
    return !n_giant_moves && n_moves;
}

static int
run_stability(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    size_t n = atoi(argv[2]);
    bool ok = check_constant(seed, n);

    ok = check_giants(seed, n / 10 + 1) && ok;
    ok = check_noise(seed, n / 100 + 1, 20) && ok;
    ok = check_noise(seed, n / 500 + 1, 200) && ok;
    return !ok;
}

const struct vm_test_command test_vm_balance_bench_commands[] = {
    { "balance-quality", "SEED N", 2, 2, run_quality },
    { "balance-stability", "SEED N", 2, 2, run_stability },
    { NULL, NULL, 0, 0, NULL },
};
