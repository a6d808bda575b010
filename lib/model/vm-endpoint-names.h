/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_ENDPOINT_NAMES_H
#define VM_ENDPOINT_NAMES_H 1

/* The names of all endpoints of a bond, for messages.
 *
 * An endpoint has an identity, which is unique, and may have a name for
 * people, which need not be unique.  Where only one of them is shown,
 * endpoints that share a name are shown by their identity.
 *
 * The module changes nothing.
 *
 * Thread-safety: none; the caller is the engine that owns the inventory. */

struct vm_inventory;

/* Returns a malloc()'d sentence that says that 'bond' has no VM 'vm', and
 * which endpoints it has. */
char *vm_endpoint_no_such(const struct vm_inventory *, const char *bond,
                          const char *vm);

#endif /* vm-endpoint-names.h */
