/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-regroup.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-utf8.h"
#include "model/vm-endpoint.h"
#include "model/vm-guarantee.h"
#include "model/vm-places.h"
#include "model/vm-slot.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Slots that have lost their last interface.  They are freed after all new
 * slots have inherited from them. */
struct removed {
    struct vm_slot **slots;
    size_t n, allocated;
};

/* Returns the endpoint 'id' of 'inventory'.  If there is none, moves it there
 * from 'old', or creates it and sets '*created'. */
static struct vm_endpoint *
reuse_endpoint(struct vm_inventory *inventory, struct shash *old,
               const char *id, bool *created)
{
    struct vm_endpoint *endpoint = shash_find_data(&inventory->endpoints, id);

    if (!endpoint) {
        endpoint = shash_find_and_delete(old, id);
        if (!endpoint) {
            endpoint = vm_endpoint_create(id);
            *created = true;
        }
        endpoint->n_interfaces = 0;
        endpoint->n_absent = 0;
        shash_add_assert(&inventory->endpoints, id, endpoint);
    }
    return endpoint;
}

void
vm_regroup_merge(const struct vm_endpoint *endpoint, struct vm_policy *merged,
                 struct vm_problems *problems)
{
    bool absent = !endpoint->n_interfaces;
    size_t n = absent ? endpoint->n_absent : endpoint->n_interfaces;
    struct vm_interface **interfaces = (absent ? endpoint->absent
                                        : endpoint->interfaces);
    const struct vm_policy **policies = xmalloc(n * sizeof *policies);
    const char **names = xmalloc(n * sizeof *names);

    for (size_t i = 0; i < n; i++) {
        policies[i] = &interfaces[i]->policy;
        names[i] = interfaces[i]->name;
    }
    vm_policy_merge_all(merged, policies, names, n, problems);
    if (absent) {
        vm_problems_clear(problems);
    }
    free(policies);
    free(names);
}

static void
merge_policies(const struct vm_inventory *inventory,
               struct vm_endpoint *endpoint)
{
    vm_problems_clear(&endpoint->problems);
    vm_policy_destroy(&endpoint->policy);
    if (vm_endpoint_is_host(endpoint)) {
        vm_policy_clone(&endpoint->policy, &inventory->host_policy);
    } else {
        vm_regroup_merge(endpoint, &endpoint->policy, &endpoint->problems);
    }
}

/* Returns the one of the 'n' 'slots' that has preference 'pref', or null. */
static struct vm_slot *
find_slot(struct vm_slot **slots, size_t n, const struct vm_pref *pref)
{
    for (size_t i = 0; i < n; i++) {
        if (slots[i] && vm_pref_equal(&slots[i]->pref, pref)) {
            return slots[i];
        }
    }
    return NULL;
}

/* Gives 'slot', which is new, the assignment of the previous slot of 'iface',
 * its state from before a restart, or that from before it was unplugged. */
static void
assign_slot(struct vm_inventory *inventory, struct vm_interface *iface,
            struct vm_slot *slot)
{
    bool inherits = (slot->reason == VM_R_NONE
                     && iface->slot && iface->slot != slot
                     && !vm_endpoint_is_host(slot->endpoint)
                     && !vm_endpoint_is_host(iface->slot->endpoint)
                     && iface->slot->reason != VM_R_NONE);

    if (inherits) {
        vm_slot_inherit(slot, iface->slot);
        vm_places_note_pin(slot, iface->slot->pinned, &inventory->notes);
    } else if (slot->home || slot->pinned) {
        /* By an interface that has joined it just now. */
    } else if (iface->was_member || iface->was_home || iface->was_pinned) {
        vm_slot_restore(slot, iface->was_member, iface->was_home,
                        iface->was_pinned);
    } else {
        vm_places_return(inventory->places, slot, &inventory->notes);
    }
}

