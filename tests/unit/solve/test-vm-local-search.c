/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-local-search.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "openvswitch/dynamic-string.h"
#include "solve/vm-bins.h"
#include "solve/vm-chains.h"
#include "solve/vm-significance.h"
#include "util.h"
#include "vm-random.h"
#include "vm-sample.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_local_search_commands[];

struct search_case {
    const char *what;
    const char *members;
    const char *slots;
    const char *expected;
};

/* All slots that send something become items. */
static void
add_all_items(struct vm_bins *bins)
{
    size_t n_slots = bins->snapshot->n_slots;
    int *slots = xcalloc(n_slots, sizeof *slots);
    size_t n = 0;

    for (size_t i = 0; i < n_slots; i++) {
        if (bins->snapshot->slots[i].demand && bins->where[i] >= 0) {
            slots[n++] = i;
        }
    }
    vm_bins_add_items(bins, slots, n);
    free(slots);
}

static bool
compare(const struct search_case *c, const struct ds *got)
{
    if (strcmp(ds_cstr_ro(got), c->expected)) {
        fprintf(stderr, "%s: members %s, slots %s\n"
                "  expected %s\n  got      %s\n", c->what, c->members,
                c->slots, c->expected, ds_cstr_ro(got));
        return false;
    }
    return true;
}

/* Exchanges of several moves from eth0 that bring it to 50 %: the highest
 * utilization of those touched, in percent, and the moves. */
static const struct search_case deep_cases[] = {
    { "two for one", "eth0:10G,background=1G eth1:10G",
      "a:demand=3G,at=eth0 b:demand=2G,at=eth0 c:demand=4G,at=eth1",
      "50: b to eth1, c to eth0, a to eth1" },
    { "a chain", "eth0:10G,background=3G eth1:10G eth2:10G,background=1G",
      "a:demand=4G,at=eth0 b:demand=4G,at=eth1 c:demand=1G,at=eth1",
      "50: a to eth1, b to eth2" },
    { "a circle",
      "eth0:10G,background=2G eth1:10G,background=1G "
      "eth2:10G,background=1500M",
      "a:demand=4G,at=eth0 b:demand=3500M,at=eth1 c:demand=3G,at=eth2",
      "50: a to eth1, b to eth2, c to eth0" },
    { "two moves away",
      "eth0:10G eth1:10G,background=3G eth2:10G,background=3G",
      "a:demand=2G,at=eth0 b:demand=2G,at=eth0 c:demand=5G,at=eth0",
      "50: a to eth1, b to eth2" },
    { "no room for the guarantee",
      "reservable=10 eth0:10G eth1:10G,background=3G eth2:10G,background=3G",
      "a:demand=2G,at=eth0,guarantee=2G b:demand=2G,at=eth0 "
      "c:demand=5G,at=eth0", "none" },
    { "a member that is not in service",
      "eth0:10G eth1:10G,background=3G eth2:10G,down",
      "a:demand=2G,at=eth0 b:demand=2G,at=eth0 c:demand=5G,at=eth0",
      "none" },
};

static void
run_deep_case(const struct search_case *c, unsigned int steps, struct ds *got)
{
    struct vm_sample sample;
    struct vm_bins bins;
    struct vm_exchange exchange;

    vm_sample_from_text(&sample, c->members, c->slots);
    vm_bins_init(&bins, &sample.snapshot);
    add_all_items(&bins);
    if (vm_chains_find(&bins, 0, 500000, &steps, &exchange)) {
        ds_put_format(got, "%"PRIu64":", exchange.ppm / 10000);
        for (size_t i = 0; i < exchange.n; i++) {
            ds_put_format(got, "%s %s to %s", i ? "," : "",
                          sample.slots[exchange.moves[i].slot].id,
                          sample.members[exchange.moves[i].to].name);
        }
    } else {
        ds_put_cstr(got, "none");
    }
    vm_bins_destroy(&bins);
    vm_sample_destroy(&sample);
}

static int
run_deep(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(deep_cases); i++) {
        struct ds got = DS_EMPTY_INITIALIZER;
        struct ds too_few = DS_EMPTY_INITIALIZER;

        run_deep_case(&deep_cases[i], 100000, &got);
        n_wrong += !compare(&deep_cases[i], &got);
        run_deep_case(&deep_cases[i], 1, &too_few);
        if (strcmp(ds_cstr(&too_few), "none")) {
            fprintf(stderr, "%s: found in one step\n", deep_cases[i].what);
            n_wrong++;
        }
        ds_destroy(&got);
        ds_destroy(&too_few);
    }
    return n_wrong > 0;
}

