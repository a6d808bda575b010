/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_COPY_H
#define VM_COPY_H 1

/* An engine like another one, to try things out with.
 *
 * The copy is told the facts that the original was told and derives what
 * follows from them by itself; then it is given what the original remembers:
 * the states of members, where slots are and how they came there, and the
 * loads.  Journal, addresses, counters of frames, and the time of the next
 * rebalancing are not copied: no decision depends on them.
 *
 * The original does not change.  The caller owns the copy.  Whoever may enter
 * the engine may enter here. */

#include "vm-inventory.h"

struct vm_engine;

/* A copy of the engine as of 'now', which has still to decide, in its next
 * vm_engine_run(). */
struct vm_engine *vm_engine_copy(const struct vm_engine *, long long int now);

/* The slot of 'inventory' that corresponds to a slot of another one: same
 * endpoint, same wish.  Null if there is none. */
struct vm_slot_state *vm_copy_find_slot(const struct vm_inventory *,
                                        const struct vm_slot_state *like);

#endif /* vm-copy.h */
