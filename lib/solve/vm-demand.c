/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-demand.h"

#include <stdlib.h>
#include <string.h>

#include "base/vm-value.h"
#include "solve/vm-rates.h"
#include "util.h"

/* Thresholds between satisfied and backlogged, percent of the rate in
 * force. */
#define BACKLOGGED_FROM 95
#define SATISFIED_BELOW 85

/* A sender floods if, FLOOD_SAMPLES times in a row, more than what it offers
 * divided by FLOOD_PART is dropped.  STEADY_SAMPLES of that with a filled rate
 * make it a steady flood. */
#define FLOOD_PART 16
#define FLOOD_SAMPLES 2
#define STEADY_SAMPLES 4

/* Least and most room to grow, as the rate divided by these. */
#define LEAST_ROOM 12
#define MOST_ROOM 4

/* A sample shows growth only if it exceeds the estimate by more than one part
 * in GROWTH_PARTS and a few frames. */
#define GROWTH_PARTS 8

/* A sender that begins claims its guarantee if it sends more than one part in
 * BEGINS_PARTS of it. */
#define BEGINS_PARTS 16

/* The room of all idle senders together is the capacity divided by this. */
#define ROOM_FOR_ALL 50

/* The result is below VM_RATE_NONE for all that a device can send. */
static uint64_t
to_rate(uint64_t bytes, long long int ms)
{
    return (bytes > UINT64_MAX / 8000 ? UINT64_MAX : bytes * 8000) / ms;
}

static uint64_t
percent(uint64_t rate, unsigned int pct)
{
    return rate / 100 * pct + rate % 100 * pct / 100;
}

static uint64_t
average(uint64_t a, uint64_t b)
{
    return a / 2 + b / 2 + (a & b & 1);
}

void
vm_demand_init(struct vm_demand *demand, long long int now)
{
    *demand = (struct vm_demand) {
        .when = now, .counted = now, .early_when = now,
    };
}

static bool
is_backlogged(bool was_backlogged, uint64_t passed, uint64_t dropped,
              uint64_t rate)
{
    if (vm_rate_add(passed, dropped) < VM_DEMAND_SMALL) {
        return false;
    }
    return (dropped
            || passed >= percent(rate, (was_backlogged ? SATISFIED_BELOW
                                        : BACKLOGGED_FROM)));
}

/* Returns the new estimate after a sample of 'offered' under 'rate'. */
static uint64_t
estimate(const struct vm_demand *demand, uint64_t offered, uint64_t rate)
{
    uint64_t before = demand->offered;
    uint64_t mean = average(before, offered);

    if (rate != VM_RATE_NONE) {
        return offered < before / 2 ? offered : MAX(offered, mean);
    } else if (offered < before - before / 4) {
        return average(demand->rate, average(demand->rate, offered));
    } else {
        return mean;
    }
}

/* Counts what passed and was dropped until 'now' while 'rate' was in force. */
static void
count(struct vm_demand *demand, uint64_t passed, uint64_t dropped,
      uint64_t rate, long long int now)
{
    long long int ms = MAX(now - demand->counted, 0);

    demand->passed = vm_rate_add(demand->passed, passed);
    demand->dropped = vm_rate_add(demand->dropped, dropped);
    demand->early_passed = vm_rate_add(demand->early_passed, passed);
    demand->early_dropped = vm_rate_add(demand->early_dropped, dropped);
    demand->unpoliced = demand->unpoliced || rate == VM_RATE_NONE;
    demand->allowed = vm_rate_add(demand->allowed,
                                  demand->unpoliced ? 0 : rate / 1000 * ms
                                  + rate % 1000 * ms / 1000);
    demand->counted = MAX(now, demand->counted);
}

