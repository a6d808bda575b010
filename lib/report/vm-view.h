/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_VIEW_H
#define VM_VIEW_H 1

/* The state of an engine at one time, as reports show it: VMs by name, with
 * sums over their slots and interfaces, and members with sums over their
 * slots.
 *
 * The module adds up and sorts.  It formats nothing and changes nothing.
 *
 * A view owns its arrays.  It points into the engine and is valid until the
 * engine's next event.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/vm-forwarding.h"
#include "model/vm-inventory.h"

struct svec;
struct vm_engine;

/* What the bond does with the frames of a VM. */
enum vm_view_state {
    VM_VIEW_FORWARDING,         /* Forwards what is offered. */
    VM_VIEW_LIMITED,            /* Polices it to less than what is offered. */
    VM_VIEW_DROPPING,           /* Drops it: no slot has a member. */
    VM_VIEW_PARTLY_DROPPING,    /* Some slots have a member, some have not. */
    VM_VIEW_NO_DEVICE           /* Forwards nothing: it has no slot. */
};

struct vm_member_view {
    const struct vm_member *member;
    long long int since;        /* Age of the member's state, ms. */
    long long int held_off;     /* For so long, ms; 0 for not. */
    bool load_known;
    uint64_t load;              /* What the device sends, bit/s. */
    bool full;                  /* The device drops what exceeds 'load'. */
    uint64_t reserved;          /* Guarantees admitted on it, bit/s. */
    size_t n_slots, n_vms;      /* The host is a slot but no VM. */
};

struct vm_slot_view {
    const struct vm_slot *slot;
    uint64_t sends;             /* bit/s. */
    uint64_t guarantee;         /* Its part of the VM's, bit/s. */
    struct vm_counters counters;
};

struct vm_interface_view {
    const struct vm_interface *interface;
    const struct vm_forward *forward; /* Null if the view's 'forwarding' does
                                       * not have it. */
};

struct vm_vm_view {
    const struct vm_endpoint *endpoint;
    const char *name;           /* "vm-name" if that is unique, else the
                                 * identity. */
    bool host;
    struct vm_slot_view *slots; /* Sorted by id. */
    size_t n_slots;
    struct vm_interface_view *interfaces; /* Sorted by name. */
    size_t n_interfaces;

    enum vm_view_state state;
    const char *member;         /* Of all slots, null if none or different. */
    bool same_member;           /* All slots have the same member, or none. */
    const struct vm_slot *reason; /* A slot whose reason is that of all slots,
                                   * null if these are different. */
    bool guarantee_unmet;       /* Of at least one slot. */
    uint64_t sends;             /* bit/s. */
    struct vm_counters counters;
    struct vm_traffic traffic;  /* Up to the last reading of its meters. */
    struct vm_counters dropped; /* For any cause: only 'dropped_*'. */
    struct vm_counters passed;  /* Only 'tx_*'. */
};

struct vm_view {
    const struct vm_engine *engine;
    struct vm_forwarding forwarding;
    struct vm_member_view *members; /* Sorted by name. */
    size_t n_members;
    struct vm_vm_view *vms;     /* Sorted by name.  Includes the host. */
    size_t n_vms;
};

void vm_view_init(struct vm_view *, const struct vm_engine *,
                  long long int now);
void vm_view_destroy(struct vm_view *);

/* Adds the names of the interfaces that should have an identity and have none
 * to 'names', sorted. */
void vm_find_unidentified(const struct vm_engine *, struct svec *names);

#endif /* vm-view.h */
