/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "base/vm-sorted.h"

#include <string.h>

size_t
vm_sorted_place(const void *list, size_t n, vm_sorted_name *get_name,
                const char *name)
{
    size_t low = 0;
    size_t high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(get_name(list, middle), name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}
