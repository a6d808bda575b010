/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REGROUP_H
#define VM_REGROUP_H 1

/* From interfaces to endpoints and slots.
 *
 * Who belongs together follows from the interfaces alone, so it is worked out
 * anew whenever one of them has changed, and only the assignment is carried
 * over:
 *
 *   - A slot whose endpoint and wish are as before is the same slot, whatever
 *     interfaces come and go.  An interface that comes to it takes its place.
 *   - A new slot starts from where the first of its interfaces (by name) was
 *     that was in a slot of a VM before.  Nothing is inherited from the host:
 *     an interface that gets its identity a moment after it appeared is new.
 *   - A slot that nobody was in before, whatever the host's, starts from what
 *     is known of its first interface from before a restart.
 *
 * The room looks at identities, policies and wishes; of uplinks it knows only
 * names.  What it makes belongs to the inventory.  Only the engine that owns
 * the inventory may enter. */

#include "vm-inventory.h"

/* Works out all endpoints, slots and merged policies.  Costs O(n log n) for n
 * interfaces. */
void vm_inventory_regroup(struct vm_inventory *);

/* Fills in the problems of all interfaces: those of parsing, and wishes that
 * name an uplink that is no member of 'bond'.  Comes after
 * vm_inventory_regroup().  'host_problems' becomes the list of those of the
 * host's wish. */
void vm_inventory_check_wishes(struct vm_inventory *, const char *bond,
                               struct vm_problems *host_problems);

/* What an endpoint is owed in one of its slots, bit/s: its guarantee is
 * divided equally, and the first slot has the remainder. */
uint64_t vm_slot_guarantee(const struct vm_slot_state *);

void vm_endpoint_destroy(struct vm_endpoint *);

#endif /* vm-regroup.h */
