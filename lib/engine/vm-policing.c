/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-policing.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-problem.h"
#include "base/vm-value.h"
#include "engine/vm-grant.h"
#include "engine/vm-limited.h"
#include "engine/vm-metering.h"
#include "model/vm-endpoint.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

void
vm_policing_init(struct vm_policing *policing)
{
    memset(policing, 0, sizeof *policing);
    vm_senders_init(&policing->senders);
    vm_meters_init(&policing->meters);
    policing->next_early = LLONG_MAX;
    vm_pace_init(&policing->pace);
}

void
vm_policing_destroy(struct vm_policing *policing)
{
    vm_senders_destroy(&policing->senders);
    vm_meters_destroy(&policing->meters);
}

/* Sampling. */

bool
vm_policing_is_due(const struct vm_policing *policing, long long int now)
{
    return now >= vm_pace_deadline(&policing->pace);
}

bool
vm_policing_wants_counters(const struct vm_policing *policing,
                           long long int now)
{
    return vm_policing_is_due(policing, now) || now >= policing->next_early;
}

bool
vm_policing_wants_meter(const struct vm_policing *policing, const char *name,
                        bool complete, long long int now)
{
    const struct vm_meter *meter;

    if (vm_pace_is_quiet(&policing->pace)) {
        return false;
    }
    meter = vm_meters_find(&policing->meters, name);
    return meter && (complete || vm_policing_is_due(policing, now)
                     ? !meter->idle : vm_meter_is_sampled_early(meter));
}

void
vm_policing_note_news(struct vm_policing *policing,
                      const struct vm_interface *iface,
                      const struct vm_counters *counters)
{
    const char *name = iface->slot ? iface->slot->meter : NULL;
    struct vm_meter *meter;

    if (iface->counted && counters->tx_bytes == iface->counters.tx_bytes) {
        return;
    }
    vm_pace_note_news(&policing->pace);
    meter = name ? vm_meters_find(&policing->meters, name) : NULL;
    if (meter) {
        meter->idle = false;
    }
}

void
vm_policing_wake(struct vm_policing *policing,
                 const struct vm_inventory *inventory, bool places,
                 long long int now)
{
    struct vm_pace *pace = &policing->pace;

    if (!pace->quiet || !(pace->news || places || policing->dirty)) {
        return;
    }
    vm_senders_update(&policing->senders, inventory, now);
    vm_senders_rest(&policing->senders, pace->quiet_at);
    vm_pace_wake(pace, now);
}

/* Returns true if no sender or meter would change if nothing is sent. */
static bool
is_at_rest(const struct vm_policing *policing,
           const struct vm_inventory *inventory, long long int now)
{
    struct shash_node *node;

    if (policing->meters.n_failed) {
        return false;
    }
    for (size_t i = 0; i < policing->senders.n; i++) {
        const struct vm_sender *sender = policing->senders.list[i];

        if (!vm_sender_is_at_rest(sender, &policing->meters, now)) {
            return false;
        }
    }
    SHASH_FOR_EACH (node, &inventory->endpoints) {
        const struct vm_endpoint *endpoint = node->data;

        if (endpoint->limited) {
            return false;
        }
    }
    return true;
}

void
vm_policing_sample(struct vm_policing *policing,
                   const struct vm_inventory *inventory,
                   const struct vm_bond_config *config, long long int now)
{
    vm_senders_update(&policing->senders, inventory, now);
    vm_senders_sample(&policing->senders, &policing->meters,
                      policing->pace.counted != LLONG_MIN, now);
    vm_limited_count(&policing->senders, &policing->meters,
                     inventory->counted, now);
    policing->sampled = true;
    vm_pace_sampled(&policing->pace, config->rate_ms, now);
    policing->next_early = LLONG_MAX;
}

/* Endpoints. */

/* Updates what polices 'endpoint', which has 'n' senders, and at which
 * rate. */
static void
update_policed(struct vm_policing *policing, struct vm_endpoint *endpoint,
               struct vm_sender **senders, size_t n)
{
    size_t n_metered = 0;
    uint64_t rate = 0;

