/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_TAG_H
#define VM_TAG_H 1

/* VLAN tags between a port of a bridge and a bond of the same bridge.
 *
 * A VM that has not sent anything is announced by a frame that the switch
 * makes, with the tag that a frame of the VM would have.  This module computes
 * the tag from the settings of both ports in the Port table.  It follows the
 * rules of OpenFlow's NORMAL action, xvlan_input_translate(),
 * xvlan_output_translate() and what they are called for, for frames that enter
 * untagged.
 *
 * The module does not know patch ports: between two bridges anything may
 * happen to a tag.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct shash;

/* The settings of a port, as in the database. */
struct vm_tag_settings {
    const char *vlan_mode;      /* Null if not set. */
    int tag;                    /* -1 if not set. */
    const int64_t *trunks, *cvlans;
    size_t n_trunks, n_cvlans;
    const char *qinq_ethtype;   /* other_config:qinq-ethtype, or null. */
};

enum vm_tag_mode {
    VM_TAG_ACCESS,
    VM_TAG_TRUNK,
    VM_TAG_NATIVE_TAGGED,
    VM_TAG_NATIVE_UNTAGGED,
    VM_TAG_TUNNEL               /* dot1q-tunnel. */
};

/* A port.  All zeros are an access port of VLAN 0. */
struct vm_tag_port {
    enum vm_tag_mode mode;
    uint16_t vlan;              /* Its own VLAN, except of a trunk. */
    uint16_t tunnel_type;       /* Ethertype of the tags of a tunnel. */
    bool all;                   /* It carries all VLANs, of customers if it is
                                 * a tunnel; otherwise those in 'vlans'. */
    unsigned long *vlans;       /* A bitmap, owned by the port; null if
                                 * 'all', or if there are none. */
};

/* An outer tag. */
struct vm_tag {
    uint16_t vlan;              /* 0 for none. */
    uint16_t type;              /* Ethertype. */
};

void vm_tag_port_init(struct vm_tag_port *, const struct vm_tag_settings *);
void vm_tag_port_destroy(struct vm_tag_port *);

/* Destroys ports in the heap, and the map to them. */
void vm_tag_ports_destroy(struct shash *);

/* Makes an initialized port a copy of another one. */
void vm_tag_port_copy(struct vm_tag_port *, const struct vm_tag_port *);

/* Returns true if tags of frames are the same with either. */
bool vm_tag_port_equal(const struct vm_tag_port *, const struct vm_tag_port *);

/* Stores in '*tag' the outer tag on 'bond' of a frame that enters untagged by
 * 'port'.  Returns false if such a frame does not leave over the bond. */
bool vm_tag_out(const struct vm_tag_port *port, const struct vm_tag_port *bond,
                struct vm_tag *tag);

/* Returns the VLAN within the bridge of a frame with 'vlan' on 'bond'. */
uint16_t vm_tag_inside(const struct vm_tag_port *bond, uint16_t vlan);

/* Returns the VLAN on 'bond' of a frame in the VLAN 'inside' within the
 * bridge, which the bond carries. */
uint16_t vm_tag_outside(const struct vm_tag_port *bond, uint16_t inside);

/* Returns true if frames of a VLAN within the bridge leave over 'bond'. */
bool vm_tag_carries(const struct vm_tag_port *bond, uint16_t inside);

#endif /* vm-tag.h */
