/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-mac.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

void
vm_macs_init(struct vm_macs *macs)
{
    memset(macs, 0, sizeof *macs);
    macs->attached_vlan = -1;
    macs->list = xmalloc(sizeof *macs->list);
    macs->allocated = 1;
}

void
vm_macs_destroy(struct vm_macs *macs)
{
    free(macs->list);
}

/* Returns the index of the first pair that is not less than (mac, vlan). */
static size_t
lower_bound(const struct vm_macs *macs, struct eth_addr mac,
            uint16_t vlan)
{
    size_t low = 0;
    size_t high = macs->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct vm_mac *m = &macs->list[middle];
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
is_attached(const struct vm_macs *macs, struct eth_addr mac, int vlan)
{
    return (macs->has_attached
            && eth_addr_equals(mac, macs->attached)
            && (macs->attached_vlan < 0 || macs->attached_vlan == vlan));
}

static void
remove_at(struct vm_macs *macs, size_t i)
{
    macs->n--;
    memmove(&macs->list[i], &macs->list[i + 1],
            (macs->n - i) * sizeof macs->list[0]);
}

/* Removes one pair: one that is not attached, if there is any; among these,
 * the one that was learned least recently; among equals, the first. */
static void
evict(struct vm_macs *macs)
{
    size_t evicted = 0;

    for (size_t i = 1; i < macs->n; i++) {
        const struct vm_mac *a = &macs->list[i];
        const struct vm_mac *b = &macs->list[evicted];

        if (a->attached != b->attached
            ? b->attached : a->learned < b->learned) {
            evicted = i;
        }
    }
    remove_at(macs, evicted);
}

/* Returns the pair (mac, vlan), after adding it if it is not in the table.
 * Sets '*created' to whether it was added. */
static struct vm_mac *
find_or_add(struct vm_macs *macs, struct eth_addr mac, uint16_t vlan,
            bool *created)
{
    size_t i = lower_bound(macs, mac, vlan);

    *created = !(i < macs->n && eth_addr_equals(macs->list[i].mac, mac)
                 && macs->list[i].vlan == vlan);
    if (*created) {
        if (macs->n >= VM_MAX_MACS) {
            evict(macs);
            i = lower_bound(macs, mac, vlan);
        }
        if (macs->n >= macs->allocated) {
            macs->list = x2nrealloc(macs->list, &macs->allocated,
                                    sizeof *macs->list);
        }
        memmove(&macs->list[i + 1], &macs->list[i],
                (macs->n - i) * sizeof macs->list[0]);
        macs->n++;
        macs->list[i].mac = mac;
        macs->list[i].vlan = vlan;
        macs->list[i].attached = is_attached(macs, mac, vlan);
        macs->list[i].found = false;
        macs->list[i].learned = LLONG_MIN;
    }
    return &macs->list[i];
}

bool
vm_macs_attach(struct vm_macs *macs, const struct eth_addr *mac, int vlan)
{
    vlan = mac ? vlan : -1;
    if (macs->has_attached == (mac != NULL) && macs->attached_vlan == vlan
        && eth_addr_equals(macs->attached, mac ? *mac : eth_addr_zero)) {
        return false;
    }
    macs->has_attached = mac != NULL;
    macs->attached = mac ? *mac : eth_addr_zero;
    macs->attached_vlan = vlan;

    /* Remove pairs that were never learned.  Iterate backward because of
     * that. */
    for (size_t n = macs->n; n > 0; n--) {
        size_t i = n - 1;
        struct vm_mac *m = &macs->list[i];

        m->attached = is_attached(macs, m->mac, m->vlan);
        if (m->learned == LLONG_MIN) {
            remove_at(macs, i);
        }
    }

    if (mac && vlan >= 0) {
        bool created;
        find_or_add(macs, *mac, vlan, &created);
    }
    return true;
}

bool
vm_macs_learn(struct vm_macs *macs, struct eth_addr mac, uint16_t vlan,
              long long int now)
{
    bool created;

    if (eth_addr_is_multicast(mac) || eth_addr_is_zero(mac)) {
        return false;
    }
    find_or_add(macs, mac, vlan, &created)->learned = now;
    return created;
}

void
vm_macs_forget(struct vm_macs *macs)
{
    macs->n = 0;
    if (macs->has_attached && macs->attached_vlan >= 0) {
        bool created;

        find_or_add(macs, macs->attached, macs->attached_vlan, &created);
    }
}

void
vm_macs_age(struct vm_macs *macs, long long int now)
{
    for (size_t n = macs->n; n > 0; n--) {
        size_t i = n - 1;
        const struct vm_mac *m = &macs->list[i];

        if (!m->attached && now - m->learned >= VM_MAC_AGE) {
            remove_at(macs, i);
        }
    }
}

bool
vm_macs_contain(const struct vm_macs *macs, struct eth_addr mac, uint16_t vlan)
{
    size_t i = lower_bound(macs, mac, vlan);

    return (i < macs->n && eth_addr_equals(macs->list[i].mac, mac)
            && macs->list[i].vlan == vlan);
}

static int
compare_evidence(const struct vm_mac *a, const struct vm_mac *b)
{
    return (a->attached != b->attached ? (a->attached ? -1 : 1)
            : a->learned != b->learned ? (a->learned > b->learned ? -1 : 1)
            : 0);
}

int
vm_mac_compare_evidence(const void *a_, const void *b_)
{
    const struct vm_mac *a = a_;
    const struct vm_mac *b = b_;
    int evidence = compare_evidence(a, b);
    int mac = eth_addr_compare_3way(a->mac, b->mac);

    return evidence ? evidence : mac ? mac : (int) a->vlan - (int) b->vlan;
}

bool
vm_mac_is_here(const struct vm_mac *mac, enum vm_mac_place place,
               enum vm_mac_memory memory)
{
    return (place == VM_MAC_HERE
            || (place == VM_MAC_UNKNOWN
                && (memory == VM_MAC_NEW ? mac->attached
                    : memory == VM_MAC_STAYED)));
}

bool
vm_mac_outweighs(const struct vm_mac *a, const struct vm_mac *b, bool same_vm)
{
    bool later = a->learned > b->learned;
    bool more = compare_evidence(a, b) < 0;

    return b->found ? later || more : same_vm ? later : more;
}
