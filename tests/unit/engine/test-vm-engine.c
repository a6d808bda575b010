/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/vm-requests.h"
#include "svec.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-random.h"
#include "vm-scenario.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_engine_commands[];

static int
run_scenario(int argc, char *argv[])
{
    if (argc > 2 && strcmp(argv[1], "--update")) {
        fprintf(stderr, "%s: not an option\n", argv[1]);
        return 1;
    }
    return vm_scenario_play(argv[argc - 1], argc > 2) ? 0 : 1;
}

/* Random events. */

static const char *
pick(struct vm_random *random, const char *const *words, size_t n)
{
    return words[vm_random_below(random, n)];
}

#define PICK(RANDOM, WORDS) pick(RANDOM, WORDS, ARRAY_SIZE(WORDS))

#define N_INTERFACES 12

static const char *const members[] = { "eth0", "eth1", "eth2", "eth3" };
static const char *const vms[] = {
    "a", "b", "c", "d", "e", "f", "g", "-", "host",
};
static const char *const prefs[] = {
    "*", "*", "eth0", "eth1", "eth0,*", "eth1,*", "eth2,eth1", "eth3,eth0,*",
    "eth9", "eth9,*", ",eth0,,", "*,eth1",
};
static const char *const bond_settings[] = {
    "vm-aware-failback=false", "vm-aware-failback=",
    "vm-aware-announce=0", "vm-aware-announce=1", "vm-aware-announce=",
    "vm-aware-reverse-path=drop", "vm-aware-reverse-path=",
    "vm-aware-unidentified=drop", "vm-aware-unidentified=",
    "vm-aware-tunnels=split", "vm-aware-tunnels=host",
    "vm-aware-host=\"priority=2 uplinks=eth1,*\"", "vm-aware-host=",
    "vm-aware-profile-gold=\"priority=6 uplinks=eth0,* exclusive=true\"",
    "vm-aware-profile-gold=\"priority=1 min-rate=2G\"",
    "vm-aware-profile-gold=", "vm-aware-reservable=30",
    "vm-aware-reservable=200", "unrelated=key",
    "bond-rebalance-interval=0", "bond-rebalance-interval=",
    "bond-rebalance-interval=2000", "vm-aware-dwell=0", "vm-aware-dwell=5",
    "vm-aware-dwell=", "vm-aware-load-threshold=0",
    "vm-aware-load-threshold=",
    "vm-aware-host=\"max-rate=500M shares=10\"",
    "vm-aware-rate-interval=100", "vm-aware-rate-interval=",
    "vm-aware-request-delay=0", "vm-aware-request-delay=",
    "vm-aware-request-rate=0", "vm-aware-request-rate=100",
    "vm-aware-request-rate=", "vm-aware-suspend-max=7",
    "vm-aware-suspend-max=",
};
static const char *const settings[] = {
    "priority=0", "priority=7", "priority=6", "priority=9", "shares=100",
    "shares=7", "min-rate=1G", "min-rate=4G", "min-rate=700M", "max-rate=2G",
    "max-rate=300M", "burst=1M", "exclusive=true",
    "exclusive=maybe", "name=Web", "identify=mac", "profile=gold",
    "profile=silver", "vlan=10", "vlan=-1", "internal", "was=eth1",
    "was-home=eth0", "was-pinned=eth2", "mac=52:54:00:00:00:01",
    "mac=52:54:00:00:00:02", "mac=rubbish", "no-device", "no-device",
    "announce=false",
    "on-loss=suspend", "on-loss=suspend", "on-loss=migrate",
    "on-overload=suspend", "on-overload=suspend", "on-overload=migrate",
    "on-failover=suspend", "on-failover=suspend",
};
static const char *const answers[] = {
    "doing", "doing", "done", "done", "failed", "refused", "none",
};
static const char *const rates[] = { "0", "10M", "800M", "5G", "20G" };
static const char *const meters[] = { "0", "3", "8", "1000" };
static const char *const capacities[] = { "1G", "4G", "10G" };
static const char *const durations[] = { "1ms", "300ms", "500ms", "2s" };
static const char *const restarts[] = { "restart", "restart db" };

static void
random_vm(struct vm_random *random, struct ds *line)
{
    ds_put_format(line, "vm %s vnet%d uplinks=%s", PICK(random, vms),
                  (int) vm_random_below(random, N_INTERFACES),
                  PICK(random, prefs));
    for (size_t n = vm_random_below(random, 4); n; n--) {
        ds_put_format(line, " %s", PICK(random, settings));
    }
}

