/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SORTED_H
#define VM_SORTED_H 1

/* Finds the place of a name in a list that is sorted by names.
 *
 * The module neither knows what the elements are nor changes the list.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stddef.h>

/* Returns the name of element 'i' of 'list'. */
typedef const char *vm_sorted_name(const void *list, size_t i);

/* Returns the index of the first of the 'n' elements of 'list' whose name is
 * not less than 'name', by strcmp(), or 'n' if there is none.  Takes
 * O(log n) time. */
size_t vm_sorted_place(const void *list, size_t n, vm_sorted_name *,
                       const char *name);

#endif /* vm-sorted.h */
