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
 * tunnel leads, for frames with the packet mark of the outer one.  A tunnel
 * that leaves the machine by another way is left alone.  As with a tunnel of
 * the switch itself, the flow does not match a mark that no action has set.
 *
 * When routes change, flows into such tunnels are translated again.  With
 * tunnels of the kernel, Open vSwitch itself only notices that the route to a
 * fixed 'remote_ip' leads to another device.  It does not notice changes of
 * other routes, which matter with remote_ip=flow and with marks.  Nor does it
 * translate flows again that were translated while it read all routes anew,
 * which it forgets first.
 *
 * Thread-safety: any thread may call vm_aware_tunnel(), as a reader of RCU;
 * only the main thread the other functions. */

#include "bond-provider.h"

struct vm_aware_bond;

struct bond_decision vm_aware_tunnel(const struct bond_frame *,
                                     const struct in6_addr *dst,
                                     struct ds *why);

/* For each bond: the first one when it is created, the others in the main
 * loop. */
void vm_aware_tunnel_init(struct vm_aware_bond *);
void vm_aware_tunnel_run(struct vm_aware_bond *);
void vm_aware_tunnel_wait(const struct vm_aware_bond *);

#endif /* vm-aware-tunnel.h */
