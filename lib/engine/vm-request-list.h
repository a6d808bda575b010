/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REQUEST_LIST_H
#define VM_REQUEST_LIST_H 1

/* Which VMs have a request: those whose policy may lead to one, and those
 * about which one is not resolved yet.  A VM that leaves because that was
 * requested is remembered (vm-return).
 *
 * Thread-safety: none; the engine owns its requests. */

struct vm_changes;
struct vm_requests;

/* Adds a request for each VM among 'changes' whose policy may lead to one, and
 * removes those of VMs that are gone, and those that are not needed any
 * more. */
void vm_request_list_update(struct vm_requests *, const struct vm_changes *,
                            long long int now);

#endif /* vm-request-list.h */
