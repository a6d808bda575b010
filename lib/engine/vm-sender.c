/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-sender.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-value.h"
#include "model/vm-slot-load.h"
#include "model/vm-slot.h"
#include "util.h"

void
vm_senders_init(struct vm_senders *senders)
{
    memset(senders, 0, sizeof *senders);
    shash_init(&senders->by_id);
}

static void
sender_destroy(struct vm_sender *sender)
{
    free(sender->id);
    free(sender->member_name);
    free(sender->slots);
    free(sender);
}

void
vm_senders_destroy(struct vm_senders *senders)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &senders->by_id) {
        sender_destroy(node->data);
    }
    shash_destroy(&senders->by_id);
    free(senders->list);
}

/* Regrouping. */

/* Appends the sender with that id and returns it.  It is taken from 'old' if
 * that has it, else it is new. */
static struct vm_sender *
append_sender(struct vm_senders *senders, struct shash *old, const char *id,
              long long int now)
{
    struct vm_sender *sender = shash_find_and_delete(old, id);

    if (!sender) {
        sender = xzalloc(sizeof *sender);
        sender->id = xstrdup(id);
        vm_demand_init(&sender->demand, now);
        sender->limited_at = now;
        sender->grant.rate = VM_RATE_NONE;
        sender->claimed = sender->part = VM_RATE_NONE;
        sender->in_force = VM_RATE_NONE;
        sender->policed_until = LLONG_MIN;
    }
    sender->n_slots = 0;
    shash_add_assert(&senders->by_id, id, sender);
    if (senders->n >= senders->allocated) {
        senders->list = x2nrealloc(senders->list, &senders->allocated,
                                   sizeof *senders->list);
    }
    senders->list[senders->n++] = sender;
    return sender;
}

static void
add_slot(struct vm_sender *sender, struct vm_slot *slot)
{
    if (sender->n_slots >= sender->allocated_slots) {
        sender->slots = x2nrealloc(sender->slots, &sender->allocated_slots,
                                   sizeof *sender->slots);
    }
    sender->slots[sender->n_slots++] = slot;
}

/* Puts 'sender' on 'member', where contention is yet to be judged if it was on
 * another one.  That one might be gone, and its memory another member's. */
static void
set_member(struct vm_sender *sender, struct vm_member *member)
{
    if (!nullable_string_is_equal(sender->member_name, member->name)) {
        free(sender->member_name);
        sender->member_name = xstrdup(member->name);
        sender->contention = VM_CONTENTION_NONE;
    }
    sender->member = member;
}

/* Groups the slots of 'endpoint' into senders. */
static void
group_endpoint(struct vm_senders *senders, struct shash *old,
               const struct vm_inventory *inventory,
               struct vm_endpoint *endpoint, long long int now)
{
    size_t first = senders->n;

    for (size_t i = 0; i < endpoint->n_slots; i++) {
        struct vm_slot *slot = endpoint->slots[i];
        struct vm_member *member
            = vm_inventory_find_member(inventory, slot->member);
        size_t j = first;

        if (!member) {
            continue;
        }
        while (j < senders->n && senders->list[j]->member != member) {
            j++;
        }
        if (j >= senders->n) {
            struct vm_sender *sender = append_sender(senders, old, slot->id,
                                                     now);

            sender->endpoint = endpoint;
            set_member(sender, member);
        }
        add_slot(senders->list[j], slot);
    }
}

void
vm_senders_regroup(struct vm_senders *senders,
                   const struct vm_inventory *inventory, long long int now)
{
    struct shash old = SHASH_INITIALIZER(&old);
    size_t n;
    struct vm_endpoint **endpoints = vm_inventory_endpoints(inventory, &n);
    struct shash_node *node;

    shash_swap(&old, &senders->by_id);
    senders->n = 0;
    for (size_t i = 0; i < n; i++) {
        group_endpoint(senders, &old, inventory, endpoints[i], now);
    }
    free(endpoints);

    SHASH_FOR_EACH (node, &old) {
        sender_destroy(node->data);
    }
    shash_destroy(&old);
}

void
vm_senders_update(struct vm_senders *senders,
                  const struct vm_inventory *inventory, long long int now)
{
    if (inventory->slots_changed || inventory->place.all) {
        vm_senders_regroup(senders, inventory, now);
    }
}

size_t
vm_senders_count(const struct vm_senders *senders, size_t first)
{
    size_t end = first + 1;

    while (end < senders->n
           && senders->list[end]->endpoint == senders->list[first]->endpoint) {
        end++;
    }
    return end - first;
}

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
    vm_meters_sample(meters, may_idle);
    for (size_t i = 0; i < senders->n; i++) {
        struct vm_sender *sender = senders->list[i];

        read_flows(sender, vm_sender_meter(sender, meters));
    }

    for (size_t i = 0; i < senders->n; i++) {
        struct vm_sender *sender = senders->list[i];
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

    for (size_t i = 0; i < senders->n; i++) {
        struct vm_meter *meter = vm_sender_meter(senders->list[i], meters);

        if (meter && meter->fresh) {
            finish_reading(senders->list[i], meter);
        }
    }
}

void
vm_senders_sample_early(struct vm_senders *senders, struct vm_meters *meters,
                        long long int now)
{
    for (size_t i = 0; i < senders->n; i++) {
        struct vm_sender *sender = senders->list[i];
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

bool
vm_sender_is_at_rest(const struct vm_sender *sender,
                     const struct vm_meters *meters, long long int now)
{
    const struct vm_endpoint *endpoint = sender->endpoint;
    const struct vm_meter *meter = vm_sender_meter(sender, meters);

    return (!sender->offered && !sender->assumed && !sender->n_assumed
            && vm_demand_is_at_rest(&sender->demand)
            && sender->contention == VM_CONTENTION_NONE
            && now >= sender->policed_until
            && now >= endpoint->split_until && !endpoint->limit_failed
            && (!meter || (meter->was_sampled && !meter->delta.packets)));
}

/* Counts nothing until 'at' for the loads that the meter of 'slot' counts. */
static void
rest_loads(const struct vm_slot *slot, long long int at)
{
    for (size_t i = 0; slot->load_metered && i < slot->n_interfaces; i++) {
        vm_interface_load_count(&slot->interfaces[i]->load, 0, at);
    }
}

void
vm_senders_rest(struct vm_senders *senders, long long int at)
{
    for (size_t i = 0; i < senders->n; i++) {
        struct vm_sender *sender = senders->list[i];

        vm_demand_rest(&sender->demand, at);
        sender->limited_at = MAX(sender->limited_at, at);
        for (size_t j = 0; j < sender->n_slots; j++) {
            rest_loads(sender->slots[j], at);
        }
    }
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