/* The member of each slot after vm_local_search_relieve(). */
static const struct search_case relieve_cases[] = {
    { "one move", "eth0:10G eth1:10G",
      "a:demand=5G,at=eth0 b:demand=4G,at=eth0",
      "a eth1, b eth0" },
    { "of equal slots the least important", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0 b:demand=4G,at=eth0", "a eth0, b eth1" },
    { "a swap", "eth0:10G eth1:10G",
      "a:demand=6G,at=eth0 b:demand=5G,at=eth0 c:demand=3G,at=eth1 "
      "d:demand=2G,at=eth1", "a eth0, b eth1, c eth1, d eth0" },
    { "nothing to gain", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0 b:demand=4G,at=eth1", "a eth0, b eth1" },
    { "less than the least gain", "eth0:10G eth1:10G",
      "a:demand=5G,at=eth0 b:demand=10M,at=eth0 c:demand=4990M,at=eth1",
      "a eth0, c eth1, b eth0" },
    { "speeds", "eth0:1G eth1:40G",
      "a:demand=800M,at=eth0 b:demand=8G,at=eth1", "b eth1, a eth1" },
};

static int
run_relieve(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(relieve_cases); i++) {
        const struct search_case *c = &relieve_cases[i];
        struct ds got = DS_EMPTY_INITIALIZER;
        struct vm_sample sample;
        struct vm_bins bins;

        vm_sample_from_text(&sample, c->members, c->slots);
        vm_bins_init(&bins, &sample.snapshot);
        add_all_items(&bins);
        vm_local_search_relieve(&bins, 0, 10000, 1);
        for (size_t j = 0; j < sample.snapshot.n_slots; j++) {
            ds_put_format(&got, "%s%s %s", j ? ", " : "", sample.slots[j].id,
                          sample.members[bins.where[j]].name);
        }
        n_wrong += !compare(c, &got);
        vm_bins_destroy(&bins);
        vm_sample_destroy(&sample);
        ds_destroy(&got);
    }
    return n_wrong > 0;
}

/* Whether moving the slot "it" from eth0 to eth1 is worth it, without noise
 * and with 10 % of it. */
static const struct search_case worth_cases[] = {
    { "a large gain", "eth0:10G eth1:10G",
      "it:demand=4G,at=eth0 a:demand=4G,at=eth0", "true true" },
    { "no gain", "eth0:10G eth1:10G", "it:demand=4G,at=eth0",
      "false false" },
    { "less than the gain", "eth0:10G eth1:10G",
      "it:demand=30M,at=eth0 a:demand=4G,at=eth0", "false false" },
    { "just the gain", "eth0:10G eth1:10G",
      "it:demand=50M,at=eth0 a:demand=4G,at=eth0", "true true" },
    { "less than noise can explain", "eth0:10G eth1:10G",
      "it:demand=200M,at=eth0 a:demand=4200M,at=eth0 b:demand=4G,at=eth1",
      "true false" },
    { "less than noise can explain, but the loads are steady",
      "eth0:10G eth1:10G",
      "it:demand=200M,at=eth0,variation=1 "
      "a:demand=4200M,at=eth0,variation=100k "
      "b:demand=4G,at=eth1,variation=10M", "true true" },
    { "variation beyond the expected one does not count", "eth0:10G eth1:10G",
      "it:demand=1G,at=eth0,variation=1G a:demand=4G,at=eth0,variation=10G "
      "b:demand=3G,at=eth1,variation=10G", "true true" },
    { "two loads can't vary by more than both at once", "eth0:10G eth1:10G",
      "it:demand=1G,at=eth0 a:demand=4G,at=eth0 b:demand=3G,at=eth1",
      "true true" },
    { "a loss", "eth0:10G eth1:1G",
      "it:demand=4G,at=eth0 a:demand=4G,at=eth0", "false false" },
};

static int
run_worth(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(worth_cases); i++) {
        const struct search_case *c = &worth_cases[i];
        struct ds got = DS_EMPTY_INITIALIZER;
        struct vm_sample sample;
        struct vm_bins bins;

        vm_sample_from_text(&sample, c->members, c->slots);
        vm_bins_init(&bins, &sample.snapshot);
        int *before = xmemdup(bins.where, sample.snapshot.n_slots
                                           * sizeof *before);
        for (size_t j = 0; j < sample.snapshot.n_slots; j++) {
            if (!strcmp(sample.slots[j].id, "it")) {
                vm_bins_move(&bins, j, 1);
            }
        }
        bool calm = vm_is_significant(&bins, before, 10000, 0);
        bool noisy = vm_is_significant(&bins, before, 10000, 100000);
        ds_put_format(&got, "%s %s", calm ? "true" : "false",
                      noisy ? "true" : "false");
        n_wrong += !compare(c, &got);
        free(before);
        vm_bins_destroy(&bins);
        vm_sample_destroy(&sample);
        ds_destroy(&got);
    }
    return n_wrong > 0;
}