static void
random_member(struct vm_random *random, struct ds *line)
{
    ds_put_format(line, "member %s%s%s%s", PICK(random, members),
                  vm_random_chance(random, 30) ? " standby" : "",
                  vm_random_chance(random, 20) ? " drain" : "",
                  vm_random_chance(random, 30) ? " capacity=1G" : "");
}

/* A member or the datapath can do more or less. */
static void
random_limit(struct vm_random *random, struct ds *line)
{
    if (vm_random_chance(random, 60)) {
        ds_put_format(line, "capacity %s %s", PICK(random, members),
                      PICK(random, capacities));
    } else {
        ds_put_format(line, "meters %s", PICK(random, meters));
    }
}

/* The agent answers, or the switch is restarted. */
static void
random_answer(struct vm_random *random, struct ds *line)
{
    if (vm_random_chance(random, 10)) {
        ds_put_cstr(line, PICK(random, restarts));
    } else {
        ds_put_format(line, "agent %s %s",
                      vm_random_chance(random, 30) ? "*" : PICK(random, vms),
                      PICK(random, answers));
    }
}

/* Appends one command.  It need not make sense in the present state: a name
 * may be unknown. */
static void
random_command(struct vm_random *random, struct ds *line)
{
    switch (vm_random_below(random, 17)) {
    case 0:
    case 1:
    case 2:
        random_vm(random, line);
        break;
    case 3:
        ds_put_format(line, "remove vnet%d",
                      (int) vm_random_below(random, N_INTERFACES));
        break;
    case 4:
    case 5:
        ds_put_format(line, "link %s %s", PICK(random, members),
                      vm_random_chance(random, 60) ? "up" : "down");
        break;
    case 6:
        random_member(random, line);
        break;
    case 7:
        ds_put_format(line, "%s %s",
                      vm_random_chance(random, 20) ? "remove" : "explain",
                      vm_random_chance(random, 20) ? PICK(random, members)
                                                   : PICK(random, vms));
        break;
    case 8:
        ds_put_format(line, "bond %s", PICK(random, bond_settings));
        break;
    case 9:
        ds_put_format(line, "migrate %s %s", PICK(random, vms),
                      vm_random_chance(random, 40) ? "auto"
                                                   : PICK(random, members));
        break;
    case 10:
        ds_put_format(line, "mac vnet%d 52:54:00:00:00:%02x %d",
                      (int) vm_random_below(random, N_INTERFACES),
                      (unsigned int) vm_random_below(random, 256),
                      (int) vm_random_below(random, 3));
        break;
    case 11:
    case 12:
    case 13:
        ds_put_format(line, "traffic %s %s",
                      vm_random_chance(random, 20) ? PICK(random, members)
                                                   : PICK(random, vms),
                      PICK(random, rates));
        break;
    case 14:
        random_limit(random, line);
        break;
    case 15:
    case 16:
        random_answer(random, line);
        break;
    }
}

/* Runs the command in 'line'; one that makes no sense has no effect.  Returns
 * false, and prints the output, if the engine's self-check failed. */
static bool
play(struct vm_stage *stage, const char *line, bool runs, uint64_t seed)
{
    size_t before = stage->output.length;
    char *error = vm_stage_command(stage, line);

    if (error) {
        ds_put_format(&stage->output, "(%s)\n", error);
        free(error);
    }
    if (runs) {
        stage->started = stage->now;
        vm_stage_run(stage);
    }

    const char *output = ds_cstr(&stage->output) + before;
    if (strstr(output, "error:")) {
        fprintf(stderr, "seed %"PRIu64": %s\n%s", seed, line, output);
        return false;
    }
    return true;
}

/* Returns true if a VM is to leave a drained member when it is suspended,
 * which it waits for no longer than two minutes. */
static bool
is_any_held(const struct vm_stage *stage)
{
    size_t n;
    struct vm_slot **slots
        = vm_inventory_slots(vm_engine_inventory(stage->engine), &n);
    bool held = false;

    for (size_t i = 0; i < n; i++) {
        held = held || slots[i]->leaves;
    }
    free(slots);
    return held;
}

/* Returns true if the datapath had no meter left for a VM.  The engine tries
 * again within a minute, and from then on the limit changes its load. */
static bool
is_meter_missing(const struct vm_stage *stage)
{
    const struct vm_problems *problems = vm_engine_problems(stage->engine);

    for (size_t i = 0; i < problems->n; i++) {
        if (strstr(problems->list[i].text, "has no meter left")) {
            return true;
        }
    }
    return false;
}

