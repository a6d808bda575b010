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
 * An announcement waits for vm_aware_announce_run(), in the next iteration of
 * the main loop: by then flows are being revalidated, which matters more, and
 * translation knows a member that was just added.
 *
 * Threads: the main thread, with no lock held. */

struct vm_aware;
struct vm_slot_state;

void vm_aware_announce(struct vm_aware *, const struct vm_slot_state *);
void vm_aware_announce_run(struct vm_aware *);

#endif /* vm-aware-announce.h */
