/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-announce.h"

#include <limits.h>
#include <stdlib.h>

#include "base/vm-set.h"
#include "bond-provider.h"
#include "connectivity.h"
#include "coverage.h"
#include "dp-packet.h"
#include "engine/vm-engine.h"
#include "model/vm-endpoint.h"
#include "model/vm-interface.h"
#include "model/vm-tag.h"
#include "netdev-provider.h"
#include "ofproto/ofproto-dpif.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "seq.h"
#include "timeval.h"
#include "util.h"
#include "vm-aware-found.h"
#include "vm-aware-member.h"
#include "vm-aware-owner.h"

VLOG_DEFINE_THIS_MODULE(vm_aware_announce);

COVERAGE_DEFINE(vm_aware_announce);
COVERAGE_DEFINE(vm_aware_announce_elsewhere);

/* How often links are looked at that no event has told of, ms: some devices
 * know the state of their link only when asked. */
#define LINK_INTERVAL 500

/* One RARP to be sent. */
struct frame {
    struct ovs_list node;       /* In the announcer's 'frames'. */
    char *member;               /* Over which it is to leave. */
    char *vm;                   /* Identity, for messages. */
    char *slot;                 /* Id. */
    struct eth_addr mac;
    uint16_t vlan;              /* 0: without a tag. */
    uint16_t tag_type;          /* Ethertype of the tag. */
};

void
vm_aware_announcer_init(struct vm_aware_announcer *announcer)
{
    sset_init(&announcer->slots);
    sset_init(&announcer->late);
    announcer->links_seqno = 0;
    announcer->next_look = LLONG_MIN;
    ovs_list_init(&announcer->frames);
}

static void
frame_destroy(struct frame *frame)
{
    free(frame->member);
    free(frame->vm);
    free(frame->slot);
    free(frame);
}

void
vm_aware_announcer_destroy(struct vm_aware_announcer *announcer)
{
    struct frame *frame;

    sset_destroy(&announcer->slots);
    sset_destroy(&announcer->late);
    LIST_FOR_EACH_POP (frame, node, &announcer->frames) {
        frame_destroy(frame);
    }
}

