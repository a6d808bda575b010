/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_ENDPOINT_H
#define VM_ENDPOINT_H 1

/* An endpoint: a VM, or the host.
 *
 * This module creates, fills and destroys a single endpoint.  It does not know
 * which interfaces belong together; vm-regroup does.
 *
 * Ownership: an endpoint owns its identity, its merged policy, its problems
 * and its slots.  Its interfaces belong to the inventory.
 *
 * Thread-safety: only the engine that owns the inventory may call these
 * functions. */

#include <stdbool.h>

#include "model/vm-entity.h"

/* Creates an endpoint without interfaces and slots, with the default
 * policy. */
struct vm_endpoint *vm_endpoint_create(const char *id);
void vm_endpoint_destroy(struct vm_endpoint *);

/* Append to the endpoint's list.  The caller keeps the list sorted. */
void vm_endpoint_add_interface(struct vm_endpoint *, struct vm_interface *);
void vm_endpoint_add_absent(struct vm_endpoint *, struct vm_interface *);
void vm_endpoint_add_slot(struct vm_endpoint *, struct vm_slot *);

/* Notes that there are news about all interfaces of the endpoint. */
void vm_endpoint_note_news(const struct vm_endpoint *, struct vm_news *);

bool vm_endpoint_is_host(const struct vm_endpoint *);

/* The name of an endpoint for people, which need not be unique. */
const char *vm_endpoint_name(const struct vm_endpoint *);

/* Returns true if no frame has come from the VM: 'vm-exclusive' is not in
 * force yet.  A VM that migrates to this host has an interface here long
 * before it runs here, if it ever does. */
bool vm_endpoint_is_silent(const struct vm_endpoint *);

#endif /* vm-endpoint.h */
