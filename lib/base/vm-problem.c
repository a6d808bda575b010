/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "base/vm-problem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-utf8.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

void
vm_problems_add(struct vm_problems *problems, const char *where,
                const char *format, ...)
{
    va_list args;

    if (problems->n >= problems->allocated) {
        problems->list = x2nrealloc(problems->list, &problems->allocated,
                                    sizeof *problems->list);
    }

    struct vm_problem *problem = &problems->list[problems->n++];
    struct ds text = DS_EMPTY_INITIALIZER;
    problem->where = xstrdup(where);
    va_start(args, format);
    char *raw = xvasprintf(format, args);
    va_end(args);
    vm_utf8_append(raw, SIZE_MAX, &text);
    problem->text = ds_steal_cstr(&text);
    free(raw);
}

void
vm_problems_append(struct vm_problems *problems,
                   const struct vm_problems *more)
{
    for (size_t i = 0; i < more->n; i++) {
        vm_problems_add(problems, more->list[i].where, "%s",
                        more->list[i].text);
    }
}

bool
vm_problems_equal(const struct vm_problems *a, const struct vm_problems *b)
{
    if (a->n != b->n) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->list[i].where, b->list[i].where)
            || strcmp(a->list[i].text, b->list[i].text)) {
            return false;
        }
    }
    return true;
}

void
vm_problems_clear(struct vm_problems *problems)
{
    for (size_t i = 0; i < problems->n; i++) {
        free(problems->list[i].where);
        free(problems->list[i].text);
    }
    problems->n = 0;
}

void
vm_problems_destroy(struct vm_problems *problems)
{
    vm_problems_clear(problems);
    free(problems->list);
    problems->list = NULL;
    problems->allocated = 0;
}
