/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-sender.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

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
            = slot->member ? vm_inventory_find_member(inventory, slot->member)
                           : NULL;
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
            sender->member = member;
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

/* Sampling. */

/* Returns the meter that polices 'sender', or null. */
static struct vm_meter *
find_meter(const struct vm_sender *sender, const struct vm_meters *meters)
{
    const char *name = sender->slots[0]->meter;

    return name ? vm_meters_find(meters, name) : NULL;
}

/* Reads the counters of the flows of 'sender', and adds it to the users of
 * 'meter'. */
static void
read_flows(struct vm_sender *sender, struct vm_meter *meter)
{
    sender->offered = sender->dropped = 0;
    sender->measured = false;
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
    if (n < 2) {
        return bytes;
    } else if (!whole) {
        return bytes / n;
    }
    while (whole >> 20) {
        whole >>= 1;
        part >>= 1;
    }
    return bytes / whole * part + bytes % whole * part / whole;
}

/* Samples 'sender', which is behind 'meter', whose counters were read. */
static void
sample_metered(struct vm_sender *sender, const struct vm_meter *meter,
               long long int now)
{
    uint64_t dropped = divide(meter->delta.dropped_bytes, sender->offered,
                              meter->offered, meter->n_users);

    sender->passed = divide(meter->delta.bytes - meter->delta.dropped_bytes,
                            sender->offered, meter->offered, meter->n_users);
    if (!meter->was_sampled && sender->offered > dropped) {
        /* It is new: some flows did not pass it until they were
         * revalidated. */
        sender->passed = MAX(sender->passed, sender->offered - dropped);
    }
    sender->dropped = dropped;
    sender->measured = true;
    sender->member->slots_bytes += sender->passed;
    vm_demand_update(&sender->demand, sender->passed, dropped,
                     sender->in_force, now);
}

static void
count_drops(struct vm_endpoint *endpoint, const struct vm_meter *meter)
{
    struct vm_traffic *traffic = &endpoint->traffic;

    if (meter->by_share) {
        traffic->share_packets += meter->delta.dropped_packets;
        traffic->share_bytes += meter->delta.dropped_bytes;
    } else {
        traffic->limit_packets += meter->delta.dropped_packets;
        traffic->limit_bytes += meter->delta.dropped_bytes;
    }
}

void
vm_senders_sample(struct vm_senders *senders, struct vm_meters *meters,
                  long long int now)
{
    vm_meters_sample(meters);
    for (size_t i = 0; i < senders->n; i++) {
        read_flows(senders->list[i], find_meter(senders->list[i], meters));
    }

    for (size_t i = 0; i < senders->n; i++) {
        struct vm_sender *sender = senders->list[i];
        const struct vm_meter *meter = find_meter(sender, meters);

        if (meter && meter->fresh) {
            sample_metered(sender, meter, now);
        } else if (!meter) {
            sender->passed = sender->offered;
            vm_demand_update(&sender->demand, sender->passed, 0,
                             VM_RATE_NONE, now);
        } else {
            /* The meter was not read: nothing is known. */
            sender->passed = 0;
        }
    }

    for (size_t i = 0; i < senders->n; i++) {
        struct vm_meter *meter = find_meter(senders->list[i], meters);

        if (meter && meter->fresh) {
            count_drops(senders->list[i]->endpoint, meter);
            meter->fresh = false;
            meter->was_sampled = true;
        }
    }
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
