/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-tunnel.h"

#include <net/if.h>

#include "openvswitch/dynamic-string.h"
#include "ovs-router.h"
#include "vm-aware-account.h"
#include "vm-aware-bond.h"
#include "vm-aware-host.h"
#include "vm-aware-table.h"
#include "vm-aware-xlate.h"

/* Returns the table of the bond over which the machine sends to 'dst', or
 * null. */
static const struct vm_aware_table *
find_table(const struct in6_addr *dst)
{
    struct in6_addr src = in6addr_any, gateway;
    const struct vm_aware_bond *va;
    char device[IFNAMSIZ];

    if (!ovs_router_lookup(0, dst, device, &src, &gateway)) {
        return NULL;
    }
    for (size_t i = 0; (va = vm_aware_host_get(i)) != NULL; i++) {
        const struct vm_aware_table *table
            = ovsrcu_get(struct vm_aware_table *, &va->table);

        if (vm_aware_table_find_interface(table, device)) {
            return table;
        }
    }
    return NULL;
}

struct bond_decision
vm_aware_tunnel(const struct bond_frame *frame, const struct in6_addr *dst,
                struct ds *why)
{
    struct bond_decision decision = { .pass = true, .meter = UINT32_MAX };
    const struct vm_aware_table *table = find_table(dst);
    const struct vm_aware_entry *entry;

    if (!table || !frame->in_port) {
        return decision;
    }
    entry = vm_aware_find_sender(table, frame, &decision.uses_in_src);
    decision.pass = entry->member != NULL;
    decision.meter = entry->meter;
    decision.account = vm_aware_account_side(entry->account,
                                             decision.pass ? VM_AWARE_SENT
                                             : VM_AWARE_DROPPED);
    if (why) {
        vm_aware_entry_explain(entry, why);
        ds_put_format(why, "; over member %s of the host, as the machine's IP "
                      "stack sends the tunnel's frames",
                      table->host.member ? table->host.member_name : "none");
    }
    return decision;
}
