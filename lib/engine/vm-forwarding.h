/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_FORWARDING_H
#define VM_FORWARDING_H 1

/* How the switch forwards the frames of each interface.
 *
 * The forwarding follows from the facts about interfaces and the present
 * assignment of their slots; the module keeps no state and decides nothing
 * itself.
 *
 * The caller owns the list.  Its elements point into the inventory and are
 * valid until the inventory changes.
 *
 * Thread-safety: none; the caller is the thread that owns the inventory. */

#include <stdbool.h>
#include <stddef.h>

#include "base/vm-reason.h"
#include "model/vm-inventory.h"
#include "openvswitch/types.h"

struct ds;

/* How the switch forwards the frames of one interface. */
struct vm_forward {
    const char *interface;      /* Null in 'host' and 'unidentified' of
                                 * "struct vm_forwarding". */
    const struct vm_slot *slot; /* Null for unidentified senders whose frames
                                 * are dropped. */
    const char *member;         /* Null: drop. */
    const char *meter;          /* Name of the meter that polices the frames,
                                 * null for none. */
    enum vm_policed policed;    /* Whether its VM has more to send, and what
                                 * limits it.  Changes without a PUBLISH. */
    enum vm_reason reason;
    const char *because;        /* Member of which 'reason' speaks, or
                                 * null... */
    enum vm_down down;          /* ...and why that is down, if it is. */
    bool by_mac;                /* The source MAC identifies the sender, among
                                 * the 'mac' of all interfaces.  Learned
                                 * addresses identify no sender. */
    const struct eth_addr *mac; /* Attached address, null if not known. */
    bool reverse_strict;        /* Frames to it that arrive over another
                                 * member are dropped (reverse-path
                                 * mismatch). */
    unsigned int version;       /* Changes with any of the above that is
                                 * published. */
};

struct vm_forwarding {
    struct vm_forward *list;    /* One per interface, sorted by name. */
    size_t n;
    struct vm_forward host;     /* Frames that the machine itself sends. */
    struct vm_forward unidentified;  /* All frames of unknown senders. */
    bool split_tunnels;         /* Frames of a VM that leave with a source of
                                 * the switch follow the VM, not the host. */
};

/* Initializes the forwarding as of 'now'. */
void vm_forwarding_init(struct vm_forwarding *, const struct vm_inventory *,
                        const struct vm_bond_config *, long long int now);
void vm_forwarding_destroy(struct vm_forwarding *);

/* Initializes the forwarding of 'iface', which is in a slot, given that of
 * unidentified senders. */
void vm_forward_init(struct vm_forward *, const struct vm_interface *,
                     const struct vm_forward *unidentified,
                     long long int now);

/* Initializes all of the forwarding but its list, which is empty. */
void vm_forwarding_init_common(struct vm_forwarding *,
                               const struct vm_inventory *,
                               const struct vm_bond_config *,
                               long long int now);

/* Appends one line for the interface 'name', with its attached address if
 * 'with_mac', or the lines of all of them.  Equal forwarding has equal
 * text. */
void vm_forward_format(const struct vm_forward *, const char *name,
                       bool with_mac, struct ds *);
void vm_forwarding_format(const struct vm_forwarding *, struct ds *);

/* Returns a fingerprint of what vm_forward_format() would tell, which takes
 * less than to tell it.  'scratch' is overwritten.  It is never 0.  Different
 * forwarding may have the same by chance, with a probability of 2^-128. */
ovs_u128 vm_forward_print(const struct vm_forward *, const char *name,
                          bool with_mac, struct ds *scratch);

/* Returns true if the addresses of interfaces matter, of which 'by_mac' says
 * whether some identify senders by their source MAC. */
bool vm_forwarding_needs_mac(const struct vm_forwarding *, bool by_mac);

/* Returns true if 'iface' should have an identity and has none. */
bool vm_interface_is_unidentified(const struct vm_interface *);

/* Returns the text of the forwarding as of 'now', which the caller frees. */
char *vm_forwarding_to_string(const struct vm_inventory *,
                              const struct vm_bond_config *,
                              long long int now);

/* Returns the tx member of an interface, or null if it has none. */
const char *vm_interface_member(const struct vm_interface *,
                                const struct vm_bond_config *);

#endif /* vm-forwarding.h */