long long int
vm_aware_announcer_deadline(const struct vm_aware_announcer *announcer)
{
    return (!vm_aware_announcer_is_idle(announcer) ? LLONG_MIN
            : sset_is_empty(&announcer->late) ? LLONG_MAX
            : announcer->next_look);
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

void
vm_aware_announce_again(struct vm_aware_announcer *announcer)
{
    struct frame *frame;

    LIST_FOR_EACH_POP (frame, node, &announcer->frames) {
        sset_add(&announcer->slots, frame->slot);
        frame_destroy(frame);
    }
}

/* Stores the different addresses of 'iface' in 'addresses' and returns their
 * number.  Those of the host are not learned; it has that of the device. */
static size_t
get_addresses(const struct vm_slot *slot, const struct vm_interface *iface,
              struct eth_addr addresses[VM_MAX_MACS + 1])
{
    const struct vm_macs *macs = &iface->macs;
    bool has_attached = !macs->has_attached;
    size_t n = 0;

    for (size_t i = 0; i < macs->n; i++) {
        if (!n || !eth_addr_equals(addresses[n - 1], macs->list[i].mac)) {
            addresses[n++] = macs->list[i].mac;
            has_attached |= eth_addr_equals(addresses[n - 1], macs->attached);
        }
    }
    if (!has_attached) {
        addresses[n++] = macs->attached;
    }
    if (!n && iface->internal && vm_endpoint_is_host(slot->endpoint)) {
        struct netdev *netdev = netdev_from_name(iface->name);

        if (netdev && !netdev_get_etheraddr(netdev, &addresses[0])) {
            n++;
        }
        netdev_close(netdev);
    }
    return n;
}

/* Appends to the '*n' pairs in '*macs' those in which the bridge has 'mac', an
 * address of 'iface'. */
static void
add_found(const struct vm_aware_owners *owners,
          const struct vm_aware_found *found,
          const struct vm_interface *iface, struct eth_addr mac,
          struct vm_mac **macs, size_t *n)
{
    const uint16_t *vlans;
    size_t n_vlans = vm_aware_found_get(found, mac, &vlans);

    *macs = xrealloc(*macs, (*n + n_vlans) * sizeof **macs);
    for (size_t i = 0; i < n_vlans; i++) {
        uint16_t outside = vm_tag_outside(owners->port, vlans[i]);

        if (vm_tag_carries(owners->port, vlans[i])
            && vm_interface_may_use_vlan(iface, vlans[i])
            && !vm_macs_contain(&iface->macs, mac, outside)) {
            (*macs)[(*n)++] = (struct vm_mac) {
                .mac = mac,
                .vlan = outside,
                .attached = (iface->macs.has_attached
                             && eth_addr_equals(mac, iface->macs.attached)),
                .found = true,
                .learned = LLONG_MIN,
            };
        }
    }
}

/* Queues 'mac' if it may be announced, and returns true if so. */
static bool
queue_address(struct vm_aware_announcer *announcer,
              const struct vm_aware_owners *owners,
              const struct vm_slot *slot, const struct vm_interface *iface,
              const struct vm_mac *mac)
{
    uint16_t inside = vm_tag_inside(owners->port, mac->vlan);
    struct frame *frame;

    if (!vm_tag_carries(owners->port, inside)
        || !vm_aware_owners_have(owners, iface, mac)) {
        COVERAGE_INC(vm_aware_announce_elsewhere);
        return false;
    }
    frame = xmalloc(sizeof *frame);
    frame->member = xstrdup(slot->member);
    frame->vm = xstrdup(slot->endpoint->id);
    frame->slot = xstrdup(slot->id);
    frame->mac = mac->mac;
    frame->vlan = mac->vlan;
    frame->tag_type = iface->tag_type ? iface->tag_type : ETH_TYPE_VLAN;
    ovs_list_push_back(&announcer->frames, &frame->node);
    return true;
}

/* Returns true if the link of 'iface', the port of a VM, is known to be down:
 * no frame can come from the VM, nor reach it. */
static bool
is_link_down(const struct vm_interface *iface)
{
    struct netdev *netdev
        = iface->internal ? NULL : netdev_from_name(iface->name);
    enum netdev_flags flags;
    bool carrier;
    bool down = false;

    if (netdev && !netdev_get_flags(netdev, &flags)) {
        down = (!(flags & NETDEV_UP)
                || (netdev->netdev_class->get_carrier
                    && !netdev->netdev_class->get_carrier(netdev, &carrier)
                    && !carrier));
    }
    netdev_close(netdev);
    return down;
}

/* Announces the slots of interfaces whose link was down before. */
static void
queue_late(struct vm_aware_announcer *announcer,
           const struct vm_aware_owners *owners)
{
    const struct vm_inventory *inventory
        = vm_engine_inventory(owners->engine);
    uint64_t seqno = seq_read(connectivity_seq_get());
    long long int now = time_msec();
    const char *name;

    if (sset_is_empty(&announcer->late)
        || (seqno == announcer->links_seqno && now < announcer->next_look)) {
        return;
    }
    announcer->links_seqno = seqno;
    announcer->next_look = now + LINK_INTERVAL;
    SSET_FOR_EACH_SAFE (name, &announcer->late) {
        const struct vm_interface *iface
            = vm_inventory_find_interface(inventory, name);

        if (iface && iface->slot && is_link_down(iface)) {
            continue;
        }
        if (iface && iface->slot) {
            sset_add(&announcer->slots, iface->slot->id);
        }
        sset_delete(&announcer->late, SSET_NODE_FROM_NAME(name));
    }
}

static void
queue_interface(struct vm_aware_announcer *announcer,
                const struct vm_aware_owners *owners,
                const struct vm_aware_found *found,
                const struct vm_slot *slot, const struct vm_interface *iface)
{
    struct eth_addr addresses[VM_MAX_MACS + 1];
    size_t n_addresses = get_addresses(slot, iface, addresses);
    size_t n = iface->macs.n;
    struct vm_mac *macs = xmemdup(iface->macs.list, n * sizeof *macs);
    size_t left = VM_MAX_MACS;

    if (is_link_down(iface)) {
        sset_add(&announcer->late, iface->name);
        n = n_addresses = 0;
    }
    for (size_t i = 0; i < n_addresses; i++) {
        add_found(owners, found, iface, addresses[i], &macs, &n);
    }
    qsort(macs, n, sizeof *macs, vm_mac_compare_evidence);
    for (size_t i = 0; i < n && left; i++) {
        left -= queue_address(announcer, owners, slot, iface, &macs[i]);
    }
    free(macs);
}

/* Returns the slots that are to be announced, each on the member that it is on
 * now, and stores their number in '*n'. */
static struct vm_slot **
get_slots(const struct vm_aware_announcer *announcer,
          const struct vm_aware_owners *owners, size_t *n)
{
    size_t n_all;
    struct vm_slot **slots
        = vm_inventory_slots(vm_engine_inventory(owners->engine), &n_all);

    *n = 0;
    for (size_t i = 0; i < n_all; i++) {
        if (slots[i]->member
            && sset_contains(&announcer->slots, slots[i]->id)) {
            slots[(*n)++] = slots[i];
        }
    }
    return slots;
}

static void
look_up(const struct vm_aware_owners *owners, struct vm_slot **slots, size_t n,
        struct vm_aware_found *found)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < slots[i]->n_interfaces; j++) {
            struct eth_addr addresses[VM_MAX_MACS + 1];
            size_t n_addresses = get_addresses(
                slots[i], slots[i]->interfaces[j], addresses);

            for (size_t k = 0; k < n_addresses; k++) {
                vm_aware_found_want(found, addresses[k]);
            }
        }
    }
    vm_aware_found_look_up(found, owners->ofproto);
}

