/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Tests exchanges against a model that tries them all, and instances that are
 * nearly full, where no guarantee may be unmet that could be kept after one
 * exchange. */

#include "solve/vm-reservations.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "solve/vm-packing.h"
#include "util.h"
#include "vm-random.h"
#include "vm-sample.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_reservations_commands[];

/* One exchange. */

#define MAX_MEMBERS 4
#define MAX_SLOTS 16

struct instance {
    struct vm_snapshot snapshot;
    struct vm_snap_member members[MAX_MEMBERS];
    struct vm_snap_slot slots[MAX_SLOTS];
    uint64_t size[MAX_SLOTS];
    bool allowed[MAX_SLOTS][MAX_MEMBERS];
    struct vm_reservations reserved;
    size_t newcomer;            /* Slot that is on no member yet. */
};

static bool
may_be(const void *instance_, size_t slot, int member)
{
    const struct instance *instance = instance_;

    return instance->allowed[slot][member];
}

static bool
fits(const struct instance *instance, size_t slot)
{
    for (size_t u = 0; u < instance->snapshot.n_members; u++) {
        if (may_be(instance, slot, u)
            && instance->size[slot] <= instance->reserved.room[u]) {
            return true;
        }
    }
    return false;
}

static void
instance_init(struct instance *instance, struct vm_random *random)
{
    memset(instance, 0, sizeof *instance);
    instance->snapshot = (struct vm_snapshot) {
        .members = instance->members,
        .n_members = vm_random_between(random, 1, MAX_MEMBERS),
        .slots = instance->slots,
        .n_slots = vm_random_between(random, 2, MAX_SLOTS),
        .reservable_pct = 100,
    };
    for (size_t u = 0; u < instance->snapshot.n_members; u++) {
        instance->members[u].capacity = vm_random_between(random, 20, 40);
        instance->members[u].usable = true;
    }
    vm_reservations_init(&instance->reserved, &instance->snapshot,
                         instance->size);

    /* Best fit, which leaves little room. */
    for (size_t i = 0; i < instance->snapshot.n_slots; i++) {
        int best = VM_MEMBER_NONE;

        instance->size[i] = vm_random_between(random, 0, 17);
        instance->slots[i].exclusive = vm_random_chance(random, 10);
        for (size_t u = 0; u < instance->snapshot.n_members; u++) {
            uint64_t room = instance->reserved.room[u];

            instance->allowed[i][u] = vm_random_chance(random, 80);
            if (instance->allowed[i][u] && instance->size[i] <= room
                && (best < 0 || room < instance->reserved.room[best])) {
                best = u;
            }
        }
        if (best >= 0) {
            vm_reservations_put(&instance->reserved, i, best);
        } else {
            instance->newcomer = i;
            instance->snapshot.n_slots = i + 1;
        }
    }
}

/* Returns the least size that an exchange, of one slot or of two, moves after
 * which the newcomer fits; UINT64_MAX if there is none. */
static uint64_t
find_least(const struct instance *instance, bool two)
{
    const struct vm_reservations *r = &instance->reserved;
    const uint64_t *size = instance->size;
    size_t n = instance->newcomer;
    uint64_t least = UINT64_MAX;

    for (size_t i = 0; i < n; i++) {
        int from = r->at[i];

        if (instance->slots[i].exclusive || !may_be(instance, n, from)) {
            continue;
        }
        for (size_t j = 0; j < n && two; j++) {
            int to = r->at[j];

            if (to != from && !instance->slots[j].exclusive && size[j]
                && may_be(instance, i, to) && may_be(instance, j, from)
                && size[i] <= r->room[to] + size[j]
                && size[n] + size[j] <= r->room[from] + size[i]) {
                least = MIN(least, size[i] + size[j]);
            }
        }
        for (size_t u = 0; u < instance->snapshot.n_members && !two; u++) {
            if (u != from && may_be(instance, i, u) && size[i] <= r->room[u]
                && size[n] <= r->room[from] + size[i]) {
                least = MIN(least, size[i]);
            }
        }
    }
    return least;
}

/* Returns null if all slots are where they may be, 'n_moves' slots with a
 * total size of 'least' have moved since 'before', and the remaining room is
 * right. */
