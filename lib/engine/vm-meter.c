/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-meter.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/vm-action.h"
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
    vm_changes_init(&meters->remetered);
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
    free(meters->unwanted);
    SHASH_FOR_EACH_SAFE (node, &meters->meters) {
        struct vm_meter *meter = node->data;

        shash_steal(&meters->meters, node);
        meter_destroy(meter);
    }
    shash_destroy(&meters->meters);
    vm_changes_destroy(&meters->remetered);
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
    meters->any_to_request = true;
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
    clear_freed(meters);
    if (meters->n_failed) {
        end_probe(meters, now);
    }
}

void
vm_meters_unwant(struct vm_meters *meters, struct vm_meter *meter)
{
    meter->wanted = false;
    if (!meter->unwanted) {
        meter->unwanted = true;
        if (meters->n_unwanted >= meters->allocated_unwanted) {
            meters->unwanted = x2nrealloc(meters->unwanted,
                                          &meters->allocated_unwanted,
                                          sizeof *meters->unwanted);
        }
        meters->unwanted[meters->n_unwanted++] = meter;
    }
}

void
vm_meters_unwant_all(struct vm_meters *meters)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &meters->meters) {
        vm_meters_unwant(meters, node->data);
    }
}

static bool
is_to_be_requested(const struct vm_meter *meter)
{
    return ((!meter->failure || meter->probed != LLONG_MAX)
            && (!meter->requested || meter->requested_rate != meter->rate
                || meter->requested_burst != meter->burst));
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
        shash_add_nocopy(&meters->meters, meter->name, meter);
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
    meters->any_to_request |= is_to_be_requested(meter);
    return meter;
}

bool
vm_meters_adjust(struct vm_meters *meters, struct vm_meter *meter,
                 uint64_t rate, uint64_t burst, bool exact)
{
    if (exact ? rate == meter->rate
        : is_same(rate, meter->rate, ADJUST_PARTS)) {
        return false;
    }
    meter->rate = rate;
    meter->burst = burst;
    meters->any_to_request = true;
    return true;
}

static int
compare_meters(const void *a_, const void *b_)
{
    const struct vm_meter *const *a = a_;
    const struct vm_meter *const *b = b_;

    return strcmp((*a)->name, (*b)->name);
}

/* Takes 'meter' out of the datapath with the next actions. */
static void
append_freed(struct vm_meters *meters, struct vm_meter *meter)
{
    shash_steal(&meters->meters, shash_find(&meters->meters, meter->name));
    meters->n_failed -= meter->failure != NULL;
    if (meters->n_freed >= meters->allocated_freed) {
        meters->freed = x2nrealloc(meters->freed, &meters->allocated_freed,
                                   sizeof *meters->freed);
    }
    meters->freed[meters->n_freed++] = meter;
}

/* Frees the meters that are not wanted any more.  Returns true if one of them
 * is in the datapath, which then has a meter to spare. */
static bool
free_unwanted(struct vm_meters *meters)
{
    bool spare = false;

    for (size_t i = 0; i < meters->n_unwanted; i++) {
        struct vm_meter *meter = meters->unwanted[i];

        meter->unwanted = false;
        if (!meter->wanted) {
            append_freed(meters, meter);
            spare = spare || (meter->requested && !meter->failure);
        }
    }
    meters->n_unwanted = 0;
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
        meters->any_to_request = true;
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
    meter->to_be_freed = false; /* It is made anew under its name. */
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

void
vm_meters_add_meters(struct vm_meters *meters, struct vm_actions *actions)
{
    struct vm_meter **list;
    size_t n;

    if (!meters->any_to_request) {
        return;
    }
    meters->any_to_request = false;
    list = select_meters(meters, is_to_be_requested, &n);
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
    struct vm_meter **list = NULL;
    size_t n = 0;
    size_t i = 0;
    size_t j = 0;

    if (meters->any_to_free) {
        meters->any_to_free = false;
        list = select_meters(meters, is_to_be_freed, &n);
    }

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
    meters->any_to_free |= meter->to_be_freed;
    meter->requested = meter->made = false;
    meter->was_sampled = meter->idle = meter->fresh = false;
    SHASH_FOR_EACH (node, &meters->meters) {
        struct vm_meter *other = node->data;

        if (other->failure) {
            other->retry = now + VM_METER_RETRY;
        }
    }
    return true;
}
