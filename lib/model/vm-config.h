/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_CONFIG_H
#define VM_CONFIG_H 1

/* The structures that keys are parsed into: the policy of a VM, the
 * configuration of a bond and that of a member.
 *
 * This header has no functions.  vm-key.def maps each key to its field,
 * vm-key.h parses a single key, and vm-policy.h parses, merges, copies and
 * destroys whole structures.
 *
 * Ownership: a structure owns its strings and its map of profiles.
 *
 * Thread-safety: the structures have no lock.  A thread may change only a
 * structure that no other thread uses at the same time. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vm-value.h"

struct smap;

/* Default priority of the host's own traffic.  It is the highest one, so that
 * no exclusive VM can displace the host from its member. */
#define VM_HOST_PRIORITY 7

/* The identity of the host, which no VM may have. */
#define VM_HOST_ID "host"

/* The keys of one Interface, or those of an endpoint, merged over its
 * Interfaces. */
struct vm_policy {
    char *name;                 /* Null: use the identity. */
    int priority;               /* 0..7, 7 is the most important. */
    unsigned int shares;        /* 1..100, weight under contention. */
    uint64_t min_rate;          /* Guarantee, bit/s. */
    uint64_t max_rate;          /* Limit, bit/s, or VM_RATE_NONE. */
    uint64_t burst;             /* Burst of the limit, bits; 0: 250 ms of
                                 * 'max_rate'. */
    struct vm_pref pref;        /* Uplink preference.  It is per Interface; a
                                 * merged policy has that of the first. */
    enum vm_outcome on_loss;
    enum vm_outcome on_overload;
    enum vm_outcome on_failover;
    bool exclusive;
    bool announce;              /* Announce its addresses after a move. */
    bool by_mac;                /* vm-identify=mac, a trunk to nested guests;
                                 * per Interface. */
    uint64_t given;             /* Keys that are set, in the Interface or in
                                 * its profile: bit 1 << (enum vm_key_id).  The
                                 * other keys have their defaults. */
};

/* The keys of a bond (Port.other_config).
 *
 * A profile is the value of "vm-aware-profile-NAME", such as
 * "priority=6 shares=80 min-rate=1G uplinks=eth0,*": keys of an Interface
 * without the prefix "vm-". */
struct vm_bond_config {
    bool mode;                  /* bond-vm-aware. */
    unsigned int rebalance_ms;  /* bond-rebalance-interval; 0 is never. */
    unsigned int threshold_pct; /* vm-aware-load-threshold. */
    unsigned int reservable_pct; /* vm-aware-reservable. */
    unsigned int dwell_s;       /* vm-aware-dwell. */
    bool failback;              /* vm-aware-failback. */
    unsigned int hold_off_s;    /* vm-aware-hold-off. */
    unsigned int rate_ms;       /* vm-aware-rate-interval. */
    unsigned int announce;      /* vm-aware-announce, RARPs per address. */
    bool reverse_drop;          /* vm-aware-reverse-path=drop. */
    unsigned int reverse_grace_ms; /* vm-aware-reverse-grace. */
    bool unidentified_drop;     /* vm-aware-unidentified=drop. */
    bool tunnels_split;         /* vm-aware-tunnels=split. */
    unsigned int request_delay_ms; /* vm-aware-request-delay. */
    unsigned int request_rate;  /* vm-aware-request-rate, a minute. */
    unsigned int suspend_max_s; /* vm-aware-suspend-max; 0 is no maximum. */
    struct vm_policy host;      /* vm-aware-host. */
    struct smap *profiles;      /* Profile name to unparsed list of keys. */
};

/* The keys of a member (its Interface.other_config). */
struct vm_member_config {
    uint64_t capacity;          /* vm-aware-capacity, bit/s; 0: link speed. */
    bool standby;               /* vm-aware-standby. */
    bool drain;                 /* vm-aware-drain. */
};

#endif /* vm-config.h */
