/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-policing.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-problem.h"
#include "engine/vm-limited.h"
#include "model/vm-endpoint.h"
#include "openvswitch/dynamic-string.h"
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

void
vm_policing_init(struct vm_policing *policing)
{
    memset(policing, 0, sizeof *policing);
    vm_senders_init(&policing->senders);
    vm_meters_init(&policing->meters);
}

void
vm_policing_destroy(struct vm_policing *policing)
{
    vm_senders_destroy(&policing->senders);
    vm_meters_destroy(&policing->meters);
}

static uint64_t
add(uint64_t a, uint64_t b)
{
    return a > VM_RATE_NONE - b ? VM_RATE_NONE : a + b;
}

/* Sampling. */

bool
vm_policing_is_due(const struct vm_policing *policing, long long int now)
{
    return policing->needed && now >= policing->next;
}

void
vm_policing_sample(struct vm_policing *policing,
                   const struct vm_inventory *inventory,
                   const struct vm_bond_config *config, long long int now)
{
    vm_senders_regroup(&policing->senders, inventory, now);
    vm_senders_sample(&policing->senders, &policing->meters, now);
    vm_limited_count(&policing->senders, &policing->meters, now);
    policing->next = now + config->rate_ms;
}

/* Granting. */

/* Returns the sum of what the senders on 'member' may be granted. */
static uint64_t
count_usable(const struct vm_member *member)
{
    uint64_t capacity = vm_member_capacity(member);
    uint64_t others = MIN(vm_member_background(member,
                                               VM_BACKGROUND_FOR_RATES),
                          capacity / 100 * VM_POLICING_BACKGROUND_PCT);

    return vm_rates_usable(capacity - others, VM_RATES_HEADROOM_PPM);
}

static void
make_claim(struct vm_rate_claim *claim, const struct vm_sender *sender)
{
    const struct vm_policy *policy = &sender->endpoint->policy;

    claim->id = sender->id;
    claim->priority = policy->priority;
    claim->shares = policy->shares;
    claim->guarantee = vm_sender_guarantee(sender);
    claim->limit = policy->max_rate;
    claim->demand = 0;
}

/* The senders on a member, and the grant of each. */
struct granted {
    struct vm_sender **senders;
    struct vm_rate_grant *grants;
    size_t n;
};

static void
granted_destroy(struct granted *granted)
{
    free(granted->senders);
    free(granted->grants);
}

/* Computes the grants of the senders on 'member'.  An assumed capacity limits
 * no sender. */
static void
granted_init(struct granted *granted, const struct vm_policing *policing,
             const struct vm_member *member)
{
    const struct vm_senders *all = &policing->senders;
    struct vm_sender **senders = xmalloc((all->n + 1) * sizeof *senders);
    struct vm_rate_claim *claims = xmalloc((all->n + 1) * sizeof *claims);
    const struct vm_demand **demands = xmalloc((all->n + 1)
                                               * sizeof *demands);
    size_t n = 0;

    granted->grants = xcalloc(all->n + 1, sizeof *granted->grants);
    for (size_t i = 0; i < all->n; i++) {
        if (all->list[i]->member == member) {
            granted->grants[n].rate = VM_RATE_NONE;
            senders[n] = all->list[i];
            make_claim(&claims[n], senders[n]);
            demands[n] = &senders[n]->demand;
            n++;
        }
    }
    granted->senders = senders;
    granted->n = n;
    if (n && vm_member_known_capacity(member)) {
        vm_demand_allocate(claims, demands, n, count_usable(member),
                           granted->grants);
    }
    free(claims);
    free(demands);
}

static void
grant_all(struct vm_policing *policing, const struct vm_inventory *inventory)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];
        uint64_t known = vm_member_known_capacity(member);
        struct granted granted;

        granted_init(&granted, policing, member);
        for (size_t j = 0; j < granted.n; j++) {
            granted.senders[j]->grant = granted.grants[j];
            granted.senders[j]->capacity = known ? known : VM_RATE_NONE;
        }
        granted_destroy(&granted);
    }
}

/* Meters. */

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

/* Returns the rate of the meter of an endpoint with a limit and 'n'
 * senders. */
static uint64_t
sum_grants(const struct vm_policy *policy, struct vm_sender *const *senders,
           size_t n)
{
    uint64_t sum = n ? 0 : policy->max_rate;

    for (size_t i = 0; i < n; i++) {
        sum = add(sum, MIN(senders[i]->grant.rate, policy->max_rate));
    }
    return MIN(sum, policy->max_rate);
}

static void
police_limited(struct vm_policing *policing, struct vm_endpoint *endpoint,
               struct vm_sender **senders, size_t n)
{
    const struct vm_policy *policy = &endpoint->policy;
    uint64_t rate = sum_grants(policy, senders, n);
    const struct vm_meter *old = vm_meters_find(&policing->meters,
                                                endpoint->id);
    bool exact = (rate == policy->max_rate
                  || (old && old->requested_rate > policy->max_rate));
    struct vm_meter *meter = vm_meters_want(&policing->meters, endpoint->id,
                                            rate,
                                            burst_of(policy, rate, false),
                                            exact);

