/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_DECISIONS_H
#define VM_DECISIONS_H 1

/* What the switch is to do with frames, interface by interface.
 *
 * Decisions follow from the facts about interfaces and the present assignment
 * of their slots; nothing is remembered here.  They point into the inventory
 * and are good until it changes.  The caller owns the list. */

#include <stdbool.h>
#include <stddef.h>

#include "vm-inventory.h"
#include "vm-reason.h"

struct ds;

/* What the switch is to do with frames of one interface. */
struct vm_decision {
    const char *interface;      /* Null: see "struct vm_decisions". */
    const struct vm_slot_state *slot; /* Null for unidentified senders that
                                       * are dropped. */
    const char *uplink;         /* Null: drop. */
    const char *meter;          /* Name of the meter through which frames go
                                 * before they leave, null: none. */
    enum vm_held held;          /* Its VM would send more, and what is in the
                                 * way.  Changes without a publication. */
    enum vm_reason reason;
    const char *because;
    bool by_mac;                /* The sender is told by its source MAC, among
                                 * the 'mac' of all decisions: of addresses
                                 * that were only seen none is believed. */
    const struct eth_addr *mac; /* Attached address, null if not known. */
    bool reverse_strict;        /* Frames to it that arrive over another
                                 * uplink are dropped. */
};

struct vm_decisions {
    struct vm_decision *list;   /* One per interface, sorted by name. */
    size_t n;
    struct vm_decision host;    /* Frames that the machine itself sends. */
    struct vm_decision unidentified; /* All frames of unknown senders. */
};

/* The decisions as of 'now'. */
void vm_decisions_init(struct vm_decisions *, const struct vm_inventory *,
                       const struct vm_bond_config *, long long int now);
void vm_decisions_destroy(struct vm_decisions *);

/* One line per decision.  Two tables that say the same have the same text. */
void vm_decisions_format(const struct vm_decisions *, struct ds *);

/* The uplink that carries frames of an interface, null if none does. */
const char *vm_interface_uplink(const struct vm_interface *,
                                const struct vm_bond_config *);

#endif /* vm-decisions.h */
