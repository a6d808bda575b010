/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_EXPECT_H
#define VM_EXPECT_H 1

/* Comparing what was expected with what came.
 *
 * Every check compares, shows both on stderr when they differ, together with
 * the input, and counts; vm_expect_result() makes the exit status of a command
 * of it.  A command that has checked nothing has failed too.
 *
 * The counters belong to the process, which has one thread. */

#include <stdbool.h>

/* Whether 'got' is 'expected'; null stands for "there is none". */
bool vm_expect_text(const char *input, const char *expected, const char *got);

/* Whether 'holds' is true; 'claim' says in words what should hold. */
bool vm_expect_that(const char *input, const char *claim, bool holds);

/* Prints "N checks passed" and returns 0, or returns 1. */
int vm_expect_result(void);

#endif /* tests/vm-expect.h */
