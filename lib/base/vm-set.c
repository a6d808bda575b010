/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "base/vm-set.h"

#include "sset.h"

/* The fewest elements for which there may be buckets, and how many times as
 * many as there are. */
#define LEAST 32
#define MOST_TIMES 8

void
vm_set_trim(struct sset *set)
{
    if (hmap_capacity(&set->map) > LEAST + MOST_TIMES * sset_count(set)) {
        hmap_shrink(&set->map);
    }
}

void
vm_set_clear(struct sset *set)
{
    sset_clear(set);
    vm_set_trim(set);
}
