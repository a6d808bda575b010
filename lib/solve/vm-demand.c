/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-demand.h"

#include <stdlib.h>

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

/* The room of all idle senders together is the capacity divided by this. */
#define ROOM_FOR_ALL 50

static uint64_t
add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

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
    *demand = (struct vm_demand) { .when = now };
}

static bool
is_backlogged(bool was_backlogged, uint64_t passed, uint64_t dropped,
              uint64_t rate)
{
    if (add(passed, dropped) < VM_DEMAND_SMALL) {
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

void
vm_demand_update(struct vm_demand *demand, uint64_t passed_bytes,
                 uint64_t dropped_bytes, uint64_t rate, long long int now)
{
    long long int interval = now - demand->when;

    demand->passed = add(demand->passed, passed_bytes);
    demand->dropped = add(demand->dropped, dropped_bytes);
    if (interval < VM_DEMAND_MIN_INTERVAL) {
        return;
    }

    uint64_t passed = to_rate(demand->passed, interval);
    uint64_t dropped = to_rate(demand->dropped, interval);
    uint64_t offered = add(passed, dropped);
    uint64_t rise = offered > demand->rate ? offered - demand->rate : 0;

    demand->dropping = dropped && offered >= VM_DEMAND_SMALL;
    demand->floods = (dropped <= offered / FLOOD_PART ? 0
                      : MIN(demand->floods + 1, FLOOD_SAMPLES));
    demand->steady = (!demand->floods
                      || passed < percent(rate, BACKLOGGED_FROM)
                      ? 0 : MIN(demand->steady + 1, STEADY_SAMPLES));
    demand->backlogged = is_backlogged(demand->backlogged, passed, dropped,
                                       rate);
    demand->rate = estimate(demand, offered, rate);
    demand->offered = offered;
    demand->sent = passed;
    demand->rise = average(demand->rise, average(demand->rise, rise));
    demand->passed = demand->dropped = 0;
    demand->when = now;
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
    return add(add(demand->rate, growth), room);
}

uint64_t
vm_demand_room(uint64_t capacity, size_t n)
{
    return MIN(capacity / ROOM_FOR_ALL / MAX(n, 1), VM_DEMAND_SMALL);
}

/* Sets what a sender claims near contention: it keeps what it sends.  Of what
 * is left of 'usable' beside 'sum', which all senders send together, three
 * quarters are granted in proportion to what each sends, so that all have the
 * same relative room, and the rest by shares, so that each has some. */
static void
claim_near(struct vm_rate_claim *claim, uint64_t sum, uint64_t usable)
{
    uint64_t left = usable - sum;
    uint64_t permille = left / 4 * 3 / (sum / 1000 + 1);
    uint64_t sent = MIN(claim->demand, claim->limit);

    claim->guarantee = sent + sent / 1000 * permille;
    claim->demand = VM_RATE_NONE;
}

/* Returns what the sender certainly sent lately: at most its estimate, because
 * a late reading counts the bytes of two samples. */
static uint64_t
get_sent(const struct vm_demand *demand)
{
    return MIN(demand->sent, demand->rate);
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

/* Sets what a sender claims under 'contention'; see judge(). */
static void
claim(struct vm_rate_claim *wanted, const struct vm_demand *demand,
      enum vm_contention contention, uint64_t sum, uint64_t usable, size_t n)
{
    switch (contention) {
    case VM_CONTENTION_NONE:
        break;

    case VM_CONTENTION_NEAR:
        claim_near(wanted, sum, usable);
        break;

    case VM_CONTENTION_FULL:
        wanted->demand = vm_demand_get(demand, vm_demand_room(usable, n));
        break;

    case VM_CONTENTION_BEYOND:
        wanted->demand = MAX(add(demand->rate, demand->rate),
                             vm_demand_get(demand, vm_demand_room(usable, n)));
        break;
    }
}

enum vm_contention
vm_demand_allocate(const struct vm_rate_claim *claims,
                   const struct vm_demand *const *demands, size_t n,
                   uint64_t usable, struct vm_rate_grant *grants)
{
    struct vm_rate_claim *wanted = xmalloc(n * sizeof *wanted);
    enum vm_contention contention;
    uint64_t sum = 0;
    uint64_t sent = 0;

    for (size_t i = 0; i < n; i++) {
        wanted[i] = claims[i];
        wanted[i].demand = vm_demand_now(demands[i]);
        sum = add(sum, MIN(wanted[i].demand, wanted[i].limit));
        sent = add(sent, get_sent(demands[i]));
    }
    contention = judge(sum, sent, usable);
    for (size_t i = 0; i < n; i++) {
        claim(&wanted[i], demands[i], contention, sum, usable, n);
    }

    vm_rates_allocate(wanted, n, usable, grants);
    if (contention < VM_CONTENTION_FULL) {
        for (size_t i = 0; i < n; i++) {
            grants[i].limited = false;
        }
    }
    free(wanted);
    return contention;
}
