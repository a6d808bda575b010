/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-drops.h"

#include <string.h>

#include "engine/vm-engine.h"
#include "engine/vm-policing.h"
#include "util.h"
#include "vm-aware-account.h"

/* Rounds without a further frame after which drops that exceed the offers are
 * divided nevertheless. */
#define PATIENCE 8

/* What was divided of the drops of one VM. */
struct divided {
    struct vm_aware_drops drops;
    int rounds;                 /* In which some were left and nothing was
                                 * sent. */
};

/* The vNICs of one VM, while drops are divided among them. */
struct sharer {
    struct vm_aware_part *part;
    uint64_t most;              /* Bytes of drops that it may get. */
};

static uint64_t
count_dropped(const struct vm_aware_drops *drops)
{
    return drops->limit_bytes + drops->share_bytes;
}

/* Stores the vNICs of 'endpoint' in 'sharers', whose number it returns.
 * Updates what they have sent.  Each may get as many drops as it has sent
 * since. */
static size_t
collect_sharers(const struct vm_endpoint *endpoint,
                const struct shash *accounts, struct sharer *sharers)
{
    size_t n = 0;

    for (size_t i = 0; i < endpoint->n_interfaces; i++) {
        struct vm_aware_account *account
            = shash_find_data(accounts, endpoint->interfaces[i]->name);

        if (account) {
            struct vm_aware_part *part = vm_aware_account_part(account);
            struct vm_counters counters;

            vm_aware_account_read(account, &counters);
            sharers[n++] = (struct sharer) {
                .part = part,
                .most = counters.tx_bytes - part->sent_bytes,
            };
            part->sent_packets = counters.tx_packets;
            part->sent_bytes = counters.tx_bytes;
        }
    }
    return n;
}

static uint64_t
sum_most(const struct sharer *sharers, size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += sharers[i].most;
    }
    return sum;
}

/* Each sharer may get as many drops as it has sent at all. */
static void
raise_most(struct sharer *sharers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct vm_aware_part *part = sharers[i].part;
        uint64_t dropped = count_dropped(&part->drops);

        sharers[i].most = part->sent_bytes - MIN(dropped, part->sent_bytes);
    }
}

/* Returns 'amount' * 'part' / 'whole', or 'amount' if 'part' is all. */
static uint64_t
portion(uint64_t amount, uint64_t part, uint64_t whole)
{
    while (whole > UINT32_MAX) {
        whole /= 2;
        part /= 2;
    }
    return part >= whole ? amount : amount / whole * part
                                    + amount % whole * part / whole;
}

static struct vm_aware_drops
portion_of_drops(const struct vm_aware_drops *drops, uint64_t part,
                 uint64_t whole)
{
    return (struct vm_aware_drops) {
        .limit_packets = portion(drops->limit_packets, part, whole),
        .limit_bytes = portion(drops->limit_bytes, part, whole),
        .share_packets = portion(drops->share_packets, part, whole),
        .share_bytes = portion(drops->share_bytes, part, whole),
    };
}

void
vm_aware_drops_add(struct vm_aware_drops *sum,
                   const struct vm_aware_drops *drops)
{
    sum->limit_packets += drops->limit_packets;
    sum->limit_bytes += drops->limit_bytes;
    sum->share_packets += drops->share_packets;
    sum->share_bytes += drops->share_bytes;
}

static void
subtract_drops(struct vm_aware_drops *left, const struct vm_aware_drops *drops)
{
    left->limit_packets -= drops->limit_packets;
    left->limit_bytes -= drops->limit_bytes;
    left->share_packets -= drops->share_packets;
    left->share_bytes -= drops->share_bytes;
}

/* Divides 'left', which is no more than 'sum', the most that all sharers may
 * get together. */
static void
divide(struct vm_aware_drops left, const struct sharer *sharers, size_t n,
       uint64_t sum)
{
    for (size_t i = 0; i < n; i++) {
        if (sharers[i].most) {
            struct vm_aware_drops part
                = portion_of_drops(&left, sharers[i].most, sum);

            vm_aware_drops_add(&sharers[i].part->drops, &part);
            subtract_drops(&left, &part);
            sum -= sharers[i].most;
        }
    }
}

/* Subtracts from '*limit' and '*share' what was divided of each.  A drop that
 * was counted for the one may turn out to be of the other. */
static void
subtract_divided(uint64_t *limit, uint64_t *share, uint64_t limit_divided,
                 uint64_t share_divided)
{
    if (*limit < limit_divided) {
        *share -= share_divided + (limit_divided - *limit);
        *limit = 0;
    } else if (*share < share_divided) {
        *limit -= limit_divided + (share_divided - *share);
        *share = 0;
    } else {
        *limit -= limit_divided;
        *share -= share_divided;
    }
}

/* Returns the drops of 'endpoint' that are not divided yet. */
static struct vm_aware_drops
get_undivided(const struct vm_engine *engine,
              const struct vm_endpoint *endpoint, struct divided *divided)
{
    struct vm_traffic traffic;

    vm_policing_get_traffic(vm_engine_policing(engine), endpoint, &traffic);

    struct vm_aware_drops drops = {
        .limit_packets = traffic.limit_packets,
        .limit_bytes = traffic.limit_bytes,
        .share_packets = traffic.share_packets,
        .share_bytes = traffic.share_bytes,
    };
    if (count_dropped(&drops) < count_dropped(&divided->drops)) {
        /* Another VM of the same identity. */
        memset(divided, 0, sizeof *divided);
    }
    subtract_divided(&drops.limit_packets, &drops.share_packets,
                     divided->drops.limit_packets,
                     divided->drops.share_packets);
    subtract_divided(&drops.limit_bytes, &drops.share_bytes,
                     divided->drops.limit_bytes, divided->drops.share_bytes);
    return drops;
}

static void
divide_among_interfaces(const struct vm_engine *engine,
                        const struct vm_endpoint *endpoint,
                        struct divided *divided, const struct shash *accounts)
{
    struct sharer *sharers = xmalloc((endpoint->n_interfaces + 1)
                                     * sizeof *sharers);
    size_t n = collect_sharers(endpoint, accounts, sharers);
    struct vm_aware_drops drops = get_undivided(engine, endpoint, divided);
    uint64_t dropped = count_dropped(&drops);
    uint64_t sum = sum_most(sharers, n);

    divided->rounds = dropped && !sum ? divided->rounds + 1 : 0;
    if (divided->rounds > PATIENCE) {
        raise_most(sharers, n);
        sum = sum_most(sharers, n);
    }
    if (dropped && sum) {
        if (dropped > sum) {
            drops = portion_of_drops(&drops, sum, dropped);
        }
        divide(drops, sharers, n, sum);
        vm_aware_drops_add(&divided->drops, &drops);
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
        struct divided *drops = shash_find_data(divided, node->name);

        if (!drops) {
            drops = xzalloc(sizeof *drops);
            shash_add(divided, node->name, drops);
        }
        divide_among_interfaces(engine, endpoint, drops, accounts);
    }
}
