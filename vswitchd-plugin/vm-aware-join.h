/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_JOIN_H
#define VM_AWARE_JOIN_H 1

/* The requests of several bonds about one VM, of which one is published.
 *
 * vm-request-join decides which one, and what the other bonds are told.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stddef.h>

#include "openvswitch/list.h"

struct vm_aware_bond;
struct vm_request;

/* Returns the '*n' bonds of 'bonds', a list of "struct vm_aware_bond"s, in an
 * array by name, which the caller frees. */
const struct vm_aware_bond **vm_aware_join_sort(const struct ovs_list *bonds,
                                                size_t *n);

/* Returns the request about 'vm' that is published, or null.  'bonds' is from
 * vm_aware_join_sort(). */
const struct vm_request *vm_aware_join_published(
    const struct vm_aware_bond *const *bonds, size_t n, const char *vm);

/* Passes the answers to requests that are not published to their bonds. */
void vm_aware_join_answer(const struct ovs_list *bonds, long long int now);

#endif /* vm-aware-join.h */
