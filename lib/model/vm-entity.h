/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_ENTITY_H
#define VM_ENTITY_H 1

/* The structures of the model: interface, slot, endpoint, and the inventory
 * that contains all of them.
 *
 * An interface is one port of a bridge.  All interfaces with the same identity
 * form one endpoint, on whatever bridges they are; interfaces without identity
 * and the bridges' own ports form the endpoint "host", which always exists.
 * The interfaces of an endpoint that have the same uplink preference
 * ("vm-uplinks") form a slot, the smallest unit that is placed on a member.
 * An interface without a device belongs to an endpoint, but to no slot.
 *
 *     endpoint 1 --- n slot 1 --- n interface 1 --- n (MAC, VLAN) pair
 *
 * This header has no functions.  Those of a slot, an endpoint and the
 * inventory are in vm-slot.h, vm-endpoint.h and vm-inventory.h; vm-regroup.h
 * derives slots and endpoints from interfaces.
 *
 * Ownership: an inventory owns everything in it.
 *
 * Thread-safety: only the engine that owns the inventory may change it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vm-down.h"
#include "base/vm-load.h"
#include "base/vm-reason.h"
#include "model/vm-changes.h"
#include "model/vm-mac.h"
#include "model/vm-member.h"
#include "model/vm-news.h"
#include "model/vm-policy.h"
#include "model/vm-tag.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "openvswitch/types.h"
#include "svec.h"

struct vm_map;
struct vm_places;

/* Counters of one interface on this bond. */
struct vm_counters {
    uint64_t tx_packets, tx_bytes;
    uint64_t dropped_packets, dropped_bytes;
    uint64_t reverse_mismatch_packets; /* Arrived over another member than the
                                        * interface's own. */
};

/* What an endpoint has offered to the bond, and how much of that was dropped,
 * by cause.  The rest was sent. */
struct vm_traffic {
    uint64_t offered_packets, offered_bytes;
    uint64_t limit_packets, limit_bytes; /* Above vm-max-rate. */
    uint64_t share_packets, share_bytes; /* Above its share of its member. */
    uint64_t no_member_packets, no_member_bytes; /* Had no member. */
};

/* By what an endpoint is policed, that is, kept below the rate it offers. */
enum vm_policed {
    VM_POLICED_NOT,
    VM_POLICED_LIMIT,           /* vm-max-rate. */
    VM_POLICED_SHARE            /* Its share of the member's capacity. */
};

/* What an interface sends, as far as its limit lets it pass.  See
 * vm-slot-load.h. */
struct vm_interface_load {
    uint64_t bytes;             /* Until the last reading. */
    struct vm_load rate;
    uint64_t window_bytes;      /* 'bytes' at 'window_start'. */
    long long int window_start; /* ms, LLONG_MAX before the first reading. */
    uint64_t offered_bytes;     /* Before the limit of a VM that has one. */
    struct vm_load offered;
};

struct vm_interface {
    /* Facts. */
    char *name;
    struct vm_map *external_ids;
    const char *identity;       /* That it has in them, or null. */
    bool internal;              /* A port of the host itself, or for transit
                                 * (a tunnel, a member of another bond): the
                                 * host's without an identity. */
    bool no_device;             /* Its row has no device: it sends nothing. */
    bool remote;                /* It is on another bridge than the bond. */
    bool kernel_tunnel;         /* See vm-interface.h. */
    int access_vlan;            /* VLAN of its frames on the bond, 0 if they
                                 * are untagged, -1 if the configuration does
                                 * not determine it. */
    uint16_t tag_type;          /* Ethertype of tags on the bond, 0 for
                                 * 802.1Q. */
    unsigned int way;           /* See vm-interface.h. */
    struct vm_tag_port port;    /* The VLANs of its port. */

    /* Derived from the facts. */
    struct vm_policy policy;
    struct vm_problems problems; /* All problems of the facts. */
    struct vm_problems parse_problems; /* Those of them that do not depend on
                                        * other objects. */

