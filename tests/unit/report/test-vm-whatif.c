/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-whatif.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/vm-clone.h"
#include "model/vm-slot-load.h"
#include "model/vm-slot.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "report/vm-describe.h"
#include "report/vm-forecast.h"
#include "smap.h"
#include "svec.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-random.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_whatif_commands[];

#define N_MEMBERS 4

/* Random set-ups, as commands of a stage. */

static const char *
pick(struct vm_random *random, const char *const *words, size_t n)
{
    return words[vm_random_below(random, n)];
}
#define PICK(RANDOM, WORDS) pick(RANDOM, WORDS, ARRAY_SIZE(WORDS))

static void
make_setup(struct vm_random *random, struct svec *lines)
{
    static const char *const speeds[] = { "1G", "1G", "10G", "25G" };
    static const char *const prefs[] = {
        "*", "*", "*", "*", "eth0", "eth1,*", "eth2,eth3", "eth9,*",
    };
    static const char *const settings[] = {
        "priority=3", "priority=6", "priority=1", "min-rate=300M",
        "min-rate=700M", "exclusive=true", "shares=80", "max-rate=100M",
        "max-rate=30M",
    };
    static const char *const bonds[] = {
        "vm-aware-failback=false", "bond-rebalance-interval=0",
        "bond-rebalance-interval=3000", "vm-aware-dwell=1",
        "vm-aware-load-threshold=30", "vm-aware-host=\"priority=2\"",
    };
    size_t n = vm_random_between(random, 2, 12);

    svec_add_nocopy(lines, xasprintf("bond %s", PICK(random, bonds)));
    if (vm_random_chance(random, 20)) {
        svec_add(lines, "meters 1");
    }
    for (int i = 0; i < N_MEMBERS; i++) {
        svec_add_nocopy(lines, xasprintf("member eth%d speed=%s%s", i,
                                         PICK(random, speeds),
                                         vm_random_chance(random, 15)
                                         ? " standby" : ""));
    }
    for (size_t i = 0; i < n; i++) {
        svec_add_nocopy(lines, xasprintf(
            "vm vm%"PRIuSIZE" vnet%"PRIuSIZE" uplinks=%s %s", i, i,
            PICK(random, prefs), PICK(random, settings)));
    }
    for (size_t i = 0; i < n; i++) {
        svec_add_nocopy(lines, xasprintf(
            "traffic vm%"PRIuSIZE" %"PRIu64"M", i,
            vm_random_load(random, VM_LOAD_PARETO, 200)));
    }
    for (size_t i = vm_random_below(random, 6); i > 0; i--) {
        svec_add_nocopy(lines, xasprintf("advance %d00ms",
                                         (int) vm_random_between(random, 5,
                                                                 90)));
        if (vm_random_chance(random, 60)) {
            svec_add_nocopy(lines, xasprintf(
                "link eth%d %s", (int) vm_random_below(random, N_MEMBERS),
                vm_random_chance(random, 50) ? "down" : "up"));
        } else {
            svec_add_nocopy(lines, xasprintf(
                "migrate vm%d eth%d", (int) vm_random_below(random, n),
                (int) vm_random_below(random, N_MEMBERS)));
        }
    }
    svec_add(lines, "advance 1500ms");
}

static void
play(struct vm_stage *stage, const struct svec *lines)
{
    vm_stage_init(stage);
    for (size_t i = 0; i < lines->n; i++) {
        free(vm_stage_command(stage, lines->names[i]));
    }
    vm_stage_run(stage);
}

/* An event that is predicted on one engine and happens on another. */
struct event {
    char *question;
    char *member;               /* Lost or gained, or null. */
    bool enabled;
    uint64_t speed;             /* bit/s, 0 for the one that it has. */
    struct smap external_ids;   /* Of the VM that is added. */
    uint64_t demand;            /* bit/s. */
};

static void
make_event(struct vm_random *random, const struct vm_inventory *inventory,
           struct event *event)
{
    int index = vm_random_below(random, N_MEMBERS);
    const struct vm_member *member = inventory->members[index];

