/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_INVENTORY_H
#define VM_INVENTORY_H 1

/* Who and what exists now: interfaces, endpoints, slots, MACs, members.
 *
 * An interface is one port of a switch.  Interfaces with the same identity
 * are one endpoint, on whatever bridge they sit; interfaces without identity
 * and the bridges' own ports are the endpoint "host", which always exists.
 * Those interfaces of an endpoint that have the same "vm-uplinks" are one
 * slot, the least that is placed as a whole.
 *
 *     endpoint 1 --- n slot 1 --- n interface 1 --- n (MAC, VLAN) pair
 *
 * The inventory keeps facts and the present assignment.  Endpoints and slots
 * are derived from interfaces: they appear with their first interface and go
 * with their last.  It decides nothing.
 *
 * Endpoint "host" has one slot, whatever its interfaces say: its policy is the
 * bond's "vm-aware-host".
 *
 * All lists are sorted by name or identity, so that whoever walks them does so
 * in the same order everywhere.
 *
 * The inventory owns everything in it; pointers into it are good until the
 * next change.  Only the engine that owns it may change it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/shash.h"
#include "packets.h"
#include "smap.h"
#include "vm-load.h"
#include "vm-member.h"
#include "vm-policy.h"
#include "vm-reason.h"

/* How many (MAC, VLAN) pairs are remembered for one interface. */
#define VM_MAX_MACS 64

/* A pair under which the far end may know an interface. */
struct vm_mac {
    struct eth_addr mac;
    uint16_t vlan;              /* 0 if untagged on the bond. */
    bool attached;              /* From the database, never forgotten. */
    long long int seen;         /* ms, LLONG_MIN if it never was. */
};

/* What the switch has counted for one interface on this bond. */
struct vm_counters {
    uint64_t tx_packets, tx_bytes;
    uint64_t dropped_packets, dropped_bytes;
    uint64_t wrong_leg_packets; /* Arrived over another uplink than the one
                                 * that carries the interface. */
};

/* What an endpoint wanted to send over the bond, and what of that was dropped
 * for which cause.  What is not among the drops has left. */
struct vm_traffic {
    uint64_t offered_packets, offered_bytes;
    uint64_t limit_packets, limit_bytes; /* Above vm-max-rate. */
    uint64_t share_packets, share_bytes; /* Above its share of an uplink. */
    uint64_t uplink_packets, uplink_bytes; /* It had no uplink. */
};

/* What holds an endpoint below what it would send. */
enum vm_held {
    VM_HELD_NOT,
    VM_HELD_LIMIT,              /* vm-max-rate. */
    VM_HELD_SHARE               /* Others on the same uplink. */
};

struct vm_interface {
    /* Facts. */
    char *name;
    struct smap external_ids;
    bool internal;              /* The machine's own port. */
    int access_vlan;            /* VLAN under which its frames leave over the
                                 * bond, or -1 if that is not known from the
                                 * configuration. */

    /* From the facts. */
    struct vm_policy policy;
    struct vm_problems problems; /* All that is wrong with the facts. */
    struct vm_problems parse_problems; /* Those of them that do not depend on
                                        * what else exists. */

    /* Always set.  Until vm_inventory_regroup() has seen a new interface, it
     * counts as the host's but is in no list of the host's. */
    struct vm_endpoint *endpoint;
    struct vm_slot_state *slot;

    struct vm_mac macs[VM_MAX_MACS]; /* Sorted by MAC, then VLAN. */
    size_t n_macs;
    bool has_attached;          /* Is 'attached' known? */
    struct eth_addr attached;   /* external_ids:attached-mac.  It is among
                                 * 'macs' only with the VLANs that are
                                 * known. */
    int attached_vlan;          /* VLAN of 'attached', or -1. */

    struct vm_counters counters;
    bool counted;               /* 'counters' was read at least once. */

    /* What was published last, kept by the engine. */
    bool published;
    char *carrier;              /* Uplink that carried it, or null. */

    /* What the database remembers of before a restart, until the interface
     * has found its slot. */
    char *was_uplink, *was_home, *was_pinned;
};

/* One slot with its present assignment.  vm-slot.h has its functions. */
struct vm_slot_state {
    char *id;                   /* Endpoint's identity, and "/" and the wish
                                 * when the endpoint has several slots. */
    struct vm_endpoint *endpoint;
    struct vm_wish wish;
    struct vm_interface **interfaces; /* Sorted by name. */
    size_t n_interfaces, allocated_interfaces;

    char *uplink;               /* Member that carries it, or null. */
    char *from;                 /* Where the last move came from, or null. */
    char *home;                 /* Where failback returns it, or null. */
    bool home_restored;         /* 'home' is where it was before a restart:
                                 * return there whatever failback says. */
    char *later_home;           /* What becomes 'home' after that return, or
                                 * null. */
    char *pinned;               /* Put there by hand, or null. */
    enum vm_reason reason;      /* VM_R_NONE before the first decision. */
    char *because;              /* The uplink of which 'reason' speaks. */
    bool guarantee_broken;
    bool untold;                /* Moved, and people were not told yet. */

