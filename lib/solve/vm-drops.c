/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-drops.h"

#include <string.h>

#include "base/vm-value.h"
#include "util.h"

/* Rounds without a further frame after which drops that exceed the offers are
 * divided nevertheless. */
#define PATIENCE 8

static uint64_t
count_dropped(const struct vm_drops *drops)
{
    return drops->limit_bytes + drops->share_bytes;
}

static struct vm_drops
portion_of_drops(const struct vm_drops *drops, uint64_t part,
                 uint64_t whole)
{
    return (struct vm_drops) {
        .limit_packets = vm_take_part(drops->limit_packets, part, whole),
        .limit_bytes = vm_take_part(drops->limit_bytes, part, whole),
        .share_packets = vm_take_part(drops->share_packets, part, whole),
        .share_bytes = vm_take_part(drops->share_bytes, part, whole),
    };
}

void
vm_drops_add(struct vm_drops *sum, const struct vm_drops *drops)
{
    sum->limit_packets += drops->limit_packets;
    sum->limit_bytes += drops->limit_bytes;
    sum->share_packets += drops->share_packets;
    sum->share_bytes += drops->share_bytes;
}

static void
subtract_drops(struct vm_drops *left, const struct vm_drops *drops)
{
    left->limit_packets -= drops->limit_packets;
    left->limit_bytes -= drops->limit_bytes;
    left->share_packets -= drops->share_packets;
    left->share_bytes -= drops->share_bytes;
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

/* Returns the drops among 'total' that are not divided yet. */
static struct vm_drops
get_undivided(const struct vm_drops *total, struct vm_divided_drops *divided)
{
    struct vm_drops drops = *total;

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

/* Returns how many bytes of drops 'sharer' may get: what it has offered since
 * the last division, or, if 'all', as many as it has offered at all. */
static uint64_t
get_most(const struct vm_drop_sharer *sharer, bool all)
{
    return (!all ? sharer->offered
            : sharer->total - MIN(count_dropped(sharer->drops),
                                  sharer->total));
}

static uint64_t
sum_most(const struct vm_drop_sharer *sharers, size_t n, bool all)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += get_most(&sharers[i], all);
    }
    return sum;
}

/* Divides 'left', which is no more than 'sum', the most that all sharers may
 * get together. */
static void
divide(struct vm_drops left, const struct vm_drop_sharer *sharers, size_t n,
       bool all, uint64_t sum)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t most = get_most(&sharers[i], all);

        if (most) {
            struct vm_drops part = portion_of_drops(&left, most, sum);

            vm_drops_add(sharers[i].drops, &part);
            subtract_drops(&left, &part);
            sum -= most;
        }
    }
}

void
vm_drops_divide(struct vm_divided_drops *divided, const struct vm_drops *total,
                const struct vm_drop_sharer *sharers, size_t n)
{
    struct vm_drops drops = get_undivided(total, divided);
    uint64_t dropped = count_dropped(&drops);
    uint64_t sum = sum_most(sharers, n, false);
    bool all;

    divided->rounds = dropped && !sum ? divided->rounds + 1 : 0;
    all = divided->rounds > PATIENCE;
    if (all) {
        sum = sum_most(sharers, n, true);
    }
    if (dropped && sum) {
        if (dropped > sum) {
            drops = portion_of_drops(&drops, sum, dropped);
        }
        divide(drops, sharers, n, all, sum);
        vm_drops_add(&divided->drops, &drops);
    }
}