    memset(event, 0, sizeof *event);
    smap_init(&event->external_ids);
    if (vm_random_chance(random, 25)) {
        event->demand = vm_random_below(random, 3) * 400000000;
        smap_add(&event->external_ids, "vm-id", "new");
        smap_add(&event->external_ids, "vm-uplinks",
                 vm_random_chance(random, 30) ? "eth1,*" : "*");
        smap_add(&event->external_ids, "vm-min-rate", "500M");
        event->question = xasprintf(
            "add=vm-id=new,vm-uplinks=%s,demand=%"PRIu64",vm-min-rate=500M",
            smap_get(&event->external_ids, "vm-uplinks"), event->demand);
    } else if (!vm_member_is_usable(member)) {
        event->enabled = true;
        event->member = xstrdup(member->name);
        event->question = xasprintf("gain=%s", member->name);
    } else if (vm_random_chance(random, 25)) {
        event->enabled = true;
        event->member = xstrdup("eth7");
        event->speed = UINT64_C(10000000000);
        event->question = xstrdup("gain=eth7:10G");
    } else {
        event->member = xstrdup(member->name);
        event->question = xasprintf("lose=%s", member->name);
    }
}

static void
event_destroy(struct event *event)
{
    free(event->question);
    free(event->member);
    smap_destroy(&event->external_ids);
}

/* Makes 'event' happen. */
static void
do_event(struct vm_engine *engine, const struct event *event,
         long long int now)
{
    if (event->member) {
        const struct vm_member *member = vm_inventory_find_member(
            vm_engine_inventory(engine), event->member);
        struct smap config = SMAP_INITIALIZER(&config);

        if (member) {
            smap_clone(&config, &member->other_config);
        }
        const struct vm_member_facts facts = {
            .enabled = event->enabled,
            .link_speed = event->speed || !member ? event->speed
                          : member->link_speed,
            .other_config = &config,
        };
        vm_engine_set_member(engine, event->member, &facts, now);
        smap_destroy(&config);
    } else {
        const struct vm_interface_facts facts = {
            .external_ids = &event->external_ids,
        };

        vm_engine_set_interface(engine, "vnetX", &facts, now);
        struct vm_inventory *inventory = vm_engine_edit(engine, now);
        vm_interface_load_assume(
            &vm_inventory_find_interface(inventory, "vnetX")->load,
            event->demand, now);
    }
}

/* Stores the member of each slot in 'places'. */
static void
get_places(const struct vm_engine *engine, struct smap *places)
{
    size_t n;
    struct vm_slot **slots
        = vm_inventory_slots(vm_engine_inventory(engine), &n);

    smap_init(places);
    for (size_t i = 0; i < n; i++) {
        smap_add(places, slots[i]->id,
                 slots[i]->member ? slots[i]->member : "none");
    }
    free(slots);
}

static char *
places_to_string(const struct smap *places)
{
    const struct smap_node **nodes = smap_sort(places);
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < smap_count(places); i++) {
        ds_put_format(&s, "%s on %s\n", nodes[i]->key, nodes[i]->value);
    }
    free(nodes);
    return ds_steal_cstr(&s);
}

/* Applies one of the steps of the forecast to 'places'. */
static void
apply(const struct vm_forecast *forecast, bool rebalances,
      struct smap *places, const char *question)
{
    for (size_t i = 0; i < forecast->n_moves; i++) {
        const struct vm_forecast_move *move = &forecast->moves[i];

        if (move->rebalances == rebalances) {
            vm_expect_text(question,
                           smap_get_def(places, move->who, "none"),
                           move->from ? move->from : "none");
            smap_replace(places, move->who, move->to ? move->to : "none");
        }
    }
}

static void
expect_places(const struct smap *places, const struct vm_engine *engine,
              const char *question)
{
    struct smap really;

    get_places(engine, &really);
    char *expected = places_to_string(places);
    char *got = places_to_string(&really);
    vm_expect_text(question, expected, got);
    free(expected);
    free(got);
    smap_destroy(&really);
}

/* Compares the predicted loads with those of the members after the event. */
static void
expect_loads(const struct vm_forecast *forecast,
             const struct vm_engine *engine, const char *question,
             long long int now)
{
    size_t n;
    struct vm_slot **slots
        = vm_inventory_slots(vm_engine_inventory(engine), &n);

    for (size_t i = 0; i < forecast->n_members; i++) {
        const struct vm_forecast_member *then = &forecast->members[i];
        const struct vm_member *member = vm_inventory_find_member(
            vm_engine_inventory(engine), then->name);
        uint64_t load = (vm_member_is_usable(member)
                         ? vm_member_background(
                             member, VM_BACKGROUND_FOR_PLACEMENT) : 0);

        for (size_t j = 0; j < n; j++) {
            if (nullable_string_is_equal(slots[j]->member, member->name)) {
                load += vm_slot_rate(slots[j], now);
            }
        }
        vm_expect_that(question, "the predicted load is there",
                       load == then->load_after);
    }
    free(slots);
}

/* Returns the complete state of an engine as a string. */
static char *
describe(const struct vm_engine *engine, long long int now)
{
    struct json *json = vm_describe_show_json(engine, now);
    char *s = json_to_string(json, JSSF_SORT);

    json_destroy(json);
    return s;
}

