/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_DROPS_H
#define VM_AWARE_DROPS_H 1

/* Divides the drops of meters among interfaces.
 *
 * A meter belongs to a VM and does not distinguish its vNICs; statistics
 * belong to interfaces.  Therefore the drops of the meters of a VM are divided
 * among its vNICs, in proportion to the bytes that each of them offered in the
 * meantime.  For a VM with one vNIC the result is exact, and the parts always
 * add up to the drops.
 *
 * Counters of flows are older than those of meters.  Drops that exceed the
 * known offers are divided later, so that no interface ever has more drops
 * than offers, and the difference, its sent bytes, never decreases.
 *
 * Thread-safety: only the main thread may call this function. */

#include "openvswitch/shash.h"

struct vm_engine;

/* Divides the new drops.  'divided' maps the identity of each VM to its drops
 * that have been divided, a "struct vm_aware_drops *", and 'accounts' the name
 * of each interface to its account. */
void vm_aware_drops_divide(const struct vm_engine *, struct shash *divided,
                           const struct shash *accounts);

#endif /* vm-aware-drops.h */
