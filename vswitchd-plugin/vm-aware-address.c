/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-address.h"

#include <limits.h>
#include <string.h>

#include "model/vm-mac.h"
#include "ovs-rcu.h"
#include "util.h"

/* The nodes of one interface. */
struct list {
    struct vm_aware_address **nodes;
    size_t n;
};

void
vm_aware_addresses_init(struct vm_aware_addresses *addresses)
{
    cmap_init(&addresses->by_mac);
    shash_init(&addresses->by_interface);
}

static void
address_free(struct vm_aware_address *address)
{
    free(address->interface);
    free(address);
}

static void
remove_node(struct vm_aware_addresses *addresses,
            struct vm_aware_address *address)
{
    cmap_remove(&addresses->by_mac, &address->node,
                hash_mac(address->mac, 0, 0));
    ovsrcu_postpone(address_free, address);
}

void
vm_aware_addresses_destroy(struct vm_aware_addresses *addresses)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &addresses->by_interface) {
        struct list *list = node->data;

        for (size_t i = 0; i < list->n; i++) {
            remove_node(addresses, list->nodes[i]);
        }
        free(list->nodes);
    }
    shash_destroy_free_data(&addresses->by_interface);
    cmap_destroy(&addresses->by_mac);
}

static bool
is_same(const struct vm_aware_address *address, const struct vm_mac *mac,
        bool any_vlan)
{
    return (eth_addr_equals(address->mac, mac->mac)
            && address->vlan == mac->vlan && address->attached == mac->attached
            && address->any_vlan == any_vlan);
}

static void
note_seen(struct vm_aware_address *address, long long int when)
{
    long long int seen;

    atomic_read_relaxed(&address->seen, &seen);
    if (when > seen) {
        atomic_store_relaxed(&address->seen, when);
        address->moved_away = false;
    }
}

/* Returns true if another interface than 'interface' has 'mac'. */
static bool
is_shared(const struct vm_aware_addresses *addresses, const char *interface,
          struct eth_addr mac)
{
    const struct vm_aware_address *address;

    VM_AWARE_ADDRESS_FOR_EACH (address, addresses, mac) {
        if (eth_addr_equals(address->mac, mac)
            && strcmp(address->interface, interface)) {
            return true;
        }
    }
    return false;
}

/* Takes the node for 'mac' out of 'old', or makes one. */
static enum vm_aware_address_change
take_node(struct vm_aware_addresses *addresses, struct list *old,
          const char *interface, const struct vm_mac *mac, bool any_vlan,
          struct vm_aware_address **address)
{
    for (size_t i = 0; i < old->n; i++) {
        if (old->nodes[i] && is_same(old->nodes[i], mac, any_vlan)) {
            *address = old->nodes[i];
            note_seen(*address, mac->learned);
            old->nodes[i] = NULL;
            return VM_AWARE_ADDRESS_SAME;
        }
    }
    *address = xzalloc(sizeof **address);
    (*address)->mac = mac->mac;
    (*address)->vlan = mac->vlan;
    (*address)->attached = mac->attached;
    (*address)->any_vlan = any_vlan;
    (*address)->interface = xstrdup(interface);
    atomic_init(&(*address)->seen, mac->learned);
    cmap_insert(&addresses->by_mac, &(*address)->node,
                hash_mac(mac->mac, 0, 0));
    return (is_shared(addresses, interface, mac->mac)
            ? VM_AWARE_ADDRESS_SHARED : VM_AWARE_ADDRESS_OTHER);
}

/* Returns true if the attached address is not in the list of 'macs', as its
 * VLAN is not known. */
static bool
lacks_attached(const struct vm_macs *macs)
{
    for (size_t i = 0; i < macs->n; i++) {
        if (macs->list[i].attached) {
            return false;
        }
    }
    return macs->has_attached;
}

bool
vm_aware_address_is_in_vlan(const struct vm_aware_address *address,
                            uint16_t vlan)
{
    return address->any_vlan || address->vlan == vlan;
}

void
vm_aware_address_get(const struct vm_aware_address *address,
                     struct vm_mac *mac)
{
    mac->mac = address->mac;
    mac->vlan = address->vlan;
    mac->attached = address->attached;
    mac->found = false;
    atomic_read_relaxed(&CONST_CAST(struct vm_aware_address *, address)->seen,
                        &mac->learned);
}

static enum vm_aware_address_change
max(enum vm_aware_address_change a, enum vm_aware_address_change b)
{
    return MAX(a, b);
}

enum vm_aware_address_change
vm_aware_addresses_update(struct vm_aware_addresses *addresses,
                          const char *interface, const struct vm_macs *macs)
{
    struct list *list = shash_find_data(&addresses->by_interface, interface);
    struct list old = { NULL, 0 };
    enum vm_aware_address_change change = VM_AWARE_ADDRESS_SAME;

    if (list) {
        old = *list;
    } else if (macs) {
        list = xzalloc(sizeof *list);
        shash_add(&addresses->by_interface, interface, list);
    } else {
        return change;
    }
    if (macs) {
        list->nodes = xmalloc((macs->n + 1) * sizeof *list->nodes);
        list->n = 0;
        for (size_t i = 0; i < macs->n; i++) {
            change = max(change, take_node(addresses, &old, interface,
                                           &macs->list[i], false,
                                           &list->nodes[list->n++]));
        }
        if (lacks_attached(macs)) {
            const struct vm_mac attached = { .mac = macs->attached,
                                             .attached = true,
                                             .learned = LLONG_MIN };

            change = max(change, take_node(addresses, &old, interface,
                                           &attached, true,
                                           &list->nodes[list->n++]));
        }
    } else {
        shash_find_and_delete_assert(&addresses->by_interface, interface);
        free(list);
    }
    for (size_t i = 0; i < old.n; i++) {
        if (old.nodes[i]) {
            remove_node(addresses, old.nodes[i]);
            change = max(change, VM_AWARE_ADDRESS_OTHER);
        }
    }
    free(old.nodes);
    return change;
}
