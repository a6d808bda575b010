/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_INTERFACE_H
#define VM_INTERFACE_H 1

/* A single interface: its facts, and what follows from them alone, namely its
 * identity, its policy, its problems and its attached address.
 *
 * An interface lives as long as its row has a name and an identity.  A row
 * that gets another identity is another interface, which has nothing in common
 * with the one before: vm_interface_is() tells them apart.
 *
 * The module does not know endpoints and slots; vm-regroup does.
 *
 * Ownership: an interface owns its strings, its keys and its policy.
 *
 * Thread-safety: only the engine that owns the inventory may call these
 * functions. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/vm-entity.h"

/* The request about a VM before a restart, as Interface:status has it: the
 * values of vm_aware_request_id, vm_aware_request_reason,
 * vm_aware_request_demand and vm_aware_failover, or null. */
struct vm_request_memory {
    const char *id, *reason, *demand, *failover;
};

/* The facts of one interface. */
struct vm_interface_facts {
    const struct smap *external_ids; /* Null: none. */
    bool internal;
    bool no_device;             /* Its row has no device. */
    int access_vlan;
    uint16_t tag_type;          /* Ethertype of the tags of its frames on the
                                 * bond, 0 for 802.1Q. */
    const struct vm_tag_port *port; /* The VLANs of its port, or null. */
    unsigned int way;           /* Another number after each change of the
                                 * VLANs of the bond, or of patch ports on the
                                 * way there. */
    bool remote;                /* It is on another bridge than the bond. */
    bool kernel_tunnel;         /* A tunnel whose outer frames the IP stack of
                                 * the machine sends: to the bond they are the
                                 * host's. */

    bool existed;               /* It was there before the bond got its mode,
                                 * or before a restart, and may have sent over
                                 * any member. */

    bool silent;                /* A new one: the guest may not run here yet,
                                 * but on the host from which it migrates. */

    const struct vm_interface *like; /* One with the same 'external_ids' and
                                      * the same bond settings, of which what
                                      * was parsed is copied, or null. */

    /* State from before a restart, as the database tells it, or null. */
    const char *was_member;
    const char *was_home;
    const char *was_pinned;
    struct vm_request_memory was_request;
};

/* Creates an interface without any facts but those from before a restart. */
struct vm_interface *vm_interface_create(const char *name,
                                         const struct vm_interface_facts *);
void vm_interface_destroy(struct vm_interface *);

/* Sorts 'n' interfaces by their names. */
void vm_interfaces_sort(struct vm_interface **, size_t n);

/* Returns the identity of the endpoint that an interface with these keys, or
 * an existing interface, belongs to. */
const char *vm_interface_identity(const struct smap *external_ids);
const char *vm_interface_endpoint_id(const struct vm_interface *);

/* Returns true if 'facts' are about 'iface', and not about an interface with
 * another identity. */
bool vm_interface_is(const struct vm_interface *iface,
                     const struct vm_interface_facts *facts);

/* Returns true if frames of 'iface' are in the same VLANs with 'facts' as
 * before.  Otherwise vm_interface_update() forgets what was learned: it would
 * be announced in VLANs in which it is not expected, or is another VM's. */
bool vm_interface_keeps_vlans(const struct vm_interface *iface,
                              const struct vm_interface_facts *facts);

/* Updates the facts, whose identity must be that of the interface.  Returns
 * true if that changes anything.  Keys of other programs and the VLAN of an
 * interface without attached address do not count. */
bool vm_interface_update(struct vm_interface *,
                         const struct vm_interface_facts *,
                         const struct vm_bond_config *);

/* Returns true if frames of 'iface' may be in VLAN 'inside' of the bond's
 * bridge, as far as the configuration of the bridges tells. */
bool vm_interface_may_use_vlan(const struct vm_interface *iface,
                               uint16_t inside);

/* Parses the keys again, after a change of profiles.  Returns true if the
 * policy or the problems have changed. */
bool vm_interface_parse(struct vm_interface *,
                        const struct vm_bond_config *);

#endif /* vm-interface.h */