/* Waits until all slots have dwelt, no member is held off and no VM is held.
 * Returns true if nothing moves for a while then; otherwise, '*ok' tells
 * whether the engine is consistent. */
static bool
comes_to_rest(struct vm_stage *stage, uint64_t seed, bool *ok)
{
    bool missing = is_meter_missing(stage);

    *ok = (play(stage, "advance 65s", true, seed)
           && (!missing || play(stage, "advance 65s", true, seed))
           && (!is_any_held(stage)
               || play(stage, "advance 3m", true, seed)));
    size_t before = stage->output.length;

    *ok = *ok && play(stage, "advance 35s", true, seed);
    return *ok && !strstr(ds_cstr(&stage->output) + before, "move ");
}

/* Without events nothing moves in the end.  That the agent suspends or resumes
 * a VM is an event.
 *
 * A single period of rest would be too much to ask: what a VM sends is known
 * by an average that comes nearer to its rate for minutes, and a move that is
 * just not worth its while may be so then.  But VMs that go back and forth
 * don't come to rest in any period. */
static bool
is_stable(struct vm_stage *stage, uint64_t seed)
{
    bool ok = (play(stage, "bond vm-aware-hold-off=0", true, seed)
               && play(stage, "agent * none", true, seed));
    size_t before = stage->output.length;

    for (int i = 0; ok && i < 4; i++) {
        if (comes_to_rest(stage, seed, &ok)) {
            return true;
        }
    }
    if (ok) {
        fprintf(stderr, "seed %"PRIu64": moves without cause:\n%s", seed,
                ds_cstr(&stage->output) + before);
    }
    return false;
}

/* Without VMs no meter is left. */
static bool
leaves_no_meter(struct vm_stage *stage, uint64_t seed)
{
    bool ok = play(stage, "bond vm-aware-host=", true, seed);

    for (int i = 0; i < N_INTERFACES && ok; i++) {
        char *line = xasprintf("remove vnet%d", i);

        ok = play(stage, line, true, seed);
        free(line);
    }
    for (size_t i = 0; i < ARRAY_SIZE(members) && ok; i++) {
        char *line = xasprintf("traffic %s 0", members[i]);

        ok = play(stage, line, true, seed);
        free(line);
    }
    ok = ok && play(stage, "advance 30s", true, seed);
    if (ok && !shash_is_empty(&stage->traffic.meters)) {
        fprintf(stderr, "seed %"PRIu64": meter %s is left behind\n", seed,
                shash_first(&stage->traffic.meters)->name);
        ok = false;
    }
    return ok;
}

/* When all links are up, nothing is sent, and the agent does what it is asked,
 * all VMs run, but those for which there is no member.  That takes long, so it
 * is checked for one history of four. */
static bool
resumes_all(struct vm_stage *stage, uint64_t seed)
{
    bool ok = seed % 4 || play(stage, "bond vm-aware-suspend-max=", true,
                               seed);
    const struct shash_node *node;

    if (seed % 4 || !ok) {
        return ok;
    }

    for (size_t i = 0; i < ARRAY_SIZE(members) && ok; i++) {
        char *line = xasprintf("member %s", members[i]);

        ok = play(stage, line, true, seed);
        free(line);
    }
    for (size_t i = 0; i < ARRAY_SIZE(vms) && ok; i++) {
        char *line = xasprintf("traffic %s 0", vms[i]);

        ok = play(stage, line, true, seed);
        free(line);
    }
    ok = (ok && play(stage, "agent * done", true, seed)
          && play(stage, "advance 20m", true, seed));
    SHASH_FOR_EACH (node, &stage->traffic.interfaces) {
        const struct vm_traffic_interface *iface = node->data;
        const struct vm_interface *known = vm_inventory_find_interface(
            vm_engine_inventory(stage->engine), node->name);
        const struct vm_request *request
            = known ? vm_requests_find(vm_engine_requests(stage->engine),
                                       known->endpoint->id) : NULL;

        if (ok && known && iface->flow.stopped
            && !(request && vm_causes_first(&request->causes))) {
            fprintf(stderr, "seed %"PRIu64": %s is still suspended\n%s", seed,
                    node->name, ds_cstr(&stage->output));
            ok = false;
        }
    }
    return ok && play(stage, "agent * none", true, seed);
}

/* Runs a random history, with complete readings if the seed is odd, and then
 * again, deriving everything anew in each run, with the same transcript. */
