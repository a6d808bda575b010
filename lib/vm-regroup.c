/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-regroup.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-slot.h"

/* Slots that have lost their last interface.  They are kept until all new
 * slots have inherited. */
struct graveyard {
    struct vm_slot_state **slots;
    size_t n, allocated;
};

static bool
is_host(const struct vm_endpoint *endpoint)
{
    return !strcmp(endpoint->id, VM_HOST_ID);
}

static struct vm_endpoint *
create_endpoint(const char *id)
{
    struct vm_endpoint *endpoint = xzalloc(sizeof *endpoint);

    endpoint->id = xstrdup(id);
    vm_policy_init_default(&endpoint->policy);
    return endpoint;
}

void
vm_endpoint_destroy(struct vm_endpoint *endpoint)
{
    if (endpoint) {
        free(endpoint->id);
        vm_policy_destroy(&endpoint->policy);
        vm_problems_destroy(&endpoint->problems);
        free(endpoint->interfaces);
        for (size_t i = 0; i < endpoint->n_slots; i++) {
            vm_slot_destroy(endpoint->slots[i]);
        }
        free(endpoint->slots);
        free(endpoint);
    }
}

static void
add_interface(struct vm_endpoint *endpoint, struct vm_interface *iface)
{
    if (endpoint->n_interfaces >= endpoint->allocated_interfaces) {
        endpoint->interfaces = x2nrealloc(endpoint->interfaces,
                                          &endpoint->allocated_interfaces,
                                          sizeof *endpoint->interfaces);
    }
    endpoint->interfaces[endpoint->n_interfaces++] = iface;
}

static void
add_slot(struct vm_endpoint *endpoint, struct vm_slot_state *slot)
{
    if (endpoint->n_slots >= endpoint->allocated_slots) {
        endpoint->slots = x2nrealloc(endpoint->slots,
                                     &endpoint->allocated_slots,
                                     sizeof *endpoint->slots);
    }
    endpoint->slots[endpoint->n_slots++] = slot;
}

/* Returns the endpoint 'id', which may be a new one or come from 'old'. */
static struct vm_endpoint *
take_endpoint(struct vm_inventory *inventory, struct shash *old,
              const char *id)
{
    struct vm_endpoint *endpoint = shash_find_data(&inventory->endpoints, id);

    if (!endpoint) {
        endpoint = shash_find_and_delete(old, id);
        if (!endpoint) {
            endpoint = create_endpoint(id);
        }
        endpoint->n_interfaces = 0;
        shash_add_assert(&inventory->endpoints, id, endpoint);
    }
    return endpoint;
}

static void
merge_policies(const struct vm_inventory *inventory,
               struct vm_endpoint *endpoint)
{
    vm_problems_clear(&endpoint->problems);
    vm_policy_destroy(&endpoint->policy);
    if (is_host(endpoint)) {
        vm_policy_clone(&endpoint->policy, &inventory->host_policy);
        return;
    }

    size_t n = endpoint->n_interfaces;
    const struct vm_policy **policies = xmalloc(n * sizeof *policies);
    const char **names = xmalloc(n * sizeof *names);
    for (size_t i = 0; i < n; i++) {
        policies[i] = &endpoint->interfaces[i]->policy;
        names[i] = endpoint->interfaces[i]->name;
    }
    vm_policy_merge_all(&endpoint->policy, policies, names, n,
                        &endpoint->problems);
    free(policies);
    free(names);
}

/* Returns the slot with that wish among the 'n' of 'slots', or null. */
static struct vm_slot_state *
find_slot(struct vm_slot_state **slots, size_t n, const struct vm_wish *wish)
{
    for (size_t i = 0; i < n; i++) {
        if (slots[i] && vm_wish_equal(&slots[i]->wish, wish)) {
            return slots[i];
        }
    }
    return NULL;
}

/* Gives 'iface' to 'slot' and, if nobody was in that before, what is known of
 * where 'iface' was. */
