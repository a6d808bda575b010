/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-inventory.h"

#include <stdlib.h>
#include <string.h>

#include "base/vm-sorted.h"
#include "model/vm-endpoint-list.h"
#include "model/vm-endpoint.h"
#include "model/vm-places.h"
#include "model/vm-slot-load.h"
#include "model/vm-slot.h"
#include "model/vm-watch.h"
#include "util.h"

/* Milliseconds between two runs of aging for learned addresses. */
#define AGING_INTERVAL 10000

void
vm_inventory_init(struct vm_inventory *inventory)
{
    memset(inventory, 0, sizeof *inventory);
    inventory->counted = inventory->rested_at = LLONG_MIN;
    shash_init(&inventory->interfaces);
    shash_init(&inventory->endpoints);
    shash_init(&inventory->gone_prints);
    inventory->places = vm_places_create();
    svec_init(&inventory->notes);
    vm_news_init(&inventory->news);
    vm_policy_init_default(&inventory->host_policy);

    struct vm_endpoint *host = vm_endpoint_create(VM_HOST_ID);

    vm_endpoint_add_slot(host,
                         vm_slot_create(host, &inventory->host_policy.pref));
    vm_policy_destroy(&host->policy);
    vm_policy_clone(&host->policy, &inventory->host_policy);
    shash_add_assert(&inventory->endpoints, host->id, host);
    vm_endpoint_list_insert(inventory, host);
    vm_changes_init(&inventory->regroup);
    vm_changes_note_all(&inventory->regroup);
    vm_changes_init(&inventory->place);
    vm_changes_init(&inventory->unsettled);
    vm_watch_init(&inventory->watch);
    ovs_list_init(&inventory->restless);
}

void
vm_inventory_destroy(struct vm_inventory *inventory)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &inventory->interfaces) {
        struct vm_interface *iface = node->data;

        shash_steal(&inventory->interfaces, node);
        vm_interface_destroy(iface);
    }
    shash_destroy(&inventory->interfaces);

    SHASH_FOR_EACH (node, &inventory->endpoints) {
        vm_endpoint_destroy(node->data);
    }
    shash_destroy(&inventory->endpoints);
    shash_destroy_free_data(&inventory->gone_prints);
    free(inventory->interfaces_by_name);
    free(inventory->endpoints_by_id);
    free(inventory->ungrouped);
    vm_changes_destroy(&inventory->regroup);
    vm_changes_destroy(&inventory->place);
    vm_changes_destroy(&inventory->unsettled);
    vm_watch_destroy(&inventory->watch);
    vm_places_destroy(inventory->places);
    vm_problems_destroy(&inventory->misplaced);
    svec_destroy(&inventory->notes);
    vm_news_destroy(&inventory->news);

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

static const char *
get_interface_name(const void *interfaces, size_t i)
{
    struct vm_interface *const *list = interfaces;

    return list[i]->name;
}

/* Returns the place of 'name' in the list of interfaces. */
static size_t
interface_place(const struct vm_inventory *inventory, const char *name)
{
    return vm_sorted_place(inventory->interfaces_by_name,
                           shash_count(&inventory->interfaces),
                           get_interface_name, name);
}

/* Makes 'iface' the interface of its name.  Returns the one that was it
 * before, or null. */
static struct vm_interface *
insert_interface(struct vm_inventory *inventory, struct vm_interface *iface)
{
    struct vm_interface *before
        = vm_inventory_find_interface(inventory, iface->name);
    size_t n = shash_count(&inventory->interfaces);
    size_t i = interface_place(inventory, iface->name);

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
    if (before) {
        shash_steal(&inventory->interfaces,
                    shash_find(&inventory->interfaces, iface->name));
    }
    shash_add_nocopy(&inventory->interfaces, iface->name, iface);
    return before;
}

/* Returns the interface named 'name', which is not found any more, or null if
 * there is none. */
static struct vm_interface *
extract_interface(struct vm_inventory *inventory, const char *name)
{
    struct vm_interface *iface = vm_inventory_find_interface(inventory, name);

    if (iface) {
        size_t i = interface_place(inventory, name);

        shash_steal(&inventory->interfaces,
                    shash_find(&inventory->interfaces, name));
        memmove(&inventory->interfaces_by_name[i],
                &inventory->interfaces_by_name[i + 1],
                (shash_count(&inventory->interfaces) - i)
                * sizeof *inventory->interfaces_by_name);
    }
    return iface;
}

