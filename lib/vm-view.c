/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-view.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/shash.h"
#include "util.h"
#include "vm-engine.h"
#include "vm-slot.h"
#include "vm-world.h"

const char *
vm_endpoint_name(const struct vm_endpoint *endpoint)
{
    return endpoint->policy.name ? endpoint->policy.name : endpoint->id;
}

bool
vm_endpoint_is_host(const struct vm_endpoint *endpoint)
{
    return !strcmp(endpoint->id, VM_HOST_ID);
}

static void
add_counters(struct vm_counters *sum, const struct vm_counters *counters)
{
    sum->tx_packets += counters->tx_packets;
    sum->tx_bytes += counters->tx_bytes;
    sum->dropped_packets += counters->dropped_packets;
    sum->dropped_bytes += counters->dropped_bytes;
    sum->wrong_leg_packets += counters->wrong_leg_packets;
}

/* Slots and interfaces. */

static void
view_slot(struct vm_slot_view *view, const struct vm_slot_state *slot,
          long long int now)
{
    view->slot = slot;
    view->sends = vm_slot_rate(slot, now);
    for (size_t i = 0; i < slot->n_interfaces; i++) {
        add_counters(&view->counters, &slot->interfaces[i]->counters);
    }
}

static int
compare_decision(const void *name, const void *decision_)
{
    const struct vm_decision *decision = decision_;

    return strcmp(name, decision->interface);
}

static void
view_interfaces(struct vm_vm_view *vm, const struct vm_decisions *decisions)
{
    const struct vm_endpoint *endpoint = vm->endpoint;

    vm->n_interfaces = endpoint->n_interfaces;
    vm->interfaces = xcalloc(vm->n_interfaces, sizeof *vm->interfaces);
    for (size_t i = 0; i < vm->n_interfaces; i++) {
        struct vm_interface_view *view = &vm->interfaces[i];

        view->interface = endpoint->interfaces[i];
        if (decisions->n) {
            view->decision = bsearch(view->interface->name, decisions->list,
                                     decisions->n, sizeof *decisions->list,
                                     compare_decision);
        }
    }
}

/* VMs. */

/* Whether two slots have the same reason to be told. */
static bool
same_reason(const struct vm_slot_state *a, const struct vm_slot_state *b)
{
    return (a->reason == b->reason
            && nullable_string_is_equal(a->because, b->because));
}

/* Adds slot 'i' to what is told of all slots of 'vm' together. */
static void
sum_slot(struct vm_vm_view *vm, size_t i)
{
    const struct vm_slot_view *view = &vm->slots[i];
    const struct vm_slot_state *slot = view->slot;
    enum vm_view_state state = slot->uplink ? VM_VIEW_FORWARDING
                                            : VM_VIEW_DROPPING;

    if (!i) {
        vm->state = state;
        vm->uplink = slot->uplink;
        vm->same_uplink = true;
        vm->reason = slot;
    } else {
        if (vm->state != state) {
            vm->state = VM_VIEW_PARTLY_DROPPING;
        }
        if (!nullable_string_is_equal(vm->slots[0].slot->uplink,
                                      slot->uplink)) {
            vm->same_uplink = false;
            vm->uplink = NULL;
        }
        if (vm->reason && !same_reason(vm->reason, slot)) {
            vm->reason = NULL;
        }
    }
    vm->guarantee_broken = vm->guarantee_broken || slot->guarantee_broken;
    vm->sends += view->sends;
    add_counters(&vm->counters, &view->counters);
}

/* Works out what became of what was offered.  A meter counts at once and flows
 * up to a second later, so there may be more drops than offers. */
static void
sum_traffic(struct vm_vm_view *vm)
{
    const struct vm_traffic *t = &vm->endpoint->traffic;
    uint64_t packets = t->limit_packets + t->share_packets + t->uplink_packets;
    uint64_t bytes = t->limit_bytes + t->share_bytes + t->uplink_bytes;

    vm->dropped.dropped_packets = packets;
    vm->dropped.dropped_bytes = bytes;
    vm->passed.tx_packets = t->offered_packets - MIN(packets,
                                                     t->offered_packets);
    vm->passed.tx_bytes = t->offered_bytes - MIN(bytes, t->offered_bytes);
}

static void
view_vm(struct vm_vm_view *vm, const struct vm_endpoint *endpoint,
        const struct vm_decisions *decisions, long long int now)
{
    vm->endpoint = endpoint;
    vm->name = vm_endpoint_name(endpoint);
    vm->host = vm_endpoint_is_host(endpoint);
    vm->n_slots = endpoint->n_slots;
    vm->slots = xcalloc(vm->n_slots, sizeof *vm->slots);
    for (size_t i = 0; i < vm->n_slots; i++) {
        view_slot(&vm->slots[i], endpoint->slots[i], now);
        sum_slot(vm, i);
    }
    if (vm->state == VM_VIEW_FORWARDING && endpoint->held) {
        vm->state = VM_VIEW_LIMITED;
    }
    sum_traffic(vm);
    view_interfaces(vm, decisions);
}

