/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REQUEST_WORDS_H
#define VM_REQUEST_WORDS_H 1

/* What is said about requests and failovers: lines for the log, entries of the
 * journal, and problems.
 *
 * The module changes no request.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

#include "engine/vm-request.h"

struct vm_failover;
struct vm_journal;
struct vm_problems;
struct vm_requests;
struct vm_slot;

/* What an operator should know of. */
enum vm_request_news {
    VM_NEWS_ASKED,              /* A suspension or migration is requested. */
    VM_NEWS_WITHDRAWN,          /* It no longer is, and was not begun. */
    VM_NEWS_DONE,               /* The VM is suspended, or has migrated. */
    VM_NEWS_FAILED,             /* The agent failed, or refused. */
    VM_NEWS_RESUMES,            /* A resumption is requested. */
    VM_NEWS_RUNS                /* The VM runs again. */
};

/* Tells, and adds to the journal, that 'request' has come to this. */
void vm_request_tell(struct vm_requests *, const struct vm_request *,
                     enum vm_request_news,
                     struct vm_journal *, long long int now);

/* Tells that a failover began or ended. */
void vm_failover_tell(struct vm_requests *, const struct vm_failover *);

/* Tells that the VM of 'request' has returned (vm-return). */
void vm_return_tell(struct vm_requests *, const struct vm_request *);

/* Tells that 'slot' leaves a drained member although its VM should be
 * suspended before. */
void vm_hold_tell(struct vm_requests *, const struct vm_slot *,
                  long long int now);

/* Appends a problem for each request that the agent does not answer, or could
 * not carry out. */
void vm_requests_problems(const struct vm_requests *, long long int now,
                          struct vm_problems *);

#endif /* vm-request-words.h */
