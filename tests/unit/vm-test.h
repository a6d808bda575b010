/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_TEST_H
#define VM_TEST_H 1

/* The test program of lib/: one binary, one sub-command for each theme.
 *
 * A test-vm-NAME.c exports a table of commands that ends with a null name,
 * and vm-test.c lists the table.  A command prints a transcript to stdout,
 * which tests/unit/lib.at holds the expected form of, or compares inputs with
 * expected results itself and returns 1 with both shown on stderr.
 *
 * Ownership: a command frees what it allocates; a leak fails under valgrind.
 *
 * Thread-safety: a command runs in the only thread of its process. */

struct vm_test_command {
    const char *name;
    const char *usage;          /* Names of the arguments. */
    int min_args, max_args;     /* Arguments after the name. */

    /* Runs the command.  argv[0] is the command's name, argv[1] its first
     * argument, and argc counts the name as well.  Returns 0 if all is as
     * expected, 1 if not. */
    int (*run)(int argc, char *argv[]);
};

#endif /* vm-test.h */
