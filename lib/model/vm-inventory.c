/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-inventory.h"

#include <stdlib.h>
#include <string.h>

#include "model/vm-endpoint.h"
#include "model/vm-places.h"
#include "model/vm-slot-load.h"
#include "model/vm-slot.h"
#include "util.h"

void
vm_inventory_init(struct vm_inventory *inventory)
{
    memset(inventory, 0, sizeof *inventory);
    inventory->counted = LLONG_MIN;
    shash_init(&inventory->interfaces);
    shash_init(&inventory->endpoints);
    inventory->places = vm_places_create();
    svec_init(&inventory->notes);
    vm_policy_init_default(&inventory->host_policy);

    struct vm_endpoint *host = vm_endpoint_create(VM_HOST_ID);

    vm_endpoint_add_slot(host,
                         vm_slot_create(host, &inventory->host_policy.pref));
    vm_policy_destroy(&host->policy);
    vm_policy_clone(&host->policy, &inventory->host_policy);
    shash_add_assert(&inventory->endpoints, host->id, host);
    vm_inventory_sort_endpoints(inventory);
}

void
vm_inventory_destroy(struct vm_inventory *inventory)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &inventory->interfaces) {
        vm_interface_destroy(node->data);
    }
    shash_destroy(&inventory->interfaces);

    SHASH_FOR_EACH (node, &inventory->endpoints) {
        vm_endpoint_destroy(node->data);
    }
    shash_destroy(&inventory->endpoints);
    free(inventory->interfaces_by_name);
    free(inventory->endpoints_by_id);
    vm_places_destroy(inventory->places);
    vm_problems_destroy(&inventory->misplaced);
    svec_destroy(&inventory->notes);

    for (size_t i = 0; i < inventory->n_members; i++) {
        vm_member_destroy(inventory->members[i]);
    }
    free(inventory->members);
    vm_policy_destroy(&inventory->host_policy);
}

/* Removes 'iface' from a list of '*n' interfaces, if it is there. */
static void
remove_from_list(struct vm_interface **list, size_t *n,
                 const struct vm_interface *iface)
{
    for (size_t i = 0; i < *n; i++) {
        if (list[i] == iface) {
            *n -= 1;
            memmove(&list[i], &list[i + 1], (*n - i) * sizeof *list);
            return;
        }
    }
}

/* Returns the index of the first interface whose name is not less than
 * 'name'. */
static size_t
interface_lower_bound(const struct vm_inventory *inventory, const char *name)
{
    size_t low = 0;
    size_t high = shash_count(&inventory->interfaces);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(inventory->interfaces_by_name[middle]->name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Makes 'iface' the interface of its name.  Returns the one that was it
 * before, or null. */
static struct vm_interface *
insert_interface(struct vm_inventory *inventory, struct vm_interface *iface)
{
    struct vm_interface *before
        = vm_inventory_find_interface(inventory, iface->name);
    size_t n = shash_count(&inventory->interfaces);
    size_t i = interface_lower_bound(inventory, iface->name);

    if (!before) {
        if (n >= inventory->allocated_interfaces) {
            inventory->interfaces_by_name = x2nrealloc(
                inventory->interfaces_by_name,
                &inventory->allocated_interfaces,
                sizeof *inventory->interfaces_by_name);
        }
        memmove(&inventory->interfaces_by_name[i + 1],
                &inventory->interfaces_by_name[i],
                (n - i) * sizeof *inventory->interfaces_by_name);
    }
    inventory->interfaces_by_name[i] = iface;
    shash_replace(&inventory->interfaces, iface->name, iface);
    return before;
}

/* Returns the interface named 'name', which is not found any more, or null if
 * there is none. */
static struct vm_interface *
extract_interface(struct vm_inventory *inventory, const char *name)
{
    struct vm_interface *iface = vm_inventory_find_interface(inventory, name);

    if (iface) {
        size_t i = interface_lower_bound(inventory, name);

        shash_find_and_delete(&inventory->interfaces, name);
        memmove(&inventory->interfaces_by_name[i],
                &inventory->interfaces_by_name[i + 1],
                (shash_count(&inventory->interfaces) - i)
                * sizeof *inventory->interfaces_by_name);
    }
    return iface;
}

/* Destroys 'iface', which the inventory does not find any more. */
static void
remove_interface(struct vm_interface *iface)
{
    struct vm_endpoint *endpoint = iface->endpoint;

    remove_from_list(endpoint->interfaces, &endpoint->n_interfaces, iface);
    remove_from_list(endpoint->absent, &endpoint->n_absent, iface);
    if (iface->slot) {
        remove_from_list(iface->slot->interfaces, &iface->slot->n_interfaces,
                         iface);
    }
    vm_interface_destroy(iface);
}

bool
vm_inventory_set_interface(struct vm_inventory *inventory, const char *name,
                           const struct vm_interface_facts *facts,
                           const struct vm_bond_config *config)
{
    struct vm_interface *iface;

    if (!facts) {
        iface = extract_interface(inventory, name);
        if (iface) {
            remove_interface(iface);
        }
        return iface != NULL;
    }

    iface = vm_inventory_find_interface(inventory, name);
    if (iface && vm_interface_is(iface, facts)) {
        return vm_interface_update(iface, facts, config);
    }

    /* A new interface belongs to the host until vm_regroup(). */
    iface = vm_interface_create(name, facts);
    iface->endpoint = shash_find_data(&inventory->endpoints, VM_HOST_ID);
    iface->slot = iface->endpoint->slots[0];

    struct vm_interface *before = insert_interface(inventory, iface);
    if (before) {
        /* The port remains: what was attached to it before may be known on
         * another member, and is announced if it is attached now. */
        iface->published = before->published;
        free(iface->tx_member);
        iface->tx_member = nullable_xstrdup(before->tx_member);
        remove_interface(before);
    }
    vm_interface_update(iface, facts, config);
    return true;
}

bool
vm_inventory_set_host(struct vm_inventory *inventory,
                      const struct vm_bond_config *config)
{
    if (vm_policy_equal(&inventory->host_policy, &config->host)) {
        return false;
    }
    vm_policy_destroy(&inventory->host_policy);
    vm_policy_clone(&inventory->host_policy, &config->host);
    return true;
}

void
vm_inventory_reparse(struct vm_inventory *inventory,
                     const struct vm_bond_config *config)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &inventory->interfaces) {
        vm_interface_parse(node->data, config);
    }
}

