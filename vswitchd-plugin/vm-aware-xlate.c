/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-xlate.h"

#include "coverage.h"
#include "flow.h"
#include "model/vm-mac.h"
#include "openvswitch/dynamic-string.h"
#include "vm-aware-account.h"
#include "vm-aware-bond.h"
#include "vm-aware-table.h"

COVERAGE_DEFINE(vm_aware_xlate_output);
COVERAGE_DEFINE(vm_aware_xlate_drop);
COVERAGE_DEFINE(vm_aware_xlate_reflection);
COVERAGE_DEFINE(vm_aware_xlate_reverse_mismatch);

static const struct vm_aware_table *
get_table(const struct bond_impl *impl)
{
    return ovsrcu_get(struct vm_aware_table *,
                      &vm_aware_bond_cast(impl)->table);
}

const struct vm_aware_entry *
vm_aware_find_sender(const struct vm_aware_table *table,
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

/* Returns the entry whose member carries 'frame', which 'sender' sent.
 *
 * An upstream switch must not see one address on several members.  A source
 * that was set since the frame entered is that of a tunnel end point or a
 * router and may be the source of frames of many VMs: these follow the host.
 * If it is attached to an interface, they follow that, and so does a frame
 * that the switch itself makes, such as a controller's announcement of a
 * VM. */
static const struct vm_aware_entry *
find_leader(const struct vm_aware_table *table,
            const struct vm_aware_entry *sender,
            const struct bond_frame *frame)
{
    const struct vm_aware_entry *owner;

    bool makes = !frame->in_port && !frame->mirrored;

    if ((!frame->src_changed && !makes) || !table->single_source
        || !sender->member) {
        return sender;
    }
    owner = vm_aware_table_find_attached(table, frame->flow->dl_src);
    return (owner && owner->member ? owner
            : table->host.member ? &table->host
            : sender);
}

struct bond_decision
vm_aware_output(const struct bond_impl *impl, const struct bond_frame *frame,
                struct ds *why)
{
    const struct vm_aware_table *table = get_table(impl);
    struct bond_decision decision = { .meter = UINT32_MAX };
    const struct vm_aware_entry *entry, *leader;

    entry = vm_aware_find_sender(table, frame, &decision.uses_in_src);
    leader = find_leader(table, entry, frame);
    decision.pass = entry->member != NULL;
    decision.member = leader->member;
    decision.meter = entry->meter;
    decision.account = vm_aware_account_side(entry->account,
                                             decision.pass ? VM_AWARE_SENT
                                             : VM_AWARE_DROPPED);
    if (why) {
        vm_aware_entry_explain(entry, why);
        if (leader->member != entry->member) {
            ds_put_format(why, "; over member %s of %s, as the switch set the "
                          "source address", leader->member_name,
                          leader == &table->host ? "the host" : "its owner");
        }
    }
    COVERAGE_INC(vm_aware_xlate_output);
    if (!decision.pass) {
        COVERAGE_INC(vm_aware_xlate_drop);
    }
    return decision;
}

/* The owner of an address to which a frame is sent, or by which it claims to
 * be sent. */
struct owner {
    const struct vm_aware_entry *entry; /* Null if no interface has it. */
    bool here;                  /* Some owner's frames leave over 'member'. */
};

/* Returns true if 'a' is a better answer than 'b', which may be null, to the
 * question who has an address: in the right VLAN, attached, the newest. */
static bool
is_better(const struct vm_aware_address *a, const struct vm_aware_address *b,
          uint16_t vlan)
{
    struct vm_mac mac_a, mac_b;
    bool fits = vm_aware_address_is_in_vlan(a, vlan);

    if (!b || fits != vm_aware_address_is_in_vlan(b, vlan)) {
        return !b || fits;
    }
    vm_aware_address_get(a, &mac_a);
    vm_aware_address_get(b, &mac_b);
    return vm_mac_outweighs(&mac_a, &mac_b, false);
}

static struct owner
find_owner(const struct vm_aware_bond *va, const struct vm_aware_table *table,
           struct eth_addr mac, uint16_t vlan, const void *member)
{
    const struct vm_aware_address *address, *best = NULL;
    struct owner owner = { NULL, false };
    bool here[2] = { false, false }; /* In another VLAN, in this one. */

    VM_AWARE_ADDRESS_FOR_EACH (address, &va->addresses, mac) {
        const struct vm_aware_entry *entry = NULL;

        if (eth_addr_equals(address->mac, mac)) {
            entry = vm_aware_table_find_interface(table, address->interface);
        }
        if (entry) {
            here[vm_aware_address_is_in_vlan(address, vlan)]
                |= entry->member == member;
            if (is_better(address, best, vlan)) {
                best = address;
                owner.entry = entry;
            }
        }
    }
    owner.here = best && here[vm_aware_address_is_in_vlan(best, vlan)];
    return owner;
}

struct bond_decision
vm_aware_admit(const struct bond_impl *impl, const void *member,
               const struct bond_frame *frame, struct ds *why)
{
    const struct vm_aware_bond *va = vm_aware_bond_cast(impl);
    const struct vm_aware_table *table = get_table(impl);
    struct bond_decision decision = { .pass = true, .meter = UINT32_MAX };
    struct owner owner;

    /* A switch that floods our announcement may send it back over another
     * member.  It must not make the bridge believe that the VM is out there,
     * even if the bridge has never heard of the VM. */
    if (frame->flow->dl_type == htons(ETH_TYPE_RARP)
        && find_owner(va, table, frame->flow->dl_src, frame->vlan,
                      member).entry) {
        COVERAGE_INC(vm_aware_xlate_reflection);
        decision.pass = false;
        if (why) {
            ds_put_cstr(why, "vm-aware: announcement of a local VM came back, "
                        "dropped");
        }
        return decision;
    }

    if (table->lacp_negotiated || eth_addr_is_multicast(frame->flow->dl_dst)) {
        return decision;
    }
    owner = find_owner(va, table, frame->flow->dl_dst, frame->vlan, member);
    if (!owner.entry || !owner.entry->member || owner.here) {
        return decision;
    }

    decision.pass = !owner.entry->reverse_strict;
    decision.account = vm_aware_account_side(owner.entry->account,
                                             VM_AWARE_REVERSE_MISMATCH);
    if (why) {
        ds_put_format(why, "vm-aware: reverse-path mismatch, came in over "
                      "another member than that of its receiver, %s",
                      decision.pass ? "accepted" : "dropped");
    }
    COVERAGE_INC(vm_aware_xlate_reverse_mismatch);
    return decision;
}
