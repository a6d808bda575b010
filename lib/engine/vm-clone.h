/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_CLONE_H
#define VM_CLONE_H 1

/* Copies an engine, so that an event can be tried on the copy.
 *
 * The copy gets the facts of the original and derives from them what follows.
 * Then it gets the state that the original remembers: the states of members,
 * the members of slots with their reasons, and the loads.  The journal,
 * learned addresses, counters of frames and the time of the next rebalancing
 * are not copied, because no decision depends on them.
 *
 * The original does not change.  The caller owns the copy.
 *
 * Thread-safety: same as the engine that is copied. */

#include "model/vm-inventory.h"

struct vm_engine;

/* Returns a copy of the engine as of 'now'.  It has made no decision yet; its
 * next vm_engine_run() does. */
struct vm_engine *vm_engine_clone(const struct vm_engine *, long long int now);

/* The same in two parts, each of which costs about the same.  The original
 * must not change between them. */
struct vm_engine *vm_engine_clone_facts(const struct vm_engine *,
                                        long long int now);
void vm_engine_clone_memory(struct vm_engine *copy, const struct vm_engine *,
                            long long int now);

/* Returns the slot of an inventory that corresponds to 'like', a slot of
 * another one, that is, the slot of the same endpoint with the same
 * preference.  Returns null if there is none. */
struct vm_slot *vm_clone_find_slot(const struct vm_inventory *,
                                   const struct vm_slot *like);

#endif /* vm-clone.h */
