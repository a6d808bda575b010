/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-interface-count.h"

#include <limits.h>

#include "model/vm-inventory.h"
#include "model/vm-slot-load.h"
#include "util.h"

/* Returns the difference between two readings of a counter.  A counter that
 * has decreased was reset to 0. */
static uint64_t
count_since(uint64_t before, uint64_t now)
{
    return now >= before ? now - before : now;
}

bool
vm_interface_count(struct vm_inventory *inventory,
                   struct vm_interface *iface,
                   const struct vm_counters *counters, long long int now)
{
    const struct vm_counters *old = &iface->counters;
    struct vm_traffic *traffic = &iface->endpoint->traffic;
    uint64_t sent_packets = count_since(old->tx_packets,
                                        counters->tx_packets);
    uint64_t sent_bytes = count_since(old->tx_bytes, counters->tx_bytes);
    uint64_t lost_packets = count_since(old->dropped_packets,
                                        counters->dropped_packets);
    uint64_t lost_bytes = count_since(old->dropped_bytes,
                                      counters->dropped_bytes);

    vm_interface_wake_load(inventory, iface);
    traffic->offered_packets += sent_packets + lost_packets;
    traffic->offered_bytes += sent_bytes + lost_bytes;
    traffic->no_member_packets += lost_packets;
    traffic->no_member_bytes += lost_bytes;
    if (!iface->counted) {
        sent_bytes = 0;
    }
    if (iface->slot) {
        iface->slot->tx_bytes += sent_bytes;
    }

    struct vm_member *tx_member
        = vm_inventory_find_member(inventory, iface->tx_member);
    if (tx_member && !(iface->slot && iface->slot->meter)) {
        /* What a meter passes, vm-sender counts. */
        tx_member->slots_bytes += sent_bytes;
    }
    vm_interface_count_load(iface, sent_bytes, now);
    iface->counters = *counters;
    iface->counted = iface->slot || inventory->counted != LLONG_MIN;

    bool first = iface->silent && (sent_packets || lost_packets);
    iface->silent = iface->silent && !first;
    return first && iface->endpoint->policy.exclusive;
}

void
vm_inventory_counted(struct vm_inventory *inventory, long long int now)
{
    const struct shash_node *node;

    if (inventory->counted == LLONG_MIN) {
        /* That it had no slot yet, for want of a device, matters no more. */
        SHASH_FOR_EACH (node, &inventory->interfaces) {
            struct vm_interface *iface = node->data;

            iface->counted = true;
        }
    }
    inventory->counted = now;
}

void
vm_inventory_rest_load(const struct vm_inventory *inventory,
                       struct vm_interface *iface)
{
    long long int rested_at = inventory->rested_at;
    const struct vm_slot *slot = iface->grouped ? iface->slot : NULL;

    vm_interface_rest(iface, inventory->counted);
    if (slot && slot->at_rest && slot->load_metered
        && rested_at > iface->load.rate.when) {
        vm_interface_load_count(&iface->load, 0, rested_at);
    }
}

void
vm_inventory_rest_loads(struct vm_inventory *inventory)
{
    struct vm_interface *iface;

    LIST_FOR_EACH_SAFE (iface, restless_node, &inventory->restless) {
        vm_inventory_rest_load(inventory, iface);
        if (iface->counted && vm_interface_load_is_still(&iface->load)) {
            ovs_list_remove(&iface->restless_node);
            ovs_list_init(&iface->restless_node);
        }
    }
}

void
vm_interface_wake_load(struct vm_inventory *inventory,
                       struct vm_interface *iface)
{
    vm_inventory_rest_load(inventory, iface);
    if (ovs_list_is_empty(&iface->restless_node)) {
        ovs_list_push_back(&inventory->restless, &iface->restless_node);
    }
}
