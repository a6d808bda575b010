/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-prediction.h"

#include <string.h>

#include "engine/vm-clone.h"
#include "engine/vm-engine.h"
#include "model/vm-endpoint.h"
#include "model/vm-slot-load.h"
#include "model/vm-slot.h"
#include "util.h"

static void
run(struct vm_engine *engine, long long int now)
{
    struct vm_actions actions = VM_ACTIONS_INITIALIZER;

    vm_engine_run(engine, now, &actions);
    vm_actions_destroy(&actions);
}

/* Comparing. */

static void
add_move(struct vm_forecast *forecast, const struct vm_slot *slot,
         const char *from, bool rebalances, long long int now)
{
    if (forecast->n_moves >= forecast->allocated_moves) {
        forecast->moves = x2nrealloc(forecast->moves,
                                     &forecast->allocated_moves,
                                     sizeof *forecast->moves);
    }
    forecast->moves[forecast->n_moves++] = (struct vm_forecast_move) {
        .who = xstrdup(slot->id),
        .name = xstrdup(vm_endpoint_name(slot->endpoint)),
        .from = nullable_xstrdup(from),
        .to = nullable_xstrdup(slot->member),
        .sends = vm_slot_rate(slot, now),
        .reason = slot->reason,
        .because = nullable_xstrdup(slot->because),
        .rebalances = rebalances,
    };
}

static struct vm_forecast_affected *
add_affected(struct vm_forecast *forecast, const char *who,
             const struct vm_endpoint *endpoint,
             enum vm_forecast_effect effect)
{
    if (forecast->n_affected >= forecast->allocated_affected) {
        forecast->affected = x2nrealloc(forecast->affected,
                                        &forecast->allocated_affected,
                                        sizeof *forecast->affected);
    }
    struct vm_forecast_affected *one
        = &forecast->affected[forecast->n_affected++];

    *one = (struct vm_forecast_affected) {
        .who = xstrdup(who),
        .name = xstrdup(vm_endpoint_name(endpoint)),
        .effect = effect,
    };
    return one;
}

/* Rebalances 'engine' and adds its moves. */
static void
rebalance(struct vm_engine *engine, long long int now,
          struct vm_forecast *forecast)
{
    size_t n;
    struct vm_slot **slots
        = vm_inventory_slots(vm_engine_inventory(engine), &n);
    char **places = xcalloc(n, sizeof *places);

    for (size_t i = 0; i < n; i++) {
        places[i] = nullable_xstrdup(slots[i]->member);
    }
    vm_engine_rebalance(engine, now);
    run(engine, now);
    for (size_t i = 0; i < n; i++) {
        if (!nullable_string_is_equal(places[i], slots[i]->member)) {
            add_move(forecast, slots[i], places[i], true, now);
        }
        free(places[i]);
    }
    free(places);
    free(slots);
}

/* Adds the slots that are worse off in 'after' than in 'before'. */
static void
find_affected(const struct vm_inventory *before,
              const struct vm_inventory *after, struct vm_forecast *forecast)
{
    size_t n;
    struct vm_slot **slots = vm_inventory_slots(after, &n);

    for (size_t i = 0; i < n; i++) {
        const struct vm_slot *old = vm_clone_find_slot(before, slots[i]);
        bool dropped = !slots[i]->member && (!old || old->member);
        bool unmet = (slots[i]->guarantee_unmet
                      && (!old || !old->guarantee_unmet));

        if (dropped || unmet) {
            add_affected(forecast, slots[i]->id, slots[i]->endpoint,
                         dropped ? VM_FORECAST_DROPPED : VM_FORECAST_UNMET)
                ->guarantee = vm_slot_guarantee(slots[i]);
        }
    }
    free(slots);
}

static void
add_rate(struct vm_forecast *forecast, const struct vm_outlook_rate *rate)
{
    if (forecast->n_rates >= forecast->allocated_rates) {
        forecast->rates = x2nrealloc(forecast->rates,
                                     &forecast->allocated_rates,
                                     sizeof *forecast->rates);
    }
    forecast->rates[forecast->n_rates++] = (struct vm_forecast_rate) {
        .who = xstrdup(rate->endpoint->id),
        .name = xstrdup(vm_endpoint_name(rate->endpoint)),
        .member = xstrdup(rate->member->name),
        .wants = rate->wants,
        .granted = rate->granted,
        .guarantee = rate->guarantee,
    };
}

/* Adds 'endpoint' to those that are worse off if it gets less in 'after' than
 * in 'before', or than it wants if it is new. */
static void
compare_rate(const struct vm_outlook *before, const struct vm_outlook *after,
             const struct vm_endpoint *endpoint, struct vm_forecast *forecast)
{
    const struct vm_outlook_rate *old = vm_outlook_find(before, endpoint->id);
    const struct vm_outlook_rate *new = vm_outlook_find(after, endpoint->id);
    uint64_t had = old ? old->granted : new ? new->wants : 0;

    if (new && new->limited && new->granted < had - had / 100) {
        struct vm_forecast_affected *affected
            = add_affected(forecast, endpoint->id, endpoint,
                           VM_FORECAST_LIMITED);

        affected->guarantee = new->guarantee;
        affected->granted = new->granted;
        affected->wants = new->wants;
    }
}

