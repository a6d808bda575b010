/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-meter.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/vm-action.h"
#include "model/vm-entity.h"
#include "util.h"

/* Rates that differ by no more than one part in SAME_PARTS are the same, or in
 * ADJUST_PARTS between rounds. */
#define SAME_PARTS 128
#define ADJUST_PARTS 8

void
vm_meters_init(struct vm_meters *meters)
{
    memset(meters, 0, sizeof *meters);
    shash_init(&meters->meters);
}

static void
meter_destroy(struct vm_meter *meter)
{
    free(meter->name);
    free(meter->failure);
    free(meter);
}

static void
clear_freed(struct vm_meters *meters)
{
    for (size_t i = 0; i < meters->n_freed; i++) {
        meter_destroy(meters->freed[i]);
    }
    meters->n_freed = 0;
}

void
vm_meters_destroy(struct vm_meters *meters)
{
    struct shash_node *node;

    clear_freed(meters);
    free(meters->freed);
    SHASH_FOR_EACH (node, &meters->meters) {
        meter_destroy(node->data);
    }
    shash_destroy(&meters->meters);
}

struct vm_meter *
vm_meters_find(const struct vm_meters *meters, const char *name)
{
    return shash_find_data(&meters->meters, name);
}

bool
vm_meter_in_force(const struct vm_meter *meter)
{
    return !meter->failure;
}

/* A round. */

static void
clear_failure(struct vm_meters *meters, struct vm_meter *meter)
{
    meters->n_failed -= meter->failure != NULL;
    free(meter->failure);
    meter->failure = NULL;
    meter->probed = LLONG_MAX;
}

/* If a probe has succeeded, clears all failures: all meters are requested. */
static void
end_probe(struct vm_meters *meters, long long int now)
{
    struct shash_node *node;
    bool works = false;

    SHASH_FOR_EACH (node, &meters->meters) {
        const struct vm_meter *meter = node->data;

        works = works || now >= meter->probed;
    }
    SHASH_FOR_EACH (node, &meters->meters) {
        if (works) {
            clear_failure(meters, node->data);
        }
    }
}

void
vm_meters_begin(struct vm_meters *meters, long long int now)
{
    struct shash_node *node;

    clear_freed(meters);
    if (meters->n_failed) {
        end_probe(meters, now);
    }
    SHASH_FOR_EACH (node, &meters->meters) {
        struct vm_meter *meter = node->data;

        meter->wanted = false;
    }
}

static bool
is_same(uint64_t rate, uint64_t requested, unsigned int parts)
{
    uint64_t difference = MAX(rate, requested) - MIN(rate, requested);

    return difference <= requested / parts && (rate || !requested);
}

struct vm_meter *
vm_meters_want(struct vm_meters *meters, const char *name, uint64_t rate,
               uint64_t burst, bool exact)
{
    struct vm_meter *meter = vm_meters_find(meters, name);

    if (!meter) {
        meter = xzalloc(sizeof *meter);
        meter->name = xstrdup(name);
        meter->probed = LLONG_MAX;
        shash_add_assert(&meters->meters, name, meter);
    }
    if (meter->requested && !exact
        && is_same(rate, meter->requested_rate, SAME_PARTS)) {
        rate = meter->requested_rate;
        burst = (burst / 2 > meter->requested_burst ? burst
                 : meter->requested_burst);
    }
    meter->wanted = true;
    meter->rate = rate;
    meter->burst = burst;
    return meter;
}

bool
vm_meter_adjust(struct vm_meter *meter, uint64_t rate, uint64_t burst,
                bool exact)
{
    if (exact ? rate == meter->rate
        : is_same(rate, meter->rate, ADJUST_PARTS)) {
        return false;
    }
    meter->rate = rate;
    meter->burst = burst;
    return true;
}

static int
compare_meters(const void *a_, const void *b_)
{
    const struct vm_meter *const *a = a_;
    const struct vm_meter *const *b = b_;

    return strcmp((*a)->name, (*b)->name);
}

/* Frees the meters that are not wanted any more.  Returns true if one of them
 * is in the datapath, which then has a meter to spare. */