    meter->owner = endpoint->id;
    meter->by_share = rate < policy->max_rate;
    vm_limited_note_meter(endpoint, meter);
    for (size_t i = 0; i < n; i++) {
        senders[i]->in_force = (vm_meter_in_force(meter)
                                ? MIN(senders[i]->grant.rate,
                                      policy->max_rate)
                                : VM_RATE_NONE);
    }
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        endpoint->slots[i]->meter = (vm_meter_in_force(meter)
                                     ? meter->name : NULL);
    }
}

static void
police_sender(struct vm_policing *policing, struct vm_sender *sender,
              long long int now)
{
    uint64_t rate = sender->grant.rate;

    if (rate != VM_RATE_NONE) {
        sender->policed_until = now + VM_POLICING_LINGER;
    } else if (now < sender->policed_until) {
        rate = sender->capacity;
    }
    sender->in_force = VM_RATE_NONE;
    if (rate == VM_RATE_NONE) {
        return;
    }

    struct vm_meter *meter = vm_meters_want(
        &policing->meters, sender->id, rate,
        burst_of(&sender->endpoint->policy, rate,
                 vm_demand_floods(&sender->demand)), false);
    meter->owner = sender->endpoint->id;
    meter->by_share = true;
    if (vm_meter_in_force(meter)) {
        sender->in_force = meter->rate;
        for (size_t i = 0; i < sender->n_slots; i++) {
            sender->slots[i]->meter = meter->name;
        }
    }
}

/* Updates what polices 'endpoint', which has 'n' senders, and at which
 * rate. */
static void
update_policed(struct vm_policing *policing, struct vm_endpoint *endpoint,
               struct vm_sender **senders, size_t n)
{
    bool one_meter = endpoint->policy.max_rate != VM_RATE_NONE;
    size_t n_metered = 0;
    uint64_t rate = 0;

    endpoint->policed = VM_POLICED_NOT;
    for (size_t i = 0; i < n; i++) {
        const char *name = senders[i]->slots[0]->meter;
        const struct vm_meter *meter
            = name ? vm_meters_find(&policing->meters, name) : NULL;

        if (!meter) {
            continue;
        }
        n_metered++;
        rate = one_meter ? meter->rate : add(rate, meter->rate);
        if (senders[i]->demand.backlogged && senders[i]->grant.limited) {
            endpoint->policed = VM_POLICED_SHARE;
        } else if (senders[i]->demand.backlogged && !meter->by_share
                   && endpoint->policed == VM_POLICED_NOT) {
            endpoint->policed = VM_POLICED_LIMIT;
        }
    }
    endpoint->metered = n_metered > 0;
    endpoint->rate = n_metered && n_metered == n ? rate : VM_RATE_NONE;
}

/* Updates whether 'endpoint' counts as limited at 'now'. */
static void
update_limited(struct vm_policing *policing, struct vm_endpoint *endpoint,
               long long int now)
{
    bool limited;

    if (endpoint->policed != VM_POLICED_NOT) {
        endpoint->limited_until = now + VM_POLICING_HOLD;
    }
    limited = now < endpoint->limited_until;
    policing->n_limited_changes += limited != endpoint->limited;
    endpoint->limited = limited;
}

static void
police_endpoint(struct vm_policing *policing, struct vm_endpoint *endpoint,
                struct vm_sender **senders, size_t n, long long int now)
{
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        endpoint->slots[i]->meter = NULL;
    }
    if (endpoint->n_slots && endpoint->policy.max_rate != VM_RATE_NONE) {
        police_limited(policing, endpoint, senders, n);
    } else {
        for (size_t i = 0; i < n; i++) {
            police_sender(policing, senders[i], now);
        }
    }
    update_policed(policing, endpoint, senders, n);
    update_limited(policing, endpoint, now);
}

/* Schedules the next sample, if one is needed. */
static void
plan_sample(struct vm_policing *policing, const struct vm_bond_config *config,
            long long int now)
{
    bool was_needed = policing->needed;
    long long int latest = now + config->rate_ms;

    policing->needed = !shash_is_empty(&policing->meters.meters);
    for (size_t i = 0; i < policing->senders.n && !policing->needed; i++) {
        const struct vm_sender *sender = policing->senders.list[i];

        policing->needed = !vm_endpoint_is_host(sender->endpoint);
    }
    policing->next = was_needed ? MIN(policing->next, latest) : latest;
}

