/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_PROBLEM_H
#define VM_PROBLEM_H 1

/* What is wrong with the configuration, in words.
 *
 * A problem never stops anything; it is a sentence for whoever can mend it,
 * and stays in the list of the interface, bond or member that it speaks of
 * until it is mended.  This room keeps sentences.  It does not know what they
 * mean, who reads them or how often they are told.
 *
 * Ownership: a list owns its texts until vm_problems_destroy().  Any thread
 * may enter with lists of its own. */

#include <stdbool.h>
#include <stddef.h>

struct vm_problem {
    char *where;                /* Interface name, or the bond's name. */
    char *text;                 /* "vm-priority=9: not in 0..7, default 3
                                 * used". */
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
