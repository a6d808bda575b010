/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_FOUND_H
#define VM_AWARE_FOUND_H 1

/* The VLANs in which a bridge has learned given addresses, on whatever port.
 *
 * A VM may be known upstream in VLANs in which the switch has not seen it send
 * over the bond: a controller announced it there, as OVN does for a VM behind
 * an integration bridge, or that was before a restart.  The bridge's MAC table
 * tells.  It may be large, so the module goes through it once for all
 * addresses that are wanted at a time.
 *
 * The VLANs are those within the bridge.  Where an address is there, at the
 * bond or not, vm-aware-owner tells.
 *
 * Ownership: a "struct vm_aware_found" owns its lists.
 *
 * Thread-safety: only the main thread may call these functions, without a
 * lock. */

#include <stddef.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "packets.h"

struct ofproto_dpif;

struct vm_aware_found {
    struct hmap by_mac;         /* Contains "struct vlans". */
};

void vm_aware_found_init(struct vm_aware_found *);
void vm_aware_found_destroy(struct vm_aware_found *);

/* Wants the VLANs of 'mac'. */
void vm_aware_found_want(struct vm_aware_found *, struct eth_addr mac);

/* Looks for all addresses that are wanted. */
void vm_aware_found_look_up(struct vm_aware_found *,
                            const struct ofproto_dpif *);

/* Returns the number of VLANs of 'mac' and stores them in '*vlans', in no
 * particular order. */
size_t vm_aware_found_get(const struct vm_aware_found *, struct eth_addr mac,
                          const uint16_t **vlans);

#endif /* vm-aware-found.h */
