/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-mac.h"

#include <limits.h>
#include <string.h>

#include "util.h"
#include "vm-inventory.h"

/* Returns the place of the first pair that is not before (mac, vlan). */
static size_t
lower_bound(const struct vm_interface *iface, struct eth_addr mac,
            uint16_t vlan)
{
    size_t low = 0;
    size_t high = iface->n_macs;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct vm_mac *m = &iface->macs[middle];
        int cmp = eth_addr_compare_3way(m->mac, mac);

        if (cmp < 0 || (!cmp && m->vlan < vlan)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool
is_attached(const struct vm_interface *iface, struct eth_addr mac, int vlan)
{
    return (iface->has_attached
            && eth_addr_equals(mac, iface->attached)
            && (iface->attached_vlan < 0 || iface->attached_vlan == vlan));
}

static void
remove_at(struct vm_interface *iface, size_t i)
{
    iface->n_macs--;
    memmove(&iface->macs[i], &iface->macs[i + 1],
            (iface->n_macs - i) * sizeof iface->macs[0]);
}

/* Removes the pair that is missed least: one that is not attached rather than
 * one that is, then the one seen least recently, then the first. */
static void
evict(struct vm_interface *iface)
{
    size_t worst = 0;

    for (size_t i = 1; i < iface->n_macs; i++) {
        const struct vm_mac *a = &iface->macs[i];
        const struct vm_mac *b = &iface->macs[worst];

        if (a->attached != b->attached ? b->attached : a->seen < b->seen) {
            worst = i;
        }
    }
    remove_at(iface, worst);
}

/* Returns the pair, new if need be, in which case '*created' becomes true. */
static struct vm_mac *
take(struct vm_interface *iface, struct eth_addr mac, uint16_t vlan,
     bool *created)
{
    size_t i = lower_bound(iface, mac, vlan);

    *created = !(i < iface->n_macs && eth_addr_equals(iface->macs[i].mac, mac)
                 && iface->macs[i].vlan == vlan);
    if (*created) {
        if (iface->n_macs >= VM_MAX_MACS) {
            evict(iface);
            i = lower_bound(iface, mac, vlan);
        }
        memmove(&iface->macs[i + 1], &iface->macs[i],
                (iface->n_macs - i) * sizeof iface->macs[0]);
        iface->n_macs++;
        iface->macs[i].mac = mac;
        iface->macs[i].vlan = vlan;
        iface->macs[i].attached = is_attached(iface, mac, vlan);
        iface->macs[i].seen = LLONG_MIN;
    }
    return &iface->macs[i];
}

void
vm_interface_attach_mac(struct vm_interface *iface,
                        const struct eth_addr *mac, int vlan)
{
    iface->has_attached = mac != NULL;
    iface->attached = mac ? *mac : eth_addr_zero;
    iface->attached_vlan = mac ? vlan : -1;

    /* Backwards, because of what is removed: a pair that stood there only
     * because it was attached, and is not any more. */
    for (size_t n = iface->n_macs; n > 0; n--) {
        size_t i = n - 1;
        struct vm_mac *m = &iface->macs[i];

        m->attached = is_attached(iface, m->mac, m->vlan);
        if (!m->attached && m->seen == LLONG_MIN) {
            remove_at(iface, i);
        }
    }

    if (mac && vlan >= 0) {
        bool created;
        take(iface, *mac, vlan, &created);
    }
}

bool
vm_interface_mac_seen(struct vm_interface *iface, struct eth_addr mac,
                      uint16_t vlan, long long int now)
{
    bool created;

    if (eth_addr_is_multicast(mac) || eth_addr_is_zero(mac)) {
        return false;
    }
    take(iface, mac, vlan, &created)->seen = now;
    return created;
}

void
vm_interface_age_macs(struct vm_interface *iface, long long int now)
{
    for (size_t n = iface->n_macs; n > 0; n--) {
        size_t i = n - 1;
        const struct vm_mac *m = &iface->macs[i];

        if (!m->attached && now - m->seen >= VM_MAC_AGE) {
            remove_at(iface, i);
        }
    }
}