static const char *
check_exchange(const struct instance *instance, const int *before,
               size_t n_moves, uint64_t least)
{
    uint64_t room[MAX_MEMBERS];
    uint64_t moved = 0;
    size_t n_moved = 0;

    for (size_t u = 0; u < instance->snapshot.n_members; u++) {
        room[u] = instance->members[u].capacity;
    }
    for (size_t i = 0; i <= instance->newcomer; i++) {
        int member = instance->reserved.at[i];

        if (member < 0 || !may_be(instance, i, member)
            || instance->size[i] > room[member]) {
            return "may not be there";
        }
        room[member] -= instance->size[i];
        if (i < instance->newcomer && member != before[i]) {
            moved += instance->size[i];
            n_moved++;
            if (instance->slots[i].exclusive) {
                return "an exclusive slot was exchanged";
            }
        }
    }
    return (n_moved != n_moves || moved != least ? "there is a better one"
            : memcmp(room, instance->reserved.room,
                     instance->snapshot.n_members * sizeof *room)
            ? "not the room that is left" : NULL);
}

/* Returns null if the exchange in 'instance', or that there is none, is
 * right. */
static const char *
try_exchange(struct instance *instance, unsigned long int *n_found)
{
    size_t n = instance->newcomer;
    uint64_t move = find_least(instance, false);
    uint64_t swap = find_least(instance, true);
    bool possible = move != UINT64_MAX || swap != UINT64_MAX;
    unsigned long int cost = (n + 1) * instance->snapshot.n_members;
    unsigned long int budget = cost - 1;
    int before[MAX_SLOTS];

    memcpy(before, instance->reserved.at, sizeof before[0] * (n + 1));
    if (vm_reservations_exchange(&instance->reserved, n, may_be, instance,
                                 &budget)
        || budget != cost - 1) {
        return "done without a budget";
    }
    budget = cost;
    if (vm_reservations_exchange(&instance->reserved, n, may_be, instance,
                                 &budget)
        != possible) {
        return possible ? "not found" : "found an impossible exchange";
    }
    n_found[move != UINT64_MAX ? 0 : swap != UINT64_MAX ? 1 : 2]++;
    return (budget ? "not what it costs"
            : !possible ? (memcmp(before, instance->reserved.at,
                                  sizeof before[0] * (n + 1))
                           ? "changed something, but returned false" : NULL)
            : check_exchange(instance, before, move != UINT64_MAX ? 1 : 2,
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
        struct instance instance;

        vm_random_init(&random, seed + i);
        instance_init(&instance, &random);
        if (instance.newcomer && instance.size[instance.newcomer]
            && !fits(&instance, instance.newcomer)) {
            error = try_exchange(&instance, n_found);
        }
        vm_reservations_destroy(&instance.reserved);
        if (error) {
            fprintf(stderr, "seed %"PRIu64": %s\n", seed + i, error);
            return 1;
        }
    }
    printf("%lu instances, a move found in %lu, a swap in %lu, none in %lu\n",
           n, n_found[0], n_found[1], n_found[2]);
    return !n_found[0] || !n_found[1] || !n_found[2];
}

/* Instances that are nearly full. */

/* Makes an instance in which all slots have the preference '*' and whose
 * guarantees need 'fill' % of what can be reserved. */
static void
make_full_instance(struct vm_random *random, int fill, struct ds *members,
                   struct ds *slots)
{
    size_t n_members = vm_random_between(random, 2, 8);
    uint64_t left = 0;

    ds_put_cstr(members, "reservable=100");
    for (size_t u = 0; u < n_members; u++) {
        uint64_t capacity = vm_random_between(random, 500, 1500);

        ds_put_format(members, " eth%"PRIuSIZE":%"PRIu64, u, capacity);
        left += capacity;
    }
    left = left * fill / 100;
    for (size_t i = 0; left; i++) {
        uint64_t guarantee = vm_random_between(random, 20, 450);

        guarantee = MIN(guarantee, left);
        ds_put_format(slots, "%ss%02"PRIuSIZE":priority=%"PRIu64
                      ",guarantee=%"PRIu64",at=eth%"PRIu64, i ? " " : "", i,
                      vm_random_below(random, 8), guarantee,
                      vm_random_below(random, n_members));
        left -= guarantee;
    }
}

/* Fills in the room on each member beside the guarantees that are kept. */
static void
find_room(const struct vm_snapshot *snapshot, const struct vm_choice *choices,
          uint64_t *room)
{
    for (size_t u = 0; u < snapshot->n_members; u++) {
        room[u] = vm_snap_reservable(snapshot, u);
    }
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        if (!choices[i].guarantee_unmet) {
            room[choices[i].member] -= snapshot->slots[i].guarantee;
        }
    }
}

