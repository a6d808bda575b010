/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_ENDPOINT_LIST_H
#define VM_ENDPOINT_LIST_H 1

/* The endpoints of an inventory in the order of their identities.
 *
 * Whoever adds an endpoint to the inventory, or removes it from there, calls
 * one of the first two functions below at once.
 *
 * Ownership: the inventory owns the endpoints, and the callers the arrays that
 * the other functions return.
 *
 * Thread-safety: only the engine that owns the inventory may change it. */

#include <stddef.h>

struct vm_changes;
struct vm_endpoint;
struct vm_inventory;
struct vm_slot;

void vm_endpoint_list_insert(struct vm_inventory *, struct vm_endpoint *);
void vm_endpoint_list_remove(struct vm_inventory *,
                             const struct vm_endpoint *);

/* Return the '*n' endpoints that are among 'changes', by identity, and their
 * slots, by endpoint and then by id. */
struct vm_endpoint **vm_endpoint_list_changed(const struct vm_inventory *,
                                              const struct vm_changes *,
                                              size_t *n);
struct vm_slot **vm_endpoint_list_slots(const struct vm_inventory *,
                                        const struct vm_changes *,
                                        size_t *n);

#endif /* vm-endpoint-list.h */
