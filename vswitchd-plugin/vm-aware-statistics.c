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
#include "vm-aware-host.h"

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

/* What flows to a member counted contains what meters dropped on the way. */
size_t
vm_aware_iface_statistics(const char *iface, const char *keys[],
                          int64_t values[])
{
    struct statistics sum;
    uint64_t policed_packets, policed_bytes;
    size_t n = 0;

    if (!sum_up(iface, &sum)) {
        return 0;
    }
    policed_packets = sum.drops.limit_packets + sum.drops.share_packets;
    policed_bytes = sum.drops.limit_bytes + sum.drops.share_bytes;
    const struct {
        const char *key;
        int64_t value;
    } rows[] = {
        { "vm_aware_tx_packets",
          sum.counters.tx_packets - MIN(policed_packets,
                                        sum.counters.tx_packets) },
        { "vm_aware_tx_bytes",
          sum.counters.tx_bytes - MIN(policed_bytes, sum.counters.tx_bytes) },
        { "vm_aware_dropped_packets",
          sum.counters.dropped_packets + policed_packets },
        { "vm_aware_dropped_bytes",
         sum.counters.dropped_bytes + policed_bytes },
        { "vm_aware_dropped_limit_packets", sum.drops.limit_packets },
        { "vm_aware_dropped_limit_bytes", sum.drops.limit_bytes },
        { "vm_aware_dropped_share_packets", sum.drops.share_packets },
        { "vm_aware_dropped_share_bytes", sum.drops.share_bytes },
    };

    BUILD_ASSERT_DECL(ARRAY_SIZE(rows) <= BOND_MAX_IFACE_STATISTICS);
    for (n = 0; n < ARRAY_SIZE(rows); n++) {
        keys[n] = rows[n].key;
        values[n] = rows[n].value;
    }
    return n;
}