bool
vm_inventory_mac_learned(struct vm_inventory *inventory, const char *interface,
                         struct eth_addr mac, uint16_t vlan, long long int now)
{
    struct vm_interface *iface = vm_inventory_find_interface(inventory,
                                                             interface);

    return (iface && strcmp(vm_interface_endpoint_id(iface), VM_HOST_ID)
            && vm_macs_learn(&iface->macs, mac, vlan, now));
}

/* Returns the difference between two readings of a counter.  A counter that
 * has decreased was reset to 0. */
static uint64_t
count_since(uint64_t before, uint64_t now)
{
    return now >= before ? now - before : now;
}

bool
vm_interface_count(struct vm_inventory *inventory,
                   struct vm_interface *iface,
                   const struct vm_counters *counters, long long int now)
{
    const struct vm_counters *old = &iface->counters;
    struct vm_traffic *traffic = &iface->endpoint->traffic;
    uint64_t sent_packets = count_since(old->tx_packets,
                                        counters->tx_packets);
    uint64_t sent_bytes = count_since(old->tx_bytes, counters->tx_bytes);
    uint64_t lost_packets = count_since(old->dropped_packets,
                                        counters->dropped_packets);
    uint64_t lost_bytes = count_since(old->dropped_bytes,
                                      counters->dropped_bytes);

    if (sent_bytes) {
        vm_interface_rest(iface, inventory->counted);
    }
    traffic->offered_packets += sent_packets + lost_packets;
    traffic->offered_bytes += sent_bytes + lost_bytes;
    traffic->no_member_packets += lost_packets;
    traffic->no_member_bytes += lost_bytes;
    if (!iface->counted) {
        sent_bytes = 0;
    }
    if (iface->slot) {
        iface->slot->tx_bytes += sent_bytes;
    }

    struct vm_member *tx_member
        = vm_inventory_find_member(inventory, iface->tx_member);
    if (tx_member && !(iface->slot && iface->slot->meter)) {
        /* What a meter passes, vm-sender counts. */
        tx_member->slots_bytes += sent_bytes;
    }
    vm_interface_count_load(iface, sent_bytes, now);
    iface->counters = *counters;
    iface->counted = true;

    bool first = iface->silent && (sent_packets || lost_packets);
    iface->silent = iface->silent && !first;
    return first && iface->endpoint->policy.exclusive;
}

void
vm_inventory_rest_loads(struct vm_inventory *inventory)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &inventory->interfaces) {
        vm_interface_rest(node->data, inventory->counted);
    }
}

void
vm_inventory_age_macs(struct vm_inventory *inventory, long long int now)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &inventory->interfaces) {
        struct vm_interface *iface = node->data;

        vm_macs_age(&iface->macs, now);
    }
}

/* Returns the index of the first member whose name is not less than 'name'. */
static size_t
lower_bound(const struct vm_inventory *inventory, const char *name)
{
    size_t i = 0;

    while (i < inventory->n_members
           && strcmp(inventory->members[i]->name, name) < 0) {
        i++;
    }
    return i;
}

int
vm_inventory_member_index(const struct vm_inventory *inventory,
                          const char *name)
{
    size_t i = name ? lower_bound(inventory, name) : inventory->n_members;

    return (i < inventory->n_members
            && !strcmp(inventory->members[i]->name, name) ? (int) i : -1);
}

