/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_ADDRESS_H
#define VM_AWARE_ADDRESS_H 1

/* The addresses of the interfaces of one bond.
 *
 * This is a map from addresses to interfaces; several interfaces may have the
 * same address.  It is not part of the published table, because addresses
 * change all the time and no frame that leaves depends on them: vm-aware-xlate
 * looks up addresses only for frames that come in over the bond.
 *
 * Ownership: the map owns its nodes.  A node that is removed is freed when no
 * reader can refer to it any longer.
 *
 * Thread-safety: any thread may look up addresses, as a reader of RCU; only
 * the main thread may change the map. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmap.h"
#include "openvswitch/shash.h"
#include "packets.h"

struct vm_macs;
struct vm_mac;

struct vm_aware_addresses {
    struct cmap by_mac;         /* Contains "struct vm_aware_address"es. */
    struct shash by_interface;  /* To the list of nodes of an interface. */
};

/* One address of one interface.  Immutable but for 'seen' and
 * 'moved_away'. */
struct vm_aware_address {
    struct cmap_node node;      /* In 'by_mac'. */
    struct eth_addr mac;
    uint16_t vlan;
    bool attached;              /* The database says so. */
    bool any_vlan;              /* 'vlan' is not known. */
    char *interface;
    atomic_llong seen;          /* ms, LLONG_MIN if it never was. */
    bool moved_away;            /* The bridge has learned it on the bond since
                                 * then.  The main thread's. */
};

void vm_aware_addresses_init(struct vm_aware_addresses *);
void vm_aware_addresses_destroy(struct vm_aware_addresses *);

/* What a change of addresses means for frames that come in. */
enum vm_aware_address_change {
    VM_AWARE_ADDRESS_SAME,
    VM_AWARE_ADDRESS_OTHER,     /* A frame may be admitted that should not be,
                                 * or a frame for no VM of this host
                                 * is not. */
    VM_AWARE_ADDRESS_SHARED     /* An interface has an address that another one
                                 * has, too: a frame for it may not be
                                 * admitted that should be. */
};

/* Updates the addresses of 'interface' to 'macs', null if it was removed. */
enum vm_aware_address_change vm_aware_addresses_update(
    struct vm_aware_addresses *, const char *interface,
    const struct vm_macs *);

/* Returns true if 'address' is that of its interface in 'vlan'. */
bool vm_aware_address_is_in_vlan(const struct vm_aware_address *,
                                 uint16_t vlan);

/* Stores in '*mac' what is known of 'address', for the functions of vm-mac
 * that compare it. */
void vm_aware_address_get(const struct vm_aware_address *address,
                          struct vm_mac *mac);

/* Iterates over all nodes that may have 'MAC': those with its hash. */
#define VM_AWARE_ADDRESS_FOR_EACH(NODE, ADDRESSES, MAC)                 \
    CMAP_FOR_EACH_WITH_HASH (NODE, node, hash_mac(MAC, 0, 0),           \
                             &(ADDRESSES)->by_mac)

#endif /* vm-aware-address.h */
