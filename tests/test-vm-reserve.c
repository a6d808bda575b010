/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Exchanges against a model that tries them all, and worlds that are nearly
 * full, where no guarantee is broken that could be kept after one exchange. */

#include "vm-reserve.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-packing.h"
#include "vm-random.h"
#include "vm-sample.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_reserve_commands[];

/* One exchange. */

#define MAX_UPLINKS 4
#define MAX_SLOTS 16

struct world {
    struct vm_snapshot snapshot;
    struct vm_uplink uplinks[MAX_UPLINKS];
    struct vm_slot slots[MAX_SLOTS];
    uint64_t size[MAX_SLOTS];
    bool allowed[MAX_SLOTS][MAX_UPLINKS];
    struct vm_reserve reserve;
    size_t newcomer;            /* Nowhere yet. */
};

static bool
may_be(const void *world_, size_t slot, int uplink)
{
    const struct world *world = world_;

    return world->allowed[slot][uplink];
}

static bool
fits(const struct world *world, size_t slot)
{
    for (size_t u = 0; u < world->snapshot.n_uplinks; u++) {
        if (may_be(world, slot, u)
            && world->size[slot] <= world->reserve.room[u]) {
            return true;
        }
    }
    return false;
}

static void
world_init(struct world *world, struct vm_random *random)
{
    memset(world, 0, sizeof *world);
    world->snapshot = (struct vm_snapshot) {
        .uplinks = world->uplinks,
        .n_uplinks = vm_random_between(random, 1, MAX_UPLINKS),
        .slots = world->slots,
        .n_slots = vm_random_between(random, 2, MAX_SLOTS),
        .reservable_pct = 100,
    };
    for (size_t u = 0; u < world->snapshot.n_uplinks; u++) {
        world->uplinks[u].capacity = vm_random_between(random, 20, 40);
        world->uplinks[u].usable = true;
    }
    vm_reserve_init(&world->reserve, &world->snapshot, world->size);

    /* Each goes where it just fits, which leaves little room. */
    for (size_t i = 0; i < world->snapshot.n_slots; i++) {
        int best = VM_UPLINK_NONE;

        world->size[i] = vm_random_between(random, 0, 17);
        world->slots[i].exclusive = vm_random_chance(random, 10);
        for (size_t u = 0; u < world->snapshot.n_uplinks; u++) {
            uint64_t room = world->reserve.room[u];

            world->allowed[i][u] = vm_random_chance(random, 80);
            if (world->allowed[i][u] && world->size[i] <= room
                && (best < 0 || room < world->reserve.room[best])) {
                best = u;
            }
        }
        if (best >= 0) {
            vm_reserve_put(&world->reserve, i, best);
        } else {
            world->newcomer = i;
            world->snapshot.n_slots = i + 1;
        }
    }
}

/* The least size that is moved by an exchange after which the newcomer fits,
 * of one slot or of two: UINT64_MAX if there is none. */
static uint64_t
find_least(const struct world *world, bool two)
{
    const struct vm_reserve *r = &world->reserve;
    const uint64_t *size = world->size;
    size_t n = world->newcomer;
    uint64_t least = UINT64_MAX;

    for (size_t i = 0; i < n; i++) {
        int from = r->at[i];

        if (world->slots[i].exclusive || !may_be(world, n, from)) {
            continue;
        }
        for (size_t j = 0; j < n && two; j++) {
            int to = r->at[j];

            if (to != from && !world->slots[j].exclusive && size[j]
                && may_be(world, i, to) && may_be(world, j, from)
                && size[i] <= r->room[to] + size[j]
                && size[n] + size[j] <= r->room[from] + size[i]) {
                least = MIN(least, size[i] + size[j]);
            }
        }
        for (size_t u = 0; u < world->snapshot.n_uplinks && !two; u++) {
            if (u != from && may_be(world, i, u) && size[i] <= r->room[u]
                && size[n] <= r->room[from] + size[i]) {
                least = MIN(least, size[i]);
            }
        }
    }
    return least;
}

/* Null if all are where they may be, 'least' is what 'n_moves' have moved
 * since 'before', and the rooms are what is left. */
