/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_DROPS_H
#define VM_AWARE_DROPS_H 1

/* Passes drops of meters, and what interfaces have offered, to vm-drops, which
 * divides the ones in proportion to the others.
 *
 * Drops and offers must be of the same time.  So drops are divided when all
 * flows have just been counted, by readings of meters that are made then, and
 * what an interface has offered until then is remembered with its part: the
 * difference, what it has sent, is of that time.
 *
 * Thread-safety: only the main thread may call these functions. */

#include "openvswitch/shash.h"

struct sset;
struct vm_engine;

/* Divides the new drops of those VMs of which an interface is among 'senders',
 * those that have sent something, when all flows and their meters have just
 * been counted.  'divided' maps the identity of each VM to what was divided,
 * which this module owns as malloc()'d memory, and 'accounts' the name of each
 * interface to its account. */
void vm_aware_drops_divide(const struct vm_engine *,
                           const struct sset *senders, struct shash *divided,
                           const struct shash *accounts);

/* Forgets what was divided for VMs that are gone. */
void vm_aware_drops_forget(const struct vm_engine *, struct shash *divided);

#endif /* vm-aware-drops.h */