struct vm_member *
vm_inventory_add_member(struct vm_inventory *inventory, const char *name,
                        long long int now)
{
    size_t i = lower_bound(inventory, name);

    if (i >= inventory->n_members
        || strcmp(inventory->members[i]->name, name)) {
        if (inventory->n_members >= inventory->allocated_members) {
            inventory->members = x2nrealloc(inventory->members,
                                            &inventory->allocated_members,
                                            sizeof *inventory->members);
        }
        memmove(&inventory->members[i + 1], &inventory->members[i],
                (inventory->n_members - i) * sizeof *inventory->members);
        inventory->n_members++;
        inventory->members[i] = vm_member_create(name, now);
    }
    return inventory->members[i];
}

bool
vm_inventory_remove_member(struct vm_inventory *inventory, const char *name)
{
    int i = vm_inventory_member_index(inventory, name);

    if (i < 0) {
        return false;
    }
    vm_member_destroy(inventory->members[i]);
    inventory->n_members--;
    memmove(&inventory->members[i], &inventory->members[i + 1],
            (inventory->n_members - i) * sizeof *inventory->members);
    return true;
}

struct vm_interface *
vm_inventory_find_interface(const struct vm_inventory *inventory,
                            const char *name)
{
    return shash_find_data(&inventory->interfaces, name);
}

struct vm_member *
vm_inventory_find_member(const struct vm_inventory *inventory,
                         const char *name)
{
    int i = vm_inventory_member_index(inventory, name);

    return i < 0 ? NULL : inventory->members[i];
}

struct vm_endpoint *
vm_inventory_find_endpoint(const struct vm_inventory *inventory,
                           const char *id_or_name)
{
    struct vm_endpoint *found = shash_find_data(&inventory->endpoints,
                                                id_or_name);
    struct shash_node *node;

    if (found) {
        return found;
    }
    SHASH_FOR_EACH (node, &inventory->endpoints) {
        struct vm_endpoint *endpoint = node->data;

        if (nullable_string_is_equal(endpoint->policy.name, id_or_name)
            && (!found || strcmp(endpoint->id, found->id) < 0)) {
            found = endpoint;
        }
    }
    return found;
}

static int
compare_endpoints(const void *a_, const void *b_)
{
    const struct vm_endpoint *const *a = a_;
    const struct vm_endpoint *const *b = b_;

    return strcmp((*a)->id, (*b)->id);
}

void
vm_inventory_sort_endpoints(struct vm_inventory *inventory)
{
    size_t n = shash_count(&inventory->endpoints);
    struct shash_node *node;

    if (n > inventory->allocated_endpoints) {
        inventory->allocated_endpoints = 2 * n;
        inventory->endpoints_by_id = xrealloc(
            inventory->endpoints_by_id,
            2 * n * sizeof *inventory->endpoints_by_id);
    }
    n = 0;
    SHASH_FOR_EACH (node, &inventory->endpoints) {
        inventory->endpoints_by_id[n++] = node->data;
    }
    qsort(inventory->endpoints_by_id, n, sizeof *inventory->endpoints_by_id,
          compare_endpoints);
}

struct vm_endpoint **
vm_inventory_endpoints(const struct vm_inventory *inventory, size_t *n)
{
    *n = shash_count(&inventory->endpoints);
    return xmemdup(inventory->endpoints_by_id,
                   *n * sizeof *inventory->endpoints_by_id);
}

struct vm_interface **
vm_inventory_interfaces(const struct vm_inventory *inventory, size_t *n)
{
    *n = shash_count(&inventory->interfaces);
    return (*n ? xmemdup(inventory->interfaces_by_name,
                         *n * sizeof *inventory->interfaces_by_name)
            : xmalloc(1));
}

struct vm_slot **
vm_inventory_slots(const struct vm_inventory *inventory, size_t *n)
{
    struct vm_endpoint **endpoints = inventory->endpoints_by_id;
    size_t n_endpoints = shash_count(&inventory->endpoints);

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
    return list;
}

void
vm_inventory_set_misplaced(struct vm_inventory *inventory,
                           const struct vm_problems *problems)
{
    vm_problems_clear(&inventory->misplaced);
    vm_problems_append(&inventory->misplaced, problems);
}

void
vm_inventory_problems(const struct vm_inventory *inventory,
                      struct vm_problems *all)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        vm_problems_append(all, &inventory->members[i]->problems);
    }

    for (size_t i = 0; i < shash_count(&inventory->interfaces); i++) {
        vm_problems_append(all, &inventory->interfaces_by_name[i]->problems);
    }
    for (size_t i = 0; i < shash_count(&inventory->endpoints); i++) {
        vm_problems_append(all, &inventory->endpoints_by_id[i]->problems);
    }
    vm_problems_append(all, &inventory->misplaced);
}
