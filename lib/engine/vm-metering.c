/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-metering.h"

#include <limits.h>
#include <string.h>

#include "base/vm-value.h"
#include "engine/vm-limited.h"
#include "util.h"

/* Milliseconds of a rate that make a burst.  TCP that loses the end of a
 * window waits for at least 200 ms (Linux's TCP_RTO_MIN): a smaller bucket
 * overflows meanwhile, and that part of the rate is lost.  A limit's bucket
 * covers some round-trip time as well.  The buckets of all senders on a member
 * have to fit into its queue together. */
#define LIMIT_BURST_MS 250
#define SHARE_BURST_MS 200

/* A flood does not wait.  A datapath fills the bucket whenever the rate
 * changes: a large bucket would then overflow the member's queue. */
#define FLOOD_BURST_MS 20

/* The parts of a limit change only if one of them differs by more than one
 * part in PART_PARTS, or falls by more than one in SHARE_PARTS because of its
 * member. */
#define PART_PARTS 16
#define SHARE_PARTS 128

/* The meters of an engine, while those of an endpoint are declared or
 * adjusted. */
struct metering {
    struct vm_meters *meters;
    bool early;                 /* Between rounds. */
    bool adjusted;              /* A rate has changed. */
};

/* Returns the burst for 'rate', which may be below the endpoint's limit, of a
 * sender that 'floods' or not. */
static uint64_t
burst_of(const struct vm_policy *policy, uint64_t rate, bool floods)
{
    bool by_limit = rate == policy->max_rate;
    uint64_t burst = MAX(rate / 1000 * (by_limit ? LIMIT_BURST_MS
                                        : floods ? FLOOD_BURST_MS
                                        : SHARE_BURST_MS),
                         VM_METER_LEAST_BURST);

    if (!rate) {
        return 0;
    } else if (policy->max_rate != VM_RATE_NONE && policy->burst) {
        burst = by_limit ? policy->burst : MIN(burst, policy->burst);
        burst = MAX(burst, VM_METER_FEW_FRAMES);
    }
    return burst;
}

/* Returns the guarantees that were admitted for 'n' senders. */
static uint64_t
sum_guarantees(struct vm_sender *const *senders, size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum = vm_rate_add(sum, vm_sender_guarantee(senders[i]));
    }
    return sum;
}

/* Returns the rate of the meter of an endpoint with a limit and 'n'
 * senders. */
static uint64_t
sum_grants(const struct vm_policy *policy, struct vm_sender *const *senders,
           size_t n)
{
    uint64_t sum = n ? 0 : policy->max_rate;

    for (size_t i = 0; i < n; i++) {
        sum = vm_rate_add(sum, MIN(senders[i]->grant.rate, policy->max_rate));
    }
    return MIN(MAX(sum, sum_guarantees(senders, n)), policy->max_rate);
}

/* Wants a meter, or, between rounds, adjusts its rate. */
static struct vm_meter *
want(struct metering *m, const char *name, uint64_t rate, uint64_t burst,
     bool exact)
{
    struct vm_meter *meter;

    if (!m->early) {
        return vm_meters_want(m->meters, name, rate, burst, exact);
    }
    meter = vm_meters_find(m->meters, name);
    m->adjusted |= vm_meters_adjust(m->meters, meter, rate, burst, exact);
    return meter;
}

/* One meter for all 'n' senders of an endpoint with a limit. */
static void
police_together(struct metering *m, struct vm_endpoint *endpoint,
                struct vm_sender **senders, size_t n)
{
    const struct vm_policy *policy = &endpoint->policy;
    uint64_t rate = sum_grants(policy, senders, n);
    const struct vm_meter *old = vm_meters_find(m->meters,
                                                endpoint->id);
    bool exact = (rate == policy->max_rate
                  || (old && old->requested_rate > policy->max_rate));
    struct vm_meter *meter = want(m, endpoint->id, rate,
                                  burst_of(policy, rate, false), exact);

