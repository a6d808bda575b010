/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-return.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

/* A VM that has left. */
struct vm_left {
    char *vm;
    unsigned int times;
    long long int when;         /* ms. */
};

void
vm_returns_init(struct vm_returns *returns)
{
    memset(returns, 0, sizeof *returns);
}

void
vm_returns_destroy(struct vm_returns *returns)
{
    for (size_t i = 0; i < returns->n; i++) {
        free(returns->list[i].vm);
    }
    free(returns->list);
}

/* Returns the index of 'vm', or the number of all. */
static size_t
find(const struct vm_returns *returns, const char *vm)
{
    size_t i = 0;

    while (i < returns->n && strcmp(returns->list[i].vm, vm)) {
        i++;
    }
    return i;
}

static void
forget(struct vm_returns *returns, size_t i)
{
    free(returns->list[i].vm);
    returns->n--;
    memmove(&returns->list[i], &returns->list[i + 1],
            (returns->n - i) * sizeof *returns->list);
}

void
vm_returns_leave(struct vm_returns *returns, const char *vm,
                 unsigned int times, long long int now)
{
    if (returns->n >= VM_RETURN_MAX) {
        forget(returns, 0);
    }
    if (returns->n >= returns->allocated) {
        returns->list = x2nrealloc(returns->list, &returns->allocated,
                                   sizeof *returns->list);
    }
    returns->list[returns->n++] = (struct vm_left) {
        xstrdup(vm), times, now
    };
}

unsigned int
vm_returns_come(struct vm_returns *returns, const char *vm, long long int now)
{
    size_t i = find(returns, vm);
    unsigned int times;

    if (i >= returns->n) {
        return 0;
    }
    times = (now - returns->list[i].when < VM_RETURN_MEMORY
             ? returns->list[i].times : 0);
    forget(returns, i);
    return times;
}

long long int
vm_returns_pause(unsigned int times, bool overload)
{
    long long int first = (overload ? VM_RETURN_AFTER_OVERLOAD
                           : VM_RETURN_AFTER_LOSS);

    return !times ? 0 : MIN(first << MIN(times - 1, 16), VM_RETURN_LONGEST);
}
