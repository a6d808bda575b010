/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REQUEST_CHECK_H
#define VM_REQUEST_CHECK_H 1

/* Checks that requests and failovers follow from the facts, for tests.
 *
 * The module changes nothing.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

struct ds;
struct vm_requests;

/* Appends a line for each difference, after a run at 'ran'. */
void vm_requests_check(const struct vm_requests *, long long int ran,
                       struct ds *differences);

#endif /* vm-request-check.h */