/* The search terminates for every input. */

#define MAX_MEMBERS 8

static uint64_t
any_rate(struct vm_random *random)
{
    static const uint64_t extremes[] = {
        0, 1, 2, 1000, 999999999, VM_RATE_CEILING - 1, VM_RATE_CEILING,
        UINT64_MAX,
    };

    return (vm_random_chance(random, 50)
            ? extremes[vm_random_below(random, ARRAY_SIZE(extremes))]
            : vm_random_chance(random, 50) ? vm_random_below(random, 10)
            : vm_random_below(random, UINT64_C(1) << 36));
}

static int
compare_ppm(const void *a_, const void *b_)
{
    uint64_t a = *(const uint64_t *) a_;
    uint64_t b = *(const uint64_t *) b_;

    return a > b ? -1 : a < b;
}

/* Lists the utilizations of all members, the highest first. */
static void
list_ppm(const struct vm_bins *bins, uint64_t ppm[MAX_MEMBERS])
{
    size_t n = bins->snapshot->n_members;

    for (size_t i = 0; i < n; i++) {
        ppm[i] = vm_bins_ppm(bins, i);
    }
    qsort(ppm, n, sizeof *ppm, compare_ppm);
}

/* Returns true if 'after' is not above 'before' in lexicographic order. */
static bool
has_descended(const uint64_t *before, const uint64_t *after, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (before[i] != after[i]) {
            return after[i] < before[i];
        }
    }
    return true;
}

static bool
search_instance(struct vm_random *random)
{
    size_t n_members = vm_random_between(random, 1, MAX_MEMBERS);
    size_t n_slots = vm_random_between(random, 0, 60);
    struct vm_snap_member members[MAX_MEMBERS];
    struct vm_snap_slot slots[60];
    const struct vm_snapshot snapshot = {
        .members = members, .n_members = n_members,
        .slots = slots, .n_slots = n_slots, .reservable_pct = 75,
    };
    uint64_t before[MAX_MEMBERS], between[MAX_MEMBERS], after[MAX_MEMBERS];
    bool marked[MAX_MEMBERS];
    struct vm_bins bins;

    for (size_t i = 0; i < n_members; i++) {
        members[i] = (struct vm_snap_member) {
            .name = "member", .capacity = MAX(any_rate(random) / 2, 1),
            .background = vm_random_chance(random, 50) ? any_rate(random) : 0,
            .usable = true,
        };
        marked[i] = vm_random_chance(random, 50);
    }
    for (size_t i = 0; i < n_slots; i++) {
        slots[i] = (struct vm_snap_slot) {
            .id = "slot", .demand = any_rate(random), .any = true,
            .present = vm_random_below(random, n_members),
            .home = VM_MEMBER_NONE, .pinned = VM_MEMBER_NONE,
        };
    }

    vm_bins_init(&bins, &snapshot);
    list_ppm(&bins, before);
    add_all_items(&bins);
    vm_local_search_relieve(&bins, vm_random_below(random, 1000000),
                            vm_random_below(random, 2) * 10000, 1);
    list_ppm(&bins, between);
    vm_local_search_fill(&bins, marked);
    list_ppm(&bins, after);
    vm_bins_destroy(&bins);
    return (has_descended(before, between, n_members)
            && has_descended(between, after, n_members));
}

/* Each instance has far more time than it needs; SIGALRM kills a search that
 * does not terminate. */
static int
run_ends(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    unsigned long int n = strtoul(argv[2], NULL, 10);

    for (unsigned long int i = 0; i < n; i++) {
        struct vm_random random;

        alarm(60);
        vm_random_init(&random, seed + i);
        if (!search_instance(&random)) {
            fprintf(stderr, "seed %"PRIu64": a utilization has risen\n",
                    seed + i);
            return 1;
        }
    }
    alarm(0);
    printf("%lu searches from seed %"PRIu64"\n", n, seed);
    return n ? 0 : 1;
}

const struct vm_test_command test_vm_local_search_commands[] = {
    { "search-deep", "", 0, 0, run_deep },
    { "search-relieve", "", 0, 0, run_relieve },
    { "search-worth", "", 0, 0, run_worth },
    { "search-ends", "SEED N", 2, 2, run_ends },
    { NULL, NULL, 0, 0, NULL },
};
