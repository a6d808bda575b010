/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-limited.h"

#include "engine/vm-meter.h"
#include "engine/vm-sender.h"
#include "model/vm-interface-count.h"
#include "model/vm-slot-load.h"
#include "util.h"

bool
vm_limited_has_failed(const struct vm_endpoint *endpoint,
                      const struct vm_meter *meter)
{
    return (!vm_meter_in_force(meter)
            || (endpoint->limit_failed && !meter->was_sampled));
}

/* Returns how many bytes the limit of 'sender' lets pass since its last
 * sample. */
static uint64_t
bytes_of_limit(const struct vm_sender *sender, long long int now)
{
    uint64_t limit = vm_rate_cap(sender->endpoint->policy.max_rate);
    long long int ms = MAX(now - sender->limited_at, 0);

    return limit / 8000 * MIN(ms, INT16_MAX);
}

/* Returns what passed the limit of 'sender' in the last sample, bytes. */
static uint64_t
count_passed(const struct vm_sender *sender, const struct vm_meter *meter,
             long long int now)
{
    uint64_t all = sender->passed + sender->dropped;

    return (meter->by_share
            ? MAX(sender->passed, MIN(all, bytes_of_limit(sender, now)))
            : sender->passed);
}

/* Returns the sum of the rates at which the interfaces of 'sender' offer.  All
 * were read at 'counted'. */
static uint64_t
add_up_offers(const struct vm_sender *sender, size_t *n_interfaces,
              long long int counted, long long int now)
{
    uint64_t sum = 0;

    *n_interfaces = 0;
    for (size_t i = 0; i < sender->n_slots; i++) {
        const struct vm_slot *slot = sender->slots[i];

        for (size_t j = 0; j < slot->n_interfaces; j++) {
            vm_interface_rest(slot->interfaces[j], counted);
            sum += vm_interface_offered(&slot->interfaces[j]->load, now);
        }
        *n_interfaces += slot->n_interfaces;
    }
    return sum;
}

/* Divides 'bytes' among the interfaces of 'sender'.  The last one with an
 * offer has what rounding leaves. */
static void
divide(struct vm_inventory *inventory, const struct vm_sender *sender,
       uint64_t bytes, long long int now)
{
    size_t n;
    uint64_t offers = add_up_offers(sender, &n, inventory->counted, now);

    for (size_t i = 0; i < sender->n_slots; i++) {
        const struct vm_slot *slot = sender->slots[i];

        for (size_t j = 0; j < slot->n_interfaces; j++) {
            struct vm_interface *iface = slot->interfaces[j];
            struct vm_interface_load *load = &iface->load;
            uint64_t offer = vm_interface_offered(load, now);
            uint64_t part = (offers ? vm_take_part(bytes, offer, offers)
                             : bytes / n);

            vm_interface_wake_load(inventory, iface);
            vm_interface_load_count(load, part, now);
            bytes -= part;
            offers -= offers ? offer : 0;
            n--;
        }
    }
}

/* Notes whether the loads of the slots of 'sender' are counted by its meter.
 * Returns true if they were so before as well, so that the flows have not
 * counted them in the last sample. */
static bool
note_metered(struct vm_inventory *inventory, const struct vm_sender *sender,
             bool metered)
{
    bool was_metered = true;

    for (size_t i = 0; i < sender->n_slots; i++) {
        struct vm_slot *slot = sender->slots[i];

        for (size_t j = 0; metered && !slot->load_metered
             && j < slot->n_interfaces; j++) {
            vm_interface_wake_load(inventory, slot->interfaces[j]);
        }
        was_metered = was_metered && slot->load_metered;
        slot->load_metered = metered;
    }
    return metered && was_metered;
}

void
vm_limited_count(const struct vm_senders *senders,
                 const struct vm_meters *meters,
                 struct vm_inventory *inventory, long long int now)
{
    for (size_t i = 0; i < senders->n_awake; i++) {
        struct vm_sender *sender = senders->awake[i];
        const struct vm_meter *meter = vm_sender_meter(sender, meters);
        bool limited = sender->endpoint->policy.max_rate != VM_RATE_NONE;

        if (note_metered(inventory, sender,
                         limited && meter && sender->measured)) {
            divide(inventory, sender, count_passed(sender, meter, now), now);
        }
        sender->passed = sender->dropped = 0;
        sender->measured = false;
        sender->limited_at = now;
    }
}