static bool
free_unwanted(struct vm_meters *meters)
{
    struct shash_node *node;
    bool spare = false;

    SHASH_FOR_EACH_SAFE (node, &meters->meters) {
        struct vm_meter *meter = node->data;

        if (!meter->wanted) {
            shash_delete(&meters->meters, node);
            meters->n_failed -= meter->failure != NULL;
            if (meters->n_freed >= meters->allocated_freed) {
                meters->freed = x2nrealloc(meters->freed,
                                           &meters->allocated_freed,
                                           sizeof *meters->freed);
            }
            meters->freed[meters->n_freed++] = meter;
            spare = spare || (meter->requested && !meter->failure);
        }
    }
    if (meters->n_freed > 1) {
        qsort(meters->freed, meters->n_freed, sizeof *meters->freed,
              compare_meters);
    }
    return spare;
}

/* Schedules the next probe of the failed meters for 'when' or earlier. */
static void
retry_at(struct vm_meters *meters, long long int when)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &meters->meters) {
        struct vm_meter *meter = node->data;

        meter->retry = MIN(meter->retry, when);
    }
}

/* Begins to probe the first meter, by name, that is due. */
static void
begin_probe(struct vm_meters *meters, long long int now)
{
    struct vm_meter *first = NULL;
    struct shash_node *node;

    SHASH_FOR_EACH (node, &meters->meters) {
        struct vm_meter *meter = node->data;

        if (meter->probed != LLONG_MAX) {
            return;
        }
        if (meter->failure && now >= meter->retry
            && (!first || strcmp(meter->name, first->name) < 0)) {
            first = meter;
        }
    }
    if (first) {
        first->probed = now + VM_METER_PROBE;
    }
}

void
vm_meters_end(struct vm_meters *meters, long long int now)
{
    bool spare = free_unwanted(meters);

    if (meters->n_failed) {
        if (spare) {
            retry_at(meters, now + VM_METER_FREED);
        }
        begin_probe(meters, now);
    }
}

/* Actions. */

static void
request(struct vm_meter *meter, struct vm_actions *actions)
{
    if (!meter->requested) {
        memset(&meter->counters, 0, sizeof meter->counters);
        memset(&meter->sampled, 0, sizeof meter->sampled);
        meter->fresh = meter->was_sampled = meter->idle = false;
    }
    meter->made = meter->made || meter->requested;
    meter->requested = true;
    meter->requested_rate = meter->rate;
    meter->requested_burst = meter->burst;
    vm_actions_add_meter(actions, meter->name, meter->rate, meter->burst);
}

/* Returns those meters for which 'concerns' returns true, sorted by name.  The
 * caller must free the array. */
static struct vm_meter **
select_meters(const struct vm_meters *meters,
              bool (*concerns)(const struct vm_meter *), size_t *n)
{
    struct vm_meter **list = NULL;
    size_t allocated = 0;
    struct shash_node *node;

    *n = 0;
    SHASH_FOR_EACH (node, &meters->meters) {
        if (concerns(node->data)) {
            if (*n >= allocated) {
                list = x2nrealloc(list, &allocated, sizeof *list);
            }
            list[(*n)++] = node->data;
        }
    }
    if (*n > 1) {
        qsort(list, *n, sizeof *list, compare_meters);
    }
    return list;
}

static bool
is_to_be_requested(const struct vm_meter *meter)
{
    return ((!meter->failure || meter->probed != LLONG_MAX)
            && (!meter->requested || meter->requested_rate != meter->rate
                || meter->requested_burst != meter->burst));
}

void
vm_meters_add_meters(struct vm_meters *meters, struct vm_actions *actions)
{
    size_t n;
    struct vm_meter **list = select_meters(meters, is_to_be_requested, &n);

    for (size_t i = 0; i < n; i++) {
        request(list[i], actions);
    }
    free(list);
}

static bool
is_to_be_freed(const struct vm_meter *meter)
{
    return meter->to_be_freed;
}

/* Appends an UNMETER for 'meter' if it is in the datapath and has failed or is
 * 'gone', that is, not wanted any more. */
static void
release(struct vm_meter *meter, bool gone, struct vm_actions *actions)
{
    if (meter->to_be_freed || (gone && meter->requested)) {
        vm_actions_add_unmeter(actions, meter->name);
        meter->to_be_freed = meter->requested = meter->made = false;
    }
}