/* Adds 'iface' to 'slot', which 'is_new' or existed before. */
static void
join_slot(struct vm_inventory *inventory, struct vm_interface *iface,
          struct vm_slot *slot, bool is_new)
{
    if (is_new) {
        assign_slot(inventory, iface, slot);
    }

    free(iface->was_member);
    free(iface->was_home);
    free(iface->was_pinned);
    iface->was_member = iface->was_home = iface->was_pinned = NULL;

    iface->slot = slot;
    vm_slot_add_interface(slot, iface);
}

/* The host has one slot, with or without interfaces. */
static void
regroup_host(struct vm_inventory *inventory,
             struct vm_endpoint *endpoint)
{
    const struct vm_pref *pref = &inventory->host_policy.pref;

    if (!endpoint->n_slots) {
        vm_endpoint_add_slot(endpoint, vm_slot_create(endpoint, pref));
    }

    struct vm_slot *slot = endpoint->slots[0];
    bool was_empty = !slot->n_interfaces;
    vm_slot_set_pref(slot, pref);
    slot->n_interfaces = 0;
    for (size_t i = 0; i < endpoint->n_interfaces; i++) {
        join_slot(inventory, endpoint->interfaces[i], slot, was_empty);
    }
}

/* Appends 'name' to 's', with a backslash before each slash and backslash. */
static void
put_escaped(const char *name, struct ds *s)
{
    for (const char *p = name; *p; p++) {
        if (*p == '/' || *p == '\\') {
            ds_put_char(s, '\\');
        }
        ds_put_char(s, *p);
    }
}

/* Appends the id of 'slot', one of several slots of its endpoint.  Different
 * pairs of identity and preference have different ids. */
static void
put_slot_id(const struct vm_slot *slot, struct ds *id)
{
    struct ds pref = DS_EMPTY_INITIALIZER;

    vm_pref_format(&slot->pref, &pref);
    put_escaped(slot->endpoint->id, id);
    ds_put_char(id, '/');
    put_escaped(ds_cstr(&pref), id);
    ds_destroy(&pref);
}

