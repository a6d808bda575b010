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
 * Drops and offers must be of the same time.  So drops are divided when all
 * flows have just been counted, by readings of meters that are made then, and
 * what an interface has offered until then is remembered with its part: the
 * difference, what it has sent, is of that time.
 *
 * Frames that come while flows are being counted may be missing in the
 * offers.  Drops that exceed the offers since the last division are divided
 * the next time, so that what an interface has sent never decreases.  If a
 * meter could not be read for a while and nothing more is offered, the sum of
 * the drops is more important than that.
 *
 * Thread-safety: only the main thread may call these functions. */

#include "openvswitch/shash.h"

struct vm_aware_drops;
struct vm_engine;

void vm_aware_drops_add(struct vm_aware_drops *sum,
                        const struct vm_aware_drops *);

/* Divides the new drops, when all flows and all meters have just been counted.
 * 'divided' maps the identity of each VM to what was divided, which this
 * module owns as malloc()'d memory, and 'accounts' the name of each interface
 * to its account. */
void vm_aware_drops_divide(const struct vm_engine *, struct shash *divided,
                           const struct shash *accounts);

#endif /* vm-aware-drops.h */
