/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-drops.h"

#include <string.h>

#include "engine/vm-engine.h"
#include "util.h"
#include "vm-aware-account.h"

/* The vNICs of one VM, while drops are divided among them. */
struct sharer {
    struct vm_aware_part *part;
    uint64_t sent;              /* Bytes since its last part. */
    uint64_t sent_bytes;        /* Bytes in all. */
};

static uint64_t
get_sent_bytes(const struct vm_aware_account *account)
{
    struct vm_counters counters;

    vm_aware_account_read(account, &counters);
    return counters.tx_bytes;
}

/* Stores the vNICs of 'endpoint' in 'sharers', whose number it returns, and
 * what they sent since they had their last parts in '*sum'. */
static size_t
collect_sharers(const struct vm_endpoint *endpoint,
                const struct shash *accounts, struct sharer *sharers,
                uint64_t *sum)
{
    size_t n = 0;

    *sum = 0;
    for (size_t i = 0; i < endpoint->n_interfaces; i++) {
        struct vm_aware_account *account
            = shash_find_data(accounts, endpoint->interfaces[i]->name);

        if (account) {
            struct sharer *sharer = &sharers[n++];

            sharer->part = vm_aware_account_part(account);
            sharer->sent_bytes = get_sent_bytes(account);
            sharer->sent = sharer->sent_bytes - sharer->part->sent_bytes;
            *sum += sharer->sent;
        }
    }
    return n;
}

/* Moves the part of 'sent' in 'sum' from '*left' to '*part'. */
static void
move_part(uint64_t *left, uint64_t *part, uint64_t sent, uint64_t sum)
{
    uint64_t amount;

    while (sum > UINT32_MAX) {
        sum /= 2;
        sent /= 2;
    }
    amount = sent >= sum ? *left : *left * sent / sum;
    *left -= amount;
    *part += amount;
}

static void
divide(struct vm_aware_drops left, struct sharer *sharers, size_t n,
       uint64_t sum)
{
    for (size_t i = 0; i < n; i++) {
        struct sharer *s = &sharers[i];
        struct vm_aware_drops *drops = &s->part->drops;

        if (s->sent) {
            move_part(&left.limit_packets, &drops->limit_packets, s->sent,
                      sum);
            move_part(&left.limit_bytes, &drops->limit_bytes, s->sent, sum);
            move_part(&left.share_packets, &drops->share_packets, s->sent,
                      sum);
            move_part(&left.share_bytes, &drops->share_bytes, s->sent, sum);
            sum -= s->sent;
            s->part->sent_bytes = s->sent_bytes;
        }
    }
}

static void
divide_among_interfaces(const struct vm_endpoint *endpoint,
                        struct vm_aware_drops *divided,
                        const struct shash *accounts)
{
    const struct vm_traffic *traffic = &endpoint->traffic;
    struct vm_aware_drops new_drops;
    struct sharer *sharers;
    uint64_t sum;
    size_t n;

    if (traffic->limit_bytes < divided->limit_bytes
        || traffic->share_bytes < divided->share_bytes) {
        /* Another VM of the same identity. */
        memset(divided, 0, sizeof *divided);
    }
    new_drops = (struct vm_aware_drops) {
        .limit_packets = traffic->limit_packets - divided->limit_packets,
        .limit_bytes = traffic->limit_bytes - divided->limit_bytes,
        .share_packets = traffic->share_packets - divided->share_packets,
        .share_bytes = traffic->share_bytes - divided->share_bytes,
    };
    if (!new_drops.limit_bytes && !new_drops.share_bytes) {
        return;
    }
    sharers = xmalloc(endpoint->n_interfaces * sizeof *sharers);
    n = collect_sharers(endpoint, accounts, sharers, &sum);
    if (new_drops.limit_bytes + new_drops.share_bytes <= sum) {
        divide(new_drops, sharers, n, sum);
        divided->limit_packets = traffic->limit_packets;
        divided->limit_bytes = traffic->limit_bytes;
        divided->share_packets = traffic->share_packets;
        divided->share_bytes = traffic->share_bytes;
    }
    free(sharers);
}

/* Forgets the VMs that are gone. */
static void
forget_lost(const struct vm_inventory *inventory, struct shash *divided)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, divided) {
        if (!shash_find(&inventory->endpoints, node->name)) {
            free(node->data);
            shash_delete(divided, node);
        }
    }
}

void
vm_aware_drops_divide(const struct vm_engine *engine, struct shash *divided,
                      const struct shash *accounts)
{
    const struct vm_inventory *inventory = vm_engine_inventory(engine);
    struct shash_node *node;

    forget_lost(inventory, divided);
    SHASH_FOR_EACH (node, &inventory->endpoints) {
        const struct vm_endpoint *endpoint = node->data;
        struct vm_aware_drops *drops = shash_find_data(divided, node->name);

        if (!drops) {
            drops = xzalloc(sizeof *drops);
            shash_add(divided, node->name, drops);
        }
        divide_among_interfaces(endpoint, drops, accounts);
    }
}
