/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_DROPS_H
#define VM_AWARE_DROPS_H 1

/* What meters dropped, interface by interface.
 *
 * A meter belongs to a VM, and does not know by which vNIC a frame that it
 * drops has come; statistics belong to interfaces.  So what the meters of a VM
 * dropped is divided among its vNICs, in proportion to the bytes that each of
 * them tried to send meanwhile.  For a VM with one vNIC that is exact, and in
 * any case the parts add up to what was dropped.
 *
 * Meters are up to date while the counters of flows lag behind.  Drops that
 * exceed what is known to have been sent wait, so that no interface has ever
 * dropped more than it sent, and what has left never becomes less.
 *
 * Thread-safety: the main thread. */

#include "openvswitch/shash.h"

struct vm_engine;

/* Divides what is new.  'divided' maps VMs' identities to what has been
 * divided, a "struct vm_aware_drops *", and 'accounts' interfaces' names to
 * their accounts. */
void vm_aware_drops_divide(const struct vm_engine *, struct shash *divided,
                           const struct shash *accounts);

#endif /* vm-aware-drops.h */