    /* A new interface points to the host's endpoint and slot, without being in
     * their lists, until vm_regroup().  An interface without a device has an
     * endpoint, but no slot. */
    struct vm_endpoint *endpoint;
    struct vm_slot *slot;       /* Null if it has no device. */

    struct vm_macs macs;

    struct vm_counters counters;
    struct vm_interface_load load;
    struct ovs_list restless_node; /* In 'restless' of its inventory, or an
                                    * empty list. */

    bool grouped;               /* vm_regroup() has seen it. */
    bool silent;                /* It is new and has not sent anything. */
    bool counted;               /* 'counters' are those of its last reading.
                                 * False if none was noted since it is in a
                                 * slot, or, with complete readings, at all. */

    /* What the engine has published last, or what was in force before a
     * restart. */
    bool published;
    uint32_t text;              /* Hash of what of it is for people alone. */
    char *tx_member;            /* Member that it sends over, or null if there
                                 * is none or it is not known. */
    ovs_u128 print;             /* Fingerprint of what is published, 0 for
                                 * nothing: see vm-published.h... */
    unsigned int version;       /* ...a number that changes with it... */
    uint32_t told;              /* ...and one that does with what else is
                                 * told. */

    /* State from before a restart of the switch, as the database tells it.
     * Null once the interface has joined its slot. */
    char *was_member, *was_home, *was_pinned;
};

/* A slot and its present assignment.  See vm-slot.h. */
struct vm_slot {
    char *id;                   /* Identity of the endpoint.  If that has
                                 * several slots: followed by "/" and the
                                 * preference, both with a backslash before
                                 * each slash and backslash of their own.
                                 * Unique. */
    struct vm_endpoint *endpoint;
    struct vm_pref pref;
    struct vm_interface **interfaces; /* Sorted by name. */
    size_t n_interfaces, allocated_interfaces;

    char *member;               /* Member that carries it, or null. */
    char *from;                 /* Member before the last move, or null. */
    char *home;                 /* Member that failback returns it to, or
                                 * null. */
    char *later_home;           /* 'home' after the return to one that is
                                 * 'home_restored', or null. */
    char *pinned;               /* Member pinned by the operator, or null. */
    char *because;              /* Member that 'reason' refers to, or null. */
    enum vm_reason reason;      /* VM_R_NONE before the first decision. */
    enum vm_down down;          /* Why that member is down, if it is. */
    unsigned int announces_left; /* Announcements still to be made. */
    bool home_restored;         /* 'home' is its member from before a restart:
                                 * return to it even without failback. */
    bool home_closed;           /* 'home' was available when the slot was
                                 * placed last, but not to it. */
    bool replugged;             /* 'home' is its member from before it was
                                 * unplugged, rather than from before a
                                 * restart. */
    bool untold;                /* The last move has not been reported yet. */
    bool settled;               /* The last placement changed nothing. */
    bool moved_by_balance;      /* The last move was made by rebalancing. */
    bool drain_turn;            /* It may leave 'member', which is drained. */
    bool leaves;                /* Its move from 'member', which is drained, is
                                 * part of 'failover'. */
    bool known_upstream;        /* It has sent or was announced over the
                                 * bond. */
    bool takes_part;            /* In the guarantee of its endpoint. */
    bool guarantee_unmet;
    uint64_t guarantee;         /* Its part of the endpoint's, bit/s. */
    unsigned long long int failover; /* Serial of the last failover that it
                                      * belonged to, or 0. */

    long long int moved;        /* Time of the last move, ms, or LLONG_MIN. */
    long long int joined;       /* Last time an interface joined it from
                                 * another member, ms, or LLONG_MIN. */
    long long int next_announce; /* ms, LLONG_MAX if none is due. */
    long long int reverse_after; /* From this time on, frames that arrive over
                                  * other members are a reverse-path mismatch,
                                  * ms; LLONG_MAX: never. */

    uint64_t tx_bytes;          /* Bytes that its interfaces sent while they
                                 * belonged to it, before any meter. */

