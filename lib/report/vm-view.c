/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-view.h"

#include <stdlib.h>
#include <string.h>

#include "engine/vm-engine.h"
#include "engine/vm-policing.h"
#include "model/vm-endpoint.h"
#include "model/vm-slot-load.h"
#include "model/vm-slot.h"
#include "openvswitch/shash.h"
#include "svec.h"
#include "util.h"

static void
add_counters(struct vm_counters *sum, const struct vm_counters *counters)
{
    sum->tx_packets += counters->tx_packets;
    sum->tx_bytes += counters->tx_bytes;
    sum->dropped_packets += counters->dropped_packets;
    sum->dropped_bytes += counters->dropped_bytes;
    sum->reverse_mismatch_packets += counters->reverse_mismatch_packets;
}

/* Slots and interfaces. */

static void
view_slot(struct vm_slot_view *view, const struct vm_slot *slot,
          long long int now)
{
    view->slot = slot;
    view->guarantee = vm_slot_guarantee(slot);
    view->sends = vm_slot_rate(slot, now);
    for (size_t i = 0; i < slot->n_interfaces; i++) {
        add_counters(&view->counters, &slot->interfaces[i]->counters);
    }
}

static int
compare_forward(const void *name, const void *forward_)
{
    const struct vm_forward *forward = forward_;

    return strcmp(name, forward->interface);
}

static void
view_interfaces(struct vm_vm_view *vm, const struct vm_forwarding *forwarding)
{
    const struct vm_endpoint *endpoint = vm->endpoint;

    size_t n_live = 0;
    size_t n_absent = 0;

    vm->n_interfaces = endpoint->n_interfaces + endpoint->n_absent;
    vm->interfaces = xcalloc(vm->n_interfaces, sizeof *vm->interfaces);
    for (size_t i = 0; i < vm->n_interfaces; i++) {
        struct vm_interface_view *view = &vm->interfaces[i];
        bool absent = (n_live >= endpoint->n_interfaces
                       || (n_absent < endpoint->n_absent
                           && strcmp(endpoint->absent[n_absent]->name,
                                     endpoint->interfaces[n_live]->name) < 0));

        view->interface = (absent ? endpoint->absent[n_absent++]
                           : endpoint->interfaces[n_live++]);
        if (forwarding->n) {
            view->forward = bsearch(view->interface->name, forwarding->list,
                                    forwarding->n, sizeof *forwarding->list,
                                    compare_forward);
        }
    }
}

/* VMs. */

/* Returns true if two slots have the same reason. */
static bool
same_reason(const struct vm_slot *a, const struct vm_slot *b)
{
    return (a->reason == b->reason
            && nullable_string_is_equal(a->because, b->because));
}

/* Adds slot 'i' to the sums over all slots of 'vm'. */
static void
sum_slot(struct vm_vm_view *vm, size_t i)
{
    const struct vm_slot_view *view = &vm->slots[i];
    const struct vm_slot *slot = view->slot;
    enum vm_view_state state = slot->member ? VM_VIEW_FORWARDING
                                            : VM_VIEW_DROPPING;

    if (!i) {
        vm->state = state;
        vm->member = slot->member;
        vm->same_member = true;
        vm->reason = slot;
    } else {
        if (vm->state != state) {
            vm->state = VM_VIEW_PARTLY_DROPPING;
        }
        if (!nullable_string_is_equal(vm->slots[0].slot->member,
                                      slot->member)) {
            vm->same_member = false;
            vm->member = NULL;
        }
        if (vm->reason && !same_reason(vm->reason, slot)) {
            vm->reason = NULL;
        }
    }
    vm->guarantee_unmet = vm->guarantee_unmet || slot->guarantee_unmet;
    vm->sends += view->sends;
    add_counters(&vm->counters, &view->counters);
}

/* Computes what was dropped and what passed of the offered traffic.  Meters
 * count immediately and flows up to a second later, so more may have been
 * dropped than offered. */
static void
sum_traffic(struct vm_vm_view *vm)
{
    const struct vm_traffic *t = &vm->traffic;
    uint64_t packets = (t->limit_packets + t->share_packets
                        + t->no_member_packets);
    uint64_t bytes = t->limit_bytes + t->share_bytes + t->no_member_bytes;

    vm->dropped.dropped_packets = packets;
    vm->dropped.dropped_bytes = bytes;
    vm->passed.tx_packets = t->offered_packets - MIN(packets,
                                                     t->offered_packets);
    vm->passed.tx_bytes = t->offered_bytes - MIN(bytes, t->offered_bytes);
}

static void
view_vm(struct vm_vm_view *vm, const struct vm_engine *engine,
        const struct vm_endpoint *endpoint,
        const struct vm_forwarding *forwarding, long long int now)
{
    vm->endpoint = endpoint;
    vm->name = vm_endpoint_name(endpoint);
    vm->host = vm_endpoint_is_host(endpoint);
    vm->n_slots = endpoint->n_slots;
    if (!vm->n_slots) {
        vm->state = VM_VIEW_NO_DEVICE;
        vm->same_member = true;
    }
    vm->slots = xcalloc(vm->n_slots, sizeof *vm->slots);
    for (size_t i = 0; i < vm->n_slots; i++) {
        view_slot(&vm->slots[i], endpoint->slots[i], now);
        sum_slot(vm, i);
    }
    if (vm->state == VM_VIEW_FORWARDING && endpoint->policed) {
        vm->state = VM_VIEW_LIMITED;
    }
    vm_policing_get_traffic(vm_engine_policing(engine), endpoint,
                            &vm->traffic);
    sum_traffic(vm);
    view_interfaces(vm, forwarding);
}

