/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_ANNOUNCE_H
#define VM_AWARE_ANNOUNCE_H 1

/* Tells the far end over which uplink a VM is to be reached from now on.
 *
 * One RARP request (RFC 903), broadcast from the VM's address in its VLAN, is
 * sent over the new uplink: every switch on the way learns from its source.
 * Which addresses, when and how often is the engine's decision.
 *
 * While bridges are being reconfigured, translation does not know a member yet
 * that was just added, so nothing can be sent over it.  Announcements that are
 * due then wait for the end of the reconfiguration, in the same iteration of
 * the main loop.
 *
 * Threads: the main thread, with no lock held. */

struct vm_aware;
struct vm_slot_state;

void vm_aware_announce(struct vm_aware *, const struct vm_slot_state *);
void vm_aware_announce_waiting(struct vm_aware *);

#endif /* vm-aware-announce.h */