    /* Policing. */
    uint64_t sampled_bytes;     /* 'tx_bytes' when last sampled (vm-sender). */
    const char *meter;          /* Name of its meter, or null (vm-metering), */
    const char *meter_before;   /* and that before the last round. */
    bool load_metered;          /* vm-limited counts its load. */
    bool at_rest;               /* It sends nothing (vm-sender-rest). */
};

struct vm_endpoint {
    char *id;
    struct vm_policy policy;    /* Merged over its interfaces. */
    struct vm_problems problems; /* Of the merge. */
    struct vm_interface **interfaces; /* Those with a device, by name. */
    size_t n_interfaces, allocated_interfaces;
    struct vm_interface **absent; /* Those without a device, by name. */
    size_t n_absent, allocated_absent;
    struct vm_slot **slots;     /* Sorted by id; none without a device. */
    size_t n_slots, allocated_slots;

    struct vm_traffic traffic;

    /* Maintained by vm-metering. */
    long long int split_until;  /* Its senders have a meter each for its limit
                                 * until then, ms... */
    long long int split_after;  /* ...but not before this time, ms. */
    bool limit_failed;          /* vm-max-rate is not enforced, according to
                                 * vm-limited. */

    /* Maintained by vm-policing. */
    bool limited;               /* Policed now, or a short time ago. */
    bool metered;               /* Some of its frames go through a meter. */
    enum vm_policed policed;
    long long int limited_until; /* It counts as limited until then, ms. */
    uint64_t rate;              /* What its meters let pass in total, bit/s, or
                                 * VM_RATE_NONE if a sender has no meter. */
};

/* The endpoints to be looked at though they have not changed.  Identities;
 * 'all' is never set.  See vm-watch.h. */
struct vm_watch {
    struct vm_changes timed, bound, reserving, troubled;
};

struct vm_inventory {
    struct shash interfaces;    /* Name, which is the interface's own, to
                                 * "struct vm_interface *". */
    struct shash endpoints;     /* Identity to "struct vm_endpoint *". */
    struct vm_interface **interfaces_by_name; /* The same, sorted... */
    size_t allocated_interfaces;
    struct vm_endpoint **endpoints_by_id; /* ...both of them. */
    size_t n_endpoints, allocated_endpoints;
    struct vm_interface **ungrouped; /* Those not seen by vm_regroup() yet. */
    size_t n_ungrouped, allocated_ungrouped;
    size_t n_named;             /* Endpoints with a "vm-name". */
    struct vm_changes regroup;  /* Those whose interfaces have changed. */
    struct vm_changes place;    /* Those to be placed, and published. */
    bool slots_changed;         /* Slots were created, removed, renamed or
                                 * moved since vm-policing has seen them. */
    struct shash gone_prints;   /* Names of interfaces that are gone to their
                                 * "print", as "ovs_u128 *". */
    struct vm_changes unsettled; /* Those to be placed again next time. */
    struct vm_watch watch;      /* Those to be looked at for other reasons. */
    struct ovs_list restless;   /* Interfaces whose loads change by themselves
                                 * (vm-interface-count). */
    struct vm_member **members; /* Sorted by name. */
    size_t n_members, allocated_members;
    struct vm_policy host_policy; /* "vm-aware-host". */
    struct vm_places *places;   /* Of slots that are gone. */
    unsigned int n_placed;      /* How often all slots were placed, or what
                                 * they reserve may have changed. */
    long long int counted;      /* When the counters of all interfaces were
                                 * read last, ms, or LLONG_MIN. */
    long long int rested_at;    /* Slots at rest sent nothing until then, ms
                                 * (vm-sender-rest). */
    long long int next_aging;   /* Of learned addresses, ms. */
    struct vm_problems misplaced; /* Keys where they have no effect. */
    struct vm_news news;        /* For who tells them. */
    struct svec notes;          /* Sentences on pins that were lost, to be
                                 * logged. */
};

#endif /* vm-entity.h */