/* Returns true if 'guarantee' would fit on a member after one slot has moved
 * from there, or two have changed places. */
static bool
would_fit(const struct vm_snapshot *snapshot, const struct vm_choice *choices,
          const uint64_t *room, uint64_t guarantee)
{
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        int from = choices[i].member;
        uint64_t size = snapshot->slots[i].guarantee;

        if (choices[i].guarantee_unmet) {
            continue;
        }
        for (size_t u = 0; u < snapshot->n_members; u++) {
            if (u != from && size <= room[u]
                && guarantee <= room[from] + size) {
                return true;
            }
        }
        for (size_t j = 0; j < snapshot->n_slots; j++) {
            uint64_t other = snapshot->slots[j].guarantee;
            int to = choices[j].member;

            if (to != from && !choices[j].guarantee_unmet && size > other
                && size - other <= room[to]
                && guarantee <= room[from] + size - other) {
                return true;
            }
        }
    }
    return false;
}

struct tally {
    unsigned long int slots, unmet;
    unsigned long int avoidable; /* Guarantees that are unmet without need. */
    unsigned long int changed;  /* Choices that differ the second time. */
};

/* Places all slots again from where 'choices' put them.  Returns the number of
 * choices that differ then. */
static size_t
count_changed(struct vm_sample *sample, const struct vm_choice *choices)
{
    size_t n = sample->snapshot.n_slots;
    struct vm_choice *again = xcalloc(n, sizeof *again);
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        sample->slots[i].present = choices[i].member;
    }
    vm_packing_run(&sample->snapshot, again);
    for (size_t i = 0; i < n; i++) {
        count += (again[i].member != choices[i].member
                  || again[i].guarantee_unmet != choices[i].guarantee_unmet);
    }
    free(again);
    return count;
}

static void
try_full_instance(struct vm_sample *sample, struct tally *tally)
{
    const struct vm_snapshot *snapshot = &sample->snapshot;
    size_t n = snapshot->n_slots;
    struct vm_choice *choices = xcalloc(n, sizeof *choices);
    uint64_t room[8];

    vm_packing_run(snapshot, choices);
    find_room(snapshot, choices, room);
    tally->slots += n;
    for (size_t i = 0; i < n; i++) {
        if (choices[i].guarantee_unmet) {
            tally->unmet++;
            tally->avoidable += would_fit(snapshot, choices, room,
                                          snapshot->slots[i].guarantee);
        }
    }
    tally->changed += count_changed(sample, choices);
    free(choices);
}

static int
run_reserve_full(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    unsigned long int n = strtoul(argv[2], NULL, 10);
    struct tally tally = { 0, 0, 0, 0 };

    for (unsigned long int i = 0; i < n; i++) {
        struct ds members = DS_EMPTY_INITIALIZER;
        struct ds slots = DS_EMPTY_INITIALIZER;
        struct vm_random random;
        struct vm_sample sample;

        vm_random_init(&random, seed + i);
        make_full_instance(&random, 80 + i % 30, &members, &slots);
        vm_sample_from_text(&sample, ds_cstr(&members), ds_cstr(&slots));
        try_full_instance(&sample, &tally);
        vm_sample_destroy(&sample);
        ds_destroy(&members);
        ds_destroy(&slots);
    }
    printf("%lu instances, %lu guarantees, %lu unmet, %lu of them would fit "
           "after one exchange, %lu choices differ the second time\n", n,
           tally.slots, tally.unmet, tally.avoidable, tally.changed);
    return tally.avoidable || tally.changed || !tally.unmet;
}

const struct vm_test_command test_vm_reservations_commands[] = {
    { "reserve-random", "SEED N", 2, 2, run_reserve_random },
    { "reserve-full", "SEED N", 2, 2, run_reserve_full },
    { NULL, NULL, 0, 0, NULL },
};
