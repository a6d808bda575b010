/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-watch.h"

#include <limits.h>
#include <stdlib.h>

#include "model/vm-endpoint-list.h"
#include "model/vm-interface.h"
#include "model/vm-slot.h"
#include "util.h"

void
vm_watch_init(struct vm_watch *watch)
{
    vm_changes_init(&watch->timed);
    vm_changes_init(&watch->bound);
    vm_changes_init(&watch->reserving);
    vm_changes_init(&watch->troubled);
}

void
vm_watch_destroy(struct vm_watch *watch)
{
    vm_changes_destroy(&watch->timed);
    vm_changes_destroy(&watch->bound);
    vm_changes_destroy(&watch->reserving);
    vm_changes_destroy(&watch->troubled);
}

/* What belongs into the sets. */

bool
vm_watch_is_timed(const struct vm_endpoint *endpoint, long long int now)
{
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        const struct vm_slot *slot = endpoint->slots[i];

        if (slot->untold || slot->next_announce != LLONG_MAX
            || (slot->reverse_after > now
                && slot->reverse_after != LLONG_MAX)) {
            return true;
        }
    }
    return false;
}

bool
vm_watch_is_bound(const struct vm_endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        const struct vm_slot *slot = endpoint->slots[i];

        if (slot->pref.n || slot->home || slot->pinned
            || slot->guarantee_unmet) {
            return true;
        }
    }
    return endpoint->policy.exclusive;
}

bool
vm_watch_is_reserving(const struct vm_endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        if (vm_slot_guarantee(endpoint->slots[i])) {
            return true;
        }
    }
    return endpoint->policy.exclusive;
}

static bool
any_has_problems(struct vm_interface *const *interfaces, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (interfaces[i]->problems.n) {
            return true;
        }
    }
    return false;
}

bool
vm_watch_is_troubled(const struct vm_endpoint *endpoint)
{
    return (endpoint->problems.n
            || any_has_problems(endpoint->interfaces, endpoint->n_interfaces)
            || any_has_problems(endpoint->absent, endpoint->n_absent));
}

/* Bringing them up to date. */

static void
put(struct vm_changes *set, const char *id, bool belongs)
{
    if (belongs) {
        vm_changes_note(set, id);
    } else {
        vm_changes_forget(set, id);
    }
}

/* Takes the endpoints in 'changes' that are gone out of 'set', or all if all
 * have changed. */
static void
forget_gone(const struct vm_inventory *inventory,
            const struct vm_changes *changes, struct vm_changes *set)
{
    const char *id;

    if (changes->all) {
        vm_changes_clear(set);
        return;
    }
    SSET_FOR_EACH (id, &changes->ids) {
        if (!shash_find(&inventory->endpoints, id)) {
            vm_changes_forget(set, id);
        }
    }
}

void
vm_watch_placed(struct vm_inventory *inventory,
                const struct vm_changes *changes, long long int now)
{
    struct vm_watch *watch = &inventory->watch;
    size_t n;
    struct vm_endpoint **endpoints
        = vm_endpoint_list_changed(inventory, changes, &n);

    forget_gone(inventory, changes, &watch->timed);
    forget_gone(inventory, changes, &watch->bound);
    forget_gone(inventory, changes, &watch->reserving);
    for (size_t i = 0; i < n; i++) {
        put(&watch->timed, endpoints[i]->id,
            vm_watch_is_timed(endpoints[i], now));
        put(&watch->bound, endpoints[i]->id, vm_watch_is_bound(endpoints[i]));
        put(&watch->reserving, endpoints[i]->id,
            vm_watch_is_reserving(endpoints[i]));
    }
    free(endpoints);
}

void
vm_watch_checked(struct vm_inventory *inventory,
                 const struct vm_changes *changes)
{
    struct vm_changes *troubled = &inventory->watch.troubled;
    size_t n;
    struct vm_endpoint **endpoints
        = vm_endpoint_list_changed(inventory, changes, &n);

    forget_gone(inventory, changes, troubled);
    for (size_t i = 0; i < n; i++) {
        put(troubled, endpoints[i]->id, vm_watch_is_troubled(endpoints[i]));
    }
    free(endpoints);
}

void
vm_watch_told(struct vm_inventory *inventory, long long int now)
{
    struct vm_changes *timed = &inventory->watch.timed;
    size_t n;
    struct vm_endpoint **endpoints
        = vm_endpoint_list_changed(inventory, timed, &n);

    for (size_t i = 0; i < n; i++) {
        put(timed, endpoints[i]->id, vm_watch_is_timed(endpoints[i], now));
    }
    free(endpoints);
}

/* What is in them. */

struct vm_slot **
vm_watch_timed(const struct vm_inventory *inventory, size_t *n)
{
    return vm_endpoint_list_slots(inventory, &inventory->watch.timed, n);
}

struct vm_slot **
vm_watch_bound(const struct vm_inventory *inventory, size_t *n)
{
    return vm_endpoint_list_slots(inventory, &inventory->watch.bound, n);
}

struct vm_slot **
vm_watch_reserving(const struct vm_inventory *inventory, size_t *n)
{
    return vm_endpoint_list_slots(inventory, &inventory->watch.reserving, n);
}

/* Appends those of 'interfaces' that have problems to 'list' of '*n'. */
static void
add_troubled(struct vm_interface *const *interfaces, size_t n_interfaces,
             struct vm_interface **list, size_t *n)
{
    for (size_t i = 0; i < n_interfaces; i++) {
        if (interfaces[i]->problems.n) {
            list[(*n)++] = interfaces[i];
        }
    }
}

void
vm_watch_problems(const struct vm_inventory *inventory,
                  struct vm_problems *all)
{
    size_t n_endpoints, n_most = 0, n = 0;
    struct vm_endpoint **endpoints = vm_endpoint_list_changed(
        inventory, &inventory->watch.troubled, &n_endpoints);
    struct vm_interface **interfaces;

    for (size_t i = 0; i < n_endpoints; i++) {
        n_most += endpoints[i]->n_interfaces + endpoints[i]->n_absent;
    }
    interfaces = xmalloc((n_most + 1) * sizeof *interfaces);
    for (size_t i = 0; i < n_endpoints; i++) {
        add_troubled(endpoints[i]->interfaces, endpoints[i]->n_interfaces,
                     interfaces, &n);
        add_troubled(endpoints[i]->absent, endpoints[i]->n_absent,
                     interfaces, &n);
    }
    vm_interfaces_sort(interfaces, n);
    for (size_t i = 0; i < n; i++) {
        vm_problems_append(all, &interfaces[i]->problems);
    }
    for (size_t i = 0; i < n_endpoints; i++) {
        vm_problems_append(all, &endpoints[i]->problems);
    }
    free(interfaces);
    free(endpoints);
}