static int
compare_vms(const void *a_, const void *b_)
{
    const struct vm_vm_view *a = a_;
    const struct vm_vm_view *b = b_;
    int order = strcmp(a->name, b->name);

    return order ? order : strcmp(a->endpoint->id, b->endpoint->id);
}

/* Calls VMs that share a name, or have the identity of another one as name, by
 * their identity. */
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

static int
compare_id(const void *id, const void *vm_)
{
    const struct vm_vm_view *vm = vm_;

    return strcmp(id, vm->endpoint->id);
}

/* Notes the guarantees of slots, while the VMs are sorted by identity. */
static void
note_guarantees(struct vm_view *view, long long int now)
{
    struct vm_world world;

    vm_world_init(&world, vm_engine_inventory(view->engine),
                  vm_engine_config(view->engine), now);
    for (size_t i = 0; i < world.snapshot.n_slots; i++) {
        const struct vm_slot_state *slot = world.states[i];
        struct vm_vm_view *vm = bsearch(slot->endpoint->id, view->vms,
                                        view->n_vms, sizeof *view->vms,
                                        compare_id);

        for (size_t j = 0; j < vm->n_slots; j++) {
            if (vm->slots[j].slot == slot) {
                vm->slots[j].guarantee = world.snapshot.slots[i].guarantee;
            }
        }
    }
    vm_world_destroy(&world);
}

static void
view_vms(struct vm_view *view, long long int now)
{
    struct vm_endpoint **endpoints
        = vm_inventory_endpoints(vm_engine_inventory(view->engine),
                                 &view->n_vms);

    view->vms = xcalloc(view->n_vms, sizeof *view->vms);
    for (size_t i = 0; i < view->n_vms; i++) {
        view_vm(&view->vms[i], endpoints[i], &view->decisions, now);
    }
    free(endpoints);
    note_guarantees(view, now);
    make_names_unique(view);
    qsort(view->vms, view->n_vms, sizeof *view->vms, compare_vms);
}

/* Uplinks. */

/* Adds 'vm' to the sums of the uplinks that carry it. */
static void
sum_vm(struct vm_view *view, const struct vm_vm_view *vm)
{
    const struct vm_inventory *inventory = vm_engine_inventory(view->engine);
    int *uplinks = xmalloc((vm->n_slots + 1) * sizeof *uplinks);

    for (size_t i = 0; i < vm->n_slots; i++) {
        const struct vm_slot_state *slot = vm->slots[i].slot;
        bool counted = vm->host;

        uplinks[i] = (slot->uplink
                      ? vm_inventory_member_index(inventory, slot->uplink)
                      : -1);
        if (uplinks[i] < 0) {
            continue;
        }
        for (size_t j = 0; j < i; j++) {
            counted = counted || uplinks[j] == uplinks[i];
        }

        struct vm_uplink_view *uplink = &view->uplinks[uplinks[i]];
        uplink->n_slots++;
        uplink->n_vms += !counted;
        uplink->reserved += slot->guarantee_broken ? 0
                                                   : vm->slots[i].guarantee;
    }
    free(uplinks);
}

static void
view_uplinks(struct vm_view *view, long long int now)
{
    const struct vm_inventory *inventory = vm_engine_inventory(view->engine);

    view->n_uplinks = inventory->n_members;
    view->uplinks = xcalloc(view->n_uplinks, sizeof *view->uplinks);
    for (size_t i = 0; i < view->n_uplinks; i++) {
        const struct vm_member *member = inventory->members[i];
        struct vm_uplink_view *uplink = &view->uplinks[i];

        uplink->member = member;
        uplink->since = MAX(now - member->since, 0);
        uplink->load_known = vm_load_is_known(&member->tx);
        uplink->load = vm_load_rate(&member->tx, VM_SLOT_HALF_LIFE, now);
        uplink->full = vm_member_is_full(member, now);
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
    vm_engine_get_decisions(engine, &view->decisions);
    view_vms(view, now);
    view_uplinks(view, now);
}

void
vm_view_destroy(struct vm_view *view)
{
    for (size_t i = 0; i < view->n_vms; i++) {
        free(view->vms[i].slots);
        free(view->vms[i].interfaces);
    }
    free(view->vms);
    free(view->uplinks);
    vm_decisions_destroy(&view->decisions);
}
