/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_MAC_H
#define VM_MAC_H 1

/* The MAC table of one interface: the (MAC, VLAN) pairs that upstream switches
 * may have learned for it, and that a move must announce.
 *
 * A pair has two possible sources.  The database holds the attached address,
 * "attached-mac".  Other addresses, such as those of nested guests, are
 * learned from the frames that the interface sends.
 *
 * A guest can send from any number of addresses.  Therefore the table has a
 * fixed size, VM_MAX_MACS.  In a full table, a new pair replaces the one that
 * was learned least recently; pairs of the attached address are replaced only
 * if there are no others.  A pair that was not learned again for VM_MAC_AGE is
 * removed, unless its address is the attached one.
 *
 * The VLAN of the attached address follows from the configuration, except on a
 * trunk.  There the attached address is in the table with every VLAN under
 * which it was learned.
 *
 * Two interfaces may have the same pair.  vm_mac_outweighs() tells to which
 * one it belongs; the module does not look for them.
 *
 * Ownership: a table is part of its "struct vm_interface" and owns no memory.
 *
 * Thread-safety: only the engine that owns the interface may change its
 * table. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packets.h"

/* Time after which a learned pair is removed, ms.  The same as the default of
 * a bridge's MAC table. */
#define VM_MAC_AGE (300 * 1000)

/* Maximum number of pairs of one interface. */
#define VM_MAX_MACS 64

struct vm_mac {
    struct eth_addr mac;
    uint16_t vlan;              /* 0 if untagged on the bond. */
    bool attached;              /* Of the attached address: does not age. */
    bool found;                 /* Not in the table of the interface: the
                                 * bridge has the address in this VLAN. */
    long long int learned;      /* Last time it was learned, ms, or LLONG_MIN
                                 * if it never was. */
};

struct vm_macs {
    struct vm_mac *list;        /* Sorted by MAC, then VLAN; never null. */
    size_t n, allocated;
    bool has_attached;          /* Is there an attached address? */
    struct eth_addr attached;   /* external_ids:attached-mac.  It is in 'list'
                                 * with the VLANs that are known. */
    int attached_vlan;          /* Its VLAN from the configuration, or -1. */
};

void vm_macs_init(struct vm_macs *);
void vm_macs_destroy(struct vm_macs *);

/* Sets the attached address to 'mac', null for none, under 'vlan', -1 if that
 * is not known.  Returns true if that is a change. */
bool vm_macs_attach(struct vm_macs *, const struct eth_addr *mac, int vlan);

/* Learns the source address 'mac' of a frame in 'vlan' at 'now'.  Returns true
 * if the pair is new.  Multicast addresses and the zero address are
 * ignored. */
bool vm_macs_learn(struct vm_macs *, struct eth_addr mac, uint16_t vlan,
                   long long int now);

/* Removes what was learned, also of the attached address: the interface sends
 * in other VLANs now. */
void vm_macs_forget(struct vm_macs *);

/* Returns true if (mac, vlan) is in the table. */
bool vm_macs_contain(const struct vm_macs *, struct eth_addr mac,
                     uint16_t vlan);

/* Compares two pairs for qsort() by the evidence that the interface has them:
 * attached before learned, the one learned last first; among equals, by
 * address and VLAN. */
int vm_mac_compare_evidence(const void *, const void *);

/* Where the bridge believes an address to be. */
enum vm_mac_place {
    VM_MAC_UNKNOWN,             /* It has not learned it. */
    VM_MAC_BEYOND,              /* Beyond the bond. */
    VM_MAC_HERE
};

/* What an interface remembers of a pair. */
enum vm_mac_memory {
    VM_MAC_NEW,                 /* Nothing: it was not in its table yet. */
    VM_MAC_STAYED,
    VM_MAC_MOVED_AWAY           /* It was beyond the bond since the interface
                                 * has sent from it. */
};

/* Returns true if an interface has 'mac' now, as far as other hosts are
 * concerned.  An attached address of which nothing was heard is the
 * interface's own: that of a VM that is silent.  One that has moved away
 * remains foreign until the interface sends from it again, even if the bridge
 * has forgotten it meanwhile. */
bool vm_mac_is_here(const struct vm_mac *mac, enum vm_mac_place,
                    enum vm_mac_memory);

/* Two interfaces have the same pair, 'a' and 'b'.  Returns true if it belongs
 * to that of 'a', because there is more evidence for that.  Between interfaces
 * of one VM ('same_vm'), such as those of a bond in the guest, only the time
 * counts.  A pair that was merely found for 'b' belongs to one that has sent
 * from it, or to which the address is attached. */
bool vm_mac_outweighs(const struct vm_mac *a, const struct vm_mac *b,
                      bool same_vm);

/* Removes the pairs that have aged out at 'now'. */
void vm_macs_age(struct vm_macs *, long long int now);

#endif /* vm-mac.h */
