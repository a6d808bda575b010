/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_WATCH_H
#define VM_WATCH_H 1

/* The endpoints that the engine must look at although nothing about them has
 * changed.  It looks at no others, so that an event costs what it concerns.
 *
 *   - Timed: a slot is yet to be reported or announced, or frames that arrive
 *     for it over another member are yet to be dropped.
 *   - Bound: a slot may have to move when members or other slots change: it
 *     has a preference, a home or a pin, is exclusive, or its guarantee is
 *     unmet.
 *   - Reserving: a slot has a guarantee or is exclusive.
 *   - Troubled: something is wrong with the endpoint or an interface of it.
 *
 * Each set is brought up to date after what it is about was derived.
 *
 * Ownership: the inventory owns its sets; lists that are returned are the
 * caller's.
 *
 * Thread-safety: none; the caller is the engine that owns the inventory. */

#include <stdbool.h>
#include <stddef.h>

#include "model/vm-entity.h"

void vm_watch_init(struct vm_watch *);
void vm_watch_destroy(struct vm_watch *);

/* To be called when the slots of the endpoints in the set were placed. */
void vm_watch_placed(struct vm_inventory *, const struct vm_changes *,
                     long long int now);

/* To be called when problems of the endpoints in the set, or of interfaces of
 * them, may have changed. */
void vm_watch_checked(struct vm_inventory *, const struct vm_changes *);

/* To be called when all was reported and announced that was due at 'now'. */
void vm_watch_told(struct vm_inventory *, long long int now);

/* Return the slots of the timed, of the bound, or of the reserving endpoints,
 * in the order of vm_inventory_slots(). */
struct vm_slot **vm_watch_timed(const struct vm_inventory *, size_t *n);
struct vm_slot **vm_watch_bound(const struct vm_inventory *, size_t *n);
struct vm_slot **vm_watch_reserving(const struct vm_inventory *, size_t *n);

/* Appends the problems of interfaces, in the order of their names, then those
 * of endpoints, in the order of their identities. */
void vm_watch_problems(const struct vm_inventory *, struct vm_problems *all);

/* Return true if an endpoint belongs into the set.  The sets are checked
 * against these (see vm-self-check). */
bool vm_watch_is_timed(const struct vm_endpoint *, long long int now);
bool vm_watch_is_bound(const struct vm_endpoint *);
bool vm_watch_is_reserving(const struct vm_endpoint *);
bool vm_watch_is_troubled(const struct vm_endpoint *);

#endif /* vm-watch.h */
