/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-inventory.h"

#include <stdlib.h>
#include <string.h>

#include "model/vm-endpoint.h"
#include "model/vm-slot-load.h"
#include "model/vm-slot.h"
#include "util.h"

void
vm_inventory_init(struct vm_inventory *inventory)
{
    memset(inventory, 0, sizeof *inventory);
    shash_init(&inventory->interfaces);
    shash_init(&inventory->endpoints);
    vm_policy_init_default(&inventory->host_policy);

    struct vm_endpoint *host = vm_endpoint_create(VM_HOST_ID);

    vm_endpoint_add_slot(host,
                         vm_slot_create(host, &inventory->host_policy.pref));
    vm_policy_destroy(&host->policy);
    vm_policy_clone(&host->policy, &inventory->host_policy);
    shash_add_assert(&inventory->endpoints, host->id, host);
}

static void
interface_destroy(struct vm_interface *iface)
{
    free(iface->name);
    smap_destroy(&iface->external_ids);
    vm_policy_destroy(&iface->policy);
    vm_problems_destroy(&iface->problems);
    vm_problems_destroy(&iface->parse_problems);
    free(iface->tx_member);
    free(iface->was_member);
    free(iface->was_home);
    free(iface->was_pinned);
    free(iface);
}

void
vm_inventory_destroy(struct vm_inventory *inventory)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &inventory->interfaces) {
        interface_destroy(node->data);
    }
    shash_destroy(&inventory->interfaces);

    SHASH_FOR_EACH (node, &inventory->endpoints) {
        vm_endpoint_destroy(node->data);
    }
    shash_destroy(&inventory->endpoints);

    for (size_t i = 0; i < inventory->n_members; i++) {
        vm_member_destroy(inventory->members[i]);
    }
    free(inventory->members);
    vm_policy_destroy(&inventory->host_policy);
}

const char *
vm_interface_endpoint_id(const struct vm_interface *iface)
{
    const char *identity = vm_policy_identity(&iface->external_ids);

    return identity ? identity : VM_HOST_ID;
}

/* Parses the keys of 'iface'.  Returns true if its policy or its problems have
 * changed. */
static bool
parse_interface(struct vm_interface *iface,
                const struct vm_bond_config *config)
{
    struct vm_policy policy = iface->policy;
    struct vm_problems problems = iface->parse_problems;

    memset(&iface->parse_problems, 0, sizeof iface->parse_problems);
    vm_policy_parse(&iface->policy, iface->name, &iface->external_ids,
                    config->profiles, &iface->parse_problems);
    bool changed = (!vm_policy_equal(&policy, &iface->policy)
                    || !vm_problems_equal(&problems,
                                          &iface->parse_problems));
    vm_policy_destroy(&policy);
    vm_problems_destroy(&problems);
    return changed;
}

/* Updates the attached address and its VLAN.  Returns true if they have
 * changed.  An invalid address is among 'parse_problems'. */
static bool
attach_mac(struct vm_interface *iface)
{
    const char *text = smap_get(&iface->external_ids, "attached-mac");
    struct eth_addr mac = eth_addr_zero;
    bool known = text && eth_addr_from_string(text, &mac);
    int vlan = known ? iface->access_vlan : -1;

    return vm_macs_attach(&iface->macs, known ? &mac : NULL, vlan);
}

/* Replaces the keys of 'iface'.  Returns true if its identity has changed. */
static bool
replace_external_ids(struct vm_interface *iface,
                     const struct smap *external_ids)
{
    char *before = xstrdup(vm_interface_endpoint_id(iface));

    smap_destroy(&iface->external_ids);
    smap_clone(&iface->external_ids, external_ids);
    bool changed = strcmp(before, vm_interface_endpoint_id(iface)) != 0;
    free(before);
    return changed;
}

