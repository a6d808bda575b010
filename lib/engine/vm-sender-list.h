/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SENDER_LIST_H
#define VM_SENDER_LIST_H 1

/* Groups the slots of each endpoint into senders: one for each member that
 * carries some of them.
 *
 * When only some endpoints have changed, theirs are grouped again, and the
 * senders of the others stay; the outcome is the same as of grouping all.
 *
 * Ownership: the module owns the senders.  These point into the inventory: the
 * pointers are valid from vm_senders_update() until the inventory changes.
 *
 * Thread-safety: none; the engine owns its senders. */

#include <stdbool.h>

struct vm_endpoint;
struct vm_inventory;
struct vm_meters;
struct vm_senders;

void vm_senders_init(struct vm_senders *);
void vm_senders_destroy(struct vm_senders *);

/* Groups all slots into senders at 'now'.  A new sender has no demand yet.
 * For vm-self-check: wakes nobody, and no meter becomes unwanted. */
void vm_senders_regroup(struct vm_senders *, const struct vm_inventory *,
                        long long int now);

/* Groups those that were created, removed, renamed or moved since the end of
 * the last run, according to the inventory, and wakes the senders that have
 * changed or send again (vm-sender-rest).  The meters of senders that are gone
 * are not wanted any more. */
void vm_senders_update(struct vm_senders *, struct vm_meters *,
                       const struct vm_inventory *, long long int now);

/* Returns true if 'endpoint' has a sender, as its slots are now. */
bool vm_senders_exist(const struct vm_inventory *,
                      const struct vm_endpoint *);

#endif /* vm-sender-list.h */
