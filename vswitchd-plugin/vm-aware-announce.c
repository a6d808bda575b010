/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-announce.h"

#include <string.h>

#include "coverage.h"
#include "dp-packet.h"
#include "ofproto/ofproto-dpif.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "vm-aware.h"
#include "vm-engine.h"

VLOG_DEFINE_THIS_MODULE(vm_aware_announce);

COVERAGE_DEFINE(vm_aware_announce);

static int
send_rarp(const struct ofport_dpif *ofport, const struct vm_mac *mac)
{
    struct dp_packet *packet = dp_packet_new(0);
    int error;

    compose_rarp(packet, mac->mac);
    if (mac->vlan) {
        eth_push_vlan(packet, htons(ETH_TYPE_VLAN), htons(mac->vlan));
    }
    error = ofproto_dpif_send_packet(ofport, false, packet);
    dp_packet_delete(packet);
    COVERAGE_INC(vm_aware_announce);

    return error;
}

static void *
find_member(const struct vm_aware *va, const char *name)
{
    struct bond_member_view *views;
    size_t n = bond_get_members(va->bond, &views);
    void *aux = NULL;

    for (size_t i = 0; i < n; i++) {
        if (!strcmp(views[i].name, name)) {
            aux = views[i].aux;
        }
    }
    free(views);
    return aux;
}

static void
announce_now(const struct vm_aware *va, const struct vm_slot_state *slot)
{
    const struct ofport_dpif *ofport;
    size_t n_sent = 0, n_errors = 0;
    int error = 0;

    ofport = slot->uplink ? find_member(va, slot->uplink) : NULL;
    if (!ofport) {
        return;
    }

    for (size_t i = 0; i < slot->n_interfaces; i++) {
        const struct vm_interface *iface = slot->interfaces[i];

        for (size_t j = 0; j < iface->n_macs; j++) {
            int retval = send_rarp(ofport, &iface->macs[j]);

            n_sent++;
            if (retval) {
                n_errors++;
                error = retval;
            }
        }
    }

    if (n_errors) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        VLOG_WARN_RL(&rl, "bond %s: VM %s: %"PRIuSIZE" of %"PRIuSIZE" "
                     "announcements could not be sent over %s (%s)",
                     vm_aware_name(va), slot->endpoint->id, n_errors, n_sent,
                     slot->uplink, ovs_strerror(error));
    } else {
        VLOG_DBG("bond %s: VM %s: sent %"PRIuSIZE" announcements over %s",
                 vm_aware_name(va), slot->endpoint->id, n_sent, slot->uplink);
    }
}

/* Has vm_aware_announce_run() announce 'slot'. */
void
vm_aware_announce(struct vm_aware *va, const struct vm_slot_state *slot)
{
    sset_add(&va->waiting_announces, slot->id);
}

/* Sends one RARP for each (MAC, VLAN) pair of each waiting slot over the
 * uplink that it is on now. */
void
vm_aware_announce_run(struct vm_aware *va)
{
    struct vm_slot_state **slots;
    size_t n;

    if (sset_is_empty(&va->waiting_announces)) {
        return;
    }
    slots = vm_inventory_slots(vm_engine_inventory(va->engine), &n);
    for (size_t i = 0; i < n; i++) {
        if (sset_contains(&va->waiting_announces, slots[i]->id)) {
            announce_now(va, slots[i]);
        }
    }
    free(slots);
    sset_clear(&va->waiting_announces);
}
