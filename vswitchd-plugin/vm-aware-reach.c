/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-reach.h"

#include <string.h>

#include "ofproto/ofproto-dpif.h"
#include "smap.h"
#include "util.h"
#include "vm-aware-bond.h"

bool
vm_aware_reach_is_member(const struct vm_aware_bond *va,
                         const struct bond_iface *iface)
{
    return (!strcmp(iface->bridge, vm_aware_bond_bridge(va))
            && !strcmp(iface->port, vm_aware_bond_name(va)));
}

void
vm_aware_reach_tag_port(const struct bond_iface *iface,
                        struct vm_tag_port *port)
{
    const struct vm_tag_settings settings = {
        .vlan_mode = iface->vlan_mode,
        .tag = iface->tag,
        .trunks = iface->trunks,
        .n_trunks = iface->n_trunks,
        .cvlans = iface->cvlans,
        .n_cvlans = iface->n_cvlans,
        .qinq_ethtype = smap_get(iface->port_config, "qinq-ethtype"),
    };

    vm_tag_port_init(port, &settings);
}

static bool
is_tunnel(const struct bond_iface *iface)
{
    return (!smap_is_empty(iface->options)
            && smap_get(iface->options, "remote_ip"));
}

static bool
is_patch(const struct bond_iface *iface)
{
    return !strcmp(iface->type, "patch");
}

bool
vm_aware_reach_is_kernel_tunnel(const struct vm_aware_bond *va,
                                const struct bond_iface *iface)
{
    return is_tunnel(iface) && !va->native_tunneling;
}

static bool
is_on_datapath(const struct vm_aware_bond *va, const char *bridge)
{
    const struct ofproto_dpif *ofproto = ofproto_dpif_lookup_by_name(bridge);

    return ofproto && ofproto->backer == va->ofproto->backer;
}

/* Returns the present peer of a present patch port, or null. */
static const struct bond_iface *
find_peer(const struct bond_iface *port, const struct shash *patch_ports)
{
    const char *name = smap_get(port->options, "peer");
    const struct bond_iface *peer = (port->present && name
                                     ? shash_find_data(patch_ports, name)
                                     : NULL);

    return (peer && peer->present
            && nullable_string_is_equal(smap_get(peer->options, "peer"),
                                        port->name)
            ? peer : NULL);
}

/* Adds the bridges that reach those in 'bridges' over 'patch_ports', from
 * names to "struct bond_iface"s. */
static void
add_neighbors(struct sset *bridges, const struct shash *patch_ports)
{
    bool grows = true;

    while (grows) {
        const struct shash_node *node;

        grows = false;
        SHASH_FOR_EACH (node, patch_ports) {
            const struct bond_iface *port = node->data;
            const struct bond_iface *peer
                = (sset_contains(bridges, port->bridge)
                   ? find_peer(port, patch_ports) : NULL);

            grows |= peer && sset_add(bridges, peer->bridge);
        }
    }
}

/* Sets 'va->bridges' to the bridges of its datapath that reach its own one
 * over 'patch_ports', or by a tunnel, which is among 'ifaces'.  Returns true
 * if they are others than before. */
static bool
find_bridges(struct vm_aware_bond *va, const struct bond_iface *ifaces,
             size_t n, const struct shash *patch_ports)
{
    struct sset bridges = SSET_INITIALIZER(&bridges);
    const char *bridge;
    bool changed;

    sset_add(&bridges, vm_aware_bond_bridge(va));
    for (size_t i = 0; i < n; i++) {
        if (ifaces[i].present && is_tunnel(&ifaces[i])) {
            sset_add(&bridges, ifaces[i].bridge);
        }
    }
    add_neighbors(&bridges, patch_ports);
    SSET_FOR_EACH_SAFE (bridge, &bridges) {
        if (!is_on_datapath(va, bridge)) {
            sset_delete(&bridges, SSET_NODE_FROM_NAME(bridge));
        }
    }
    changed = !sset_equals(&bridges, &va->bridges);
    sset_swap(&bridges, &va->bridges);
    sset_destroy(&bridges);
    return changed;
}

/* Counts changes of the VLANs of patch ports of the bridges that reach the
 * bond.  One that comes or goes does not change the VLANs of others. */
static void
note_patch_ports(struct vm_aware_bond *va, const struct shash *patch_ports)
{
    struct shash old = SHASH_INITIALIZER(&old);
    const struct shash_node *node;

    shash_swap(&old, &va->patch_ports);
    SHASH_FOR_EACH (node, patch_ports) {
        const struct bond_iface *iface = node->data;
        const struct vm_tag_port *before;
        struct vm_tag_port *port;

        if (!sset_contains(&va->bridges, iface->bridge)) {
            continue;
        }
        port = xmalloc(sizeof *port);
        vm_aware_reach_tag_port(iface, port);
        shash_add(&va->patch_ports, iface->name, port);
        before = shash_find_data(&old, iface->name);
        if (before && !vm_tag_port_equal(before, port)) {
            va->n_patch_changes++;
        }
    }
    vm_tag_ports_destroy(&old);
}

static unsigned int
count_way_changes(const struct vm_aware_bond *va)
{
    return va->n_tag_changes + va->n_patch_changes;
}

bool
vm_aware_reach_update(struct vm_aware_bond *va,
                      const struct bond_iface *ifaces, size_t n)
{
    struct shash patch_ports = SHASH_INITIALIZER(&patch_ports);
    bool native = ovs_native_tunneling_is_on(va->ofproto);
    bool changed;

    for (size_t i = 0; i < n; i++) {
        if (is_patch(&ifaces[i])) {
            shash_add_once(&patch_ports, ifaces[i].name, &ifaces[i]);
        }
    }
    changed = find_bridges(va, ifaces, n, &patch_ports);
    note_patch_ports(va, &patch_ports);
    shash_destroy(&patch_ports);

    changed |= (native != va->native_tunneling
                || count_way_changes(va) != va->n_way_changes);
    va->native_tunneling = native;
    va->n_way_changes = count_way_changes(va);
    return changed;
}

unsigned int
vm_aware_reach_way(const struct vm_aware_bond *va,
                   const struct bond_iface *iface)
{
    bool here = !strcmp(iface->bridge, vm_aware_bond_bridge(va));

    return va->n_tag_changes + (here ? 0 : va->n_patch_changes);
}

bool
vm_aware_reach_is_sender(const struct vm_aware_bond *va,
                         const struct bond_iface *iface)
{
    return (sset_contains(&va->bridges, iface->bridge)
            && !is_patch(iface)
            && !vm_aware_reach_is_member(va, iface));
}

int
vm_aware_reach_access_vlan(const struct vm_aware_bond *va,
                           const struct bond_iface *iface, uint16_t *type)
{
    struct vm_tag_port port;
    struct vm_tag tag;
    bool leaves;

    *type = 0;
    if (strcmp(iface->bridge, vm_aware_bond_bridge(va))) {
        return -1;
    }
    vm_aware_reach_tag_port(iface, &port);
    leaves = vm_tag_out(&port, &va->tag_port, &tag);
    vm_tag_port_destroy(&port);
    *type = tag.type;
    return leaves ? tag.vlan : -1;
}
