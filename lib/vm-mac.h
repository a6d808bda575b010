/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_MAC_H
#define VM_MAC_H 1

/* Under which addresses the far end may know one interface.
 *
 * A table of (MAC, VLAN) pairs in each "struct vm_interface".  Two sources
 * fill it: the database tells the address that the interface was given
 * ("attached-mac"), and frames show what is really used, perhaps by guests
 * within the guest.
 *
 * A guest may send from as many addresses as it likes, so the table has a
 * fixed size, VM_MAX_MACS, and the pair that was not seen for the longest time
 * makes room; pairs of the attached address do so last.  A pair that was not
 * seen for VM_MAC_AGE is forgotten, unless its address is the attached one.
 *
 * The VLAN under which the attached address leaves may be known from the
 * configuration; on a trunk it is not, and then all VLANs under which the
 * address was seen stay.
 *
 * The table does not know other interfaces: two of them may have the same
 * pair.  It owns no memory.  Only the engine may change it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packets.h"

/* How long a pair is remembered that is not seen any more, ms.  The default of
 * a bridge's MAC table, too. */
#define VM_MAC_AGE (300 * 1000)

struct vm_interface;

/* The attached address is 'mac', null if there is none, under 'vlan', or -1 if
 * that is not known. */
void vm_interface_attach_mac(struct vm_interface *,
                             const struct eth_addr *mac, int vlan);

/* A frame from 'mac' was sent under 'vlan' at 'now'.  Returns true if the pair
 * was not known.  Multicast addresses and zero send no frames: they are
 * ignored. */
bool vm_interface_mac_seen(struct vm_interface *, struct eth_addr mac,
                           uint16_t vlan, long long int now);

/* Forgets what is too old at 'now'. */
void vm_interface_age_macs(struct vm_interface *, long long int now);

#endif /* vm-mac.h */
