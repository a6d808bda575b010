/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-endpoint-list.h"

#include <stdlib.h>
#include <string.h>

#include "base/vm-sorted.h"
#include "model/vm-changes.h"
#include "model/vm-entity.h"
#include "util.h"

static int
compare_endpoints(const void *a_, const void *b_)
{
    const struct vm_endpoint *const *a = a_;
    const struct vm_endpoint *const *b = b_;

    return strcmp((*a)->id, (*b)->id);
}

/* Makes room for 'n' endpoints. */
static void
allocate(struct vm_inventory *inventory, size_t n)
{
    if (n > inventory->allocated_endpoints) {
        inventory->allocated_endpoints = 2 * n;
        inventory->endpoints_by_id = xrealloc(
            inventory->endpoints_by_id,
            2 * n * sizeof *inventory->endpoints_by_id);
    }
}

static const char *
get_id(const void *endpoints, size_t i)
{
    struct vm_endpoint *const *list = endpoints;

    return list[i]->id;
}

static size_t
find_place(const struct vm_inventory *inventory, const char *id)
{
    return vm_sorted_place(inventory->endpoints_by_id, inventory->n_endpoints,
                           get_id, id);
}

void
vm_endpoint_list_insert(struct vm_inventory *inventory,
                        struct vm_endpoint *endpoint)
{
    size_t i = find_place(inventory, endpoint->id);

    allocate(inventory, inventory->n_endpoints + 1);
    memmove(&inventory->endpoints_by_id[i + 1],
            &inventory->endpoints_by_id[i],
            (inventory->n_endpoints - i)
            * sizeof *inventory->endpoints_by_id);
    inventory->endpoints_by_id[i] = endpoint;
    inventory->n_endpoints++;
}

void
vm_endpoint_list_remove(struct vm_inventory *inventory,
                        const struct vm_endpoint *endpoint)
{
    size_t i = find_place(inventory, endpoint->id);

    inventory->n_endpoints--;
    memmove(&inventory->endpoints_by_id[i],
            &inventory->endpoints_by_id[i + 1],
            (inventory->n_endpoints - i)
            * sizeof *inventory->endpoints_by_id);
}

/* Stores those of all endpoints that 'ids' contain in 'list', and returns
 * their number. */
static size_t
pick(const struct vm_inventory *inventory, const struct sset *ids,
     struct vm_endpoint **list)
{
    size_t n = 0;

    for (size_t i = 0; i < inventory->n_endpoints; i++) {
        struct vm_endpoint *endpoint = inventory->endpoints_by_id[i];

        if (sset_contains(ids, endpoint->id)) {
            list[n++] = endpoint;
        }
    }
    return n;
}

/* Does the same.  Looks up each of 'ids', and sorts: for a few of many. */
static size_t
look_up(const struct vm_inventory *inventory, const struct sset *ids,
        struct vm_endpoint **list)
{
    const char *id;
    size_t n = 0;

    SSET_FOR_EACH (id, ids) {
        struct vm_endpoint *endpoint = shash_find_data(&inventory->endpoints,
                                                       id);

        if (endpoint) {
            list[n++] = endpoint;
        }
    }
    qsort(list, n, sizeof *list, compare_endpoints);
    return n;
}

struct vm_endpoint **
vm_endpoint_list_changed(const struct vm_inventory *inventory,
                         const struct vm_changes *changes, size_t *n)
{
    size_t n_ids = sset_count(&changes->ids);
    struct vm_endpoint **list;

    if (changes->all) {
        *n = inventory->n_endpoints;
        return xmemdup(inventory->endpoints_by_id, *n * sizeof *list);
    }
    list = xmalloc((n_ids + 1) * sizeof *list);
    *n = (n_ids > inventory->n_endpoints / 8 ? pick : look_up)(
        inventory, &changes->ids, list);
    return list;
}

struct vm_slot **
vm_endpoint_list_slots(const struct vm_inventory *inventory,
                       const struct vm_changes *changes, size_t *n)
{
    size_t n_endpoints;
    struct vm_endpoint **endpoints
        = vm_endpoint_list_changed(inventory, changes, &n_endpoints);

    *n = 0;
    for (size_t i = 0; i < n_endpoints; i++) {
        *n += endpoints[i]->n_slots;
    }

    struct vm_slot **list = xmalloc((*n + 1) * sizeof *list);
    struct vm_slot **slot = list;
    for (size_t i = 0; i < n_endpoints; i++) {
        for (size_t j = 0; j < endpoints[i]->n_slots; j++) {
            *slot++ = endpoints[i]->slots[j];
        }
    }
    free(endpoints);
    return list;
}