/* Ends an early sample.  Returns false if it is too short. */
static bool
end_early(struct vm_demand *demand, long long int now)
{
    long long int interval = now - demand->early_when;

    if (interval < VM_DEMAND_MIN_INTERVAL) {
        return false;
    }
    memmove(&demand->early[1], &demand->early[0],
            (VM_DEMAND_N_EARLY - 1) * sizeof demand->early[0]);
    demand->early[0] = to_rate(demand->early_passed, interval);
    demand->n_early = MIN(demand->n_early + 1, VM_DEMAND_N_EARLY);
    demand->early_offered = to_rate(vm_rate_add(demand->early_passed,
                                                demand->early_dropped),
                                    interval);
    demand->early_drops = (demand->early_dropped ? VM_DEMAND_N_EARLY
                           : demand->early_drops - (demand->early_drops > 0));
    demand->early_passed = demand->early_dropped = 0;
    demand->early_when = now;
    return true;
}

/* Returns true if 'offered' shows growth beyond 'before'. */
static bool
grew(uint64_t before, uint64_t offered)
{
    return offered > vm_rate_add(before,
                                 before / GROWTH_PARTS + 2 * VM_DEMAND_SMALL);
}

/* Returns true if there was an early sample since the last regular one. */
static bool
is_early(const struct vm_demand *demand)
{
    return demand->early_when > demand->when;
}

/* Judges what passed and was dropped in 'interval' ms under 'rate'. */
static void
judge_sample(struct vm_demand *demand, uint64_t rate, long long int interval)
{
    uint64_t passed = to_rate(demand->passed, interval);
    uint64_t dropped = to_rate(demand->dropped, interval);
    uint64_t offered = vm_rate_add(passed, dropped);
    uint64_t rise = offered > demand->judged ? offered - demand->judged : 0;

    uint64_t least = demand->begins ? demand->early[0] : 0;

    demand->begins = grew(demand->judged, offered);
    demand->rate = demand->judged;
    demand->dropping = dropped && offered >= VM_DEMAND_SMALL;
    demand->floods = (dropped <= offered / FLOOD_PART ? 0
                      : MIN(demand->floods + 1, FLOOD_SAMPLES));
    demand->steady = (!demand->floods
                      || passed < percent(rate, BACKLOGGED_FROM)
                      ? 0 : MIN(demand->steady + 1, STEADY_SAMPLES));
    demand->backlogged = is_backlogged(demand->backlogged, passed, dropped,
                                       rate);
    demand->rate = MAX(estimate(demand, offered, rate), least);
    demand->judged = demand->rate;
    demand->offered = offered;
    demand->sent = passed;
    demand->rise = average(demand->rise, average(demand->rise, rise));
}

void
vm_demand_update_early(struct vm_demand *demand, uint64_t passed,
                       uint64_t dropped, uint64_t rate, long long int now)
{
    uint64_t enough = VM_DEMAND_SMALL / 16;

    count(demand, passed, dropped, rate, now);
    if (!end_early(demand, now)) {
        return;
    }
    if (grew(demand->rate, demand->early_offered)) {
        demand->rate = demand->early_offered;
        demand->begins = true;
    }
    if (demand->dropped && !demand->backlogged
        && vm_rate_add(demand->passed, demand->dropped) >= enough) {
        demand->backlogged = demand->dropping = true;
    }
}

void
vm_demand_update(struct vm_demand *demand, uint64_t passed_bytes,
                 uint64_t dropped_bytes, uint64_t rate, long long int now)
{
    long long int interval = now - demand->when;
    bool was_early = is_early(demand);

    count(demand, passed_bytes, dropped_bytes, rate, now);
    if (interval < VM_DEMAND_MIN_INTERVAL) {
        return;
    }
    if (!was_early) {
        demand->n_early = 0;
    }
    end_early(demand, now);
    judge_sample(demand, (demand->unpoliced ? VM_RATE_NONE
                          : demand->allowed * 1000 / interval), interval);
    demand->passed = demand->dropped = demand->allowed = 0;
    demand->unpoliced = false;
    demand->when = now;
}