/* Sets the ids of all slots of 'endpoint'. */
static void
name_slots(const struct vm_inventory *inventory, struct vm_endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        struct vm_slot *slot = endpoint->slots[i];
        struct ds id = DS_EMPTY_INITIALIZER;

        if (endpoint->n_slots == 1) {
            ds_put_cstr(&id, endpoint->id);
        } else {
            put_slot_id(slot, &id);
            while (shash_find(&inventory->endpoints, ds_cstr(&id))) {
                /* An endpoint has that as its identity. */
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
    const struct vm_slot *const *a = a_;
    const struct vm_slot *const *b = b_;

    return strcmp((*a)->id, (*b)->id);
}

static void
remove_slot(struct removed *removed, struct vm_slot *slot)
{
    if (removed->n >= removed->allocated) {
        removed->slots = x2nrealloc(removed->slots, &removed->allocated,
                                    sizeof *removed->slots);
    }
    removed->slots[removed->n++] = slot;
}

/* Returns true if an interface of 'endpoint' was in 'slot', or will be. */
static bool
has_heir(const struct vm_endpoint *endpoint, const struct vm_slot *slot)
{
    for (size_t i = 0; i < endpoint->n_interfaces; i++) {
        const struct vm_interface *iface = endpoint->interfaces[i];

        if (iface->slot == slot
            || vm_pref_equal(&iface->policy.pref, &slot->pref)) {
            return true;
        }
    }
    return false;
}

static void
regroup_vm(struct vm_inventory *inventory, struct vm_endpoint *endpoint,
           struct removed *removed)
{
    struct vm_slot **old = endpoint->slots;
    size_t n_old = endpoint->n_slots;

    endpoint->slots = NULL;
    endpoint->n_slots = endpoint->allocated_slots = 0;
    for (size_t i = 0; i < n_old; i++) {
        old[i]->n_interfaces = 0;
        if (!has_heir(endpoint, old[i])) {
            vm_places_keep(inventory->places, old[i]);
        }
    }

    for (size_t i = 0; i < endpoint->n_interfaces; i++) {
        struct vm_interface *iface = endpoint->interfaces[i];
        const struct vm_pref *pref = &iface->policy.pref;
        struct vm_slot *slot = find_slot(endpoint->slots,
                                         endpoint->n_slots, pref);

        if (!slot) {
            slot = find_slot(old, n_old, pref);
            if (!slot) {
                slot = vm_slot_create(endpoint, pref);
            }
            vm_endpoint_add_slot(endpoint, slot);
        }
        join_slot(inventory, iface, slot, !find_slot(old, n_old, pref));
    }

    for (size_t i = 0; i < n_old; i++) {
        if (!old[i]->n_interfaces) {
            remove_slot(removed, old[i]);
        }
    }
    free(old);
    name_slots(inventory, endpoint);
    qsort(endpoint->slots, endpoint->n_slots, sizeof *endpoint->slots,
          compare_slots);
}

/* Takes 'iface', which has no device, from its slot.  When it gets a device,
 * it is as new as one that was just added. */
static void
unplug(struct vm_interface *iface)
{
    iface->slot = NULL;
    iface->published = false;
    iface->counted = false;
    free(iface->tx_member);
    iface->tx_member = NULL;
}

/* Destroys the endpoints in 'old', which have no interface any more, and keeps
 * the places of their slots. */
static void
forget_endpoints(struct vm_inventory *inventory, struct shash *old)
{
    const struct shash_node **nodes = shash_sort(old);

    for (size_t i = 0; i < shash_count(old); i++) {
        struct vm_endpoint *endpoint = nodes[i]->data;

        for (size_t j = 0; j < endpoint->n_slots; j++) {
            vm_places_keep(inventory->places, endpoint->slots[j]);
        }
        vm_endpoint_destroy(endpoint);
    }
    free(nodes);
    shash_destroy(old);
    vm_places_trim(inventory->places, &inventory->endpoints,
                   &inventory->notes);
}

void
vm_regroup(struct vm_inventory *inventory)
{
    struct removed removed = { NULL, 0, 0 };
    struct shash old = SHASH_INITIALIZER(&old);
    size_t n;
    struct vm_interface **interfaces = vm_inventory_interfaces(inventory, &n);
    bool created = false;

    shash_swap(&old, &inventory->endpoints);
    reuse_endpoint(inventory, &old, VM_HOST_ID, &created);
    for (size_t i = 0; i < n; i++) {
        struct vm_endpoint *endpoint = reuse_endpoint(
            inventory, &old, vm_interface_endpoint_id(interfaces[i]),
            &created);

        interfaces[i]->endpoint = endpoint;
        if (interfaces[i]->no_device) {
            unplug(interfaces[i]);
            vm_endpoint_add_absent(endpoint, interfaces[i]);
        } else {
            vm_endpoint_add_interface(endpoint, interfaces[i]);
        }
    }
    free(interfaces);
    if (created || !shash_is_empty(&old)) {
        vm_inventory_sort_endpoints(inventory);
    }

    struct vm_endpoint **endpoints = vm_inventory_endpoints(inventory, &n);
    for (size_t i = 0; i < n; i++) {
        merge_policies(inventory, endpoints[i]);
        if (!vm_endpoint_is_host(endpoints[i])) {
            regroup_vm(inventory, endpoints[i], &removed);
        }
    }
    free(endpoints);
    regroup_host(inventory, shash_find_data(&inventory->endpoints,
                                            VM_HOST_ID));
    forget_endpoints(inventory, &old);
    for (size_t i = 0; i < removed.n; i++) {
        vm_slot_destroy(removed.slots[i]);
    }
    free(removed.slots);

    /* vm-apply does that again, and knows which members are held off. */
    vm_guarantees_divide(inventory, LLONG_MAX);
}

/* Appends the names of all members: "eth0, eth1". */
static void
format_members(const struct vm_inventory *inventory, struct ds *s)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        ds_put_format(s, "%s%s", i ? ", " : "", inventory->members[i]->name);
    }
}

