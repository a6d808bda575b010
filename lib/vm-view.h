/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_VIEW_H
#define VM_VIEW_H 1

/* An engine as people see it at one moment: VMs by name, with the sums over
 * their slots and interfaces, and uplinks with the sums over what is on them.
 *
 * A view adds up and sorts.  It formats nothing, decides nothing and changes
 * nothing.  It points into the engine and is good until the engine's next
 * event.  Whoever may enter the engine may enter here. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm-decisions.h"
#include "vm-inventory.h"

struct vm_engine;

/* Everything is forwarded, up to a rate that is less than what is offered,
 * nothing, or some of several slots. */
enum vm_view_state {
    VM_VIEW_FORWARDING,
    VM_VIEW_LIMITED,
    VM_VIEW_DROPPING,
    VM_VIEW_PARTLY_DROPPING
};

struct vm_uplink_view {
    const struct vm_member *member;
    long long int since;        /* Age of the member's state, ms. */
    bool load_known;
    uint64_t load;              /* What the device sends, bit/s. */
    bool full;                  /* It drops what is more. */
    uint64_t reserved;          /* Guarantees kept on it, bit/s. */
    size_t n_slots, n_vms;      /* The host is a slot but no VM. */
};

struct vm_slot_view {
    const struct vm_slot_state *slot;
    uint64_t sends;             /* bit/s. */
    uint64_t guarantee;         /* Its part of the VM's, bit/s. */
    struct vm_counters counters;
};

struct vm_interface_view {
    const struct vm_interface *interface;
    const struct vm_decision *decision; /* Null before the first run. */
};

struct vm_vm_view {
    const struct vm_endpoint *endpoint;
    const char *name;           /* For people: "vm-name" if it is the only one
                                 * of that name, else the identity. */
    bool host;
    struct vm_slot_view *slots; /* Sorted by id. */
    size_t n_slots;
    struct vm_interface_view *interfaces; /* Sorted by name. */
    size_t n_interfaces;

    enum vm_view_state state;
    const char *uplink;         /* Of all slots, null if none or not alike. */
    bool same_uplink;           /* Have all slots the same, or none? */
    const struct vm_slot_state *reason; /* A slot whose reason is that of all;
                                         * null if they are not alike. */
    bool guarantee_broken;      /* Of at least one slot. */
    uint64_t sends;             /* bit/s. */
    struct vm_counters counters;
    struct vm_counters dropped; /* Whatever the cause: only 'dropped_*'. */
    struct vm_counters passed;  /* Only 'tx_*'. */
};

struct vm_view {
    const struct vm_engine *engine;
    struct vm_decisions decisions;
    struct vm_uplink_view *uplinks; /* Sorted by name. */
    size_t n_uplinks;
    struct vm_vm_view *vms;     /* Sorted by name.  The host is one. */
    size_t n_vms;
};

void vm_view_init(struct vm_view *, const struct vm_engine *,
                  long long int now);
void vm_view_destroy(struct vm_view *);

/* The name of an endpoint for people, which need not be unique. */
const char *vm_endpoint_name(const struct vm_endpoint *);
bool vm_endpoint_is_host(const struct vm_endpoint *);

#endif /* vm-view.h */