bool
vm_demand_is_at_rest(const struct vm_demand *demand)
{
    return !(demand->backlogged || demand->dropping || demand->begins
             || demand->floods || demand->steady || demand->rate
             || demand->offered || demand->sent || demand->judged
             || demand->rise || demand->passed || demand->dropped
             || demand->early_passed || demand->early_dropped
             || demand->n_early > 1 || demand->early[0]
             || demand->early_offered || demand->early_drops);
}

void
vm_demand_rest(struct vm_demand *demand, long long int now)
{
    if (now > demand->when) {
        /* What was in force in an interval that was too short for a sample is
         * of the past now. */
        demand->allowed = 0;
        demand->unpoliced = false;
        demand->when = now;
    }
    demand->counted = MAX(demand->counted, now);
    demand->early_when = MAX(demand->early_when, now);
}

bool
vm_demand_floods(const struct vm_demand *demand)
{
    return demand->steady >= STEADY_SAMPLES;
}

/* Returns true if the sender shows what it wants, false if it would take
 * anything. */
static bool
is_known(const struct vm_demand *demand)
{
    return !demand->backlogged || demand->floods >= FLOOD_SAMPLES;
}

uint64_t
vm_demand_now(const struct vm_demand *demand)
{
    if (is_early(demand)) {
        return demand->early_offered;
    }
    return (demand->dropping && !is_known(demand)
            ? VM_RATE_NONE : demand->rate);
}

uint64_t
vm_demand_get(const struct vm_demand *demand, uint64_t room)
{
    if (!is_known(demand)) {
        return VM_RATE_NONE;
    }

    uint64_t growth = MIN(demand->rise, demand->rate / MOST_ROOM);
    growth = MAX(growth, demand->rate / LEAST_ROOM);
    return vm_rate_add(vm_rate_add(demand->rate, growth), room);
}

uint64_t
vm_demand_room(uint64_t capacity, size_t n)
{
    return MIN(capacity / ROOM_FOR_ALL / MAX(n, 1), VM_DEMAND_SMALL);
}

/* Returns what the sender has certainly sent lately, in the latest early
 * sample or in the last few, bit/s: the estimate is slow to fall, and a late
 * reading counts the bytes of two samples. */
static uint64_t
get_least(const struct vm_demand *demand, bool latest)
{
    uint64_t least = 0;

    if (demand->n_early < (latest ? 2 : VM_DEMAND_N_EARLY)) {
        return MIN(demand->sent, demand->rate);
    }
    for (size_t i = 0; i < (latest ? 1 : VM_DEMAND_N_EARLY); i++) {
        least = MAX(least, demand->early[i]);
    }
    return MIN(least, demand->rate);
}

/* Returns what 'n' senders have certainly sent together. */
static uint64_t
sum_least(const struct vm_rate_claim *claims,
          const struct vm_demand *const *demands, size_t n, bool latest)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum = vm_rate_add(sum, MIN(get_least(demands[i], latest),
                                   claims[i].limit));
    }
    return sum;
}

/* Returns true if a sender had drops in one of the last early samples. */
static bool
any_drops(const struct vm_demand *const *demands, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (demands[i]->n_early > 1 && demands[i]->early_drops) {
            return true;
        }
    }
    return false;
}

/* Judges contention from what all senders together want now, 'sum', and what
 * they sent.  Our meters let pass 'usable' and no more, so if 1/64 above that,
 * half of the headroom (VM_RATES_HEADROOM_PPM), passed, it is the device that
 * limits them. */
static enum vm_contention
judge(uint64_t sum, uint64_t sent, uint64_t usable)
{
    return (sent > usable + usable / 64 ? VM_CONTENTION_BEYOND
            : sum > usable ? VM_CONTENTION_FULL
            : sum > usable / 4 * 3 ? VM_CONTENTION_NEAR
            : VM_CONTENTION_NONE);
}

/* Near contention: each sender gets what the others have certainly left of
 * 'usable', and room to begin in any case. */