void
vm_inventory_unpublish(struct vm_inventory *inventory,
                       struct vm_interface *iface)
{
    if (!ovs_u128_is_zero(iface->print)) {
        shash_add_once(&inventory->gone_prints, iface->name,
                       xmemdup(&iface->print, sizeof iface->print));
        iface->print = OVS_U128_ZERO;
    }
}

/* Destroys 'iface', which the inventory does not find any more. */
static void
remove_interface(struct vm_inventory *inventory, struct vm_interface *iface)
{
    struct vm_endpoint *endpoint = iface->endpoint;

    vm_inventory_unpublish(inventory, iface);
    vm_changes_note(&inventory->regroup, vm_interface_endpoint_id(iface));
    if (!iface->grouped) {
        remove_from_list(inventory->ungrouped, &inventory->n_ungrouped,
                         iface);
    }

    remove_from_list(endpoint->interfaces, &endpoint->n_interfaces, iface);
    remove_from_list(endpoint->absent, &endpoint->n_absent, iface);
    if (iface->slot) {
        remove_from_list(iface->slot->interfaces, &iface->slot->n_interfaces,
                         iface);
    }
    vm_interface_destroy(iface);
}

/* Notes 'iface', which is new. */
static void
note_ungrouped(struct vm_inventory *inventory, struct vm_interface *iface)
{
    if (inventory->n_ungrouped >= inventory->allocated_ungrouped) {
        inventory->ungrouped = x2nrealloc(inventory->ungrouped,
                                          &inventory->allocated_ungrouped,
                                          sizeof *inventory->ungrouped);
    }
    inventory->ungrouped[inventory->n_ungrouped++] = iface;
    vm_changes_note(&inventory->regroup, vm_interface_endpoint_id(iface));
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
            remove_interface(inventory, iface);
        }
        return iface != NULL;
    }

    iface = vm_inventory_find_interface(inventory, name);
    if (iface && vm_interface_is(iface, facts)) {
        bool changed = vm_interface_update(iface, facts, config);

        if (changed) {
            vm_changes_note(&inventory->regroup,
                            vm_interface_endpoint_id(iface));
        }
        return changed;
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
        remove_interface(inventory, before);
    }
    ovs_u128 *print = shash_find_and_delete(&inventory->gone_prints, name);
    if (print) {
        iface->print = *print;
        free(print);
    }
    vm_interface_update(iface, facts, config);
    note_ungrouped(inventory, iface);
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
    vm_changes_note_all(&inventory->regroup);
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
    vm_changes_note_all(&inventory->regroup);
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

void
vm_inventory_age_macs(struct vm_inventory *inventory, long long int now)
{
    struct shash_node *node;

    if (now < inventory->next_aging) {
        return;
    }
    inventory->next_aging = now + AGING_INTERVAL;
    SHASH_FOR_EACH (node, &inventory->interfaces) {
        struct vm_interface *iface = node->data;

        vm_macs_age(&iface->macs, now);
    }
}

static const char *
get_member_name(const void *members, size_t i)
{
    struct vm_member *const *list = members;

    return list[i]->name;
}

/* Returns the place of 'name' in the list of members. */
static size_t
member_place(const struct vm_inventory *inventory, const char *name)
{
    return vm_sorted_place(inventory->members, inventory->n_members,
                           get_member_name, name);
}

int
vm_inventory_member_index(const struct vm_inventory *inventory,
                          const char *name)
{
    size_t i = name ? member_place(inventory, name) : inventory->n_members;

    return (i < inventory->n_members
            && !strcmp(inventory->members[i]->name, name) ? (int) i : -1);
}

struct vm_member *
vm_inventory_add_member(struct vm_inventory *inventory, const char *name,
                        long long int now)
{
    size_t i = member_place(inventory, name);

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
        vm_changes_note_all(&inventory->regroup);
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
    vm_changes_note_all(&inventory->regroup);
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

struct vm_endpoint **
vm_inventory_endpoints(const struct vm_inventory *inventory, size_t *n)
{
    *n = inventory->n_endpoints;
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
    const struct vm_changes all = { .all = true };

    return vm_endpoint_list_slots(inventory, &all, n);
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
    vm_watch_problems(inventory, all);
    vm_problems_append(all, &inventory->misplaced);
}
