/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-inventory.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "vm-mac.h"
#include "vm-regroup.h"
#include "vm-slot.h"

void
vm_inventory_init(struct vm_inventory *inventory)
{
    memset(inventory, 0, sizeof *inventory);
    shash_init(&inventory->interfaces);
    shash_init(&inventory->endpoints);
    vm_policy_init_default(&inventory->host_policy);
    vm_inventory_regroup(inventory);
}

static void
interface_destroy(struct vm_interface *iface)
{
    free(iface->name);
    smap_destroy(&iface->external_ids);
    vm_policy_destroy(&iface->policy);
    vm_problems_destroy(&iface->problems);
    vm_problems_destroy(&iface->parse_problems);
    free(iface->carrier);
    free(iface->was_uplink);
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

/* Reads the keys of 'iface'.  Returns true if they say something new. */
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

/* Takes over "attached-mac" and its VLAN.  A bad one is told among the
 * problems of parsing.  Returns true if it is new. */
static bool
attach_mac(struct vm_interface *iface)
{
    const char *text = smap_get(&iface->external_ids, "attached-mac");
    struct eth_addr mac = eth_addr_zero;
    bool known = text && eth_addr_from_string(text, &mac);
    int vlan = known ? iface->access_vlan : -1;

    if (iface->has_attached == known && iface->attached_vlan == vlan
        && eth_addr_equals(iface->attached, known ? mac : eth_addr_zero)) {
        return false;
    }
    vm_interface_attach_mac(iface, known ? &mac : NULL, vlan);
    return true;
}

/* Replaces the keys of 'iface'.  Returns true if its identity is new. */
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
    iface->attached_vlan = -1;
    iface->endpoint = host;
    iface->slot = host->slots[0];
    iface->was_uplink = nullable_xstrdup(facts->was_uplink);
    iface->was_home = nullable_xstrdup(facts->was_home);
    iface->was_pinned = nullable_xstrdup(facts->was_pinned);
    shash_add_assert(&inventory->interfaces, name, iface);
    return iface;
}

/* Takes 'iface' out of a list of 'n' interfaces, if it is in there. */
static void
take_out(struct vm_interface **list, size_t *n,
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
    take_out(iface->endpoint->interfaces, &iface->endpoint->n_interfaces,
             iface);
    take_out(iface->slot->interfaces, &iface->slot->n_interfaces, iface);
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

    /* Others write there as well: what is none of our business, such as
     * "ovn-installed", is no news. */
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
vm_inventory_mac_seen(struct vm_inventory *inventory, const char *interface,
                      struct eth_addr mac, uint16_t vlan, long long int now)
{
    struct vm_interface *iface = vm_inventory_find_interface(inventory,
                                                             interface);

    return iface && vm_interface_mac_seen(iface, mac, vlan, now);
}

/* What was counted since 'before'.  A counter that went down began anew. */
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
    traffic->uplink_packets += lost_packets;
    traffic->uplink_bytes += lost_bytes;
    vm_slot_count(iface->slot, iface->counted ? sent_bytes : 0, now);

    struct vm_member *carrier
        = (iface->carrier
           ? vm_inventory_find_member(inventory, iface->carrier) : NULL);
    if (carrier && iface->counted) {
        carrier->slots_bytes += sent_bytes;
    }
    iface->counters = *counters;
    iface->counted = true;
}

void
vm_inventory_age_macs(struct vm_inventory *inventory, long long int now)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &inventory->interfaces) {
        vm_interface_age_macs(node->data, now);
    }
}

/* Returns the place of the first member whose name is not before 'name'. */
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

struct vm_slot_state **
vm_inventory_slots(const struct vm_inventory *inventory, size_t *n)
{
    size_t n_endpoints;
    struct vm_endpoint **endpoints = vm_inventory_endpoints(inventory,
                                                            &n_endpoints);

    *n = 0;
    for (size_t i = 0; i < n_endpoints; i++) {
        *n += endpoints[i]->n_slots;
    }

    struct vm_slot_state **list = xmalloc((*n + 1) * sizeof *list);
    struct vm_slot_state **slot = list;
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
