/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_PROBLEM_H
#define VM_PROBLEM_H 1

/* Lists of configuration problems, as text for the operator.
 *
 * A problem never stops anything.  It says which key is wrong, what is used
 * instead and what would be right, and stays in the list of its interface,
 * bond or member until the configuration is corrected.  This module stores
 * text.  It does not know what a problem means, and neither logs nor reports
 * it.
 *
 * Ownership: a list owns its texts until vm_problems_destroy().
 *
 * Thread-safety: a list has no lock.  Any thread may call these functions with
 * a list that no other thread uses at the same time. */

#include <stdbool.h>
#include <stddef.h>

struct vm_problem {
    char *where;                /* Name of the interface, member or bond. */
    char *text;                 /* "vm-priority=9: not in 0..7, default 3
                                 * used", without control characters. */
};

/* Problems, in the order in which they were found. */
struct vm_problems {
    struct vm_problem *list;
    size_t n, allocated;
};

#define VM_PROBLEMS_INITIALIZER { NULL, 0, 0 }

void vm_problems_add(struct vm_problems *, const char *where,
                     const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void vm_problems_append(struct vm_problems *, const struct vm_problems *);
bool vm_problems_equal(const struct vm_problems *,
                       const struct vm_problems *);
void vm_problems_clear(struct vm_problems *);
void vm_problems_destroy(struct vm_problems *);

#endif /* vm-problem.h */