/* Makes frames of the slots that are to be announced. */
static void
queue_slots(struct vm_aware_announcer *announcer,
            const struct vm_aware_owners *owners)
{
    struct vm_aware_found found;
    struct vm_slot **slots;
    size_t n;

    if (sset_is_empty(&announcer->slots)) {
        return;
    }
    slots = get_slots(announcer, owners, &n);
    vm_aware_found_init(&found);
    look_up(owners, slots, n, &found);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < slots[i]->n_interfaces; j++) {
            queue_interface(announcer, owners, &found, slots[i],
                            slots[i]->interfaces[j]);
        }
    }
    vm_aware_found_destroy(&found);
    free(slots);
    vm_set_clear(&announcer->slots);
}

static void
send_frame(const struct frame *frame, const struct ofport_dpif *ofport,
           const char *bond)
{
    struct dp_packet *packet = dp_packet_new(0);
    int error;

    compose_rarp(packet, frame->mac);
    if (frame->vlan) {
        eth_push_vlan(packet, htons(frame->tag_type), htons(frame->vlan));
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

/* Returns true if a run that has sent 'n' RARPs, with time until 'end' (us),
 * leaves the others to the next one. */
static bool
is_budget_spent(size_t n, long long int end)
{
    return (n >= VM_AWARE_ANNOUNCE_BUDGET
            || (n && n % VM_AWARE_ANNOUNCE_BATCH == 0 && time_usec() >= end));
}

void
vm_aware_announce_run(struct vm_aware_announcer *announcer,
                      const struct vm_aware_owners *owners,
                      size_t n_announcing)
{
    long long int end = (time_usec()
                         + VM_AWARE_ANNOUNCE_USEC / MAX(n_announcing, 1));
    struct bond_member_view *views;
    struct frame *frame;
    size_t n_views;

    queue_late(announcer, owners);
    queue_slots(announcer, owners);
    if (ovs_list_is_empty(&announcer->frames)) {
        return;
    }
    n_views = bond_get_members(owners->bond, &views);
    for (size_t i = 0; !ovs_list_is_empty(&announcer->frames)
         && !is_budget_spent(i, end); i++) {
        const struct ofport_dpif *ofport;

        frame = CONTAINER_OF(ovs_list_pop_front(&announcer->frames),
                             struct frame, node);
        ofport = vm_aware_members_find(views, n_views, frame->member);
        if (ofport) {
            send_frame(frame, ofport, vm_engine_name(owners->engine));
        }
        frame_destroy(frame);
    }
    free(views);
}
