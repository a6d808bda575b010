/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-concern.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/vm-interface-count.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-random.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_concern_commands[];

#define N_INTERFACES 24

/* At least so many events of a history are placed alone, or the comparison
 * tells little. */
#define MIN_ALONE 10

static const char *const prefs[] = {
    "*", "*", "*", "eth0,*", "eth1,*", "eth0", "eth1,eth0", "eth9,*",
};
static const char *const settings[] = {
    "priority=0", "priority=6", "priority=7", "shares=100", "shares=7",
    "min-rate=100M", "min-rate=1G", "min-rate=3G", "max-rate=300M", "name=b",
    "name=Web", "name=c", "announce=false", "no-device", "was=eth1",
    "on-loss=suspend", "mac=52:54:00:00:00:01", "priority=9", "burst=1M",
};
static const char *const rates[] = { "0", "10M", "800M", "4G" };
static const char *const others[] = {
    "link eth1 down", "link eth1 up", "link eth1 up", "migrate b eth1",
    "migrate b auto", "vm e vnet4 exclusive=true", "vm e vnet4", "rebalance",
    "bond vm-aware-failback=false", "bond vm-aware-failback=", "show",
    "bond vm-aware-tunnels=split", "bond vm-aware-tunnels=",
};

#define PICK(RANDOM, WORDS) \
    (WORDS)[vm_random_below(RANDOM, ARRAY_SIZE(WORDS))]

/* Appends an event about one VM of many, mostly. */
static void
random_event(struct vm_random *random, struct ds *line)
{
    int i = vm_random_below(random, N_INTERFACES);
    int percent = vm_random_below(random, 100);

    if (percent < 65) {
        ds_put_format(line, "vm %c vnet%d uplinks=%s", 'a' + i % 18, i,
                      PICK(random, prefs));
        for (size_t n = vm_random_below(random, 3); n; n--) {
            ds_put_format(line, " %s", PICK(random, settings));
        }
    } else if (percent < 75) {
        ds_put_format(line, "remove vnet%d", i);
    } else if (percent < 85) {
        ds_put_format(line, "traffic %c %s", 'a' + i % 18,
                      PICK(random, rates));
    } else if (percent < 95) {
        ds_put_cstr(line, "advance 700ms");
    } else {
        ds_put_cstr(line, PICK(random, others));
    }
}

/* Runs the engine after an event.  Returns true if that has placed slots, but
 * not all, and none that reserves anything. */
static bool
run_event(struct vm_stage *stage)
{
    const struct vm_inventory *inventory = vm_engine_inventory(stage->engine);
    bool changed = !vm_changes_is_empty(&inventory->regroup);
    unsigned int n_placed = inventory->n_placed;

    stage->started = stage->now;
    vm_stage_run(stage);
    return changed && inventory->n_placed == n_placed;
}

/* Has 'stage' do what 'line' says.  Who places only some slots may know older
 * loads of the others: they are brought up to date before they are shown. */
static void
act(struct vm_stage *stage, const char *line)
{
    if (!strcmp(line, "show")) {
        vm_inventory_rest_loads(CONST_CAST(
            struct vm_inventory *, vm_engine_inventory(stage->engine)));
    }
    free(vm_stage_command(stage, line));
}

/* Plays a random history, with complete readings if 'seed' is odd, and returns
 * its transcript.  An event that makes no sense has no effect.  Stores in
 * '*n_alone' how many events were placed alone, at least. */
static char *
play(uint64_t seed, bool thorough, size_t *n_alone)
{
    struct vm_random random;
    struct vm_stage stage;
    char *transcript;

    *n_alone = 0;
    vm_random_init(&random, seed);
    vm_stage_init(&stage);
    stage.thorough = thorough;
    free(vm_stage_command(&stage, seed % 2 ? "readings complete"
                                  : "readings each"));
    free(vm_stage_command(&stage, "member eth0"));
    free(vm_stage_command(&stage, "member eth1"));
    free(vm_stage_command(&stage, "member eth2 capacity=1G"));
    for (int i = 0; i < 300; i++) {
        struct ds line = DS_EMPTY_INITIALIZER;

        random_event(&random, &line);
        act(&stage, ds_cstr(&line));
        if (i % 4 != 3) {
            *n_alone += run_event(&stage);
        }
        ds_destroy(&line);
    }
    act(&stage, "show");
    transcript = ds_steal_cstr(&stage.output);
    vm_stage_destroy(&stage);
    return transcript;
}

/* Returns where 'a' and 'b' begin to differ. */
static const char *
find_difference(const char *a, const char *b)
{
    const char *line = a;

    for (; *a && *a == *b; a++, b++) {
        line = *a == '\n' ? a + 1 : line;
    }
    return line;
}

/* Placing only what a change concerns has the same outcome as placing all, and
 * happens. */
static int
run_random(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    uint64_t n = strtoull(argv[2], NULL, 10);

    for (uint64_t i = 0; i < n; i++) {
        size_t n_alone, n_none;
        char *some = play(seed + i, false, &n_alone);
        char *all = play(seed + i, true, &n_none);
        bool ok = !strcmp(some, all) && !strstr(some, "error:");

        if (!ok) {
            fprintf(stderr, "seed %"PRIu64": expected\n%.500s\ngot\n%.500s\n",
                    seed + i, find_difference(all, some),
                    find_difference(some, all));
            return 1;
        }
        if (n_alone < MIN_ALONE || n_none) {
            fprintf(stderr, "seed %"PRIu64": %"PRIuSIZE" events placed alone, "
                    "and %"PRIuSIZE" of those that place all\n", seed + i,
                    n_alone, n_none);
            return 1;
        }
        free(some);
        free(all);
    }
    printf("%"PRIu64" histories of 300 events from seed %"PRIu64"\n", n,
           seed);
    return n ? 0 : 1;
}

const struct vm_test_command test_vm_concern_commands[] = {
    { "concern-random", "SEED N", 2, 2, run_random },
    { NULL, NULL, 0, 0, NULL },
};