static void
run(struct vm_engine *engine, long long int now, const char *question)
{
    struct vm_actions actions = VM_ACTIONS_INITIALIZER;
    struct ds differences = DS_EMPTY_INITIALIZER;

    vm_engine_run(engine, now, &actions);
    vm_engine_check(engine, &differences);
    vm_expect_text(question, "", ds_cstr(&differences));
    ds_destroy(&differences);
    vm_actions_destroy(&actions);
}

/* Predicts an event on one engine and makes it happen on another one with the
 * same history.  Returns the number of moves. */
static size_t
predict_and_do(uint64_t seed)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    struct vm_forecasts forecasts;
    struct vm_stage asked, done;
    struct vm_random random;
    struct smap places;
    struct event event;

    vm_random_init(&random, seed);
    make_setup(&random, &lines);
    play(&asked, &lines);
    play(&done, &lines);
    make_event(&random, vm_engine_inventory(asked.engine), &event);
    char *input = xasprintf("seed %"PRIu64", %s", seed, event.question);

    char *before = describe(asked.engine, asked.now);
    char *error = vm_whatif(asked.engine, event.question, asked.now,
                            &forecasts);
    char *after = describe(asked.engine, asked.now);
    vm_expect_text(input, before, after);
    vm_expect_text(input, NULL, error);
    if (error) {
        exit(1);
    }

    const struct vm_forecast *forecast = &forecasts.list[0];
    get_places(asked.engine, &places);
    do_event(done.engine, &event, done.now);
    run(done.engine, done.now, input);
    apply(forecast, false, &places, input);
    if (!event.member && !smap_get(&places, "new")) {
        smap_add(&places, "new", "none");
    }
    expect_places(&places, done.engine, input);

    if (vm_engine_config(done.engine)->rebalance_ms) {
        vm_engine_rebalance(done.engine, done.now);
        run(done.engine, done.now, input);
    }
    apply(forecast, true, &places, input);
    expect_places(&places, done.engine, input);
    expect_loads(forecast, done.engine, input, done.now);

    size_t n_moves = forecast->n_moves;
    vm_forecasts_destroy(&forecasts);
    smap_destroy(&places);
    event_destroy(&event);
    vm_stage_destroy(&asked);
    vm_stage_destroy(&done);
    svec_destroy(&lines);
    free(input);
    free(before);
    free(after);
    return n_moves;
}

static int
run_property(int argc OVS_UNUSED, char *argv[])
{
    uint64_t seed = strtoull(argv[1], NULL, 10);
    uint64_t n = strtoull(argv[2], NULL, 10);
    size_t n_moves = 0;
    size_t n_moving = 0;

    for (uint64_t i = 0; i < n; i++) {
        size_t moves = predict_and_do(seed + i);

        n_moves += moves;
        n_moving += moves > 0;
    }
    printf("%"PRIu64" questions, %"PRIuSIZE" with moves, %"PRIuSIZE
           " moves\n", n, n_moving, n_moves);
    vm_expect_that(argv[1], "a quarter of the events move a VM",
                   n_moving > n / 4);
    return vm_expect_result();
}

/* Answers as text. */

static const char *const setup[] = {
    "member eth0 speed=1G", "member eth1 speed=1G",
    "vm web vnet0 uplinks=eth0,* min-rate=600M priority=6",
    "vm db vnet1 uplinks=eth1 min-rate=400M", "vm batch vnet2 uplinks=eth1,*",
    "traffic web 300M", "traffic batch 200M", "advance 4s",
    /* Without a device, they change no answer. */
    "vm dead tap0 no-device uplinks=eth0,* min-rate=700M priority=7",
    "vm closed tap1 no-device uplinks=eth0 exclusive=true priority=6",
    "vm batch tap2 no-device uplinks=eth0 min-rate=500M max-rate=1M",
};

/* A VM is added on eth1. */
#define ADDED(KEYS, THEN, SENDS)                                        \
    { "add=vm-uplinks=eth1," KEYS,                                      \
      "add vm-uplinks=eth1," KEYS ": 1 move\n"                          \
      "  member  usable  capacity  load now        then\n"              \
      "  eth0    true    1 Gbit/s  300 Mbit/s 30%  300 Mbit/s 30%\n"    \
      "  eth1    true    1 Gbit/s  200 Mbit/s 20%  " THEN "\n\n"        \
      "  VM       from  to    sends       step     reason\n"            \
      "  what-if  none  eth1  " SENDS "  at-once  first choice of "      \
      "vm-uplinks\n  safe: true\n" }

