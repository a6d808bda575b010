/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_TEST_H
#define VM_TEST_H 1

/* The test program of lib/: one binary, one sub-command for each theme.
 *
 * A tests/test-NAME.c exports a table of commands that ends with a null name,
 * and vm-test.c lists the table.  A command prints a transcript to stdout,
 * which tests/lib.at holds the expected form of, or compares inputs with
 * expected results itself and returns 1 with both shown on stderr.
 *
 * Commands run in the only thread of their process and own what they make;
 * a command that leaks fails under valgrind. */

struct vm_test_command {
    const char *name;
    const char *usage;          /* Names of the arguments, for people. */
    int min_args, max_args;     /* Arguments after the name. */

    /* Runs the command.  argv[0] is the command's name, argv[1] its first
     * argument, and argc counts the name as well.  Returns 0 if all is as
     * expected, 1 if not. */
    int (*run)(int argc, char *argv[]);
};

#endif /* tests/vm-test.h */
