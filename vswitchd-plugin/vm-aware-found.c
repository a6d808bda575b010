/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-found.h"

#include "coverage.h"
#include "mac-learning.h"
#include "ofproto/ofproto-dpif.h"
#include "util.h"

COVERAGE_DEFINE(vm_aware_found_walk);

/* The VLANs of one address. */
struct vlans {
    struct hmap_node node;      /* In 'by_mac'. */
    struct eth_addr mac;
    uint16_t *list;
    size_t n, allocated;
};

void
vm_aware_found_init(struct vm_aware_found *found)
{
    hmap_init(&found->by_mac);
}

void
vm_aware_found_destroy(struct vm_aware_found *found)
{
    struct vlans *vlans;

    HMAP_FOR_EACH_POP (vlans, node, &found->by_mac) {
        free(vlans->list);
        free(vlans);
    }
    hmap_destroy(&found->by_mac);
}

static struct vlans *
find(const struct vm_aware_found *found, struct eth_addr mac)
{
    struct vlans *vlans;

    HMAP_FOR_EACH_WITH_HASH (vlans, node, hash_mac(mac, 0, 0),
                             &found->by_mac) {
        if (eth_addr_equals(vlans->mac, mac)) {
            return vlans;
        }
    }
    return NULL;
}

void
vm_aware_found_want(struct vm_aware_found *found, struct eth_addr mac)
{
    struct vlans *vlans;

    if (!find(found, mac)) {
        vlans = xzalloc(sizeof *vlans);
        vlans->mac = mac;
        hmap_insert(&found->by_mac, &vlans->node, hash_mac(mac, 0, 0));
    }
}

void
vm_aware_found_look_up(struct vm_aware_found *found,
                       const struct ofproto_dpif *ofproto)
{
    const struct mac_entry *entry;

    if (hmap_is_empty(&found->by_mac)) {
        return;
    }
    COVERAGE_INC(vm_aware_found_walk);
    ovs_rwlock_rdlock(&ofproto->ml->rwlock);
    LIST_FOR_EACH (entry, lru_node, &ofproto->ml->lrus) {
        struct vlans *vlans = find(found, entry->mac);

        if (!vlans) {
            continue;
        }
        if (vlans->n >= vlans->allocated) {
            vlans->list = x2nrealloc(vlans->list, &vlans->allocated,
                                     sizeof *vlans->list);
        }
        vlans->list[vlans->n++] = entry->vlan;
    }
    ovs_rwlock_unlock(&ofproto->ml->rwlock);
}

size_t
vm_aware_found_get(const struct vm_aware_found *found, struct eth_addr mac,
                   const uint16_t **vlans_)
{
    const struct vlans *vlans = find(found, mac);

    *vlans_ = vlans ? vlans->list : NULL;
    return vlans ? vlans->n : 0;
}
