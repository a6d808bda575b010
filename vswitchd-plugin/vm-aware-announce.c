/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-announce.h"

#include <stdlib.h>

#include "bond-provider.h"
#include "coverage.h"
#include "dp-packet.h"
#include "engine/vm-engine.h"
#include "ofproto/ofproto-dpif.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"
#include "vm-aware-member.h"

VLOG_DEFINE_THIS_MODULE(vm_aware_announce);

COVERAGE_DEFINE(vm_aware_announce);
COVERAGE_DEFINE(vm_aware_announce_elsewhere);

/* One RARP to be sent. */
struct frame {
    struct ovs_list node;       /* In the announcer's 'frames'. */
    char *member;               /* Over which it is to leave. */
    char *vm;                   /* Identity, for messages. */
    struct eth_addr mac;
    uint16_t vlan;
};

void
vm_aware_announcer_init(struct vm_aware_announcer *announcer)
{
    sset_init(&announcer->slots);
    ovs_list_init(&announcer->frames);
}

static void
frame_destroy(struct frame *frame)
{
    free(frame->member);
    free(frame->vm);
    free(frame);
}

void
vm_aware_announcer_destroy(struct vm_aware_announcer *announcer)
{
    struct frame *frame;

    sset_destroy(&announcer->slots);
    LIST_FOR_EACH_POP (frame, node, &announcer->frames) {
        frame_destroy(frame);
    }
}

bool
vm_aware_announcer_is_idle(const struct vm_aware_announcer *announcer)
{
    return (sset_is_empty(&announcer->slots)
            && ovs_list_is_empty(&announcer->frames));
}

void
vm_aware_announce(struct vm_aware_announcer *announcer,
                  const struct vm_slot *slot)
{
    sset_add(&announcer->slots, slot->id);
}

static bool
is_here(const struct bond *bond, struct ofproto_dpif *ofproto,
        const struct vm_mac *mac, int access_vlan)
{
    uint16_t vlan = access_vlan >= 0 ? access_vlan : mac->vlan;
    enum bond_mac_place place = bond_find_mac(bond, ofproto, mac->mac, vlan);

    return (place == BOND_MAC_HERE
            || (place == BOND_MAC_UNKNOWN && mac->attached));
}

static void
queue_interface(struct vm_aware_announcer *announcer, const struct bond *bond,
                struct ofproto_dpif *ofproto, const struct vm_slot *slot,
                const struct vm_interface *iface, int access_vlan)
{
    size_t n = iface->macs.n;
    struct vm_mac *macs = xmemdup(iface->macs.list, n * sizeof *macs);

    qsort(macs, n, sizeof *macs, vm_mac_compare_evidence);
    for (size_t i = 0; i < n; i++) {
        if (is_here(bond, ofproto, &macs[i], access_vlan)) {
            struct frame *frame = xmalloc(sizeof *frame);

            frame->member = xstrdup(slot->member);
            frame->vm = xstrdup(slot->endpoint->id);
            frame->mac = macs[i].mac;
            frame->vlan = macs[i].vlan;
            ovs_list_push_back(&announcer->frames, &frame->node);
        } else {
            COVERAGE_INC(vm_aware_announce_elsewhere);
        }
    }
    free(macs);
}

/* Makes frames of the slots that are to be announced, each for the member that
 * it is on now. */
static void
queue_slots(struct vm_aware_announcer *announcer, const struct bond *bond,
            struct ofproto_dpif *ofproto, const struct vm_engine *engine,
            int access_vlan)
{
    struct vm_slot **slots;
    size_t n;

    if (sset_is_empty(&announcer->slots)) {
        return;
    }
    slots = vm_inventory_slots(vm_engine_inventory(engine), &n);
    for (size_t i = 0; i < n; i++) {
        const struct vm_slot *slot = slots[i];

        if (!slot->member || !sset_contains(&announcer->slots, slot->id)) {
            continue;
        }
        for (size_t j = 0; j < slot->n_interfaces; j++) {
            queue_interface(announcer, bond, ofproto, slot,
                            slot->interfaces[j], access_vlan);
        }
    }
    free(slots);
    sset_clear(&announcer->slots);
}

static void
send_frame(const struct frame *frame, const struct ofport_dpif *ofport,
           const char *bond)
{
    struct dp_packet *packet = dp_packet_new(0);
    int error;

    compose_rarp(packet, frame->mac);
    if (frame->vlan) {
        eth_push_vlan(packet, htons(ETH_TYPE_VLAN), htons(frame->vlan));
    }
    error = ofproto_dpif_send_packet(ofport, false, packet);
    dp_packet_delete(packet);
    COVERAGE_INC(vm_aware_announce);

    if (error) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        VLOG_WARN_RL(&rl, "bond %s: VM %s: the announcement of "ETH_ADDR_FMT
                     " could not be sent over %s (%s)", bond, frame->vm,
                     ETH_ADDR_ARGS(frame->mac), frame->member,
                     ovs_strerror(error));
    }
}

void
vm_aware_announce_run(struct vm_aware_announcer *announcer,
                      const struct bond *bond, struct ofproto_dpif *ofproto,
                      const struct vm_engine *engine, int access_vlan)
{
    struct bond_member_view *views;
    struct frame *frame;
    size_t n_views;

    queue_slots(announcer, bond, ofproto, engine, access_vlan);
    if (ovs_list_is_empty(&announcer->frames)) {
        return;
    }
    n_views = bond_get_members(bond, &views);
    for (size_t i = 0; i < VM_AWARE_ANNOUNCE_BUDGET
         && !ovs_list_is_empty(&announcer->frames); i++) {
        const struct ofport_dpif *ofport;

        frame = CONTAINER_OF(ovs_list_pop_front(&announcer->frames),
                             struct frame, node);
        ofport = vm_aware_members_find(views, n_views, frame->member);
        if (ofport) {
            send_frame(frame, ofport, bond_get_name(bond));
        }
        frame_destroy(frame);
    }
    free(views);
}
