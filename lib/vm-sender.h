/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SENDER_H
#define VM_SENDER_H 1

/* Who competes with whom on an uplink, and what they were seen to send.
 *
 * A sender is all slots of one endpoint that are on the same uplink: so a VM
 * has one share of an uplink, however many vNICs, flows or MACs it uses.  It
 * is called by the id of the first of its slots, and is the same sender on
 * another uplink: what is known of its demand goes with it.  Slots without an
 * uplink send nothing.
 *
 * Looking at a sender means to read what its slots and its meter counted since
 * the last look, and to estimate its demand (vm-demand) from it.  What a meter
 * counts is known at once, while flows are counted up to a second late, so for
 * a metered sender the meter is believed.  Several senders behind one meter,
 * that of a VM's limit, have parts of what it counted, in proportion to what
 * their flows counted.
 *
 * The room grants nothing.  Senders point into the inventory: the pointers are
 * good from vm_senders_regroup() until the inventory changes.  Only the engine
 * that owns it may enter. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/shash.h"
#include "vm-demand.h"
#include "vm-inventory.h"
#include "vm-meter.h"
#include "vm-rates.h"

struct vm_sender {
    char *id;
    struct vm_endpoint *endpoint;
    const struct vm_member *member;
    struct vm_slot_state **slots; /* In the order of the endpoint's. */
    size_t n_slots, allocated_slots;

    /* Seen. */
    struct vm_demand demand;
    uint64_t offered;           /* Between the last two looks, bytes. */
    uint64_t passed;            /* Of that. */

    /* Granted, by vm-share. */
    uint64_t capacity;          /* Of the uplink, without background. */
    struct vm_rate_grant grant;
    uint64_t in_force;          /* Rate until the next look, or VM_RATE_NONE
                                 * if nothing holds it. */
    long long int held_until;   /* Keeps its meter until then, ms. */
};

struct vm_senders {
    struct shash by_id;         /* Id to "struct vm_sender *". */
    struct vm_sender **list;    /* By endpoint, then by id. */
    size_t n, allocated;
};

void vm_senders_init(struct vm_senders *);
void vm_senders_destroy(struct vm_senders *);

/* Works out who there is at 'now'.  A new sender has no demand yet. */
void vm_senders_regroup(struct vm_senders *, const struct vm_inventory *,
                        long long int now);

/* Looks at all senders, after vm_senders_regroup(), and adds to 'traffic' of
 * their endpoints what the meters dropped. */
void vm_senders_look(struct vm_senders *, struct vm_meters *,
                     long long int now);

/* What is kept for a sender of its endpoint's guarantee, bit/s. */
uint64_t vm_sender_guarantee(const struct vm_sender *);

#endif /* vm-sender.h */
