/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REQUEST_RUN_H
#define VM_REQUEST_RUN_H 1

/* Drives the requests of a bond (rule 12): which VM is to be suspended,
 * resumed or migrated, and when.
 *
 * A request is a state machine (vm-request), driven by its causes (vm-cause),
 * the agent's answers (vm-requests) and time; vm-request-turn decides whose
 * turn it is.  The requests are published by the caller, in Interface:status.
 * What happens is told as text, for the log, and added to the journal.
 *
 * The module also runs the failovers (vm-failover), because requests depend on
 * them and they on requests.
 *
 * Thread-safety: none; the engine owns its requests. */

struct vm_inventory;
struct vm_journal;
struct vm_requests;

/* Takes the agent's answers and begins failovers, before slots are placed
 * anew. */
void vm_requests_prepare(struct vm_requests *, struct vm_inventory *,
                         struct vm_journal *, long long int now);

/* Does what is due at 'now'.  What happens is added to what is told: the
 * caller clears that before. */
void vm_requests_run(struct vm_requests *, struct vm_journal *,
                     long long int now);

/* Returns the time (ms) by which vm_requests_run() must be called: LLONG_MIN
 * for immediately, LLONG_MAX for never. */
long long int vm_requests_deadline(const struct vm_requests *);

#endif /* vm-request-run.h */
