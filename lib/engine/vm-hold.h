/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_HOLD_H
#define VM_HOLD_H 1

/* Whether a VM may leave a drained member, or is held there until it is
 * suspended (vm-on-failover=suspend).
 *
 * A VM is held while there is hope: until the agent has suspended it, has
 * failed or refused, or has taken too long (vm_request_overdue()).  A request
 * that is not made within VM_HOLD_UNASKED is not waited for either.  So no VM
 * is held for ever, whatever the agent does.
 *
 * The module holds nothing and requests nothing.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

#include <stdbool.h>

struct vm_endpoint;
struct vm_requests;

/* A request waits for its turn no longer than that, ms. */
#define VM_HOLD_UNASKED 120000

enum vm_hold {
    VM_HOLD_NOT,                /* Nothing is asked about it. */
    VM_HOLD_SUSPENDED,          /* It is suspended. */
    VM_HOLD_IN_VAIN,            /* It should be suspended, and is not. */
    VM_HOLD_UNTIL_ASKED,        /* Its suspension is to be requested... */
    VM_HOLD_UNTIL_ANSWERED      /* ...or has been. */
};

/* Returns whether 'endpoint' is held at 'now'. */
enum vm_hold vm_hold_find(const struct vm_requests *,
                          const struct vm_endpoint *, long long int now);

/* Returns the time (ms) at which an endpoint that is held no longer is, unless
 * there is an event before. */
long long int vm_hold_deadline(const struct vm_requests *,
                               const struct vm_endpoint *);

#endif /* vm-hold.h */
