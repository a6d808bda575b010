/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-owner.h"

#include <string.h>

#include "bond-provider.h"
#include "engine/vm-engine.h"
#include "mac-learning.h"
#include "model/vm-tag.h"
#include "ofproto/ofproto-dpif.h"
#include "vm-aware-address.h"

static enum vm_mac_place
find_place(const struct vm_aware_owners *owners, const struct vm_mac *mac)
{
    struct mac_learning *ml = owners->ofproto->ml;
    uint16_t vlan = vm_tag_inside(owners->port, mac->vlan);
    const struct mac_entry *entry;
    const struct ofbundle *bundle;
    enum vm_mac_place place = VM_MAC_UNKNOWN;

    ovs_rwlock_rdlock(&ml->rwlock);
    entry = mac_learning_lookup(ml, mac->mac, vlan);
    bundle = entry ? mac_entry_get_port(ml, entry) : NULL;
    if (bundle) {
        place = bond_of_bundle(bundle) == owners->bond ? VM_MAC_BEYOND
                 : VM_MAC_HERE;
    }
    ovs_rwlock_unlock(&ml->rwlock);
    return place;
}

/* Returns the node of 'mac' that belongs to the interface named 'name', or
 * null. */
static struct vm_aware_address *
find_node(const struct vm_aware_owners *owners, const char *name,
          const struct vm_mac *mac)
{
    struct vm_aware_address *address;

    VM_AWARE_ADDRESS_FOR_EACH (address, owners->addresses, mac->mac) {
        if (eth_addr_equals(address->mac, mac->mac)
            && vm_aware_address_is_in_vlan(address, mac->vlan)
            && !strcmp(address->interface, name)) {
            return address;
        }
    }
    return NULL;
}

/* Returns true if another interface than 'iface' has 'mac' by more
 * evidence. */
static bool
is_outweighed(const struct vm_aware_owners *owners,
              const struct vm_interface *iface, const struct vm_mac *mac)
{
    const struct vm_inventory *inventory
        = vm_engine_inventory(owners->engine);
    const struct vm_aware_address *address;

    VM_AWARE_ADDRESS_FOR_EACH (address, owners->addresses, mac->mac) {
        const struct vm_interface *other;
        struct vm_mac others;

        if (!eth_addr_equals(address->mac, mac->mac)
            || !vm_aware_address_is_in_vlan(address, mac->vlan)) {
            continue;
        }
        other = vm_inventory_find_interface(inventory, address->interface);
        vm_aware_address_get(address, &others);
        if (other && other != iface
            && vm_mac_outweighs(&others, mac,
                                other->endpoint == iface->endpoint)) {
            return true;
        }
    }
    return false;
}

bool
vm_aware_owners_have(const struct vm_aware_owners *owners,
                     const struct vm_interface *iface,
                     const struct vm_mac *mac)
{
    const struct vm_aware_address *address
        = find_node(owners, iface->name, mac);
    enum vm_mac_memory memory = (!address ? VM_MAC_NEW
                                 : address->moved_away ? VM_MAC_MOVED_AWAY
                                 : VM_MAC_STAYED);

    return (vm_mac_is_here(mac, find_place(owners, mac), memory)
            && !is_outweighed(owners, iface, mac));
}

bool
vm_aware_owners_note_moves(const struct vm_aware_owners *owners,
                           const struct vm_interface *iface)
{
    bool any = false;

    for (size_t i = 0; i < iface->macs.n; i++) {
        const struct vm_mac *mac = &iface->macs.list[i];
        struct vm_aware_address *address;

        if (find_place(owners, mac) != VM_MAC_BEYOND) {
            continue;
        }
        address = find_node(owners, iface->name, mac);
        if (address && !address->moved_away) {
            address->moved_away = any = true;
        }
    }
    return any;
}
