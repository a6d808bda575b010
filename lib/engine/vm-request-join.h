/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REQUEST_JOIN_H
#define VM_REQUEST_JOIN_H 1

/* Joins the requests of several bonds about one VM, of which the agent sees
 * one.
 *
 * The VM is suspended while any bond asks for that.  Otherwise a migration is
 * published, otherwise a resumption; of several alike, the one that the agent
 * has come farthest with, then the first one.
 *
 * A bond whose request is not published gets an answer all the same, or it
 * would wait for ever: what the agent answers to the published request is the
 * answer to each one of the same kind, and a bond that asks for a resumption
 * while another one asks for something else has done its part.
 *
 * The module publishes nothing and answers nothing itself.
 *
 * Thread-safety: functions of their arguments. */

#include <stddef.h>

#include "engine/vm-request-id.h"

struct vm_request;

/* Returns the index of the request to be published, among 'n' about one VM,
 * each of a bond, in the order of the bonds; some may be null.  Returns -1 if
 * none is to be published. */
int vm_request_join(const struct vm_request *const *, size_t n);

/* Returns the answer to 'request', which is not published, while 'published'
 * is. */
enum vm_answer_state vm_request_join_answer(const struct vm_request *request,
                                            const struct vm_request
                                                *published);

#endif /* vm-request-join.h */
