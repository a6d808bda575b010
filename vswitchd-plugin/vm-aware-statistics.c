/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-statistics.h"

#include <string.h>

#include "bond-provider.h"
#include "model/vm-entity.h"
#include "openvswitch/shash.h"
#include "util.h"
#include "vm-aware-account.h"
#include "vm-aware-db.h"
#include "vm-aware-host.h"

enum {
    TX_PACKETS,
    TX_BYTES,
    DROPPED_PACKETS,
    DROPPED_BYTES,
    LIMIT_PACKETS,
    LIMIT_BYTES,
    SHARE_PACKETS,
    SHARE_BYTES,
    N_STATISTICS
};
BUILD_ASSERT_DECL(N_STATISTICS <= BOND_MAX_IFACE_STATISTICS);

static const char *const statistics_keys[N_STATISTICS] = {
    [TX_PACKETS] = "vm_aware_tx_packets",
    [TX_BYTES] = "vm_aware_tx_bytes",
    [DROPPED_PACKETS] = "vm_aware_dropped_packets",
    [DROPPED_BYTES] = "vm_aware_dropped_bytes",
    [LIMIT_PACKETS] = "vm_aware_dropped_limit_packets",
    [LIMIT_BYTES] = "vm_aware_dropped_limit_bytes",
    [SHARE_PACKETS] = "vm_aware_dropped_share_packets",
    [SHARE_BYTES] = "vm_aware_dropped_share_bytes",
};

/* What all bonds have counted for one interface. */
struct statistics {
    struct vm_counters counters;
    struct vm_drops drops;
};

/* Returns false if no bond knows 'iface'. */
static bool
sum_up(const char *iface, struct statistics *sum)
{
    struct vm_aware_bond *va;
    bool known = false;

    memset(sum, 0, sizeof *sum);
    VM_AWARE_FOR_EACH_BOND (va) {
        struct vm_aware_account *account = shash_find_data(&va->accounts,
                                                           iface);

        if (account) {
            const struct vm_aware_part *part = vm_aware_account_part(account);
            struct vm_counters counters;

            vm_aware_account_read(account, &counters);
            sum->counters.tx_packets += part->sent_packets;
            sum->counters.tx_bytes += part->sent_bytes;
            sum->counters.dropped_packets += counters.dropped_packets;
            sum->counters.dropped_bytes += counters.dropped_bytes;
            vm_drops_add(&sum->drops, &part->drops);
            known = true;
        }
    }
    return known;
}

/* Repeats those of the statistics 'old_keys' and 'old_values' that are ours.
 */
static size_t
repeat(char *const old_keys[], const int64_t old_values[], size_t n_old,
       const char *keys[], int64_t values[])
{
    size_t n = 0;

    for (size_t i = 0; i < N_STATISTICS; i++) {
        for (size_t j = 0; j < n_old; j++) {
            if (!strcmp(old_keys[j], statistics_keys[i])) {
                keys[n] = statistics_keys[i];
                values[n++] = old_values[j];
            }
        }
    }
    return n;
}

/* What flows to a member counted contains what meters dropped on the way. */
size_t
vm_aware_iface_statistics(const char *iface, char *const old_keys[],
                          const int64_t old_values[], size_t n_old,
                          const char *keys[], int64_t values[])
{
    struct statistics sum;
    uint64_t policed_packets, policed_bytes;

    if (!sum_up(iface, &sum)) {
        return (vm_aware_db_knows_all() ? 0
                : repeat(old_keys, old_values, n_old, keys, values));
    }
    policed_packets = sum.drops.limit_packets + sum.drops.share_packets;
    policed_bytes = sum.drops.limit_bytes + sum.drops.share_bytes;
    const int64_t now[N_STATISTICS] = {
        [TX_PACKETS] = sum.counters.tx_packets - MIN(policed_packets,
                                                     sum.counters.tx_packets),
        [TX_BYTES] = sum.counters.tx_bytes - MIN(policed_bytes,
                                                 sum.counters.tx_bytes),
        [DROPPED_PACKETS] = sum.counters.dropped_packets + policed_packets,
        [DROPPED_BYTES] = sum.counters.dropped_bytes + policed_bytes,
        [LIMIT_PACKETS] = sum.drops.limit_packets,
        [LIMIT_BYTES] = sum.drops.limit_bytes,
        [SHARE_PACKETS] = sum.drops.share_packets,
        [SHARE_BYTES] = sum.drops.share_bytes,
    };

    for (size_t i = 0; i < N_STATISTICS; i++) {
        keys[i] = statistics_keys[i];
        values[i] = now[i];
    }
    return N_STATISTICS;
}