static void
check_pref(const struct vm_inventory *inventory, const struct vm_pref *pref,
           const char *bond, const char *where, const char *key,
           struct vm_problems *problems)
{
    struct ds whole = DS_EMPTY_INITIALIZER;
    struct ds text = DS_EMPTY_INITIALIZER;
    struct ds members = DS_EMPTY_INITIALIZER;

    vm_pref_format(pref, &whole);
    vm_utf8_append(ds_cstr(&whole), VM_UTF8_MAX_SHOWN, &text);
    format_members(inventory, &members);
    for (size_t i = 0; i < pref->n; i++) {
        if (!vm_inventory_find_member(inventory, pref->names[i])) {
            struct ds name = DS_EMPTY_INITIALIZER;

            vm_utf8_append(pref->names[i], VM_UTF8_MAX_SHOWN, &name);
            vm_problems_add(problems, where, "%s=%s: %s is no member of %s, "
                            "members are: %s", key, ds_cstr(&text),
                            ds_cstr(&name), bond, ds_cstr(&members));
            ds_destroy(&name);
        }
    }
    ds_destroy(&whole);
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

/* Returns the first interface that gives 'endpoint' its name. */
static struct vm_interface *
find_named(const struct vm_endpoint *endpoint)
{
    size_t n = endpoint->n_interfaces + endpoint->n_absent;

    for (size_t i = 0; i < n; i++) {
        struct vm_interface *iface
            = (i < endpoint->n_interfaces ? endpoint->interfaces[i]
               : endpoint->absent[i - endpoint->n_interfaces]);

        if (nullable_string_is_equal(iface->policy.name,
                                     endpoint->policy.name)) {
            return iface;
        }
    }
    return NULL;
}

/* Reports names of VMs that another VM has, as its name or its identity. */
static void
check_names(const struct vm_inventory *inventory)
{
    struct shash owners = SHASH_INITIALIZER(&owners); /* By name. */
    size_t n;
    struct vm_endpoint **endpoints = vm_inventory_endpoints(inventory, &n);

    for (size_t i = 0; i < n; i++) {
        shash_add(&owners, endpoints[i]->id, endpoints[i]);
    }
    for (size_t i = 0; i < n; i++) {
        const char *name = endpoints[i]->policy.name;
        const struct vm_endpoint *owner = (name ? shash_find_data(&owners,
                                                                  name)
                                           : NULL);
        struct vm_interface *iface = owner ? find_named(endpoints[i]) : NULL;

        if (iface && owner != endpoints[i]) {
            vm_problems_add(&iface->problems, iface->name, "vm-name=%s: VM %s "
                            "has it, too; reports and commands use the "
                            "identity, %s", name, owner->id,
                            endpoints[i]->id);
        } else if (name && !owner) {
            shash_add(&owners, name, endpoints[i]);
        }
    }
    free(endpoints);
    shash_destroy(&owners);
}

void
vm_regroup_check_prefs(struct vm_inventory *inventory, const char *bond,
                       struct vm_problems *host_problems)
{
    struct shash_node *node;

    vm_problems_clear(host_problems);
    SHASH_FOR_EACH (node, &inventory->interfaces) {
        list_problems(node->data);
    }
    check_names(inventory);
    if (!inventory->n_members) {
        /* The bond is still being set up. */
        return;
    }

    check_pref(inventory, &inventory->host_policy.pref, bond, bond,
               "vm-aware-host uplinks", host_problems);
    SHASH_FOR_EACH (node, &inventory->interfaces) {
        struct vm_interface *iface = node->data;

        if (!vm_endpoint_is_host(iface->endpoint)) {
            check_pref(inventory, &iface->policy.pref, bond, iface->name,
                       "vm-uplinks", &iface->problems);
        }
    }
}
