/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* What rebalancing costs, in CPU time and memory.
 *
 * Time is told as a ratio: to the time that sorting as many numbers takes on
 * the same machine, and between sizes.  So a slow machine, or a build with
 * sanitizers, has about the same figures as a fast one. */

#include "solve/vm-balance.h"

#include <float.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "engine/vm-engine.h"
#include "engine/vm-rebalance.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"
#include "vm-random.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_balance_cost_commands[];

#define GIGA UINT64_C(1000000000)
#define N_MEMBERS 8

/* So many runs of each instance, the more the smaller it is. */
#define MIN_RUNS 15
#define MANY_RUNS 100000

/* Where all slots are at first, and which priorities they have. */
enum start { SPREAD, SPREAD_MIXED, ON_ONE, ON_ONE_MIXED, N_STARTS };

struct instance {
    struct vm_snapshot snapshot;
    struct vm_snap_member members[N_MEMBERS];
    struct vm_snap_slot *slots;
    char (*names)[24];
};

static void
instance_init(struct instance *instance, size_t n, enum vm_load_shape shape,
              enum start start)
{
    static const uint64_t speeds[] = { 10, 1, 10, 25, 40, 10, 25, 1 };
    bool one = start == ON_ONE || start == ON_ONE_MIXED;
    bool mixed = start == SPREAD_MIXED || start == ON_ONE_MIXED;
    struct vm_random random;
    uint64_t sum = 0;

    vm_random_init(&random, n + shape);
    instance->slots = xcalloc(n, sizeof *instance->slots);
    instance->names = xcalloc(n, sizeof *instance->names);
    for (size_t i = 0; i < N_MEMBERS; i++) {
        instance->members[i] = (struct vm_snap_member) {
            .name = "member", .capacity = speeds[i] * GIGA, .usable = true,
        };
        sum += speeds[i] * GIGA;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t load = vm_random_load(&random, shape, sum / 2 / n);

        snprintf(instance->names[i], sizeof instance->names[i], "%05"PRIuSIZE,
                 i);
        instance->slots[i] = (struct vm_snap_slot) {
            .id = instance->names[i],
            .priority = mixed ? vm_random_below(&random, 8) : 3,
            .shares = 50,
            .demand = MAX(load, 1000),
            .any = true,
            .present = one ? 0 : i % N_MEMBERS,
            .home = VM_MEMBER_NONE,
            .pinned = VM_MEMBER_NONE,
            .may_rebalance = true,
        };
    }
    instance->snapshot = (struct vm_snapshot) {
        .members = instance->members, .n_members = N_MEMBERS,
        .slots = instance->slots, .n_slots = n,
        .reservable_pct = 75, .failback = true,
    };
    vm_snapshot_sort_slots(&instance->snapshot);
}

static void
instance_destroy(struct instance *instance)
{
    free(instance->slots);
    free(instance->names);
}