void
vm_policing_decide(struct vm_policing *policing,
                   const struct vm_inventory *inventory,
                   const struct vm_bond_config *config, long long int now)
{
    struct vm_senders *senders = &policing->senders;
    size_t n;
    struct vm_endpoint **endpoints = vm_inventory_endpoints(inventory, &n);
    size_t first = 0;

    vm_senders_regroup(senders, inventory, now);
    grant_all(policing, inventory);
    vm_meters_begin(&policing->meters, now);
    for (size_t i = 0; i < n; i++) {
        size_t end = first;

        while (end < senders->n
               && senders->list[end]->endpoint == endpoints[i]) {
            end++;
        }
        police_endpoint(policing, endpoints[i], senders->list + first,
                        end - first, now);
        first = end;
    }
    vm_meters_end(&policing->meters, now);
    free(endpoints);
    plan_sample(policing, config, now);
    policing->decided = now;
    policing->dirty = false;
}

long long int
vm_policing_deadline(const struct vm_policing *policing)
{
    return (policing->dirty ? LLONG_MIN
            : MIN(policing->needed ? policing->next : LLONG_MAX,
                  vm_meters_deadline(&policing->meters)));
}

void
vm_policing_meter_failed(struct vm_policing *policing, const char *meter,
                         const char *why, long long int now)
{
    if (vm_meters_failed(&policing->meters, meter, why, now)) {
        policing->dirty = true;
    }
}

/* Problems and checks. */

static void
add_problem(const struct vm_meter *meter, const struct vm_endpoint *endpoint,
            const char *bond, struct vm_problems *problems)
{
    const struct vm_policy *policy = &endpoint->policy;
    bool host = vm_endpoint_is_host(endpoint);
    struct ds what = DS_EMPTY_INITIALIZER;

    if (policy->max_rate == VM_RATE_NONE) {
        ds_put_cstr(&what, host ? "the host's share" : "its share");
    } else {
        ds_put_cstr(&what, host ? "vm-aware-host max-rate=" : "vm-max-rate=");
        vm_rate_format(policy->max_rate, &what);
    }
    vm_problems_add(problems,
                    host ? bond : endpoint->interfaces[0]->name,
                    "%s is not enforced: %s", ds_cstr(&what), meter->failure);
    ds_destroy(&what);
}

void
vm_policing_problems(const struct vm_policing *policing,
                     const struct vm_inventory *inventory, const char *bond,
                     struct vm_problems *problems)
{
    const struct shash_node **nodes = shash_sort(&policing->meters.meters);

    for (size_t i = 0; i < shash_count(&policing->meters.meters); i++) {
        const struct vm_meter *meter = nodes[i]->data;

        if (meter->failure) {
            add_problem(meter, shash_find_data(&inventory->endpoints,
                                               meter->owner),
                        bond, problems);
        }
    }
    free(nodes);
}

static void
check_member(const struct vm_policing *policing,
             const struct vm_member *member, struct ds *differences)
{
    uint64_t usable = count_usable(member);
    uint64_t sum = 0;
    struct granted granted;

    granted_init(&granted, policing, member);
    for (size_t i = 0; i < granted.n; i++) {
        const struct vm_sender *sender = granted.senders[i];
        const struct vm_rate_grant *grant = &granted.grants[i];

        if (sender->grant.rate != grant->rate
            || sender->grant.limited != grant->limited) {
            ds_put_format(differences, "%s: granted %"PRIu64" on %s, not "
                          "%"PRIu64"\n", sender->id, sender->grant.rate,
                          member->name, grant->rate);
        }
        sum = grant->rate == VM_RATE_NONE ? sum : add(sum, grant->rate);
    }
    if (sum > usable) {
        ds_put_format(differences, "%s: %"PRIu64" granted of %"PRIu64"\n",
                      member->name, sum, usable);
    }
    granted_destroy(&granted);
}

/* A meter is in force if and only if a slot uses it. */
static void
check_meters(const struct vm_policing *policing,
             const struct vm_inventory *inventory, struct ds *differences)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &policing->meters.meters) {
        const struct vm_meter *meter = node->data;
        const struct vm_endpoint *owner
            = shash_find_data(&inventory->endpoints, meter->owner);
        size_t n_users = 0;

        for (size_t i = 0; owner && i < owner->n_slots; i++) {
            n_users += nullable_string_is_equal(owner->slots[i]->meter,
                                                meter->name);
        }
        if (!owner || (n_users > 0) != vm_meter_in_force(meter)) {
            ds_put_format(differences, "meter %s: %"PRIuSIZE" slots use it\n",
                          meter->name, n_users);
        }
        if (owner && meter->rate > owner->policy.max_rate) {
            ds_put_format(differences, "meter %s: %"PRIu64" exceeds the limit "
                          "%"PRIu64"\n", meter->name, meter->rate,
                          owner->policy.max_rate);
        }
        if (vm_meter_in_force(meter)
            && (!meter->requested || meter->requested_rate != meter->rate)) {
            ds_put_format(differences, "meter %s: requested %"PRIu64", wanted "
                          "%"PRIu64"\n", meter->name, meter->requested_rate,
                          meter->rate);
        }
    }
}

void
vm_policing_check(const struct vm_policing *policing,
                  const struct vm_inventory *inventory, struct ds *differences)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        check_member(policing, inventory->members[i], differences);
    }
    check_meters(policing, inventory, differences);
}