void
vm_meters_add_unmeters(struct vm_meters *meters, struct vm_actions *actions)
{
    size_t n;
    struct vm_meter **list = select_meters(meters, is_to_be_freed, &n);
    size_t i = 0;
    size_t j = 0;

    /* Both lists are sorted and have no name in common. */
    while (i < n || j < meters->n_freed) {
        if (j >= meters->n_freed
            || (i < n && compare_meters(&list[i], &meters->freed[j]) < 0)) {
            release(list[i++], false, actions);
        } else {
            release(meters->freed[j++], true, actions);
        }
    }
    free(list);
}

long long int
vm_meters_deadline(const struct vm_meters *meters)
{
    long long int deadline = LLONG_MAX;
    long long int probed = LLONG_MAX;
    struct shash_node *node;

    if (!meters->n_failed) {
        return LLONG_MAX;
    }
    SHASH_FOR_EACH (node, &meters->meters) {
        const struct vm_meter *meter = node->data;

        probed = MIN(probed, meter->probed);
        if (meter->failure) {
            deadline = MIN(deadline, meter->retry);
        }
    }
    return probed != LLONG_MAX ? probed : deadline;
}

/* Events. */

bool
vm_meters_failed(struct vm_meters *meters, const char *name, const char *why,
                 long long int now)
{
    struct vm_meter *meter = vm_meters_find(meters, name);
    struct shash_node *node;

    if (!meter) {
        return false;
    }
    clear_failure(meters, meter);
    meter->failure = xstrdup(why);
    meters->n_failed++;
    meter->to_be_freed = meter->to_be_freed || meter->made;
    meter->requested = meter->made = false;
    SHASH_FOR_EACH (node, &meters->meters) {
        struct vm_meter *other = node->data;

        if (other->failure) {
            other->retry = now + VM_METER_RETRY;
        }
    }
    return true;
}

bool
vm_meters_count(struct vm_meters *meters, const char *name,
                const struct vm_meter_counters *counters)
{
    struct vm_meter *meter = vm_meters_find(meters, name);

    if (!meter) {
        return false;
    }
    if (counters->packets < meter->counters.packets
        || counters->bytes < meter->counters.bytes
        || counters->dropped_packets < meter->counters.dropped_packets
        || counters->dropped_bytes < meter->counters.dropped_bytes) {
        memset(&meter->sampled, 0, sizeof meter->sampled);
    }
    meter->idle = (meter->idle
                   && counters->packets == meter->counters.packets);
    meter->counters = *counters;
    meter->fresh = true;
    return true;
}

void
vm_meter_sample(struct vm_meter *meter)
{
    const struct vm_meter_counters *now = &meter->counters;
    const struct vm_meter_counters *before = &meter->sampled;

    meter->delta.packets = now->packets - before->packets;
    meter->delta.bytes = now->bytes - before->bytes;
    meter->delta.dropped_packets
        = now->dropped_packets - before->dropped_packets;
    meter->delta.dropped_bytes
        = MIN(now->dropped_bytes - before->dropped_bytes, meter->delta.bytes);
    meter->sampled = meter->counters;
    meter->n_users = 0;
    meter->offered = 0;
}

void
vm_meters_sample(struct vm_meters *meters, bool may_idle)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &meters->meters) {
        struct vm_meter *meter = node->data;

        meter->fresh = meter->fresh || meter->idle;
        vm_meter_sample(meter);
        meter->idle = (may_idle && meter->fresh && meter->was_sampled
                       && !meter->delta.packets);
    }
}

static void
add_drops(const struct vm_meter *meter, uint64_t packets, uint64_t bytes,
          struct vm_traffic *traffic)
{
    if (meter->by_share) {
        traffic->share_packets += packets;
        traffic->share_bytes += bytes;
    } else {
        traffic->limit_packets += packets;
        traffic->limit_bytes += bytes;
    }
}

void
vm_meter_add_drops(const struct vm_meter *meter, struct vm_traffic *traffic)
{
    add_drops(meter, meter->delta.dropped_packets, meter->delta.dropped_bytes,
              traffic);
}

void
vm_meter_add_unsampled(const struct vm_meter *meter,
                       struct vm_traffic *traffic)
{
    const struct vm_meter_counters *now = &meter->counters;
    const struct vm_meter_counters *before = &meter->sampled;

    add_drops(meter, now->dropped_packets - before->dropped_packets,
              now->dropped_bytes - before->dropped_bytes, traffic);
}

bool
vm_meter_is_sampled_early(const struct vm_meter *meter)
{
    return meter->early && meter->was_sampled;
}
