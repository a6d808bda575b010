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
#include "engine/vm-meter-count.h"
#include "engine/vm-metering.h"
#include "engine/vm-sender-list.h"
#include "engine/vm-sender-rest.h"
#include "model/vm-endpoint-list.h"
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
    if (iface->slot) {
        vm_senders_note_traffic(&policing->senders, iface->slot);
    }
    meter = name ? vm_meters_find(&policing->meters, name) : NULL;
    if (meter) {
        meter->idle = false;
    }
}

void
vm_policing_wake(struct vm_policing *policing, long long int now)
{
    struct vm_pace *pace = &policing->pace;

    if (pace->quiet) {
        vm_senders_rested(&policing->senders, pace->quiet_at);
        if (pace->news) {
            vm_pace_wake(pace, now);
        }
    }
}

void
vm_policing_sample(struct vm_policing *policing,
                   struct vm_inventory *inventory,
                   const struct vm_bond_config *config, long long int now)
{
    vm_senders_update(&policing->senders, &policing->meters, inventory, now);
    vm_senders_sample(&policing->senders, &policing->meters,
                      policing->pace.counted != LLONG_MIN, now);
    vm_limited_count(&policing->senders, &policing->meters,
                     inventory, now);
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

/* Updates whether 'endpoint', which has 'n' senders, counts as limited at
 * 'now'. */
static void
update_limited(struct vm_inventory *inventory, struct vm_endpoint *endpoint,
               size_t n, long long int now)
{
    bool limited;

    if (endpoint->policed != VM_POLICED_NOT) {
        endpoint->limited_until = now + VM_POLICING_HOLD;
    }
    limited = n && now < endpoint->limited_until;
    if (limited != endpoint->limited) {
        endpoint->limited = limited;
        vm_endpoint_note_news(endpoint, &inventory->news);
    }
}

/* Returns true if a meter has failed, so that all are to be considered. */
static bool
is_failing(const struct vm_policing *policing)
{
    return policing->meters.n_failed > 0;
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
 * when everything is decided, is postponed: it would decide again at once. */
static void
plan_sample(struct vm_policing *policing, const struct vm_bond_config *config,
            long long int now)
{
    const struct vm_senders *senders = &policing->senders;
    struct vm_pace *pace = &policing->pace;
    bool needed = !shash_is_empty(&policing->meters.meters);
    long long int early = now + VM_DEMAND_MIN_INTERVAL;

    for (size_t i = 0; i < senders->n && !needed; i++) {
        needed = !vm_endpoint_is_host(senders->list[i]->endpoint);
    }
    pace->quiet = pace->quiet && !senders->n_awake && !is_failing(policing);
    vm_pace_plan(pace, needed, config->rate_ms, now);
    policing->next_early
        = (!any_is_contended(senders->awake, senders->n_awake) ? LLONG_MAX
           : policing->next_early > now ? MIN(policing->next_early, early)
           : early);
}

/* Wakes the senders that what has changed concerns.  Returns true if that are
 * all. */
static bool
wake(struct vm_policing *policing, const struct vm_inventory *inventory,
     long long int now)
{
    bool all = (inventory->place.all || policing->dirty
                || is_failing(policing));

    vm_senders_update(&policing->senders, &policing->meters, inventory, now);
    if (all) {
        vm_senders_wake_all(&policing->senders);
    }
    return all;
}

static void
police(struct vm_policing *policing, struct vm_inventory *inventory,
       struct vm_endpoint *endpoint, struct vm_sender **senders, size_t n,
       long long int now)
{
    vm_metering_police(&policing->meters, endpoint, senders, n, now);
    update_policed(policing, endpoint, senders, n);
    update_limited(inventory, endpoint, n, now);
}

/* Polices the endpoints whose senders are awake. */
static void
police_awake(struct vm_policing *policing, struct vm_inventory *inventory,
             long long int now)
{
    const struct vm_senders *senders = &policing->senders;
    size_t n;

    for (size_t i = 0; i < senders->n_awake; i += n) {
        struct vm_sender **own = senders->awake + i;

        n = vm_senders_count(senders->awake, senders->n_awake, i);
        police(policing, inventory, own[0]->endpoint, own, n, now);
    }
}

/* Polices the endpoints without a sender, as far as they have changed or
 * 'all' have, and those that are gone. */
static void
police_others(struct vm_policing *policing,
              struct vm_inventory *inventory, bool all, long long int now)
{
    const struct vm_changes every = { .all = true };
    const struct vm_changes *changes = all ? &every : &inventory->place;
    struct vm_meters *meters = &policing->meters;
    size_t n;
    struct vm_endpoint **endpoints
        = vm_endpoint_list_changed(inventory, changes, &n);
    const char *id;

    for (size_t i = 0; i < n; i++) {
        if (!vm_senders_exist(inventory, endpoints[i])) {
            police(policing, inventory, endpoints[i], NULL, 0, now);
        }
    }
    free(endpoints);
    SSET_FOR_EACH (id, &inventory->place.ids) {
        struct vm_meter *meter = vm_meters_find(meters, id);

        if (meter && !shash_find(&inventory->endpoints, id)) {
            vm_meters_unwant(meters, meter);
        }
    }
}

void
vm_policing_decide(struct vm_policing *policing,
                   struct vm_inventory *inventory,
                   const struct vm_bond_config *config, long long int now)
{
    struct vm_senders *senders = &policing->senders;
    struct vm_pace *pace = &policing->pace;
    bool sampled = policing->sampled;
    bool all = wake(policing, inventory, now);

    policing->reservable_pct = config->reservable_pct;
    vm_grant_all(senders, inventory, config->reservable_pct, sampled);
    policing->sampled = policing->dirty = false;

    vm_meters_begin(&policing->meters, now);
    if (all) {
        vm_meters_unwant_all(&policing->meters);
    }
    police_awake(policing, inventory, now);
    police_others(policing, inventory, all, now);
    vm_meters_end(&policing->meters, now);

    vm_senders_settle(senders, &policing->meters,
                      sampled && pace->counted == now, now);
    plan_sample(policing, config, now);
    if (sampled && vm_pace_may_rest(pace, now) && !senders->n_awake
        && !is_failing(policing)) {
        vm_pace_rest(pace, now);
    }
}

/* Adjusts the rates of meters to an early sample.  Returns true if one has
 * changed. */
static bool
adjust(struct vm_policing *policing, struct vm_inventory *inventory,
       long long int now)
{
    const struct vm_senders *senders = &policing->senders;
    bool changed = false;
    size_t n;

    for (size_t i = 0; i < senders->n_awake; i += n) {
        struct vm_sender **own = senders->awake + i;
        struct vm_endpoint *endpoint = own[0]->endpoint;

        n = vm_senders_count(senders->awake, senders->n_awake, i);
        if (any_is_contended(own, n)) {
            changed |= vm_metering_adjust(&policing->meters, endpoint, own, n,
                                          now);
            update_policed(policing, endpoint, own, n);
            update_limited(inventory, endpoint, n, now);
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
                      struct vm_inventory *inventory, long long int now,
                      struct vm_actions *actions)
{
    if (now >= regular_deadline(policing)) {
        return false;
    }
    if (now >= policing->next_early) {
        vm_senders_sample_early(&policing->senders, &policing->meters, now);
        vm_grant_early(&policing->senders, inventory,
                       policing->reservable_pct);
        if (adjust(policing, inventory, now)) {
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

/* Problems. */

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
