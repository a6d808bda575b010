/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-xlate.h"

#include "coverage.h"
#include "flow.h"
#include "openvswitch/dynamic-string.h"
#include "vm-aware-account.h"
#include "vm-aware-table.h"
#include "vm-aware.h"

COVERAGE_DEFINE(vm_aware_xlate_output);
COVERAGE_DEFINE(vm_aware_xlate_drop);
COVERAGE_DEFINE(vm_aware_xlate_reflection);
COVERAGE_DEFINE(vm_aware_xlate_wrong_leg);

static const struct vm_aware_table *
get_table(const struct bond_impl *impl)
{
    return ovsrcu_get(struct vm_aware_table *, &vm_aware_cast(impl)->table);
}

/* Returns the entry for the sender of 'frame' and sets '*uses_in_src' if the
 * Ethernet source had a say in it. */
static const struct vm_aware_entry *
find_sender(const struct vm_aware_table *table,
            const struct bond_frame *frame, bool *uses_in_src)
{
    const struct vm_aware_entry *entry;

    *uses_in_src = false;
    if (!frame->in_port) {
        return &table->host;
    }
    entry = vm_aware_table_find_interface(table, frame->in_port);
    if (entry && entry->by_mac) {
        *uses_in_src = true;
        entry = vm_aware_table_find_attached(table, frame->in_src);
    }
    return entry ? entry : &table->unidentified;
}

struct bond_decision
vm_aware_output(const struct bond_impl *impl, const struct bond_frame *frame,
                struct ds *why)
{
    struct bond_decision decision = { .meter = UINT32_MAX };
    const struct vm_aware_entry *entry;

    entry = find_sender(get_table(impl), frame, &decision.uses_in_src);
    decision.pass = entry->member != NULL;
    decision.member = entry->member;
    decision.meter = entry->meter;
    decision.account = vm_aware_account_side(entry->account,
                                             decision.pass ? VM_AWARE_SENT
                                             : VM_AWARE_DROPPED);
    if (why) {
        ds_put_cstr(why, entry->why);
    }
    COVERAGE_INC(vm_aware_xlate_output);
    if (!decision.pass) {
        COVERAGE_INC(vm_aware_xlate_drop);
    }
    return decision;
}

struct bond_decision
vm_aware_admit(const struct bond_impl *impl, const void *member,
               const struct bond_frame *frame, struct ds *why)
{
    const struct vm_aware_table *table = get_table(impl);
    struct bond_decision decision = { .pass = true, .meter = UINT32_MAX };
    const struct vm_aware_entry *entry;

    /* A switch that floods our announcement may send it back over another
     * uplink.  It must not make the bridge believe that the VM is out there,
     * even if the bridge has never heard of the VM. */
    if (frame->flow->dl_type == htons(ETH_TYPE_RARP)
        && vm_aware_table_find_mac(table, frame->flow->dl_src, frame->vlan)) {
        COVERAGE_INC(vm_aware_xlate_reflection);
        decision.pass = false;
        if (why) {
            ds_put_cstr(why, "vm-aware: announcement of a local VM came back, "
                        "dropped");
        }
        return decision;
    }

    if (!table->check_reverse || eth_addr_is_multicast(frame->flow->dl_dst)) {
        return decision;
    }
    entry = vm_aware_table_find_mac(table, frame->flow->dl_dst, frame->vlan);
    if (!entry || !entry->member || entry->member == member) {
        return decision;
    }

    decision.pass = !entry->reverse_strict;
    decision.account = vm_aware_account_side(entry->account,
                                             VM_AWARE_WRONG_LEG);
    if (why) {
        ds_put_format(why, "vm-aware: came in over another uplink than that "
                      "of its receiver, %s",
                      decision.pass ? "accepted" : "dropped");
    }
    COVERAGE_INC(vm_aware_xlate_wrong_leg);
    return decision;
}