    meter->owner = endpoint->id;
    meter->by_share = rate < policy->max_rate;
    meter->early = n == 1 && vm_sender_is_contended(senders[0]);
    endpoint->limit_failed = vm_limited_has_failed(endpoint, meter);
    for (size_t i = 0; i < n; i++) {
        senders[i]->meter = meter;
        senders[i]->in_force = (vm_meter_in_force(meter)
                                ? MIN(MAX(senders[i]->grant.rate,
                                          vm_sender_guarantee(senders[i])),
                                      policy->max_rate)
                                : VM_RATE_NONE);
    }
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        endpoint->slots[i]->meter = (vm_meter_in_force(meter)
                                     ? meter->name : NULL);
    }
}

/* A meter for 'sender' alone, which is returned. */
static const struct vm_meter *
police_alone(struct metering *m, struct vm_sender *sender,
             uint64_t rate, uint64_t burst, bool exact)
{
    struct vm_meter *meter = want(m, sender->id, rate, burst, exact);

    meter->owner = sender->endpoint->id;
    meter->by_share = (sender->part == VM_RATE_NONE || sender->grant.limited
                       || sender->grant.rate < sender->part);
    meter->early = vm_sender_is_contended(sender);
    sender->meter = meter;
    if (vm_meter_in_force(meter)) {
        sender->in_force = meter->rate;
        for (size_t i = 0; i < sender->n_slots; i++) {
            sender->slots[i]->meter = meter->name;
        }
    }
    return meter;
}

/* The meter of a sender without a limit, if it needs one. */
static void
police_sender(struct metering *m, struct vm_sender *sender,
              long long int now)
{
    uint64_t rate = sender->grant.rate;

    if (rate != VM_RATE_NONE) {
        sender->policed_until = now + VM_METERING_LINGER;
        rate = MAX(rate, vm_sender_guarantee(sender));
    } else if (now < sender->policed_until) {
        rate = sender->capacity;
    }
    sender->in_force = VM_RATE_NONE;
    if (rate != VM_RATE_NONE) {
        bool floods = vm_demand_floods(&sender->demand);

        police_alone(m, sender, rate,
                     burst_of(&sender->endpoint->policy, rate, floods),
                     false);
    }
}

/* The rate of 'sender', whose endpoint has a limit and several senders. */
static uint64_t
get_part(const struct vm_sender *sender)
{
    return MIN(MAX(sender->grant.rate, vm_sender_guarantee(sender)),
               sender->part);
}

/* Returns the part of the limit's burst for a part of its rate. */
static uint64_t
burst_of_part(const struct vm_policy *policy, uint64_t part)
{
    uint64_t permille = part / (policy->max_rate / 1000 + 1);
    uint64_t burst = burst_of(policy, policy->max_rate, false);

    return (part ? MAX(burst / 1000 * MIN(permille, 1000),
                       MIN(burst, VM_METER_LEAST_BURST)) : 0);
}

/* Returns true if the meters of 'n' senders, whose endpoint has a limit, may
 * keep their rates, because these are near to the wanted ones, keep the limit
 * together, and give each sender what it is guaranteed. */
static bool
may_keep(const struct metering *m, struct vm_sender **senders, size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        const struct vm_meter *meter = vm_meters_find(m->meters,
                                                      senders[i]->id);
        uint64_t rate = get_part(senders[i]);
        uint64_t kept = meter && meter->requested ? meter->requested_rate : 0;
        bool shared = senders[i]->grant.rate < senders[i]->part;

        if (!meter || rate > kept + kept / PART_PARTS
            || kept < MIN(vm_sender_guarantee(senders[i]), rate)
            || rate < kept - kept / (shared ? SHARE_PARTS : PART_PARTS)) {
            return false;
        }
        sum = vm_rate_add(sum, kept);
    }
    return sum <= senders[0]->endpoint->policy.max_rate;
}

