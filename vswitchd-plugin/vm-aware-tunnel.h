/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_TUNNEL_H
#define VM_AWARE_TUNNEL_H 1

/* The decision for a frame that goes into a tunnel of the kernel.
 *
 * The IP stack of the machine sends the outer frame, so that a bond sees it as
 * the host's.  The limit of the VM, its account, and whether its frames are
 * dropped therefore take effect at the tunnel's port, and the member is that
 * of the host.  That is what a tunnel of the switch itself does, too, unless
 * vm-aware-tunnels=split.
 *
 * The bond is the one with the port to which the route to the other end of the
 * tunnel leads.  A tunnel that leaves the machine by another way is left
 * alone.
 *
 * Thread-safety: any thread may call this, as a reader of RCU. */

#include "bond-provider.h"

struct bond_decision vm_aware_tunnel(const struct bond_frame *,
                                     const struct in6_addr *dst,
                                     struct ds *why);

#endif /* vm-aware-tunnel.h */
