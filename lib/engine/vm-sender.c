/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-sender.h"

#include <limits.h>

#include "base/vm-sorted.h"
#include "base/vm-value.h"
#include "engine/vm-meter-count.h"
#include "model/vm-slot.h"
#include "util.h"

/* Sampling. */

/* Reads the counters of the flows of 'sender', and adds it to the users of
 * 'meter'. */
static void
read_flows(struct vm_sender *sender, struct vm_meter *meter)
{
    sender->offered = 0;
    for (size_t i = 0; i < sender->n_slots; i++) {
        struct vm_slot *slot = sender->slots[i];

        sender->offered += slot->tx_bytes - slot->sampled_bytes;
        slot->sampled_bytes = slot->tx_bytes;
    }
    if (meter) {
        meter->n_users++;
        meter->offered += sender->offered;
    }
}

/* Returns the part of 'bytes' that is in proportion to 'part' of 'whole', or
 * one of 'n' equal parts if 'whole' is 0. */
static uint64_t
divide(uint64_t bytes, uint64_t part, uint64_t whole, size_t n)
{
    return (n < 2 ? bytes : whole ? vm_take_part(bytes, part, whole)
            : bytes / n);
}

/* Counts what 'sender' passed over its member. */
static void
count_passed(struct vm_sender *sender, uint64_t passed)
{
    sender->passed += passed;
    sender->member->slots_bytes += passed;
}

/* Samples 'sender', which is behind 'meter', whose counters were read. */
static void
sample_metered(struct vm_sender *sender, const struct vm_meter *meter,
               long long int now)
{
    uint64_t dropped = divide(meter->delta.dropped_bytes, sender->offered,
                              meter->offered, meter->n_users);
    uint64_t passed = divide(meter->delta.bytes - meter->delta.dropped_bytes,
                             sender->offered, meter->offered, meter->n_users);

    if (!meter->was_sampled && sender->offered > dropped) {
        /* It is new: some flows did not pass it until they were
         * revalidated. */
        passed = MAX(passed, sender->offered - dropped);
    }
    passed -= MIN(passed, sender->assumed);
    count_passed(sender, passed);
    sender->dropped += dropped;
    sender->measured = true;
    vm_demand_update(&sender->demand, passed,
                     dropped / (sender->n_assumed + 1), sender->in_force, now);
    sender->assumed = sender->n_assumed = 0;
}

/* Returns how many bytes 'rate' lets pass in 'ms'. */
static uint64_t
to_bytes(uint64_t rate, long long int ms)
{
    return rate / 8000 * ms + rate % 8000 * ms / 8000;
}

/* Samples 'sender', whose 'meter' could not be read: it passed what its flows
 * sent, up to its rate. */
static void
sample_unread(struct vm_sender *sender, const struct vm_meter *meter,
              long long int now)
{
    long long int ms = MAX(now - sender->demand.counted, 0);
    uint64_t sent = sender->offered - MIN(sender->offered, sender->early);
    uint64_t passed = MIN(sent, divide(to_bytes(meter->rate, ms),
                                       sender->offered, meter->offered,
                                       meter->n_users));

    count_passed(sender, passed);
    vm_demand_update(&sender->demand, passed, 0, sender->in_force, now);
    sender->assumed += passed;
    sender->n_assumed++;
}

static void
sample_unmetered(struct vm_sender *sender, long long int now)
{
    vm_demand_update(&sender->demand, sender->offered, 0, VM_RATE_NONE, now);
    sender->assumed = sender->n_assumed = 0;
}

/* Notes that the reading of 'meter', which 'sender' is behind, was used. */
static void
finish_reading(const struct vm_sender *sender, struct vm_meter *meter)
{
    vm_meter_add_drops(meter, &sender->endpoint->traffic);
    meter->fresh = false;
    meter->was_sampled = true;
}

void
vm_senders_sample(struct vm_senders *senders, struct vm_meters *meters,
                  bool may_idle, long long int now)
{
    struct vm_meter *last = NULL;

    for (size_t i = 0; i < senders->n_awake; i++) {
        struct vm_sender *sender = senders->awake[i];
        struct vm_meter *meter = vm_sender_meter(sender, meters);

        /* Those behind one meter follow each other. */
        if (meter && meter != last) {
            vm_meter_sample_regularly(meter, may_idle);
            last = meter;
        }
        read_flows(sender, meter);
    }

    for (size_t i = 0; i < senders->n_awake; i++) {
        struct vm_sender *sender = senders->awake[i];
        const struct vm_meter *meter = vm_sender_meter(sender, meters);

        if (!meter) {
            sample_unmetered(sender, now);
        } else if (meter->fresh) {
            sample_metered(sender, meter, now);
        } else {
            sample_unread(sender, meter, now);
        }
        sender->early = 0;
    }

    for (size_t i = 0; i < senders->n_awake; i++) {
        struct vm_meter *meter = vm_sender_meter(senders->awake[i], meters);

        if (meter && meter->fresh) {
            finish_reading(senders->awake[i], meter);
        }
    }
    senders->rested_at = now;
}