/* A meter for each of 'n' senders of an endpoint with a limit. */
static void
police_parts(struct metering *m, struct vm_sender **senders, size_t n)
{
    struct vm_endpoint *endpoint = senders[0]->endpoint;
    const struct vm_policy *policy = &endpoint->policy;
    bool keeps = may_keep(m, senders, n);
    bool failed = false;

    for (size_t i = 0; i < n; i++) {
        uint64_t rate = get_part(senders[i]);

        if (keeps) {
            rate = vm_meters_find(m->meters, senders[i]->id)->requested_rate;
        }
        senders[i]->in_force = VM_RATE_NONE;
        failed |= vm_limited_has_failed(
            endpoint, police_alone(m, senders[i], rate,
                                   burst_of_part(policy, rate), true));
    }
    endpoint->limit_failed = failed;
}

/* Returns true if the limit of 'endpoint' is to be divided among its 'n'
 * senders. */
static bool
is_split(const struct metering *m, struct vm_endpoint *endpoint,
         struct vm_sender **senders, size_t n, long long int now)
{
    if (n < 2) {
        endpoint->split_until = LLONG_MIN;
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const struct vm_meter *meter = vm_meters_find(m->meters,
                                                      senders[i]->id);

        if (meter && !vm_meter_in_force(meter)) {
            endpoint->split_after = now + VM_METER_RETRY;
        }
        if (vm_sender_is_contended(senders[i])) {
            endpoint->split_until = now + VM_METERING_LINGER;
        }
    }
    return now < endpoint->split_until && now >= endpoint->split_after;
}

/* The meters of 'endpoint' and its 'n' senders are not wanted any more. */
static void
unwant(struct vm_meters *meters, const struct vm_endpoint *endpoint,
       struct vm_sender **senders, size_t n)
{
    struct vm_meter *meter = vm_meters_find(meters, endpoint->id);

    if (meter) {
        vm_meters_unwant(meters, meter);
    }
    for (size_t i = 0; i < n; i++) {
        if (senders[i]->meter) {
            vm_meters_unwant(meters, senders[i]->meter);
            senders[i]->meter = NULL;
        }
    }
}

void
vm_metering_police(struct vm_meters *meters, struct vm_endpoint *endpoint,
                   struct vm_sender **senders, size_t n, long long int now)
{
    struct metering m = { .meters = meters };

    unwant(meters, endpoint, senders, n);
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        endpoint->slots[i]->meter_before = endpoint->slots[i]->meter;
        endpoint->slots[i]->meter = NULL;
    }
    if (!endpoint->n_slots || endpoint->policy.max_rate == VM_RATE_NONE) {
        for (size_t i = 0; i < n; i++) {
            police_sender(&m, senders[i], now);
        }
    } else if (is_split(&m, endpoint, senders, n, now)) {
        police_parts(&m, senders, n);
    } else {
        police_together(&m, endpoint, senders, n);
    }

    /* A name is owned by its meter, which outlives the round in which it is
     * not wanted any more. */
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        const struct vm_slot *slot = endpoint->slots[i];

        if (slot->meter != slot->meter_before) {
            vm_changes_note(&meters->remetered, endpoint->id);
        }
    }
}

bool
vm_metering_adjust(struct vm_meters *meters, struct vm_endpoint *endpoint,
                   struct vm_sender **senders, size_t n, long long int now)
{
    struct metering m = { .meters = meters, .early = true };
    size_t n_alone = 0;
    size_t n_together = 0;

    for (size_t i = 0; i < n; i++) {
        const char *meter = senders[i]->slots[0]->meter;
        bool together = meter && !strcmp(meter, endpoint->id);

        n_together += together;
        n_alone += meter && !together;
    }
    if (endpoint->policy.max_rate == VM_RATE_NONE) {
        for (size_t i = 0; i < n; i++) {
            if (vm_sender_is_contended(senders[i])
                && senders[i]->slots[0]->meter) {
                police_sender(&m, senders[i], now);
            }
        }
    } else if (n_together == n) {
        police_together(&m, endpoint, senders, n);
    } else if (n_alone == n) {
        police_parts(&m, senders, n);
    }
    return m.adjusted;
}