static const char *
check_exchange(const struct world *world, const int *before, size_t n_moves,
               uint64_t least)
{
    uint64_t room[MAX_UPLINKS];
    uint64_t moved = 0;
    size_t n_moved = 0;

    for (size_t u = 0; u < world->snapshot.n_uplinks; u++) {
        room[u] = world->uplinks[u].capacity;
    }
    for (size_t i = 0; i <= world->newcomer; i++) {
        int uplink = world->reserve.at[i];

        if (uplink < 0 || !may_be(world, i, uplink)
            || world->size[i] > room[uplink]) {
            return "may not be there";
        }
        room[uplink] -= world->size[i];
        if (i < world->newcomer && uplink != before[i]) {
            moved += world->size[i];
            n_moved++;
            if (world->slots[i].exclusive) {
                return "an exclusive slot was exchanged";
            }
        }
    }
    return (n_moved != n_moves || moved != least ? "there is a better one"
            : memcmp(room, world->reserve.room,
                     world->snapshot.n_uplinks * sizeof *room)
            ? "not the room that is left" : NULL);
}

/* Null if the exchange in 'world', or that there is none, is right. */
static const char *
try_exchange(struct world *world, unsigned long int *n_found)
{
    size_t n = world->newcomer;
    uint64_t move = find_least(world, false);
    uint64_t swap = find_least(world, true);
    bool possible = move != UINT64_MAX || swap != UINT64_MAX;
    unsigned long int cost = ((n + 1) * world->snapshot.n_uplinks);
    unsigned long int budget = cost - 1;
    int before[MAX_SLOTS];

    memcpy(before, world->reserve.at, sizeof before[0] * (n + 1));
    if (vm_reserve_exchange(&world->reserve, n, may_be, world, &budget)
        || budget != cost - 1) {
        return "done without a budget";
    }
    budget = cost;
    if (vm_reserve_exchange(&world->reserve, n, may_be, world, &budget)
        != possible) {
        return possible ? "not found" : "found what can't be";
    }
    n_found[move != UINT64_MAX ? 0 : swap != UINT64_MAX ? 1 : 2]++;
    return (budget ? "not what it costs"
            : !possible ? (memcmp(before, world->reserve.at,
                                  sizeof before[0] * (n + 1))
                           ? "changed without result" : NULL)
            : check_exchange(world, before, move != UINT64_MAX ? 1 : 2,
                             move != UINT64_MAX ? move : swap));
}

static int
run_reserve_random(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    unsigned long int n = strtoul(argv[2], NULL, 10);
    unsigned long int n_found[3] = { 0, 0, 0 };

    for (unsigned long int i = 0; i < n; i++) {
        const char *error = NULL;
        struct vm_random random;
        struct world world;

        vm_random_init(&random, seed + i);
        world_init(&world, &random);
        if (world.newcomer && world.size[world.newcomer]
            && !fits(&world, world.newcomer)) {
            error = try_exchange(&world, n_found);
        }
        vm_reserve_destroy(&world.reserve);
        if (error) {
            fprintf(stderr, "seed %"PRIu64": %s\n", seed + i, error);
            return 1;
        }
    }
    printf("%lu worlds, a move found in %lu, a swap in %lu, none in %lu\n", n,
           n_found[0], n_found[1], n_found[2]);
    return !n_found[0] || !n_found[1] || !n_found[2];
}

/* Worlds that are nearly full. */

/* Makes a world with '*' for all, whose guarantees need 'fill' % of what can
 * be reserved. */
static void
make_full_world(struct vm_random *random, int fill, struct ds *uplinks,
                struct ds *slots)
{
    size_t n_uplinks = vm_random_between(random, 2, 8);
    uint64_t left = 0;

    ds_put_cstr(uplinks, "reservable=100");
    for (size_t u = 0; u < n_uplinks; u++) {
        uint64_t capacity = vm_random_between(random, 500, 1500);

        ds_put_format(uplinks, " eth%"PRIuSIZE":%"PRIu64, u, capacity);
        left += capacity;
    }
    left = left * fill / 100;
    for (size_t i = 0; left; i++) {
        uint64_t guarantee = vm_random_between(random, 20, 450);

        guarantee = MIN(guarantee, left);
        ds_put_format(slots, "%ss%02"PRIuSIZE":priority=%"PRIu64
                      ",guarantee=%"PRIu64",at=eth%"PRIu64, i ? " " : "", i,
                      vm_random_below(random, 8), guarantee,
                      vm_random_below(random, n_uplinks));
        left -= guarantee;
    }
}