static void
grant_near(const struct vm_rate_claim *claims,
           const struct vm_demand *const *demands, size_t n, uint64_t usable,
           struct vm_rate_grant *grants)
{
    bool latest = (any_drops(demands, n)
                   || sum_least(claims, demands, n, false) > usable);
    uint64_t sum = sum_least(claims, demands, n, latest);
    uint64_t room = vm_demand_room(usable, n);

    for (size_t i = 0; i < n; i++) {
        uint64_t own = MIN(get_least(demands[i], latest), claims[i].limit);
        uint64_t others = MIN(sum - own, usable);

        grants[i] = (struct vm_rate_grant) {
            .rate = MAX(usable - others, vm_rate_add(own, room)),
        };
    }
}

/* Returns what a sender claims under contention: what it sends, without room
 * to grow, so that a backlogged one can use that room. */
static uint64_t
get_wanted(const struct vm_rate_claim *claim, const struct vm_demand *demand,
           enum vm_contention contention)
{
    uint64_t wanted = is_known(demand) ? demand->rate : VM_RATE_NONE;

    if (contention == VM_CONTENTION_BEYOND) {
        wanted = MAX(wanted, vm_rate_add(demand->rate, demand->rate));
    }
    return (demand->begins && demand->rate > claim->guarantee / BEGINS_PARTS
            ? MAX(wanted, claim->guarantee) : wanted);
}

/* Under contention: a sender that is not limited may send more than it claims,
 * to show that it wants more. */
static void
grant_contended(const struct vm_rate_claim *claims,
                const struct vm_demand *const *demands, size_t n,
                uint64_t usable, enum vm_contention contention,
                struct vm_rate_grant *grants)
{
    struct vm_rate_claim *wanted = xmemdup(claims, n * sizeof *wanted);
    uint64_t room = vm_demand_room(usable, n);

    for (size_t i = 0; i < n; i++) {
        wanted[i].demand = get_wanted(&claims[i], demands[i], contention);
    }
    vm_rates_allocate(wanted, n, usable, grants);
    free(wanted);

    if (grants[0].rate == VM_RATE_NONE) {
        /* It was full at the last regular sample, and is not now. */
        grant_near(claims, demands, n, usable, grants);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (!grants[i].limited) {
            uint64_t most = MIN(vm_demand_get(demands[i], room), usable);

            grants[i].rate = MAX(grants[i].rate, MIN(most, claims[i].limit));
        }
    }
}

/* Returns true if early samples show that all that was offered lately fits,
 * and that nothing was dropped lately. */
static bool
fits_now(const struct vm_rate_claim *claims,
         const struct vm_demand *const *demands, size_t n, uint64_t usable)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        if (demands[i]->n_early < VM_DEMAND_N_EARLY
            || demands[i]->early_drops) {
            return false;
        }
        sum = vm_rate_add(sum, MIN(demands[i]->early_offered,
                                   claims[i].limit));
    }
    return sum <= usable;
}

enum vm_contention
vm_demand_allocate(const struct vm_rate_claim *claims,
                   const struct vm_demand *const *demands, size_t n,
                   uint64_t usable, enum vm_contention at_least,
                   struct vm_rate_grant *grants)
{
    enum vm_contention contention;
    uint64_t sum = 0;
    uint64_t sent = 0;

    for (size_t i = 0; i < n; i++) {
        grants[i] = (struct vm_rate_grant) { .rate = VM_RATE_NONE };
        sum = vm_rate_add(sum, MIN(vm_demand_now(demands[i]),
                                   claims[i].limit));
        sent = vm_rate_add(sent, MIN(demands[i]->sent, demands[i]->rate));
    }
    contention = judge(sum, sent, usable);
    if (contention == VM_CONTENTION_FULL
        && fits_now(claims, demands, n, usable)) {
        contention = VM_CONTENTION_NEAR;
    }
    contention = MAX(contention, at_least);
    if (n && contention >= VM_CONTENTION_FULL) {
        grant_contended(claims, demands, n, usable, contention, grants);
    } else if (contention == VM_CONTENTION_NEAR) {
        grant_near(claims, demands, n, usable, grants);
    }
    return contention;
}
