/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_EXPECT_H
#define VM_EXPECT_H 1

/* Checks of expected against actual results.
 *
 * A check compares, is counted, and, if it fails, shows the input and both
 * results on stderr.  vm_expect_result() returns the exit status of a command.
 * A command without any check fails, too.
 *
 * Thread-safety: the counters belong to the process, which has one thread. */

#include <stdbool.h>

/* Checks that 'got' equals 'expected'; null stands for no result.  Returns
 * true if they are equal. */
bool vm_expect_text(const char *input, const char *expected, const char *got);

/* Checks that 'holds' is true; 'claim' states what should hold.  Returns
 * 'holds'. */
bool vm_expect_that(const char *input, const char *claim, bool holds);

/* Prints "N checks passed" and returns 0, or returns 1. */
int vm_expect_result(void);

/* Prints to stderr the lines in which two texts begin to differ. */
void vm_print_difference(const char *first, const char *second);

#endif /* vm-expect.h */