    endpoint->policed = VM_POLICED_NOT;
    for (size_t i = 0; i < n; i++) {
        const struct vm_meter *meter = vm_sender_meter(senders[i],
                                                       &policing->meters);

        if (!meter) {
            continue;
        }
        n_metered++;
        rate = (!strcmp(meter->name, endpoint->id) ? meter->rate
                : vm_rate_add(rate, meter->rate));
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

static bool
any_is_contended(struct vm_sender *const *senders, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (vm_sender_is_contended(senders[i])) {
            return true;
        }
    }
    return false;
}

/* Schedules the next sample, if one is needed.  An early one that is due now,
 * when everything is decided, is postponed: it would decide again at once.
 * 'sampled' tells whether what was decided follows from a sample of now. */
static void
plan_sample(struct vm_policing *policing, const struct vm_inventory *inventory,
            const struct vm_bond_config *config, bool sampled,
            long long int now)
{
    bool needed = !shash_is_empty(&policing->meters.meters);
    long long int early = now + VM_DEMAND_MIN_INTERVAL;

    for (size_t i = 0; i < policing->senders.n && !needed; i++) {
        needed = !vm_endpoint_is_host(policing->senders.list[i]->endpoint);
    }
    vm_pace_plan(&policing->pace, needed, config->rate_ms, now);
    policing->next_early
        = (!any_is_contended(policing->senders.list, policing->senders.n)
           ? LLONG_MAX
           : policing->next_early > now ? MIN(policing->next_early, early)
           : early);
    if (sampled && vm_pace_may_rest(&policing->pace, now)
        && is_at_rest(policing, inventory, now)) {
        vm_pace_rest(&policing->pace, now);
    }
}

void
vm_policing_decide(struct vm_policing *policing,
                   const struct vm_inventory *inventory,
                   const struct vm_bond_config *config, long long int now)
{
    struct vm_senders *senders = &policing->senders;
    bool sampled = policing->sampled;
    size_t n;
    struct vm_endpoint **endpoints = vm_inventory_endpoints(inventory, &n);
    size_t first = 0;

    vm_senders_update(senders, inventory, now);
    policing->reservable_pct = config->reservable_pct;
    vm_grant_all(senders, inventory, config->reservable_pct, sampled);
    policing->sampled = false;

    vm_meters_begin(&policing->meters, now);
    for (size_t i = 0; i < n; i++) {
        bool has_sender = (first < senders->n
                           && senders->list[first]->endpoint == endpoints[i]);
        size_t n_own = has_sender ? vm_senders_count(senders, first) : 0;
        struct vm_sender **own = senders->list + first;

        vm_metering_police(&policing->meters, endpoints[i], own, n_own, now);
        update_policed(policing, endpoints[i], own, n_own);
        update_limited(policing, endpoints[i], now);
        first += n_own;
    }
    vm_meters_end(&policing->meters, now);
    free(endpoints);
    plan_sample(policing, inventory, config, sampled, now);
    policing->dirty = false;
}

/* Adjusts the rates of meters to an early sample.  Returns true if one has
 * changed. */
static bool
adjust(struct vm_policing *policing, long long int now)
{
    const struct vm_senders *senders = &policing->senders;
    bool changed = false;
    size_t n;

    for (size_t i = 0; i < senders->n; i += n) {
        struct vm_sender **own = senders->list + i;
        struct vm_endpoint *endpoint = own[0]->endpoint;

        n = vm_senders_count(senders, i);
        if (any_is_contended(own, n)) {
            changed |= vm_metering_adjust(&policing->meters, endpoint, own, n,
                                          now);
            update_policed(policing, endpoint, own, n);
            update_limited(policing, endpoint, now);
        }
    }
    return changed;
}

/* Returns the time of what is due but for early samples. */
static long long int
regular_deadline(const struct vm_policing *policing)
{
    return (policing->dirty ? LLONG_MIN
            : MIN(vm_pace_deadline(&policing->pace),
                  vm_meters_deadline(&policing->meters)));
}

bool
vm_policing_run_early(struct vm_policing *policing,
                      const struct vm_inventory *inventory, long long int now,
                      struct vm_actions *actions)
{
    if (now >= regular_deadline(policing)) {
        return false;
    }
    if (now >= policing->next_early) {
        vm_senders_sample_early(&policing->senders, &policing->meters, now);
        vm_grant_early(&policing->senders, inventory,
                       policing->reservable_pct);
        if (adjust(policing, now)) {
            vm_meters_add_meters(&policing->meters, actions);
        }
        policing->next_early = now + VM_DEMAND_MIN_INTERVAL;
    }
    return true;
}

long long int
vm_policing_deadline(const struct vm_policing *policing)
{
    return MIN(regular_deadline(policing), policing->next_early);
}

/* Returns true if an earlier slot than 'slot' has the same meter. */
static bool
is_counted(const struct vm_endpoint *endpoint, size_t slot)
{
    for (size_t i = 0; i < slot; i++) {
        if (nullable_string_is_equal(endpoint->slots[i]->meter,
                                     endpoint->slots[slot]->meter)) {
            return true;
        }
    }
    return false;
}

void
vm_policing_get_traffic(const struct vm_policing *policing,
                        const struct vm_endpoint *endpoint,
                        struct vm_traffic *traffic)
{
    *traffic = endpoint->traffic;
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        const char *name = endpoint->slots[i]->meter;
        const struct vm_meter *meter
            = (name && !is_counted(endpoint, i)
               ? vm_meters_find(&policing->meters, name) : NULL);

        if (meter) {
            vm_meter_add_unsampled(meter, traffic);
        }
    }
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
    if (!policing->meters.n_failed) {
        return;
    }

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

/* No meter is below the guarantees of its senders, and those of an endpoint do
 * not exceed its limit together. */
static void
check_senders(const struct vm_policing *policing, struct ds *differences)
{
    const struct vm_senders *senders = &policing->senders;
    const struct vm_endpoint *endpoint = NULL;
    uint64_t sum = 0;

    for (size_t i = 0; i < senders->n; i++) {
        const struct vm_sender *sender = senders->list[i];
        const struct vm_meter *meter = vm_sender_meter(sender,
                                                       &policing->meters);

        if (sender->slots[0]->meter
            && meter != vm_meters_find(&policing->meters,
                                       sender->slots[0]->meter)) {
            ds_put_format(differences, "%s: its meter is not %s\n",
                          sender->id, sender->slots[0]->meter);
        }
        sum = sender->endpoint == endpoint ? sum : 0;
        endpoint = sender->endpoint;
        if (!meter) {
            continue;
        }
        if (meter->rate < vm_sender_guarantee(sender)) {
            ds_put_format(differences, "meter %s: %"PRIu64" is below its "
                          "guarantee\n", meter->name, meter->rate);
        }
        sum += strcmp(meter->name, endpoint->id) ? meter->rate : 0;
        if (endpoint->policy.max_rate != VM_RATE_NONE
            && sum > endpoint->policy.max_rate) {
            ds_put_format(differences, "%s: meters of %"PRIu64" exceed its "
                          "limit\n", endpoint->id, sum);
        }
    }
}

void
vm_policing_check(const struct vm_policing *policing,
                  const struct vm_inventory *inventory, struct ds *differences)
{
    vm_grant_check(&policing->senders, inventory, differences);
    check_senders(policing, differences);
    check_meters(policing, inventory, differences);
}