void
vm_senders_sample_early(struct vm_senders *senders, struct vm_meters *meters,
                        long long int now)
{
    for (size_t i = 0; i < senders->n_awake; i++) {
        struct vm_sender *sender = senders->awake[i];
        struct vm_meter *meter = vm_sender_meter(sender, meters);

        if (meter && vm_meter_is_sampled_early(meter) && meter->fresh
            && !sender->n_assumed) {
            uint64_t passed;

            vm_meter_sample(meter);
            passed = meter->delta.bytes - meter->delta.dropped_bytes;
            count_passed(sender, passed);
            sender->dropped += meter->delta.dropped_bytes;
            vm_demand_update_early(&sender->demand, passed,
                                   meter->delta.dropped_bytes,
                                   sender->in_force, now);
            sender->early += meter->delta.bytes;
            finish_reading(sender, meter);
        }
    }
}

/* Returns true if vm-limited has begun to count the loads of 'sender', if it
 * is to count them: what it sends while it rests is then counted from that
 * time on.  Before, there would be no time from which on it sent nothing. */
static bool
has_begun(const struct vm_sender *sender, const struct vm_meter *meter)
{
    if (!meter || sender->endpoint->policy.max_rate == VM_RATE_NONE) {
        return true;
    }
    for (size_t i = 0; i < sender->n_slots; i++) {
        const struct vm_slot *slot = sender->slots[i];

        for (size_t j = 0; j < slot->n_interfaces; j++) {
            if (!slot->load_metered
                || slot->interfaces[j]->load.rate.when == LLONG_MIN) {
                return false;
            }
        }
    }
    return true;
}

bool
vm_sender_may_rest(const struct vm_sender *sender,
                   const struct vm_meters *meters, long long int now)
{
    const struct vm_endpoint *endpoint = sender->endpoint;
    const struct vm_meter *meter = vm_sender_meter(sender, meters);

    for (size_t i = 0; i < sender->n_slots; i++) {
        if (sender->slots[i]->tx_bytes != sender->slots[i]->sampled_bytes) {
            return false;
        }
    }
    return (!sender->offered && !sender->assumed && !sender->n_assumed
            && vm_demand_is_at_rest(&sender->demand)
            && sender->contention == VM_CONTENTION_NONE
            && now >= sender->policed_until
            && now >= endpoint->split_until && !endpoint->limit_failed
            && (!meter || (meter->was_sampled && !meter->delta.packets))
            && has_begun(sender, meter));
}

/* Look-up. */

static const char *
get_endpoint_id(const void *senders, size_t i)
{
    struct vm_sender *const *list = senders;

    return list[i]->endpoint->id;
}

size_t
vm_senders_first(const struct vm_senders *senders, const char *endpoint)
{
    return vm_sorted_place(senders->list, senders->n, get_endpoint_id,
                           endpoint);
}

size_t
vm_senders_count(struct vm_sender *const *list, size_t n, size_t first)
{
    size_t end = first + 1;

    while (end < n && list[end]->endpoint == list[first]->endpoint) {
        end++;
    }
    return end - first;
}

struct vm_meter *
vm_sender_meter(const struct vm_sender *sender, const struct vm_meters *meters)
{
    const char *name = sender->slots[0]->meter;

    return (!name ? NULL
            : sender->meter ? sender->meter
            : vm_meters_find(meters, name));
}

bool
vm_sender_is_contended(const struct vm_sender *sender)
{
    return sender->contention >= VM_CONTENTION_NEAR;
}

uint64_t
vm_sender_guarantee(const struct vm_sender *sender)
{
    uint64_t guarantee = 0;

    for (size_t i = 0; i < sender->n_slots; i++) {
        const struct vm_slot *slot = sender->slots[i];

        guarantee += slot->guarantee_unmet ? 0 : vm_slot_guarantee(slot);
    }
    return guarantee;
}