static struct vm_interface *
create_interface(struct vm_inventory *inventory, const char *name,
                 const struct vm_interface_facts *facts)
{
    struct vm_interface *iface = xzalloc(sizeof *iface);
    struct vm_endpoint *host = shash_find_data(&inventory->endpoints,
                                               VM_HOST_ID);

    iface->name = xstrdup(name);
    smap_init(&iface->external_ids);
    vm_policy_init_default(&iface->policy);
    vm_macs_init(&iface->macs);
    vm_interface_load_init(&iface->load);
    iface->endpoint = host;
    iface->slot = host->slots[0];
    iface->was_member = nullable_xstrdup(facts->was_member);
    iface->was_home = nullable_xstrdup(facts->was_home);
    iface->was_pinned = nullable_xstrdup(facts->was_pinned);
    iface->tx_member = nullable_xstrdup(facts->was_member);
    iface->published = facts->existed || facts->was_member;
    shash_add_assert(&inventory->interfaces, name, iface);
    return iface;
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

static bool
remove_interface(struct vm_inventory *inventory, const char *name)
{
    struct vm_interface *iface
        = shash_find_and_delete(&inventory->interfaces, name);

    if (!iface) {
        return false;
    }
    remove_from_list(iface->endpoint->interfaces,
                     &iface->endpoint->n_interfaces, iface);
    remove_from_list(iface->slot->interfaces, &iface->slot->n_interfaces,
                     iface);
    interface_destroy(iface);
    return true;
}

bool
vm_inventory_set_interface(struct vm_inventory *inventory, const char *name,
                           const struct vm_interface_facts *facts,
                           const struct vm_bond_config *config)
{
    if (!facts) {
        return remove_interface(inventory, name);
    }

    struct smap nothing = SMAP_INITIALIZER(&nothing);
    const struct smap *external_ids = (facts->external_ids
                                       ? facts->external_ids : &nothing);
    struct vm_interface *iface = vm_inventory_find_interface(inventory, name);
    bool changed = !iface;
    if (!iface) {
        iface = create_interface(inventory, name, facts);
    } else if (smap_equal(&iface->external_ids, external_ids)
               && iface->internal == facts->internal
               && iface->access_vlan == facts->access_vlan) {
        return false;
    }

    /* A key of another program, such as "ovn-installed", is not a change. */
    changed |= iface->internal != facts->internal;
    iface->internal = facts->internal;
    iface->access_vlan = facts->access_vlan;
    changed |= replace_external_ids(iface, external_ids);
    changed |= parse_interface(iface, config);
    changed |= attach_mac(iface);
    return changed;
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
        parse_interface(node->data, config);
    }
}

bool
vm_inventory_mac_learned(struct vm_inventory *inventory, const char *interface,
                         struct eth_addr mac, uint16_t vlan, long long int now)
{
    struct vm_interface *iface = vm_inventory_find_interface(inventory,
                                                             interface);

    return iface && vm_macs_learn(&iface->macs, mac, vlan, now);
}

/* Returns the difference between two readings of a counter.  A counter that
 * has decreased was reset to 0. */
static uint64_t
count_since(uint64_t before, uint64_t now)
{
    return now >= before ? now - before : now;
}

void
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

    traffic->offered_packets += sent_packets + lost_packets;
    traffic->offered_bytes += sent_bytes + lost_bytes;
    traffic->no_member_packets += lost_packets;
    traffic->no_member_bytes += lost_bytes;
    if (!iface->counted) {
        sent_bytes = 0;
    }
    iface->slot->tx_bytes += sent_bytes;

    struct vm_member *tx_member
        = (iface->tx_member
           ? vm_inventory_find_member(inventory, iface->tx_member) : NULL);
    if (tx_member && !iface->slot->meter) {
        /* What a meter passes, vm-sender counts. */
        tx_member->slots_bytes += sent_bytes;
    }
    vm_interface_count_load(iface, sent_bytes, now);
    iface->counters = *counters;
    iface->counted = true;
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
    size_t i = lower_bound(inventory, name);

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

struct vm_endpoint **
vm_inventory_endpoints(const struct vm_inventory *inventory, size_t *n)
{
    struct vm_endpoint **list = xmalloc(
        (shash_count(&inventory->endpoints) + 1) * sizeof *list);
    struct shash_node *node;

    *n = 0;
    SHASH_FOR_EACH (node, &inventory->endpoints) {
        list[(*n)++] = node->data;
    }
    qsort(list, *n, sizeof *list, compare_endpoints);
    return list;
}

static int
compare_interfaces(const void *a_, const void *b_)
{
    const struct vm_interface *const *a = a_;
    const struct vm_interface *const *b = b_;

    return strcmp((*a)->name, (*b)->name);
}

struct vm_interface **
vm_inventory_interfaces(const struct vm_inventory *inventory, size_t *n)
{
    struct vm_interface **list = xmalloc(
        (shash_count(&inventory->interfaces) + 1) * sizeof *list);
    struct shash_node *node;

    *n = 0;
    SHASH_FOR_EACH (node, &inventory->interfaces) {
        list[(*n)++] = node->data;
    }
    qsort(list, *n, sizeof *list, compare_interfaces);
    return list;
}

struct vm_slot **
vm_inventory_slots(const struct vm_inventory *inventory, size_t *n)
{
    size_t n_endpoints;
    struct vm_endpoint **endpoints = vm_inventory_endpoints(inventory,
                                                            &n_endpoints);

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

void
vm_inventory_problems(const struct vm_inventory *inventory,
                      struct vm_problems *all)
{
    size_t n;

    for (size_t i = 0; i < inventory->n_members; i++) {
        vm_problems_append(all, &inventory->members[i]->problems);
    }

    struct vm_interface **interfaces = vm_inventory_interfaces(inventory, &n);
    for (size_t i = 0; i < n; i++) {
        vm_problems_append(all, &interfaces[i]->problems);
    }
    free(interfaces);

    struct vm_endpoint **endpoints = vm_inventory_endpoints(inventory, &n);
    for (size_t i = 0; i < n; i++) {
        vm_problems_append(all, &endpoints[i]->problems);
    }
    free(endpoints);
}
