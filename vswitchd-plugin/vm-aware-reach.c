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

static const struct bond_iface *
find_iface(const struct shash *by_name, const char *name)
{
    return name ? shash_find_data(by_name, name) : NULL;
}

static bool
is_tunnel(const struct bond_iface *iface)
{
    return smap_get(iface->options, "remote_ip") != NULL;
}

bool
vm_aware_reach_is_kernel_tunnel(const struct vm_aware_bond *va,
                                const struct bond_iface *iface)
{
    return is_tunnel(iface) && !ovs_native_tunneling_is_on(va->ofproto);
}

/* Sets 'va->bridges' to the bridges that reach its own one over patch ports,
 * or by a tunnel.  The ports are among 'ifaces'. */
static void
find_bridges(struct vm_aware_bond *va, const struct bond_iface *ifaces,
             size_t n, const struct shash *by_name)
{
    bool grows = true;

    sset_clear(&va->bridges);
    sset_add(&va->bridges, vm_aware_bond_bridge(va));
    for (size_t i = 0; i < n; i++) {
        if (ifaces[i].present && is_tunnel(&ifaces[i])) {
            sset_add(&va->bridges, ifaces[i].bridge);
        }
    }
    while (grows) {
        grows = false;
        for (size_t i = 0; i < n; i++) {
            const struct bond_iface *peer;

            if (!ifaces[i].present || strcmp(ifaces[i].type, "patch")
                || !sset_contains(&va->bridges, ifaces[i].bridge)) {
                continue;
            }
            peer = find_iface(by_name, smap_get(ifaces[i].options, "peer"));
            if (peer && peer->present && !strcmp(peer->type, "patch")
                && nullable_string_is_equal(smap_get(peer->options, "peer"),
                                            ifaces[i].name)) {
                grows |= sset_add(&va->bridges, peer->bridge) != NULL;
            }
        }
    }
}

/* Counts changes of the VLANs of patch ports of the bridges that reach the
 * bond.  One that comes or goes does not change the VLANs of others. */
static void
note_patch_ports(struct vm_aware_bond *va, const struct bond_iface *ifaces,
                 size_t n)
{
    struct shash old = SHASH_INITIALIZER(&old);

    shash_swap(&old, &va->patch_ports);
    for (size_t i = 0; i < n; i++) {
        const struct vm_tag_port *before;
        struct vm_tag_port *port;

        if (strcmp(ifaces[i].type, "patch")
            || !sset_contains(&va->bridges, ifaces[i].bridge)) {
            continue;
        }
        port = xmalloc(sizeof *port);
        vm_aware_reach_tag_port(&ifaces[i], port);
        shash_add(&va->patch_ports, ifaces[i].name, port);
        before = shash_find_data(&old, ifaces[i].name);
        if (before && !vm_tag_port_equal(before, port)) {
            va->n_patch_changes++;
        }
    }
    vm_tag_ports_destroy(&old);
}

void
vm_aware_reach_update(struct vm_aware_bond *va,
                      const struct bond_iface *ifaces, size_t n,
                      const struct shash *by_name)
{
    find_bridges(va, ifaces, n, by_name);
    note_patch_ports(va, ifaces, n);
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
    const struct ofproto_dpif *ofproto
        = ofproto_dpif_lookup_by_name(iface->bridge);

    return (ofproto && ofproto->backer == va->ofproto->backer
            && sset_contains(&va->bridges, iface->bridge)
            && strcmp(iface->type, "patch")
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