    long long int moved;        /* Time of the last move, ms, or LLONG_MIN. */
    long long int joined;       /* Time when an interface last came to it from
                                 * another uplink, ms, or LLONG_MIN. */
    bool moved_by_balance;      /* The last move was rebalancing's. */
    unsigned int announces_left; /* RARPs still to be repeated. */
    long long int next_announce; /* ms, LLONG_MAX if none is due. */
    long long int reverse_after; /* From then on frames over other uplinks are
                                  * wrong-leg, ms; LLONG_MAX if never. */

    uint64_t tx_bytes;          /* Sum of what its interfaces sent while they
                                 * belonged to it. */
    bool counted;               /* 'tx_bytes' was read at 'counted_at' and is
                                 * not in 'load' yet. */
    long long int counted_at;   /* ms. */
    struct vm_load load;        /* What it sends over the bond, before any
                                 * meter. */

    uint64_t window_bytes;      /* 'tx_bytes' when the window began... */
    long long int window_start; /* ...and when that was, ms. */

    /* Kept by vm-share. */
    uint64_t looked_bytes;      /* 'tx_bytes' at the last look. */
    const char *meter;          /* Name of the meter that it goes through,
                                 * null: none. */
};

struct vm_endpoint {
    char *id;
    struct vm_policy policy;    /* Merged over the interfaces. */
    struct vm_problems problems; /* Of merging. */
    struct vm_interface **interfaces; /* Sorted by name. */
    size_t n_interfaces, allocated_interfaces;
    struct vm_slot_state **slots; /* Sorted by id. */
    size_t n_slots, allocated_slots;

    struct vm_traffic traffic;

    /* Kept by vm-share. */
    enum vm_held held;
    bool metered;               /* Goes through meters... */
    uint64_t rate;              /* ...that let pass so much, bit/s, or
                                 * VM_RATE_NONE if some slot has none. */
};

struct vm_inventory {
    struct shash interfaces;    /* Name to "struct vm_interface *". */
    struct shash endpoints;     /* Identity to "struct vm_endpoint *". */
    struct vm_member **members; /* Sorted by name. */
    size_t n_members, allocated_members;
    struct vm_policy host_policy; /* "vm-aware-host". */
};

/* The facts of one interface. */
struct vm_interface_facts {
    const struct smap *external_ids;
    bool internal;
    int access_vlan;

    /* What the database remembers of before a restart; null if nothing. */
    const char *was_uplink;
    const char *was_home;
    const char *was_pinned;
};

void vm_inventory_init(struct vm_inventory *);
void vm_inventory_destroy(struct vm_inventory *);

/* Facts.  Each returns true if it is told something new; keys that are not
 * ours, and the VLAN of an interface without attached address, are no news.
 * Null facts remove the interface.  Endpoints and slots follow in
 * vm_inventory_regroup(). */
bool vm_inventory_set_interface(struct vm_inventory *, const char *name,
                                const struct vm_interface_facts *,
                                const struct vm_bond_config *);
bool vm_inventory_set_host(struct vm_inventory *,
                           const struct vm_bond_config *);
bool vm_inventory_mac_seen(struct vm_inventory *, const char *interface,
                           struct eth_addr, uint16_t vlan,
                           long long int now);
void vm_inventory_age_macs(struct vm_inventory *, long long int now);

/* Takes over a reading of the interface's counters: what it sent counts for
 * the load of its slot and for the uplink that carried it, and all of it for
 * the traffic of its endpoint.  The
 * first reading tells nothing of loads. */
void vm_interface_count(struct vm_inventory *, struct vm_interface *,
                        const struct vm_counters *, long long int now);

/* Reads all interfaces' keys anew, because the profiles have changed. */
void vm_inventory_reparse(struct vm_inventory *,
                          const struct vm_bond_config *);

/* Members.  vm_inventory_add_member() returns the one that exists, if it
 * does. */
struct vm_member *vm_inventory_add_member(struct vm_inventory *,
                                          const char *name,
                                          long long int now);
bool vm_inventory_remove_member(struct vm_inventory *, const char *name);

/* The identity of the endpoint to which an interface belongs. */
const char *vm_interface_endpoint_id(const struct vm_interface *);

/* All return null if there is none. */
struct vm_interface *vm_inventory_find_interface(const struct vm_inventory *,
                                                 const char *name);
struct vm_member *vm_inventory_find_member(const struct vm_inventory *,
                                           const char *name);
int vm_inventory_member_index(const struct vm_inventory *, const char *name);

/* By identity, else by name for people; of several with the same name, the
 * one with the lowest identity. */
struct vm_endpoint *vm_inventory_find_endpoint(const struct vm_inventory *,
                                               const char *id_or_name);

/* Sorted views; the caller frees the array, not what it points to.  Slots come
 * by endpoint, then by their own id. */
struct vm_endpoint **vm_inventory_endpoints(const struct vm_inventory *,
                                            size_t *n);
struct vm_interface **vm_inventory_interfaces(const struct vm_inventory *,
                                              size_t *n);
struct vm_slot_state **vm_inventory_slots(const struct vm_inventory *,
                                          size_t *n);

/* Adds all problems that members, interfaces and endpoints have, each kind by
 * name. */
void vm_inventory_problems(const struct vm_inventory *,
                           struct vm_problems *all);

#endif /* vm-inventory.h */
