/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-references.h"

#include <stdlib.h>
#include <string.h>

#include "base/vm-utf8.h"
#include "model/vm-endpoint-list.h"
#include "model/vm-endpoint.h"
#include "model/vm-regroup.h"
#include "model/vm-watch.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Appends the names of all members: "eth0, eth1". */
static void
format_members(const struct vm_inventory *inventory, struct ds *s)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        ds_put_format(s, "%s%s", i ? ", " : "", inventory->members[i]->name);
    }
}

/* Adds the problem that 'pref', the value of 'key', names 'member', which is
 * no member of 'bond'. */
static void
add_no_member(const struct vm_inventory *inventory,
              const struct vm_pref *pref, const char *member,
              const char *bond, const char *where, const char *key,
              struct vm_problems *problems)
{
    struct ds whole = DS_EMPTY_INITIALIZER;
    struct ds text = DS_EMPTY_INITIALIZER;
    struct ds name = DS_EMPTY_INITIALIZER;
    struct ds members = DS_EMPTY_INITIALIZER;

    vm_pref_format(pref, &whole);
    vm_utf8_append(ds_cstr(&whole), VM_UTF8_MAX_SHOWN, &text);
    vm_utf8_append(member, VM_UTF8_MAX_SHOWN, &name);
    format_members(inventory, &members);
    vm_problems_add(problems, where, "%s=%s: %s is no member of %s, "
                    "members are: %s", key, ds_cstr(&text), ds_cstr(&name),
                    bond, ds_cstr(&members));
    ds_destroy(&whole);
    ds_destroy(&text);
    ds_destroy(&name);
    ds_destroy(&members);
}

static void
check_pref(const struct vm_inventory *inventory, const struct vm_pref *pref,
           const char *bond, const char *where, const char *key,
           struct vm_problems *problems)
{
    for (size_t i = 0; i < pref->n; i++) {
        if (!vm_inventory_find_member(inventory, pref->names[i])) {
            add_no_member(inventory, pref, pref->names[i], bond, where, key,
                          problems);
        }
    }
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

/* Adds the problem that 'owner' has the name of 'endpoint', too, unless they
 * are the same. */
static void
check_owner(const struct vm_endpoint *endpoint,
            const struct vm_endpoint *owner)
{
    struct vm_interface *iface = find_named(endpoint);

    if (iface && owner != endpoint) {
        vm_problems_add(&iface->problems, iface->name, "vm-name=%s: VM %s "
                        "has it, too; reports and commands use the "
                        "identity, %s", endpoint->policy.name, owner->id,
                        endpoint->id);
    }
}

/* Reports names of VMs that another VM has, as its name or its identity. */
static void
check_all_names(const struct vm_inventory *inventory)
{
    struct shash owners = SHASH_INITIALIZER(&owners); /* By name. */

    for (size_t i = 0; i < inventory->n_endpoints; i++) {
        struct vm_endpoint *endpoint = inventory->endpoints_by_id[i];

        shash_add(&owners, endpoint->id, endpoint);
    }
    for (size_t i = 0; i < inventory->n_endpoints; i++) {
        struct vm_endpoint *endpoint = inventory->endpoints_by_id[i];
        const char *name = endpoint->policy.name;
        const struct vm_endpoint *owner
            = name ? shash_find_data(&owners, name) : NULL;

        if (owner) {
            check_owner(endpoint, owner);
        } else if (name) {
            shash_add(&owners, name, endpoint);
        }
    }
    shash_destroy(&owners);
}

/* Checks the preference of 'iface'.  Without members the bond is still being
 * set up. */
static void
check_interface(const struct vm_inventory *inventory, const char *bond,
                struct vm_interface *iface)
{
    if (inventory->n_members && !vm_endpoint_is_host(iface->endpoint)) {
        check_pref(inventory, &iface->policy.pref, bond, iface->name,
                   "vm-uplinks", &iface->problems);
    }
}

static void
check_all(struct vm_inventory *inventory, const char *bond)
{
    size_t n = shash_count(&inventory->interfaces);

    for (size_t i = 0; i < n; i++) {
        list_problems(inventory->interfaces_by_name[i]);
    }
    if (inventory->n_named) {
        check_all_names(inventory);
    }
    for (size_t i = 0; i < n; i++) {
        check_interface(inventory, bond, inventory->interfaces_by_name[i]);
    }
}

/* Checks the interfaces of 'endpoint', given that no other one's name or
 * identity has changed, nor its own. */
static void
check_endpoint(const struct vm_inventory *inventory, const char *bond,
               struct vm_endpoint *endpoint)
{
    const char *name = endpoint->policy.name;

    for (size_t i = 0; i < endpoint->n_interfaces; i++) {
        list_problems(endpoint->interfaces[i]);
    }
    for (size_t i = 0; i < endpoint->n_absent; i++) {
        list_problems(endpoint->absent[i]);
    }
    if (name) {
        check_owner(endpoint, vm_inventory_find_endpoint(inventory, name));
    }
    for (size_t i = 0; i < endpoint->n_interfaces; i++) {
        check_interface(inventory, bond, endpoint->interfaces[i]);
    }
    for (size_t i = 0; i < endpoint->n_absent; i++) {
        check_interface(inventory, bond, endpoint->absent[i]);
    }
}

static void
update(struct vm_inventory *inventory, const struct vm_changes *changes,
       const char *bond, struct vm_problems *host_problems)
{
    struct vm_endpoint **endpoints;
    size_t n;

    vm_problems_clear(host_problems);
    if (inventory->n_members) {
        check_pref(inventory, &inventory->host_policy.pref, bond, bond,
                   "vm-aware-host uplinks", host_problems);
    }
    if (changes->all) {
        check_all(inventory, bond);
    } else {
        endpoints = vm_endpoint_list_changed(inventory, changes, &n);
        for (size_t i = 0; i < n; i++) {
            check_endpoint(inventory, bond, endpoints[i]);
        }
        free(endpoints);
    }
    vm_watch_checked(inventory, changes);
}

void
vm_references_regroup(struct vm_inventory *inventory, const char *bond,
                      struct vm_problems *host_problems)
{
    struct vm_changes changes;

    if (!vm_changes_is_empty(&inventory->regroup)) {
        vm_regroup(inventory, &changes);
        update(inventory, &changes, bond, host_problems);
        vm_changes_destroy(&changes);
    }
}
