/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REQUEST_TURN_H
#define VM_REQUEST_TURN_H 1

/* Whose turn it is: which of several VMs is asked for, or resumed, next.
 *
 *   - A cause must last for vm-aware-request-delay.  A failover need not: it
 *     does not last that long.  But after a VM was suspended because of one,
 *     the next one waits for a pause that doubles each time in a row, so that
 *     a member that flaps slowly does not suspend it over and over.  A drain
 *     is planned: there is no pause before it.
 *   - No more than vm-aware-request-rate requests are made in a minute
 *     (vm-budget).  Of several, the VM of the highest priority comes first.
 *     Resumptions are not counted.
 *   - Of VMs that are to be suspended or migrated because of overload, the one
 *     of the lowest priority comes first, then the one that offers most.  Only
 *     one is acted upon at a time, and the next one when the effect has been
 *     measured, VM_TURN_SETTLE later.  An agent that takes too long does not
 *     keep the others waiting.
 *   - A VM that was suspended because of overload is resumed when the demand
 *     that it had fits again, with a margin, and has done so for
 *     VM_TURN_SETTLE; one at a time, the highest priority first.  Until its
 *     load can be measured again, it counts with that demand.
 *
 * The module changes no request.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

#include <stdbool.h>

struct vm_request;
struct vm_requests;

/* ms. */
#define VM_TURN_SETTLE 5000

/* Returns true if 'request' was made because of overload, or, after a restart,
 * if its cause is not known. */
bool vm_turn_is_overload(const struct vm_request *);

/* Returns the pending request that may be published at 'now', or null. */
struct vm_request *vm_turn_ask(const struct vm_requests *,
                               long long int now);

/* Returns true if the demand of a VM that was suspended because of overload
 * fits again. */
bool vm_turn_fits(const struct vm_requests *,
                  const struct vm_request *, long long int now);

/* Returns the VM that was suspended because of overload and is to be resumed
 * at 'now', or null. */
const struct vm_request *vm_turn_release(const struct vm_requests *,
                                         long long int now);

/* Returns the next time (ms) after 'now' at which vm_turn_ask() or
 * vm_turn_release() may return another result without an event. */
long long int vm_turn_deadline(const struct vm_requests *,
                               long long int now);

#endif /* vm-request-turn.h */