static void
compare_rates(const struct vm_outlook *old, const struct vm_outlook *new,
              const struct vm_inventory *after, struct vm_forecast *forecast)
{
    struct vm_endpoint **endpoints;
    size_t n;

    for (size_t i = 0; i < new->n; i++) {
        if (new->list[i].limited) {
            add_rate(forecast, &new->list[i]);
        }
    }
    endpoints = vm_inventory_endpoints(after, &n);
    for (size_t i = 0; i < n; i++) {
        compare_rate(old, new, endpoints[i], forecast);
    }
    free(endpoints);
}

static void
compare_loads(const struct vm_inventory *before, const uint64_t *old_loads,
              const struct vm_inventory *after, const uint64_t *new_loads,
              struct vm_forecast *forecast)
{
    forecast->n_members = after->n_members;
    forecast->members = xcalloc(after->n_members, sizeof *forecast->members);
    for (size_t i = 0; i < after->n_members; i++) {
        const struct vm_member *member = after->members[i];
        int index = vm_inventory_member_index(before, member->name);

        forecast->members[i] = (struct vm_forecast_member) {
            .name = xstrdup(member->name),
            .usable = vm_member_is_usable(member),
            .capacity = vm_member_known_capacity(member),
            .load_before = index >= 0 ? old_loads[index] : 0,
            .load_after = new_loads[i],
        };
    }
}

/* Finds the VMs that the agent would be asked for after the event. */
static void
find_asked(const struct simap *causes, const struct vm_engine *after,
           long long int now, struct vm_forecast *forecast)
{
    vm_asked_find(&forecast->asked, causes, after);
    for (size_t i = 0; i < forecast->n_members; i++) {
        const struct vm_forecast_member *member = &forecast->members[i];

        vm_asked_find_flooded(&forecast->asked, after, member->name,
                              member->load_after, now);
    }
}

/* The present. */

void
vm_present_init(struct vm_present *present, const struct vm_engine *engine)
{
    memset(present, 0, sizeof *present);
    vm_asked_note(&present->causes, engine);
    shash_init(&present->outlook.sums);
}

void
vm_present_measure(struct vm_present *present, const struct vm_engine *engine,
                   long long int now)
{
    vm_outlook_destroy(&present->outlook);
    vm_outlook_init(&present->outlook, engine, now);
}

void
vm_present_destroy(struct vm_present *present)
{
    simap_destroy(&present->causes);
    vm_outlook_destroy(&present->outlook);
}

/* Predictions. */

void
vm_prediction_run(struct vm_engine *then, long long int now)
{
    run(then, now);
}

void
vm_prediction_find_moves(const struct vm_engine *engine,
                         const struct vm_engine *then, long long int now,
                         struct vm_forecast *forecast)
{
    const struct vm_inventory *before = vm_engine_inventory(engine);
    size_t n;
    struct vm_slot **slots
        = vm_inventory_slots(vm_engine_inventory(then), &n);

    for (size_t i = 0; i < n; i++) {
        const struct vm_slot *old = vm_clone_find_slot(before, slots[i]);

        if (!old || !nullable_string_is_equal(old->member,
                                              slots[i]->member)) {
            add_move(forecast, slots[i], old ? old->member : NULL, false,
                     now);
        }
    }
    free(slots);
}

void
vm_prediction_rebalance(struct vm_engine *then, long long int now,
                        struct vm_forecast *forecast)
{
    if (vm_engine_config(then)->rebalance_ms) {
        rebalance(then, now, forecast);
    }
}

void
vm_prediction_compare(const struct vm_present *present,
                      const struct vm_engine *engine,
                      const struct vm_engine *then, long long int now,
                      struct vm_forecast *forecast)
{
    const struct vm_inventory *old = vm_engine_inventory(engine);
    const struct vm_inventory *new = vm_engine_inventory(then);
    struct vm_outlook outlook;

    vm_outlook_init(&outlook, then, now);
    find_affected(old, new, forecast);
    compare_rates(&present->outlook, &outlook, new, forecast);
    compare_loads(old, present->outlook.loads, new, outlook.loads, forecast);
    find_asked(&present->causes, then, now, forecast);
    vm_outlook_destroy(&outlook);
}

void
vm_forecast_destroy(struct vm_forecast *forecast)
{
    free(forecast->what);
    for (size_t i = 0; i < forecast->n_moves; i++) {
        free(forecast->moves[i].who);
        free(forecast->moves[i].name);
        free(forecast->moves[i].from);
        free(forecast->moves[i].to);
        free(forecast->moves[i].because);
    }
    free(forecast->moves);
    for (size_t i = 0; i < forecast->n_affected; i++) {
        free(forecast->affected[i].who);
        free(forecast->affected[i].name);
    }
    free(forecast->affected);
    for (size_t i = 0; i < forecast->n_rates; i++) {
        free(forecast->rates[i].who);
        free(forecast->rates[i].name);
        free(forecast->rates[i].member);
    }
    free(forecast->rates);
    for (size_t i = 0; i < forecast->n_members; i++) {
        free(forecast->members[i].name);
    }
    free(forecast->members);
    vm_asked_destroy(&forecast->asked);
    vm_problems_destroy(&forecast->warnings);
}
