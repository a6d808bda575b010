/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-drops.h"

#include <string.h>

#include "engine/vm-engine.h"
#include "engine/vm-policing.h"
#include "sset.h"
#include "util.h"
#include "vm-aware-account.h"

/* Stores the vNICs of 'endpoint' in 'sharers', whose number it returns.
 * Updates what they have sent. */
static size_t
collect_sharers(const struct vm_endpoint *endpoint,
                const struct shash *accounts, struct vm_drop_sharer *sharers)
{
    size_t n = 0;

    for (size_t i = 0; i < endpoint->n_interfaces; i++) {
        struct vm_aware_account *account
            = shash_find_data(accounts, endpoint->interfaces[i]->name);

        if (account) {
            struct vm_aware_part *part = vm_aware_account_part(account);
            struct vm_counters counters;

            vm_aware_account_read(account, &counters);
            sharers[n++] = (struct vm_drop_sharer) {
                .drops = &part->drops,
                .offered = counters.tx_bytes - part->sent_bytes,
                .total = counters.tx_bytes,
            };
            part->sent_packets = counters.tx_packets;
            part->sent_bytes = counters.tx_bytes;
        }
    }
    return n;
}

/* Returns what was divided for the VM with that id.  If it is not known, it is
 * known from now on, unless there is nothing to divide: then it is null. */
static struct vm_divided_drops *
find_divided(struct shash *divided, const char *id,
             const struct vm_drops *drops)
{
    struct vm_divided_drops *known = shash_find_data(divided, id);

    if (!known && (drops->limit_packets || drops->limit_bytes
                   || drops->share_packets || drops->share_bytes)) {
        known = xzalloc(sizeof *known);
        shash_add(divided, id, known);
    }
    return known;
}

static void
divide_among_interfaces(const struct vm_engine *engine,
                        const struct vm_endpoint *endpoint,
                        struct shash *divided, const struct shash *accounts)
{
    struct vm_drop_sharer *sharers = xmalloc((endpoint->n_interfaces + 1)
                                             * sizeof *sharers);
    size_t n = collect_sharers(endpoint, accounts, sharers);
    struct vm_traffic traffic;

    vm_policing_get_traffic(vm_engine_policing(engine), endpoint, &traffic);

    const struct vm_drops drops = {
        .limit_packets = traffic.limit_packets,
        .limit_bytes = traffic.limit_bytes,
        .share_packets = traffic.share_packets,
        .share_bytes = traffic.share_bytes,
    };
    struct vm_divided_drops *known = find_divided(divided, endpoint->id,
                                                  &drops);
    if (known) {
        vm_drops_divide(known, &drops, sharers, n);
    }
    free(sharers);
}

void
vm_aware_drops_forget(const struct vm_engine *engine, struct shash *divided)
{
    const struct vm_inventory *inventory = vm_engine_inventory(engine);
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, divided) {
        if (!shash_find(&inventory->endpoints, node->name)) {
            free(node->data);
            shash_delete(divided, node);
        }
    }
}

void
vm_aware_drops_divide(const struct vm_engine *engine,
                      const struct sset *senders, struct shash *divided,
                      const struct shash *accounts)
{
    const struct vm_inventory *inventory = vm_engine_inventory(engine);
    struct sset ids = SSET_INITIALIZER(&ids);
    const char *name, *id;

    SSET_FOR_EACH (name, senders) {
        const struct vm_interface *iface
            = vm_inventory_find_interface(inventory, name);

        if (iface) {
            sset_add(&ids, vm_interface_endpoint_id(iface));
        }
    }
    SSET_FOR_EACH (id, &ids) {
        const struct vm_endpoint *endpoint
            = shash_find_data(&inventory->endpoints, id);

        if (endpoint) {
            divide_among_interfaces(engine, endpoint, divided, accounts);
        }
    }
    sset_destroy(&ids);
}