static const struct {
    const char *question, *text;
} answers[] = {
    { "lose=eth1",
      "lose eth1: 3 moves\n"
      "  member  usable  capacity  load now        then\n"
      "  eth0    true    1 Gbit/s  300 Mbit/s 30%  500 Mbit/s 50%\n"
      "  eth1    false   1 Gbit/s  200 Mbit/s 20%  none\n"
      "\n"
      "  VM     from  to    sends       step     reason\n"
      "  batch  eth1  eth0  200 Mbit/s  at-once  eth1 was lost\n"
      "  db     eth1  none  0 bit/s     at-once  its only member eth1 is "
      "lost\n"
      "  host   eth1  eth0  0 bit/s     at-once  eth1 was lost\n"
      "  safe: false\n"
      "    VM db: frames are dropped\n" },
    { "lose=eth2", "error: bond bond0 has no usable member \"eth2\" to lose, "
      "it has: eth0, eth1, or say \"each\"\n" },
    { "gain=eth0", "error: member eth0 of bond bond0 is usable already; say "
      "gain=eth0:SPEED for another speed, or the name of a new one\n" },
    { "gain=eth2:fast", "error: gain=eth2:fast: \"fast\" is not a speed such "
      "as 10G\n" },
    { "gain=", "error: gain= needs the name of a member, such as "
      "gain=eth2:10G\n" },
    /* A VM counts with what its limit lets pass, and, without a demand, with
     * what VMs of its shares send on average. */
    ADDED("vm-max-rate=100M,demand=3G", "300 Mbit/s 30%", "100 Mbit/s"),
    ADDED("vm-shares=60", "400 Mbit/s 40%", "200 Mbit/s"),
    { "add=vm-id", "error: add=vm-id: \"vm-id\" is not KEY=VALUE, such as "
      "vm-uplinks=eth0,* or demand=1G\n" },
    { "add=demand=much", "error: add=demand=much: demand=much is not a rate "
      "such as 800M\n" },
    { "add=vm-priority=9", "error: add=vm-priority=9: the switch would warn: "
      "vm-priority=9: not in 0..7, default 3 used\n" },
    { "add=vm-priorty=5", "error: add=vm-priorty=5: the switch would warn: "
      "vm-priorty=5: unknown key, ignored; did you mean vm-priority?\n" },
    { "add=demand=1G,min-rate=1G", "error: add=demand=1G,min-rate=1G: no key "
      "\"min-rate\"; did you mean vm-min-rate?\n" },
    { "add=foo=1", "error: add=foo=1: no key \"foo\"; the keys are those of "
      "Interface:external_ids, such as vm-uplinks, and demand\n" },
    { "add=vm-min-rate=300M,vm-uplinks=eth1",
      "add vm-min-rate=300M,vm-uplinks=eth1: 1 move\n"
      "  member  usable  capacity  load now        then\n"
      "  eth0    true    1 Gbit/s  300 Mbit/s 30%  300 Mbit/s 30%\n"
      "  eth1    true    1 Gbit/s  200 Mbit/s 20%  366.7 Mbit/s 37%\n"
      "\n"
      "  VM       from  to    sends         step     reason\n"
      "  what-if  none  eth1  166.7 Mbit/s  at-once  first choice of vm-uplinks\n"
      "  safe: true\n" },
    { "explode=eth0", "error: \"explode=eth0\": not a question; possible are "
      "lose=MEMBER, lose=each, gain=MEMBER[:SPEED] and add=KEY=VALUE,...\n" },
};

static int
run_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct svec lines = SVEC_EMPTY_INITIALIZER;
    struct vm_stage stage;

    for (size_t i = 0; i < ARRAY_SIZE(setup); i++) {
        svec_add(&lines, setup[i]);
    }
    play(&stage, &lines);
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        struct ds s = DS_EMPTY_INITIALIZER;
        struct vm_forecasts forecasts;
        char *error = vm_whatif(stage.engine, answers[i].question, stage.now,
                                &forecasts);

        if (error) {
            ds_put_format(&s, "error: %s\n", error);
            free(error);
        } else {
            vm_forecasts_format(&forecasts, &s);
        }
        vm_expect_text(answers[i].question, answers[i].text, ds_cstr(&s));
        vm_forecasts_destroy(&forecasts);
        ds_destroy(&s);
    }
    vm_stage_destroy(&stage);
    svec_destroy(&lines);
    return vm_expect_result();
}

const struct vm_test_command test_vm_whatif_commands[] = {
    { "whatif-table", "", 0, 0, run_table },
    { "whatif-random", "SEED N", 2, 2, run_property },
    { NULL, NULL, 0, 0, NULL },
};