static int
compare_vms(const void *a_, const void *b_)
{
    const struct vm_vm_view *a = a_;
    const struct vm_vm_view *b = b_;
    int order = strcmp(a->name, b->name);

    return order ? order : strcmp(a->endpoint->id, b->endpoint->id);
}

/* Uses the identity as name of each VM whose name is also the name or the
 * identity of another one. */
static void
make_names_unique(struct vm_view *view)
{
    struct shash owners = SHASH_INITIALIZER(&owners);

    for (size_t i = 0; i < view->n_vms; i++) {
        const struct vm_vm_view *vm = &view->vms[i];

        shash_add(&owners, vm->endpoint->id, vm);
    }
    for (size_t i = 0; i < view->n_vms; i++) {
        const struct vm_vm_view *vm = &view->vms[i];
        struct shash_node *node = shash_find(&owners, vm->name);

        if (!node) {
            shash_add(&owners, vm->name, vm);
        } else if (node->data != vm) {
            node->data = NULL;
        }
    }
    for (size_t i = 0; i < view->n_vms; i++) {
        struct vm_vm_view *vm = &view->vms[i];

        if (shash_find_data(&owners, vm->name) != vm) {
            vm->name = vm->endpoint->id;
        }
    }
    shash_destroy(&owners);
}

static void
view_vms(struct vm_view *view, long long int now)
{
    struct vm_endpoint **endpoints
        = vm_inventory_endpoints(vm_engine_inventory(view->engine),
                                 &view->n_vms);

    view->vms = xcalloc(view->n_vms, sizeof *view->vms);
    for (size_t i = 0; i < view->n_vms; i++) {
        view_vm(&view->vms[i], view->engine, endpoints[i], &view->forwarding,
                now);
    }
    free(endpoints);
    make_names_unique(view);
    qsort(view->vms, view->n_vms, sizeof *view->vms, compare_vms);
}

/* Members. */

/* Adds 'vm' to the sums of the members of its slots. */
static void
sum_vm(struct vm_view *view, const struct vm_vm_view *vm)
{
    const struct vm_inventory *inventory = vm_engine_inventory(view->engine);
    int *members = xmalloc((vm->n_slots + 1) * sizeof *members);

    for (size_t i = 0; i < vm->n_slots; i++) {
        const struct vm_slot *slot = vm->slots[i].slot;
        bool counted = vm->host;

        members[i] = vm_inventory_member_index(inventory, slot->member);
        if (members[i] < 0) {
            continue;
        }
        for (size_t j = 0; j < i; j++) {
            counted = counted || members[j] == members[i];
        }

        struct vm_member_view *member = &view->members[members[i]];
        member->n_slots++;
        member->n_vms += !counted;
        member->reserved += slot->guarantee_unmet ? 0
                                                   : vm->slots[i].guarantee;
    }
    free(members);
}

static void
view_members(struct vm_view *view, long long int now)
{
    const struct vm_inventory *inventory = vm_engine_inventory(view->engine);

    view->n_members = inventory->n_members;
    view->members = xcalloc(view->n_members, sizeof *view->members);
    for (size_t i = 0; i < view->n_members; i++) {
        const struct vm_member *member = inventory->members[i];
        struct vm_member_view *summary = &view->members[i];

        summary->member = member;
        summary->since = MAX(now - member->since, 0);
        summary->held_off = (vm_member_is_held_off(member, now)
                             ? member->held_until - now : 0);
        summary->load_known = vm_load_is_known(&member->tx);
        summary->load = vm_load_rate(&member->tx, VM_SLOT_HALF_LIFE, now);
        summary->full = vm_member_is_full(member, now);
    }
    for (size_t i = 0; i < view->n_vms; i++) {
        sum_vm(view, &view->vms[i]);
    }
}

void
vm_view_init(struct vm_view *view, const struct vm_engine *engine,
             long long int now)
{
    memset(view, 0, sizeof *view);
    view->engine = engine;
    vm_engine_get_forwarding(engine, &view->forwarding);
    view_vms(view, now);
    view_members(view, now);
}

void
vm_view_destroy(struct vm_view *view)
{
    for (size_t i = 0; i < view->n_vms; i++) {
        free(view->vms[i].slots);
        free(view->vms[i].interfaces);
    }
    free(view->vms);
    free(view->members);
    vm_forwarding_destroy(&view->forwarding);
}

void
vm_find_unidentified(const struct vm_engine *engine, struct svec *names)
{
    const struct vm_endpoint *host
        = vm_inventory_find_endpoint(vm_engine_inventory(engine), VM_HOST_ID);

    for (size_t i = 0; i < host->n_interfaces; i++) {
        if (vm_interface_is_unidentified(host->interfaces[i])) {
            svec_add(names, host->interfaces[i]->name);
        }
    }
}
