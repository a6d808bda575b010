/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_ADDRESS_H
#define VM_AWARE_ADDRESS_H 1

/* Under which addresses the interfaces of one bond are known.
 *
 * A map from addresses to interfaces, of which several may have the same.  It
 * is apart from the published table, because addresses come and go all the
 * time and no frame that leaves depends on them; only what comes in over the
 * bond asks for them (vm-aware-xlate).
 *
 * The map owns its nodes; a node that is removed is freed when no reader can
 * have it any more.
 *
 * Thread-safety: look-ups from any thread, as readers of RCU; changes from the
 * main thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmap.h"
#include "openvswitch/shash.h"
#include "packets.h"

struct vm_macs;

struct vm_aware_addresses {
    struct cmap by_mac;         /* Contains "struct vm_aware_address"es. */
    struct shash by_interface;  /* To the list of nodes of an interface. */
};

/* One address of one interface.  Immutable but for 'seen'. */
struct vm_aware_address {
    struct cmap_node node;      /* In 'by_mac'. */
    struct eth_addr mac;
    uint16_t vlan;
    bool attached;              /* The database says so. */
    bool any_vlan;              /* 'vlan' is not known. */
    char *interface;
    atomic_llong seen;          /* ms, LLONG_MIN if it never was. */
};

void vm_aware_addresses_init(struct vm_aware_addresses *);
void vm_aware_addresses_destroy(struct vm_aware_addresses *);

/* Brings the addresses of 'interface' in step with 'macs', null if it is gone.
 * Returns true if that changes which addresses it has. */
bool vm_aware_addresses_update(struct vm_aware_addresses *,
                               const char *interface, const struct vm_macs *);

uint32_t vm_aware_address_hash(struct eth_addr);

/* Iterates over all nodes that may have 'MAC': those with its hash. */
#define VM_AWARE_ADDRESS_FOR_EACH(NODE, ADDRESSES, MAC)                 \
    CMAP_FOR_EACH_WITH_HASH (NODE, node, vm_aware_address_hash(MAC),    \
                             &(ADDRESSES)->by_mac)

#endif /* vm-aware-address.h */
