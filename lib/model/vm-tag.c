/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-tag.h"

#include <string.h>

#include "bitmap.h"
#include "openvswitch/shash.h"
#include "packets.h"
#include "util.h"

static enum vm_tag_mode
mode_of(const struct vm_tag_settings *settings)
{
    static const char *const words[] = {
        [VM_TAG_ACCESS] = "access",
        [VM_TAG_TRUNK] = "trunk",
        [VM_TAG_NATIVE_TAGGED] = "native-tagged",
        [VM_TAG_NATIVE_UNTAGGED] = "native-untagged",
        [VM_TAG_TUNNEL] = "dot1q-tunnel",
    };

    if (!settings->vlan_mode) {
        return settings->tag >= 0 ? VM_TAG_ACCESS : VM_TAG_TRUNK;
    }
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (!strcmp(words[i], settings->vlan_mode)) {
            return i;
        }
    }
    return VM_TAG_TRUNK;
}

#define N_VLANS 4096

static void
set_vlan(struct vm_tag_port *port, int64_t vlan, bool carried)
{
    if (vlan >= 0 && vlan < N_VLANS) {
        port->vlans = port->vlans ? port->vlans : bitmap_allocate(N_VLANS);
        bitmap_set(port->vlans, vlan, carried);
    }
}

static bool
has_vlan(const struct vm_tag_port *port, uint16_t vlan)
{
    return port->all || (port->vlans && bitmap_is_set(port->vlans, vlan));
}

static bool
is_native(const struct vm_tag_port *port)
{
    return (port->mode == VM_TAG_NATIVE_TAGGED
            || port->mode == VM_TAG_NATIVE_UNTAGGED);
}

void
vm_tag_port_init(struct vm_tag_port *port,
                 const struct vm_tag_settings *settings)
{
    bool tunnel;

    memset(port, 0, sizeof *port);
    port->mode = mode_of(settings);
    tunnel = port->mode == VM_TAG_TUNNEL;
    if (port->mode != VM_TAG_TRUNK) {
        port->vlan = MAX(settings->tag, 0);
    }
    port->tunnel_type = (settings->qinq_ethtype
                         && !strcmp(settings->qinq_ethtype, "802.1q")
                         ? ETH_TYPE_VLAN_8021Q : ETH_TYPE_VLAN_8021AD);

    const int64_t *vlans = tunnel ? settings->cvlans : settings->trunks;
    size_t n = tunnel ? settings->n_cvlans : settings->n_trunks;
    port->all = !n;
    for (size_t i = 0; i < n; i++) {
        set_vlan(port, vlans[i], true);
    }
    if (is_native(port) && port->vlan) {
        /* Its own VLAN in any case, and therefore not VLAN 0. */
        if (port->all) {
            port->vlans = bitmap_allocate1(N_VLANS);
            port->all = false;
        }
        set_vlan(port, port->vlan, true);
        set_vlan(port, 0, false);
    }
}

void
vm_tag_port_destroy(struct vm_tag_port *port)
{
    bitmap_free(port->vlans);
}

void
vm_tag_ports_destroy(struct shash *ports)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, ports) {
        vm_tag_port_destroy(node->data);
    }
    shash_destroy_free_data(ports);
}

void
vm_tag_port_copy(struct vm_tag_port *port, const struct vm_tag_port *from)
{
    unsigned long *vlans = (from->vlans
                            ? bitmap_clone(from->vlans, N_VLANS) : NULL);

    bitmap_free(port->vlans);
    *port = *from;
    port->vlans = vlans;
}

bool
vm_tag_port_equal(const struct vm_tag_port *a, const struct vm_tag_port *b)
{
    return (a->mode == b->mode && a->vlan == b->vlan
            && a->tunnel_type == b->tunnel_type && a->all == b->all
            && (a->vlans && b->vlans
                ? bitmap_equal(a->vlans, b->vlans, N_VLANS)
                : a->vlans == b->vlans));
}

/* Returns true if an untagged frame may enter by 'port'. */
static bool
admits_untagged(const struct vm_tag_port *port)
{
    return (port->mode == VM_TAG_ACCESS || is_native(port)
            || has_vlan(port, 0));
}

uint16_t
vm_tag_inside(const struct vm_tag_port *bond, uint16_t vlan)
{
    switch (bond->mode) {
    case VM_TAG_TRUNK: return vlan;
    case VM_TAG_NATIVE_TAGGED:
    case VM_TAG_NATIVE_UNTAGGED: return vlan ? vlan : bond->vlan;
    case VM_TAG_ACCESS:
    case VM_TAG_TUNNEL: return bond->vlan;
    default: OVS_NOT_REACHED();
    }
}

uint16_t
vm_tag_outside(const struct vm_tag_port *bond, uint16_t inside)
{
    switch (bond->mode) {
    case VM_TAG_TRUNK:
    case VM_TAG_NATIVE_TAGGED: return inside;
    case VM_TAG_NATIVE_UNTAGGED: return inside == bond->vlan ? 0 : inside;
    case VM_TAG_ACCESS:
    case VM_TAG_TUNNEL: return 0;
    default: OVS_NOT_REACHED();
    }
}

bool
vm_tag_carries(const struct vm_tag_port *bond, uint16_t inside)
{
    switch (bond->mode) {
    case VM_TAG_ACCESS: return inside == bond->vlan;
    case VM_TAG_TUNNEL: return inside == bond->vlan;
    case VM_TAG_TRUNK:
    case VM_TAG_NATIVE_TAGGED:
    case VM_TAG_NATIVE_UNTAGGED: return has_vlan(bond, inside);
    default: OVS_NOT_REACHED();
    }
}

bool
vm_tag_out(const struct vm_tag_port *port, const struct vm_tag_port *bond,
           struct vm_tag *tag)
{
    uint16_t inside = vm_tag_inside(port, 0);

    tag->vlan = 0;
    tag->type = (port->mode == VM_TAG_TUNNEL && bond->mode != VM_TAG_TUNNEL
                 ? port->tunnel_type : ETH_TYPE_VLAN_8021Q);
    if (!admits_untagged(port) || !vm_tag_carries(bond, inside)
        || (bond->mode == VM_TAG_TUNNEL && !has_vlan(bond, 0))) {
        return false;
    }
    tag->vlan = vm_tag_outside(bond, inside);
    return true;
}