static bool
random_history(uint64_t seed, size_t n_events)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    struct vm_stage first, second;
    struct vm_random random;
    bool ok = true;

    vm_random_init(&random, seed);
    vm_stage_init(&first);
    for (size_t i = 0; i < n_events && ok; i++) {
        struct ds line = DS_EMPTY_INITIALIZER;

        if (i < ARRAY_SIZE(members)) {
            ds_put_format(&line, "member %s", members[i]);
        } else if (i == ARRAY_SIZE(members) && seed % 2) {
            ds_put_cstr(&line, "readings complete");
        } else if (vm_random_chance(&random, 15)) {
            ds_put_format(&line, "advance %s", PICK(&random, durations));
        } else {
            random_command(&random, &line);
        }
        svec_add(&lines, ds_cstr(&line));
        ok = play(&first, ds_cstr(&line), i % 4 != 3, seed);
        if (ok && i % 100 == 99) {
            ok = is_stable(&first, seed);
        }
        ds_destroy(&line);
    }
    ok = ok && resumes_all(&first, seed) && leaves_no_meter(&first, seed);

    vm_stage_init(&second);
    second.thorough = true;
    for (size_t i = 0; i < lines.n && ok; i++) {
        ok = play(&second, lines.names[i], i % 4 != 3, seed);
        if (ok && i % 100 == 99) {
            ok = is_stable(&second, seed);
        }
    }
    ok = ok && resumes_all(&second, seed) && leaves_no_meter(&second, seed);
    if (ok && strcmp(ds_cstr(&first.output), ds_cstr(&second.output))) {
        fprintf(stderr, "seed %"PRIu64": another transcript\n", seed);
        vm_print_difference(ds_cstr(&first.output), ds_cstr(&second.output));
        ok = false;
    }
    vm_stage_destroy(&first);
    vm_stage_destroy(&second);
    svec_destroy(&lines);
    return ok;
}

static int
run_random(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    uint64_t n = strtoull(argv[2], NULL, 10);

    for (uint64_t i = 0; i < n; i++) {
        if (!random_history(seed + i, 200)) {
            return 1;
        }
    }
    printf("%"PRIu64" histories of 200 events from seed %"PRIu64"\n", n,
           seed);
    return n ? 0 : 1;
}

/* The order of facts before a run does not matter. */

static void
shuffle(struct vm_random *random, struct svec *lines)
{
    for (size_t i = lines->n; i > 1; i--) {
        size_t j = vm_random_below(random, i);
        char *line = lines->names[i - 1];

        lines->names[i - 1] = lines->names[j];
        lines->names[j] = line;
    }
}

/* Runs the commands in 'lines', takes eth0 down, and returns the
 * transcript. */
static char *
play_all(const struct svec *lines)
{
    struct vm_stage stage;
    char *transcript;

    vm_stage_init(&stage);
    for (size_t i = 0; i < lines->n; i++) {
        free(vm_stage_command(&stage, lines->names[i]));
    }
    vm_stage_run(&stage);
    free(vm_stage_command(&stage, "link eth0 down"));
    free(vm_stage_command(&stage, "advance 2s"));
    free(vm_stage_command(&stage, "show"));
    transcript = ds_steal_cstr(&stage.output);
    vm_stage_destroy(&stage);
    return transcript;
}

static int
run_order(int argc OVS_UNUSED, char *argv[])
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    struct vm_random random;

    vm_random_init(&random, strtoull(argv[1], NULL, 10));
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        svec_add_nocopy(&lines, xasprintf("member %s", members[i]));
    }
    for (size_t i = 0; i < 40; i++) {
        svec_add_nocopy(&lines, xasprintf(
            "vm vm%"PRIuSIZE" vnet%"PRIuSIZE" uplinks=%s %s %s", i % 15, i,
            PICK(&random, prefs), PICK(&random, settings),
            PICK(&random, settings)));
    }

    char *expected = play_all(&lines);
    vm_expect_that(argv[1], "there is no error", !strstr(expected, "error:"));
    vm_expect_that(argv[1], "something moves", strstr(expected, "move "));
    for (int i = 0; i < 20; i++) {
        shuffle(&random, &lines);
        char *got = play_all(&lines);
        vm_expect_text(argv[1], expected, got);
        free(got);
    }
    free(expected);
    svec_destroy(&lines);
    return vm_expect_result();
}

const struct vm_test_command test_vm_engine_commands[] = {
    { "scenario", "[--update] FILE", 1, 2, run_scenario },
    { "engine-random", "SEED N", 2, 2, run_random },
    { "engine-order", "SEED", 1, 1, run_order },
    { NULL, NULL, 0, 0, NULL },
};
