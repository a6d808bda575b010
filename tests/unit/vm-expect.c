/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-expect.h"

#include <stdio.h>
#include <string.h>

static unsigned int n_passed, n_failed;

bool
vm_expect_that(const char *input, const char *claim, bool holds)
{
    if (holds) {
        n_passed++;
    } else {
        n_failed++;
        fprintf(stderr, "input:    %s\nshould:   %s\n\n", input, claim);
    }
    return holds;
}

bool
vm_expect_text(const char *input, const char *expected, const char *got)
{
    bool same = (expected && got ? !strcmp(expected, got)
                 : !expected && !got);

    if (same) {
        n_passed++;
    } else {
        n_failed++;
        fprintf(stderr, "input:    %s\nexpected: %s\ngot:      %s\n\n", input,
                expected ? expected : "(none)", got ? got : "(none)");
    }
    return same;
}

int
vm_expect_result(void)
{
    if (n_failed || !n_passed) {
        fprintf(stderr, "%u of %u checks failed\n",
                n_failed, n_failed + n_passed);
        return 1;
    }
    printf("%u checks passed\n", n_passed);
    return 0;
}

void
vm_print_difference(const char *first, const char *second)
{
    size_t line = 0;
    size_t i;

    for (i = 0; first[i] && first[i] == second[i]; i++) {
        line = first[i] == '\n' ? i + 1 : line;
    }
    fprintf(stderr, "first time:  %.*s\nsecond time: %.*s\n",
            (int) strcspn(first + line, "\n"), first + line,
            (int) strcspn(second + line, "\n"), second + line);
}
