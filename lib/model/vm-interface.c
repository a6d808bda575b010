/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-interface.h"

#include <stdlib.h>
#include <string.h>

#include "base/vm-map.h"
#include "model/vm-slot-load.h"
#include "smap.h"
#include "util.h"

struct vm_interface *
vm_interface_create(const char *name, const struct vm_interface_facts *facts)
{
    struct vm_interface *iface = xzalloc(sizeof *iface);

    iface->name = xstrdup(name);
    vm_policy_init_default(&iface->policy);
    vm_macs_init(&iface->macs);
    vm_interface_load_init(&iface->load);
    ovs_list_init(&iface->restless_node);
    iface->was_member = nullable_xstrdup(facts->was_member);
    iface->was_home = nullable_xstrdup(facts->was_home);
    iface->was_pinned = nullable_xstrdup(facts->was_pinned);
    iface->tx_member = nullable_xstrdup(facts->was_member);
    iface->silent = facts->silent;
    iface->published = facts->existed || facts->was_member;
    return iface;
}

void
vm_interface_destroy(struct vm_interface *iface)
{
    ovs_list_remove(&iface->restless_node);
    free(iface->name);
    free(iface->external_ids);
    vm_policy_destroy(&iface->policy);
    vm_problems_destroy(&iface->problems);
    vm_problems_destroy(&iface->parse_problems);
    vm_tag_port_destroy(&iface->port);
    vm_macs_destroy(&iface->macs);
    free(iface->tx_member);
    free(iface->was_member);
    free(iface->was_home);
    free(iface->was_pinned);
    free(iface);
}

static int
compare_interfaces(const void *a_, const void *b_)
{
    const struct vm_interface *const *a = a_;
    const struct vm_interface *const *b = b_;

    return strcmp((*a)->name, (*b)->name);
}

void
vm_interfaces_sort(struct vm_interface **interfaces, size_t n)
{
    qsort(interfaces, n, sizeof *interfaces, compare_interfaces);
}

const char *
vm_interface_identity(const struct smap *external_ids)
{
    const char *identity = vm_policy_identity(external_ids);

    return identity ? identity : VM_HOST_ID;
}

const char *
vm_interface_endpoint_id(const struct vm_interface *iface)
{
    return iface->identity ? iface->identity : VM_HOST_ID;
}

bool
vm_interface_is(const struct vm_interface *iface,
                const struct vm_interface_facts *facts)
{
    return !strcmp(vm_interface_endpoint_id(iface),
                   vm_interface_identity(facts->external_ids));
}

bool
vm_interface_parse(struct vm_interface *iface,
                   const struct vm_bond_config *config)
{
    struct vm_policy policy = iface->policy;
    struct vm_problems problems = iface->parse_problems;
    struct smap external_ids = SMAP_INITIALIZER(&external_ids);

    vm_map_get_all(iface->external_ids, &external_ids);
    memset(&iface->parse_problems, 0, sizeof iface->parse_problems);
    vm_policy_parse(&iface->policy, iface->name, &external_ids,
                    config->profiles, &iface->parse_problems);
    smap_destroy(&external_ids);
    bool changed = (!vm_policy_equal(&policy, &iface->policy)
                    || !vm_problems_equal(&problems,
                                          &iface->parse_problems));
    vm_policy_destroy(&policy);
    vm_problems_destroy(&problems);
    return changed;
}

/* Does the same as vm_interface_parse() for a new interface. */
static void
copy_parsed(struct vm_interface *iface, const struct vm_interface *like)
{
    vm_policy_destroy(&iface->policy);
    vm_policy_clone(&iface->policy, &like->policy);
    vm_problems_append(&iface->parse_problems, &like->parse_problems);
}

static const struct vm_tag_port *
get_port(const struct vm_interface_facts *facts)
{
    static const struct vm_tag_port unknown;

    return facts->port ? facts->port : &unknown;
}

bool
vm_interface_keeps_vlans(const struct vm_interface *iface,
                         const struct vm_interface_facts *facts)
{
    return (iface->way == facts->way
            && vm_tag_port_equal(&iface->port, get_port(facts)));
}

static void
set_external_ids(struct vm_interface *iface, const struct smap *external_ids)
{
    const char *key = vm_policy_identity_key(external_ids);

    free(iface->external_ids);
    iface->external_ids = vm_map_create(external_ids);
    iface->identity = key ? vm_map_get(iface->external_ids, key) : NULL;
}

/* Updates the attached address and its VLAN.  Returns true if they have
 * changed.  An invalid address is among 'parse_problems'. */
static bool
attach_mac(struct vm_interface *iface)
{
    const char *text = vm_map_get(iface->external_ids, "attached-mac");
    struct eth_addr mac = eth_addr_zero;
    bool known = text && eth_addr_from_string(text, &mac);
    int vlan = known ? iface->access_vlan : -1;

    return vm_macs_attach(&iface->macs, known ? &mac : NULL, vlan);
}

/* Returns true if the facts are those that 'iface' has. */
static bool
has_facts(const struct vm_interface *iface,
          const struct vm_interface_facts *facts,
          const struct smap *external_ids)
{
    return (vm_map_equal(iface->external_ids, external_ids)
            && iface->internal == facts->internal
            && iface->no_device == facts->no_device
            && iface->tag_type == facts->tag_type
            && iface->access_vlan == facts->access_vlan
            && iface->remote == facts->remote
            && iface->kernel_tunnel == facts->kernel_tunnel
            && vm_interface_keeps_vlans(iface, facts));
}

bool
vm_interface_update(struct vm_interface *iface,
                    const struct vm_interface_facts *facts,
                    const struct vm_bond_config *config)
{
    const struct smap nothing = SMAP_INITIALIZER(&nothing);
    const struct smap *external_ids = (facts->external_ids
                                       ? facts->external_ids : &nothing);
    bool changed;

    if (has_facts(iface, facts, external_ids)) {
        return false;
    }

    /* Other programs write external_ids, too.  A key that is not ours, such as
     * "ovn-installed", is not a change. */
    changed = (iface->internal != facts->internal
               || iface->no_device != facts->no_device);
    iface->internal = facts->internal;
    iface->no_device = facts->no_device;
    iface->access_vlan = facts->access_vlan;
    iface->tag_type = facts->tag_type;
    if (!vm_interface_keeps_vlans(iface, facts)) {
        vm_macs_forget(&iface->macs);
    }
    vm_tag_port_copy(&iface->port, get_port(facts));
    iface->way = facts->way;
    iface->remote = facts->remote;
    iface->kernel_tunnel = facts->kernel_tunnel;
    set_external_ids(iface, external_ids);
    if (facts->like) {
        copy_parsed(iface, facts->like);
        changed = true;
    } else {
        changed |= vm_interface_parse(iface, config);
    }
    changed |= attach_mac(iface);
    return changed;
}

bool
vm_interface_may_use_vlan(const struct vm_interface *iface, uint16_t inside)
{
    return iface->remote || vm_tag_carries(&iface->port, inside);
}
