/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-demand.h"

#include <stdlib.h>

#include "util.h"
#include "vm-rates.h"

/* Percent of the rate in force. */
#define HUNGRY_FROM 95
#define SATED_BELOW 85

/* A sender that doesn't back off: more than its rate divided by this is
 * dropped, so many times in a row. */
#define FLOOD_PART 16
#define FLOOD_LOOKS 2
#define STEADY_LOOKS 4

/* Room to grow, as the rate divided by these. */
#define LEAST_ROOM 12
#define MOST_ROOM 4

/* All senders together get capacity divided by this to begin with. */
#define ROOM_FOR_ALL 50

static uint64_t
add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Below VM_RATE_NONE for all that a device can send. */
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
is_hungry(bool was_hungry, uint64_t passed, uint64_t dropped, uint64_t rate)
{
    if (add(passed, dropped) < VM_DEMAND_SMALL) {
        return false;
    }
    return (dropped
            || passed >= percent(rate, was_hungry ? SATED_BELOW
                                                  : HUNGRY_FROM));
}

/* The new estimate after 'offered' was seen under 'rate'. */
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
                      : MIN(demand->floods + 1, FLOOD_LOOKS));
    demand->steady = (!demand->floods || passed < percent(rate, HUNGRY_FROM)
                      ? 0 : MIN(demand->steady + 1, STEADY_LOOKS));
    demand->hungry = is_hungry(demand->hungry, passed, dropped, rate);
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
    return demand->steady >= STEADY_LOOKS;
}

/* True if the sender shows what it wants, false if it would take anything. */
static bool
is_known(const struct vm_demand *demand)
{
    return !demand->hungry || demand->floods >= FLOOD_LOOKS;
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

/* Everyone keeps what it sends.  Of what is left of 'usable' when 'sum' is
 * sent, three quarters are granted in proportion to that, so that all have the
 * same relative room, and the rest by shares, so that everyone has some. */
static void
claim_near(struct vm_rate_claim *claim, uint64_t sum, uint64_t usable)
{
    uint64_t left = usable - sum;
    uint64_t permille = left / 4 * 3 / (sum / 1000 + 1);
    uint64_t sent = MIN(claim->demand, claim->limit);

    claim->guarantee = sent + sent / 1000 * permille;
    claim->demand = VM_RATE_NONE;
}

/* What a sender surely has sent lately: a late reading, that counts what two
 * looks should have seen, is no more than its estimate. */
static uint64_t
get_sent(const struct vm_demand *demand)
{
    return MIN(demand->sent, demand->rate);
}

/* What senders want now, and what they sent, all together.  What our meters
 * let pass is 'usable' and no more, so 1/64 above that, half of the headroom
 * (VM_RATES_HEADROOM_PPM), it is the device that holds them. */
static enum vm_contention
judge(uint64_t sum, uint64_t sent, uint64_t usable)
{
    return (sent > usable + usable / 64 ? VM_CONTENTION_BEYOND
            : sum > usable ? VM_CONTENTION_FULL
            : sum > usable / 4 * 3 ? VM_CONTENTION_NEAR
            : VM_CONTENTION_NONE);
}

/* What a sender claims under 'contention'; see judge(). */
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
