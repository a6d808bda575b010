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
#include "vm-stage-random.h"
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

    for (int i = 0; i < VM_STAGE_N_INTERFACES && ok; i++) {
        char *line = xasprintf("remove vnet%d", i);

        ok = play(stage, line, true, seed);
        free(line);
    }
    for (size_t i = 0; i < ARRAY_SIZE(vm_stage_members) && ok; i++) {
        char *line = xasprintf("traffic %s 0", vm_stage_members[i]);

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

    for (size_t i = 0; i < ARRAY_SIZE(vm_stage_members) && ok; i++) {
        char *line = xasprintf("member %s", vm_stage_members[i]);

        ok = play(stage, line, true, seed);
        free(line);
    }
    for (size_t i = 0; i < ARRAY_SIZE(vm_stage_vms) && ok; i++) {
        char *line = xasprintf("traffic %s 0", vm_stage_vms[i]);

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

        if (i < ARRAY_SIZE(vm_stage_members)) {
            ds_put_format(&line, "member %s", vm_stage_members[i]);
        } else if (i == ARRAY_SIZE(vm_stage_members) && seed % 2) {
            ds_put_cstr(&line, "readings complete");
        } else if (vm_random_chance(&random, 15)) {
            ds_put_format(&line, "advance %s",
                          vm_stage_random_duration(&random));
        } else {
            vm_stage_random_command(&random, &line);
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
    for (size_t i = 0; i < ARRAY_SIZE(vm_stage_members); i++) {
        svec_add_nocopy(&lines, xasprintf("member %s", vm_stage_members[i]));
    }
    for (size_t i = 0; i < 40; i++) {
        svec_add_nocopy(&lines, xasprintf(
            "vm vm%"PRIuSIZE" vnet%"PRIuSIZE" uplinks=%s %s %s", i % 15, i,
            vm_stage_random_pref(&random), vm_stage_random_setting(&random),
            vm_stage_random_setting(&random)));
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
