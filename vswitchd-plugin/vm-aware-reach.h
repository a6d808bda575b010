/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_REACH_H
#define VM_AWARE_REACH_H 1

/* From which interfaces frames reach a bond, and in which VLANs.
 *
 * Frames reach a bond from its own bridge, and from other bridges over patch
 * ports or by a tunnel.  On its own bridge, the settings of two ports
 * determine the VLAN.  Between bridges anything may happen to a tag; then the
 * module only tells when a setting of a port on the way has changed.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bond_iface;
struct vm_aware_bond;
struct vm_tag_port;

/* Updates which bridges can reach the bond, and what is known of their patch
 * ports.  All interfaces are in 'ifaces'.  Returns true if the functions below
 * may now answer otherwise about an interface that has not changed. */
bool vm_aware_reach_update(struct vm_aware_bond *,
                           const struct bond_iface *ifaces, size_t n);

bool vm_aware_reach_is_member(const struct vm_aware_bond *,
                              const struct bond_iface *);

/* Returns true if the interface is a tunnel whose outer frames the IP stack of
 * the machine sends, and not the switch. */
bool vm_aware_reach_is_kernel_tunnel(const struct vm_aware_bond *,
                                     const struct bond_iface *);

/* Returns true if frames can enter the bond's datapath by the interface and
 * may leave over the bond. */
bool vm_aware_reach_is_sender(const struct vm_aware_bond *,
                              const struct bond_iface *);

/* Stores the VLANs of the interface's port in '*port', which the caller must
 * destroy. */
void vm_aware_reach_tag_port(const struct bond_iface *,
                             struct vm_tag_port *port);

/* Returns the VLAN under which frames of the interface leave over the bond
 * unless the guest tags them, or -1 if they do not or if that depends on what
 * lies between.  Stores the ethertype of tags in '*type'. */
int vm_aware_reach_access_vlan(const struct vm_aware_bond *,
                               const struct bond_iface *, uint16_t *type);

/* Returns a number that changes with the VLANs of the bond and of the patch
 * ports that may lie between it and the interface. */
unsigned int vm_aware_reach_way(const struct vm_aware_bond *,
                                const struct bond_iface *);

#endif /* vm-aware-reach.h */