static void
settle(struct vm_interface *iface, struct vm_slot_state *slot, bool was_empty)
{
    bool inherits = (was_empty && slot->reason == VM_R_NONE
                     && iface->slot != slot
                     && !is_host(slot->endpoint)
                     && !is_host(iface->slot->endpoint)
                     && iface->slot->reason != VM_R_NONE);

    if (inherits) {
        vm_slot_inherit(slot, iface->slot);
    } else if (was_empty && !slot->home && !slot->pinned
               && (iface->was_uplink || iface->was_home
                   || iface->was_pinned)) {
        vm_slot_restore(slot, iface->was_uplink, iface->was_home,
                        iface->was_pinned);
    }

    free(iface->was_uplink);
    free(iface->was_home);
    free(iface->was_pinned);
    iface->was_uplink = iface->was_home = iface->was_pinned = NULL;

    iface->slot = slot;
    vm_slot_add_interface(slot, iface);
}

/* The host has one slot, with or without interfaces. */
static void
regroup_host(const struct vm_inventory *inventory,
             struct vm_endpoint *endpoint)
{
    const struct vm_wish *wish = &inventory->host_policy.wish;

    if (!endpoint->n_slots) {
        add_slot(endpoint, vm_slot_create(endpoint, wish));
    }

    struct vm_slot_state *slot = endpoint->slots[0];
    bool was_empty = !slot->n_interfaces;
    vm_slot_set_wish(slot, wish);
    slot->n_interfaces = 0;
    for (size_t i = 0; i < endpoint->n_interfaces; i++) {
        settle(endpoint->interfaces[i], slot, was_empty);
    }
}

/* Gives all slots of 'endpoint' their names and their order. */
static void
name_slots(const struct vm_inventory *inventory, struct vm_endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        struct vm_slot_state *slot = endpoint->slots[i];
        struct ds id = DS_EMPTY_INITIALIZER;

        ds_put_cstr(&id, endpoint->id);
        if (endpoint->n_slots > 1) {
            ds_put_char(&id, '/');
            vm_wish_format(&slot->wish, &id);
            while (shash_find(&inventory->endpoints, ds_cstr(&id))) {
                /* Somebody has chosen that for an identity. */
                ds_put_char(&id, '/');
            }
        }
        free(slot->id);
        slot->id = ds_steal_cstr(&id);
    }
}

static int
compare_slots(const void *a_, const void *b_)
{
    const struct vm_slot_state *const *a = a_;
    const struct vm_slot_state *const *b = b_;

    return strcmp((*a)->id, (*b)->id);
}

static void
bury(struct graveyard *graveyard, struct vm_slot_state *slot)
{
    if (graveyard->n >= graveyard->allocated) {
        graveyard->slots = x2nrealloc(graveyard->slots,
                                      &graveyard->allocated,
                                      sizeof *graveyard->slots);
    }
    graveyard->slots[graveyard->n++] = slot;
}

static void
regroup_vm(const struct vm_inventory *inventory,
           struct vm_endpoint *endpoint, struct graveyard *graveyard)
{
    struct vm_slot_state **old = endpoint->slots;
    size_t n_old = endpoint->n_slots;

    endpoint->slots = NULL;
    endpoint->n_slots = endpoint->allocated_slots = 0;
    for (size_t i = 0; i < n_old; i++) {
        old[i]->n_interfaces = 0;
    }

    for (size_t i = 0; i < endpoint->n_interfaces; i++) {
        struct vm_interface *iface = endpoint->interfaces[i];
        const struct vm_wish *wish = &iface->policy.wish;
        struct vm_slot_state *slot = find_slot(endpoint->slots,
                                               endpoint->n_slots, wish);

        if (!slot) {
            slot = find_slot(old, n_old, wish);
            if (!slot) {
                slot = vm_slot_create(endpoint, wish);
            }
            add_slot(endpoint, slot);
        }
        settle(iface, slot, !find_slot(old, n_old, wish));
    }

    for (size_t i = 0; i < n_old; i++) {
        if (!old[i]->n_interfaces) {
            bury(graveyard, old[i]);
        }
    }
    free(old);
    name_slots(inventory, endpoint);
    qsort(endpoint->slots, endpoint->n_slots, sizeof *endpoint->slots,
          compare_slots);
}

