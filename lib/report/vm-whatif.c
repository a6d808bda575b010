/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-whatif.h"

#include <string.h>

#include "engine/vm-clone.h"
#include "engine/vm-engine.h"
#include "openvswitch/shash.h"
#include "report/vm-question.h"
#include "util.h"

/* The parts of a forecast, each of which costs about the same. */
enum step { COPY, TRY, RUN, FIND_MOVES, REBALANCE, COMPARE, CLEAN_UP };

struct vm_whatif {
    struct vm_question question;
    long long int now;          /* Time of the question, ms. */
    struct vm_engine *engine;   /* Copy of the one asked about. */
    struct vm_present present;  /* What 'engine' does. */
    bool measured;              /* That is known. */

    /* The case in work is number 'forecasts.n'. */
    enum step step;             /* Its next one. */
    struct vm_engine *then;     /* The copy that gets the event, or null. */
    struct vm_forecast forecast; /* Of it. */
    struct vm_forecasts forecasts; /* Those that are complete. */
};

char *
vm_whatif_create(const struct vm_engine *engine, const char *question,
                 long long int now, struct vm_whatif **whatifp)
{
    struct vm_whatif *whatif = xzalloc(sizeof *whatif);
    char *error = vm_question_parse(&whatif->question, question, engine);

    if (error) {
        vm_question_destroy(&whatif->question);
        free(whatif);
        *whatifp = NULL;
        return error;
    }
    whatif->now = now;
    whatif->engine = vm_engine_clone(engine, now);
    whatif->forecasts.list = xcalloc(whatif->question.n,
                                     sizeof *whatif->forecasts.list);
    whatif->forecasts.each = whatif->question.each;
    vm_present_init(&whatif->present, engine);
    *whatifp = whatif;
    return NULL;
}

size_t
vm_whatif_size(const struct vm_whatif *whatif)
{
    const struct vm_inventory *inventory = vm_engine_inventory(whatif->engine);

    return whatif->question.n * shash_count(&inventory->interfaces);
}

/* Begins with the next case. */
static void
copy(struct vm_whatif *whatif)
{
    const struct vm_case *one = whatif->question.cases[whatif->forecasts.n];
    struct vm_forecast *forecast = &whatif->forecast;

    memset(forecast, 0, sizeof *forecast);
    forecast->what = xstrdup(one->what);
    whatif->then = vm_engine_clone_facts(whatif->engine, whatif->now);
}

static void
try(struct vm_whatif *whatif)
{
    const struct vm_case *one = whatif->question.cases[whatif->forecasts.n];
    struct vm_forecast *forecast = &whatif->forecast;

    vm_engine_clone_memory(whatif->then, whatif->engine, whatif->now);
    vm_case_happen(one, whatif->engine, whatif->then, whatif->now,
                   &forecast->warnings);
}

bool
vm_whatif_run(struct vm_whatif *whatif)
{
    if (!whatif->measured) {
        vm_present_measure(&whatif->present, whatif->engine, whatif->now);
        whatif->measured = true;
        return true;
    }

    switch (whatif->step) {
    case COPY:
        copy(whatif);
        break;

    case TRY:
        try(whatif);
        break;

    case RUN:
        vm_prediction_run(whatif->then, whatif->now);
        break;

    case FIND_MOVES:
        vm_prediction_find_moves(whatif->engine, whatif->then, whatif->now,
                                 &whatif->forecast);
        break;

    case REBALANCE:
        vm_prediction_rebalance(whatif->then, whatif->now, &whatif->forecast);
        break;

    case COMPARE:
        vm_prediction_compare(&whatif->present, whatif->engine, whatif->then,
                              whatif->now, &whatif->forecast);
        break;

    case CLEAN_UP:
        vm_engine_destroy(whatif->then);
        whatif->then = NULL;
        whatif->forecasts.list[whatif->forecasts.n++] = whatif->forecast;
        whatif->step = COPY;
        return whatif->forecasts.n < whatif->question.n;
    }
    whatif->step++;
    return true;
}

const struct vm_forecasts *
vm_whatif_forecasts(const struct vm_whatif *whatif)
{
    return &whatif->forecasts;
}

void
vm_whatif_destroy(struct vm_whatif *whatif)
{
    if (whatif) {
        if (whatif->then) {
            vm_forecast_destroy(&whatif->forecast);
            vm_engine_destroy(whatif->then);
        }
        vm_forecasts_destroy(&whatif->forecasts);
        vm_present_destroy(&whatif->present);
        vm_engine_destroy(whatif->engine);
        vm_question_destroy(&whatif->question);
        free(whatif);
    }
}

char *
vm_whatif(const struct vm_engine *engine, const char *question,
          long long int now, struct vm_forecasts *forecasts)
{
    struct vm_whatif *whatif;
    char *error = vm_whatif_create(engine, question, now, &whatif);

    memset(forecasts, 0, sizeof *forecasts);
    if (!error) {
        while (vm_whatif_run(whatif)) {
            continue;
        }
        *forecasts = whatif->forecasts;
        memset(&whatif->forecasts, 0, sizeof whatif->forecasts);
        vm_whatif_destroy(whatif);
    }
    return error;
}

void
vm_forecasts_destroy(struct vm_forecasts *forecasts)
{
    for (size_t i = 0; i < forecasts->n; i++) {
        vm_forecast_destroy(&forecasts->list[i]);
    }
    free(forecasts->list);
}
