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
#include "report/vm-outlook.h"
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
    if (vm_random_chance(random, 30)) {
        svec_add(lines, "readings complete");
    }
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
        if (vm_random_chance(random, 30)) {
            svec_add_nocopy(lines, xasprintf(
                "traffic vm%d 0", (int) vm_random_below(random, n)));
        } else if (vm_random_chance(random, 60)) {
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

/* Compares the predicted rates with those that the loads and places after the
 * event make.  None of them falls below what is guaranteed. */
static void
expect_rates(const struct vm_forecast *forecast,
             const struct vm_engine *engine, const char *question,
             long long int now)
{
    struct vm_outlook rates;
    size_t n_limited = 0;

    vm_outlook_init(&rates, engine, now);
    for (size_t i = 0; i < rates.n; i++) {
        const struct vm_outlook_rate *then = &rates.list[i];
        const struct vm_forecast_rate *rate = &forecast->rates[n_limited];

        vm_expect_that(question, "a guarantee holds",
                       then->granted >= MIN(then->guarantee, then->wants));
        if (then->limited && n_limited++ < forecast->n_rates) {
            vm_expect_text(question, then->endpoint->id, rate->who);
            vm_expect_text(question, then->member->name, rate->member);
            vm_expect_that(question, "the predicted rate is granted",
                           then->granted == rate->granted);
        }
    }
    vm_expect_that(question, "as many are limited as predicted",
                   n_limited == forecast->n_rates);
    vm_outlook_destroy(&rates);
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

static char *
forecasts_to_string(const struct vm_forecasts *forecasts)
{
    struct json *json = vm_forecasts_to_json(forecasts);
    struct ds s = DS_EMPTY_INITIALIZER;

    vm_forecasts_format(forecasts, &s);
    json_to_ds(json, JSSF_SORT, &s);
    json_destroy(json);
    return ds_steal_cstr(&s);
}

/* Answers 'question' about the engine of 'stage' step by step, while the
 * engine changes and goes away: it is the answer that is given at once.
 * Destroys 'stage'. */
static void
expect_kept(struct vm_stage *stage, const char *question)
{
    static const char *const changes[] = {
        "link eth0 down", "link eth1 up", "vm late vnet99 uplinks=*",
        "remove vnet0", "traffic vm1 900M", "bond vm-aware-failback=true",
        "rebalance", "advance 3s",
    };
    struct vm_forecasts forecasts;
    struct vm_whatif *whatif;
    char *error = vm_whatif(stage->engine, question, stage->now, &forecasts);
    char *at_once = forecasts_to_string(&forecasts);
    bool more = true;

    vm_forecasts_destroy(&forecasts);
    if (error) {
        free(at_once);
        at_once = error;
    }

    error = vm_whatif_create(stage->engine, question, stage->now, &whatif);
    if (error) {
        vm_expect_text(question, at_once, error);
        vm_stage_destroy(stage);
        free(at_once);
        free(error);
        return;
    }
    for (size_t i = 0; more && i < ARRAY_SIZE(changes); i++) {
        free(vm_stage_command(stage, changes[i]));
        vm_stage_run(stage);
        more = vm_whatif_run(whatif);
    }
    vm_stage_destroy(stage);
    while (more) {
        more = vm_whatif_run(whatif);
    }

    char *kept = forecasts_to_string(vm_whatif_forecasts(whatif));
    vm_expect_text(question, at_once, kept);
    vm_whatif_destroy(whatif);
    free(at_once);
    free(kept);
}

/* Predicts an event on one engine and makes it happen on another one with the
 * same history.  Returns the number of moves and adds that of predicted rates
 * to '*n_rates'. */
static size_t
predict_and_do(uint64_t seed, size_t *n_rates)
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
    expect_rates(forecast, done.engine, input, done.now);
    *n_rates += forecast->n_rates;

    size_t n_moves = forecast->n_moves;
    vm_forecasts_destroy(&forecasts);
    smap_destroy(&places);
    expect_kept(&asked, seed % 2 ? event.question : "lose=each");
    event_destroy(&event);
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
    size_t n_rates = 0;

    for (uint64_t i = 0; i < n; i++) {
        size_t moves = predict_and_do(seed + i, &n_rates);

        n_moves += moves;
        n_moving += moves > 0;
    }
    printf("%"PRIu64" questions, %"PRIuSIZE" with moves, %"PRIuSIZE
           " moves, %"PRIuSIZE" rates\n", n, n_moving, n_moves, n_rates);
    vm_expect_that(argv[1], "a quarter of the events move a VM",
                   n_moving > n / 4);
    vm_expect_that(argv[1], "some events limit VMs", n < 100 || n_rates > 0);
    return vm_expect_result();
}

const struct vm_test_command test_vm_whatif_commands[] = {
    { "whatif-random", "SEED N", 2, 2, run_property },
    { NULL, NULL, 0, 0, NULL },
};
