/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-tunnel.h"

#include <net/if.h>

#include "engine/vm-engine.h"
#include "netdev.h"
#include "openvswitch/dynamic-string.h"
#include "ovs-router.h"
#include "seq.h"
#include "vm-aware-account.h"
#include "vm-aware-bond.h"
#include "vm-aware-host.h"
#include "vm-aware-table.h"
#include "vm-aware-xlate.h"

/* Stores in 'device' to which one the route for frames to 'dst' with 'mark'
 * leads.  Returns false if there is no route.  A mark for which there is no
 * route of its own has those of frames without one. */
static bool
find_route(uint32_t mark, const struct in6_addr *dst, char device[IFNAMSIZ])
{
    struct in6_addr src = in6addr_any, gateway;

    return (ovs_router_lookup(mark, dst, device, &src, &gateway)
            || (mark && ovs_router_lookup(0, dst, device, &src, &gateway)));
}

/* Returns the table of the bond over which the machine sends to 'dst' with
 * 'mark', or null. */
static const struct vm_aware_table *
find_table(uint32_t mark, const struct in6_addr *dst)
{
    const struct vm_aware_bond *va;
    char device[IFNAMSIZ];

    if (!vm_aware_host_get(0) || !find_route(mark, dst, device)) {
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
    const struct vm_aware_table *table
        = frame->in_port ? find_table(frame->flow->pkt_mark, dst) : NULL;
    const struct vm_aware_entry *entry;

    if (!table) {
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

/* Routes. */

static bool
has_kernel_tunnel(const struct vm_aware_bond *va)
{
    const struct vm_inventory *inventory = vm_engine_inventory(va->engine);
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &inventory->interfaces) {
        const struct vm_interface *iface = node->data;

        if (iface->kernel_tunnel) {
            return true;
        }
    }
    return false;
}

void
vm_aware_tunnel_init(struct vm_aware_bond *va)
{
    va->routes_seqno = seq_read(tnl_conf_seq);
}

void
vm_aware_tunnel_run(struct vm_aware_bond *va)
{
    uint64_t seqno = seq_read(tnl_conf_seq);

    if (va->routes_seqno != seqno) {
        va->routes_seqno = seqno;
        if (has_kernel_tunnel(va)) {
            vm_aware_bond_revalidate(va);
        }
    }
}

void
vm_aware_tunnel_wait(const struct vm_aware_bond *va)
{
    seq_wait(tnl_conf_seq, va->routes_seqno);
}