void
vm_inventory_regroup(struct vm_inventory *inventory)
{
    struct graveyard graveyard = { NULL, 0, 0 };
    struct shash old = SHASH_INITIALIZER(&old);
    size_t n;
    struct vm_interface **interfaces = vm_inventory_interfaces(inventory, &n);

    shash_swap(&old, &inventory->endpoints);
    take_endpoint(inventory, &old, VM_HOST_ID);
    for (size_t i = 0; i < n; i++) {
        struct vm_endpoint *endpoint = take_endpoint(
            inventory, &old, vm_interface_endpoint_id(interfaces[i]));

        interfaces[i]->endpoint = endpoint;
        add_interface(endpoint, interfaces[i]);
    }
    free(interfaces);

    struct vm_endpoint **endpoints = vm_inventory_endpoints(inventory, &n);
    for (size_t i = 0; i < n; i++) {
        merge_policies(inventory, endpoints[i]);
        if (!is_host(endpoints[i])) {
            regroup_vm(inventory, endpoints[i], &graveyard);
        }
    }
    free(endpoints);
    regroup_host(inventory, shash_find_data(&inventory->endpoints,
                                            VM_HOST_ID));

    struct shash_node *node;
    SHASH_FOR_EACH (node, &old) {
        vm_endpoint_destroy(node->data);
    }
    shash_destroy(&old);
    for (size_t i = 0; i < graveyard.n; i++) {
        vm_slot_destroy(graveyard.slots[i]);
    }
    free(graveyard.slots);
}

/* "eth0, eth1" */
static void
format_members(const struct vm_inventory *inventory, struct ds *s)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        ds_put_format(s, "%s%s", i ? ", " : "", inventory->members[i]->name);
    }
}

static void
check_wish(const struct vm_inventory *inventory, const struct vm_wish *wish,
           const char *bond, const char *where, const char *key,
           struct vm_problems *problems)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    struct ds members = DS_EMPTY_INITIALIZER;

    vm_wish_format(wish, &text);
    format_members(inventory, &members);
    for (size_t i = 0; i < wish->n; i++) {
        if (!vm_inventory_find_member(inventory, wish->names[i])) {
            vm_problems_add(problems, where, "%s=%s: %s is no member of %s, "
                            "members are: %s", key, ds_cstr(&text),
                            wish->names[i], bond, ds_cstr(&members));
        }
    }
    ds_destroy(&text);
    ds_destroy(&members);
}

static void
list_problems(struct vm_interface *iface)
{
    vm_problems_clear(&iface->problems);
    for (size_t i = 0; i < iface->parse_problems.n; i++) {
        vm_problems_add(&iface->problems,
                        iface->parse_problems.list[i].where, "%s",
                        iface->parse_problems.list[i].text);
    }
}

void
vm_inventory_check_wishes(struct vm_inventory *inventory, const char *bond,
                          struct vm_problems *host_problems)
{
    struct shash_node *node;

    vm_problems_clear(host_problems);
    SHASH_FOR_EACH (node, &inventory->interfaces) {
        list_problems(node->data);
    }
    if (!inventory->n_members) {
        /* A bond in the making: nothing can be said yet. */
        return;
    }

    check_wish(inventory, &inventory->host_policy.wish, bond, bond,
               "vm-aware-host uplinks", host_problems);
    SHASH_FOR_EACH (node, &inventory->interfaces) {
        struct vm_interface *iface = node->data;

        if (!is_host(iface->endpoint)) {
            check_wish(inventory, &iface->policy.wish, bond, iface->name,
                       "vm-uplinks", &iface->problems);
        }
    }
}

uint64_t
vm_slot_guarantee(const struct vm_slot_state *slot)
{
    const struct vm_endpoint *endpoint = slot->endpoint;
    uint64_t part = endpoint->policy.min_rate / endpoint->n_slots;
    uint64_t remainder = endpoint->policy.min_rate % endpoint->n_slots;

    return slot == endpoint->slots[0] ? part + remainder : part;
}
