/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-regroup.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "model/vm-endpoint-list.h"
#include "model/vm-endpoint.h"
#include "model/vm-guarantee.h"
#include "model/vm-interface-count.h"
#include "model/vm-interface.h"
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

/* What is derived anew. */
struct work {
    struct vm_interface **interfaces; /* By name. */
    size_t n;
    struct shash old;           /* Endpoints that have not got any of them. */
    bool names_differ;          /* Names of VMs, or identities while there are
                                 * names, are others than before. */
};

/* Returns the endpoint 'id' of 'inventory'.  If there is none, moves it there
 * from those of 'work', or creates it. */
static struct vm_endpoint *
reuse_endpoint(struct vm_inventory *inventory, struct work *work,
               const char *id)
{
    struct vm_endpoint *endpoint = shash_find_data(&inventory->endpoints, id);

    if (!endpoint) {
        endpoint = shash_find_and_delete(&work->old, id);
        if (!endpoint) {
            endpoint = vm_endpoint_create(id);
            vm_endpoint_list_insert(inventory, endpoint);
            work->names_differ |= inventory->n_named > 0;
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
merge_policies(struct vm_inventory *inventory, struct work *work,
               struct vm_endpoint *endpoint)
{
    struct vm_policy before = endpoint->policy;

    vm_problems_clear(&endpoint->problems);
    if (vm_endpoint_is_host(endpoint)) {
        vm_policy_clone(&endpoint->policy, &inventory->host_policy);
    } else {
        vm_regroup_merge(endpoint, &endpoint->policy, &endpoint->problems);
    }
    if (!nullable_string_is_equal(before.name, endpoint->policy.name)) {
        inventory->n_named -= before.name != NULL;
        inventory->n_named += endpoint->policy.name != NULL;
        work->names_differ = true;
    }
    if (before.exclusive != endpoint->policy.exclusive) {
        /* Others may be displaced by it, or return. */
        vm_changes_note_all(&inventory->place);
    }
    inventory->n_placed += before.min_rate != endpoint->policy.min_rate;
    vm_policy_destroy(&before);
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
name_slots(struct vm_inventory *inventory, struct vm_endpoint *endpoint)
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
        inventory->slots_changed |= !nullable_string_is_equal(slot->id,
                                                              ds_cstr(&id));
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
            inventory->slots_changed = true;
        }
    }
    free(old);
    name_slots(inventory, endpoint);
    qsort(endpoint->slots, endpoint->n_slots, sizeof *endpoint->slots,
          compare_slots);
}

/* Takes 'iface', which has no device, from its slot.  When it gets a device,
 * it is as new as one that was just added, but for its counters if complete
 * readings tell of these meanwhile. */
static void
unplug(struct vm_inventory *inventory, struct vm_interface *iface)
{
    vm_inventory_unpublish(inventory, iface);
    iface->slot = NULL;
    iface->published = false;
    iface->counted &= inventory->counted != LLONG_MIN;
    free(iface->tx_member);
    iface->tx_member = NULL;
}

/* Destroys the endpoints that have no interface any more, and keeps the places
 * of their slots. */
static void
forget_endpoints(struct vm_inventory *inventory, struct work *work)
{
    const struct shash_node **nodes = shash_sort(&work->old);

    for (size_t i = 0; i < shash_count(&work->old); i++) {
        struct vm_endpoint *endpoint = nodes[i]->data;

        for (size_t j = 0; j < endpoint->n_slots; j++) {
            vm_places_keep(inventory->places, endpoint->slots[j]);
        }
        inventory->slots_changed = true;
        work->names_differ |= inventory->n_named > 0;
        inventory->n_named -= endpoint->policy.name != NULL;
        inventory->n_placed += endpoint->policy.min_rate > 0;
        if (endpoint->policy.exclusive) {
            vm_changes_note_all(&inventory->place);
        }
        vm_endpoint_destroy(endpoint);
    }
    free(nodes);
    shash_destroy(&work->old);
    vm_places_trim(inventory->places, &inventory->endpoints,
                   &inventory->notes);
}

static void
append(struct work *work, struct vm_interface *const *interfaces, size_t n)
{
    if (n) {
        work->interfaces = xrealloc(work->interfaces,
                                    (work->n + n) * sizeof *interfaces);
        memcpy(&work->interfaces[work->n], interfaces,
               n * sizeof *interfaces);
        work->n += n;
    }
}

/* Takes the endpoints that 'changes' include, with their interfaces, from
 * 'inventory' into 'work'. */
static void
begin(struct vm_inventory *inventory, const struct vm_changes *changes,
      struct work *work)
{
    const char *id;

    shash_init(&work->old);
    work->names_differ = false;
    if (changes->all) {
        work->interfaces = vm_inventory_interfaces(inventory, &work->n);
        shash_swap(&work->old, &inventory->endpoints);
        return;
    }
    work->interfaces = xmalloc(sizeof *work->interfaces);
    work->n = 0;
    SSET_FOR_EACH (id, &changes->ids) {
        struct vm_endpoint *endpoint
            = shash_find_and_delete(&inventory->endpoints, id);

        if (endpoint) {
            shash_add_assert(&work->old, id, endpoint);
            append(work, endpoint->interfaces, endpoint->n_interfaces);
            append(work, endpoint->absent, endpoint->n_absent);
        }
    }
    append(work, inventory->ungrouped, inventory->n_ungrouped);
    vm_interfaces_sort(work->interfaces, work->n);
}

/* Assigns the interfaces of 'work' to endpoints. */
static void
group_interfaces(struct vm_inventory *inventory,
                 const struct vm_changes *changes, struct work *work)
{
    struct shash_node *node;

    if (vm_changes_include(changes, VM_HOST_ID)) {
        reuse_endpoint(inventory, work, VM_HOST_ID);
    }
    for (size_t i = 0; i < work->n; i++) {
        struct vm_interface *iface = work->interfaces[i];
        struct vm_endpoint *endpoint = reuse_endpoint(
            inventory, work, vm_interface_endpoint_id(iface));

        vm_interface_wake_load(inventory, iface);
        iface->endpoint = endpoint;
        iface->grouped = true;
        if (iface->no_device) {
            unplug(inventory, iface);
            vm_endpoint_add_absent(endpoint, iface);
        } else {
            vm_endpoint_add_interface(endpoint, iface);
        }
    }
    free(work->interfaces);
    inventory->n_ungrouped = 0;
    SHASH_FOR_EACH (node, &work->old) {
        vm_endpoint_list_remove(inventory, node->data);
    }
}

/* Returns true if ids of slots of endpoints that have not changed may depend
 * on whether any of 'changes' exists. */
static bool
concern_names(const struct vm_changes *changes)
{
    const char *id;

    SSET_FOR_EACH (id, &changes->ids) {
        if (strchr(id, '/')) {
            return true;
        }
    }
    return false;
}

static void
regroup_endpoints(struct vm_inventory *inventory,
                  const struct vm_changes *changes, struct work *work)
{
    struct removed removed = { NULL, 0, 0 };
    size_t n;
    struct vm_endpoint **endpoints
        = vm_endpoint_list_changed(inventory, changes, &n);
    struct vm_endpoint *host = shash_find_data(&inventory->endpoints,
                                               VM_HOST_ID);

    for (size_t i = 0; i < n; i++) {
        merge_policies(inventory, work, endpoints[i]);
        if (!vm_endpoint_is_host(endpoints[i])) {
            regroup_vm(inventory, endpoints[i], &removed);
        }
    }
    if (vm_changes_include(changes, VM_HOST_ID)) {
        regroup_host(inventory, host);
    }
    forget_endpoints(inventory, work);
    for (size_t i = 0; i < removed.n; i++) {
        vm_slot_destroy(removed.slots[i]);
    }
    free(removed.slots);

    /* vm-apply does that again, and knows which members are held off. */
    vm_guarantees_divide(inventory, endpoints, n, LLONG_MAX);
    free(endpoints);
}

void
vm_regroup(struct vm_inventory *inventory, struct vm_changes *changes)
{
    struct work work;

    vm_changes_init(changes);
    vm_changes_add(changes, &inventory->regroup);
    vm_changes_clear(&inventory->regroup);
    if (concern_names(changes)) {
        vm_changes_note_all(changes);
    }
    vm_changes_add(&inventory->place, changes);

    begin(inventory, changes, &work);
    group_interfaces(inventory, changes, &work);
    regroup_endpoints(inventory, changes, &work);
    if (work.names_differ) {
        vm_changes_note_all(changes);
    }
}