/* CPU time of this process, ms. */
static double
cpu_time(void)
{
    struct timespec t;

    xclock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int
compare_numbers(const void *a_, const void *b_)
{
    const uint64_t *a = a_, *b = b_;

    return *a < *b ? -1 : *a > *b;
}

/* CPU time to sort 'n' random numbers, ms. */
static double
sort_time(size_t n)
{
    uint64_t *numbers = xmalloc(n * sizeof *numbers);
    struct vm_random random;

    vm_random_init(&random, n);
    for (size_t i = 0; i < n; i++) {
        numbers[i] = vm_random_below(&random, 1000000000);
    }
    double begin = cpu_time();
    qsort(numbers, n, sizeof *numbers, compare_numbers);
    double ms = cpu_time() - begin;
    free(numbers);
    return ms;
}

/* All instances of one size, and what was seen of each. */
struct series {
    size_t n;
    double sort;                /* ms of CPU, the least. */
    struct {
        struct instance instance;
        double least;           /* ms of CPU. */
        size_t n_moves;
    } all[N_STARTS][VM_N_LOAD_SHAPES];
};

static void
series_init(struct series *series, size_t n)
{
    series->n = n;
    series->sort = DBL_MAX;
    for (int start = 0; start < N_STARTS; start++) {
        for (int shape = 0; shape < VM_N_LOAD_SHAPES; shape++) {
            instance_init(&series->all[start][shape].instance, n, shape,
                          start);
            series->all[start][shape].least = DBL_MAX;
        }
    }
}

static void
series_destroy(struct series *series)
{
    for (int start = 0; start < N_STARTS; start++) {
        for (int shape = 0; shape < VM_N_LOAD_SHAPES; shape++) {
            instance_destroy(&series->all[start][shape].instance);
        }
    }
}

/* Runs each once.  Whatever else the machine does adds to the CPU time of a
 * run, by interrupts, a cold cache or a busy sibling of the core, and never
 * takes from it: the least of all runs is what counts.  As each instance has
 * its turn only after all others, it outlasts what goes on for a while. */
static void
series_run(struct series *series)
{
    double sort = sort_time(series->n);

    series->sort = MIN(series->sort, sort);
    for (int start = 0; start < N_STARTS; start++) {
        for (int shape = 0; shape < VM_N_LOAD_SHAPES; shape++) {
            double *least = &series->all[start][shape].least;
            struct vm_plan plan;
            double begin = cpu_time();

            vm_rebalance_plan(&series->all[start][shape].instance.snapshot,
                              &plan);
            double ms = cpu_time() - begin;
            *least = MIN(*least, ms);
            series->all[start][shape].n_moves = plan.n;
            vm_plan_destroy(&plan);
        }
    }
}

/* Prints the worst over the shapes of load for each start, relative to
 * sorting.  Returns the worst of all, ms. */
static double
print_time(size_t n)
{
    struct series *series = xcalloc(1, sizeof *series);
    double worst = 0;

    series_init(series, n);
    for (int i = 0; i < MAX(MIN_RUNS, MANY_RUNS / n); i++) {
        series_run(series);
    }

    printf("%8"PRIuSIZE, n);
    for (int start = 0; start < N_STARTS; start++) {
        int shape = 0;

        for (int i = 1; i < VM_N_LOAD_SHAPES; i++) {
            if (series->all[start][i].least
                > series->all[start][shape].least) {
                shape = i;
            }
        }
        printf(" %8.1f (%5"PRIuSIZE")",
               series->all[start][shape].least / series->sort,
               series->all[start][shape].n_moves);
        worst = MAX(worst, series->all[start][shape].least);
    }
    printf("  %9.3f\n", worst);
    series_destroy(series);
    free(series);
    return worst;
}

/* Bytes that an engine with 'n' VMs has allocated. */
static size_t
measure_engine(size_t n)
{
    size_t before = mallinfo2().uordblks;
    struct vm_engine *engine = vm_engine_create("bond0", 0);
    struct vm_member_facts member = { .enabled = true };
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct vm_interface_facts facts = {
        .external_ids = &ids, .access_vlan = 10,
    };
    struct vm_actions actions = VM_ACTIONS_INITIALIZER;

    vm_engine_set_member(engine, "eth0", &member, 0);
    vm_engine_set_member(engine, "eth1", &member, 0);
    for (size_t i = 0; i < n; i++) {
        char *name = xasprintf("vnet%05"PRIuSIZE, i);

        smap_clear(&ids);
        smap_add_format(&ids, "vm-id",
                        "00000000-0000-4000-8000-%012"PRIuSIZE, i);
        smap_add_format(&ids, "attached-mac", "52:54:00:00:%02x:%02x",
                        (unsigned int) (i >> 8 & 255),
                        (unsigned int) (i & 255));
        vm_engine_set_interface(engine, name, &facts, 0);
        free(name);
    }
    smap_destroy(&ids);
    vm_engine_run(engine, 0, &actions);
    vm_actions_destroy(&actions);

    size_t used = mallinfo2().uordblks - before;
    vm_engine_destroy(engine);
    return used;
}

static bool
print_memory(void)
{
    size_t few = measure_engine(1000);
    size_t many = measure_engine(2000);
    size_t per_vm = (many - few) / 1000;

    printf("memory of the engine: %"PRIuSIZE" bytes per VM of one interface, "
           "its journal and decisions included\n", per_vm);
    return few && many > few;
}

static int
run_cost(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const size_t sizes[] = {
        500, 1000, 2000, 4000, 8000, 10000, 16000
    };
    double worst[ARRAY_SIZE(sizes)];

    printf("8 members, least of at least %d runs, worst of three shapes of "
           "load, CPU time relative to sorting as many numbers (moves)\n"
           "%8s %16s %16s %16s %16s %10s\n", MIN_RUNS, "VMs", "spread",
           "spread, mixed", "on one", "on one, mixed", "worst, ms");
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        worst[i] = print_time(sizes[i]);
    }

    /* Sorting and a cache that gets too small are allowed a factor. */
    double growth = worst[ARRAY_SIZE(sizes) - 1] / worst[1];
    printf("growth from 1000 to 16000 VMs: %.1f times (wanted: 32 at "
           "most)\n", growth);
    return !print_memory() || growth > 32;
}

const struct vm_test_command test_vm_balance_cost_commands[] = {
    { "balance-cost", "", 0, 0, run_cost },
    { NULL, NULL, 0, 0, NULL },
};