/* The room that is left on each uplink beside the guarantees that are kept. */
static void
find_room(const struct vm_snapshot *snapshot, const struct vm_choice *choices,
          uint64_t *room)
{
    for (size_t u = 0; u < snapshot->n_uplinks; u++) {
        room[u] = vm_uplink_reservable(snapshot, u);
    }
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        if (!choices[i].guarantee_broken) {
            room[choices[i].uplink] -= snapshot->slots[i].guarantee;
        }
    }
}

/* True if 'guarantee' would fit on an uplink after one slot has moved from
 * there, or two have changed places. */
static bool
would_fit(const struct vm_snapshot *snapshot, const struct vm_choice *choices,
          const uint64_t *room, uint64_t guarantee)
{
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        int from = choices[i].uplink;
        uint64_t size = snapshot->slots[i].guarantee;

        if (choices[i].guarantee_broken) {
            continue;
        }
        for (size_t u = 0; u < snapshot->n_uplinks; u++) {
            if (u != from && size <= room[u]
                && guarantee <= room[from] + size) {
                return true;
            }
        }
        for (size_t j = 0; j < snapshot->n_slots; j++) {
            uint64_t other = snapshot->slots[j].guarantee;
            int to = choices[j].uplink;

            if (to != from && !choices[j].guarantee_broken && size > other
                && size - other <= room[to]
                && guarantee <= room[from] + size - other) {
                return true;
            }
        }
    }
    return false;
}

struct tally {
    unsigned long int slots, broken;
    unsigned long int mendable; /* Broken without need. */
    unsigned long int restless; /* Moved when asked again. */
};

/* Counts whoever is not where 'choices' say when asked once more, with all of
 * them there. */
static size_t
count_restless(struct vm_sample *sample, const struct vm_choice *choices)
{
    size_t n = sample->snapshot.n_slots;
    struct vm_choice *again = xcalloc(n, sizeof *again);
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        sample->slots[i].present = choices[i].uplink;
    }
    vm_packing_run(&sample->snapshot, again);
    for (size_t i = 0; i < n; i++) {
        count += (again[i].uplink != choices[i].uplink
                  || again[i].guarantee_broken != choices[i].guarantee_broken);
    }
    free(again);
    return count;
}

static void
try_full_world(struct vm_sample *sample, struct tally *tally)
{
    const struct vm_snapshot *snapshot = &sample->snapshot;
    size_t n = snapshot->n_slots;
    struct vm_choice *choices = xcalloc(n, sizeof *choices);
    uint64_t room[8];

    vm_packing_run(snapshot, choices);
    find_room(snapshot, choices, room);
    tally->slots += n;
    for (size_t i = 0; i < n; i++) {
        if (choices[i].guarantee_broken) {
            tally->broken++;
            tally->mendable += would_fit(snapshot, choices, room,
                                         snapshot->slots[i].guarantee);
        }
    }
    tally->restless += count_restless(sample, choices);
    free(choices);
}

static int
run_reserve_full(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    unsigned long int n = strtoul(argv[2], NULL, 10);
    struct tally tally = { 0, 0, 0, 0 };

    for (unsigned long int i = 0; i < n; i++) {
        struct ds uplinks = DS_EMPTY_INITIALIZER;
        struct ds slots = DS_EMPTY_INITIALIZER;
        struct vm_random random;
        struct vm_sample sample;

        vm_random_init(&random, seed + i);
        make_full_world(&random, 80 + i % 30, &uplinks, &slots);
        vm_sample_from_text(&sample, ds_cstr(&uplinks), ds_cstr(&slots));
        try_full_world(&sample, &tally);
        vm_sample_destroy(&sample);
        ds_destroy(&uplinks);
        ds_destroy(&slots);
    }
    printf("%lu worlds, %lu guarantees, %lu broken, %lu of them would fit "
           "after one exchange, %lu changed when asked again\n", n,
           tally.slots, tally.broken, tally.mendable, tally.restless);
    return tally.mendable || tally.restless || !tally.broken;
}

const struct vm_test_command test_vm_reserve_commands[] = {
    { "reserve-random", "SEED N", 2, 2, run_reserve_random },
    { "reserve-full", "SEED N", 2, 2, run_reserve_full },
    { NULL, NULL, 0, 0, NULL },
};
