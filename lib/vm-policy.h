/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_POLICY_H
#define VM_POLICY_H 1

/* What the operator wishes.
 *
 * This room turns the text of the database into values, and bad text into
 * problems.  Every key is one row of vm-key.def: its type, its range, its
 * default and the sentence that explains it, from which also the warnings and
 * the manual pages are made.  A value that cannot be read never stops
 * anything: the default holds, and a problem says what would be right.
 *
 * The room knows text and values only.  It does not know which uplinks exist,
 * which endpoints there are or what time it is.
 *
 * Ownership: a structure filled in here owns its strings until its destroy
 * function is called; a parse function takes a structure as raw memory.  A map
 * may be null where nothing is configured.  Any thread may enter with
 * structures of its own. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm-problem.h"
#include "vm-value.h"

struct ds;
struct smap;

/* The priority of the host's own traffic unless "vm-aware-host" says
 * otherwise: no exclusive VM may cut off the machine that carries it. */
#define VM_HOST_PRIORITY 7

/* The word that stands for the host, which no VM may have as identity. */
#define VM_HOST_ID "host"

/* The keys of one Interface, or of one endpoint after merging. */
struct vm_policy {
    char *name;                 /* For people.  Null: use the identity. */
    int priority;               /* 0..7, 7 the most important. */
    unsigned int shares;        /* 1..100, weight under contention. */
    uint64_t min_rate;          /* Guarantee, bit/s. */
    uint64_t max_rate;          /* Limit, bit/s, or VM_RATE_NONE. */
    uint64_t burst;             /* Burst of the limit, bits; 0: 250 ms of
                                 * 'max_rate'. */
    struct vm_wish wish;        /* Of this Interface (it is per vNIC, so a
                                 * merged policy has the first one's). */
    bool exclusive;
    enum vm_outcome on_loss;
    enum vm_outcome on_overload;
    enum vm_outcome on_failover;
    bool by_mac;                /* vm-identify=mac: a trunk to nested guests;
                                 * per Interface. */
    uint64_t given;             /* Which keys were written down by somebody,
                                 * here or in a profile: a bit for each enum
                                 * vm_key_id.  The others have defaults. */
};

/* A profile: the value of "vm-aware-profile-NAME", such as
 * "priority=6 shares=80 min-rate=1G uplinks=eth0,*": the keys of an Interface
 * without their prefix "vm-". */

/* The keys of a bond (Port.other_config). */
struct vm_bond_config {
    unsigned int rebalance_ms;  /* bond-rebalance-interval; 0 is never. */
    unsigned int threshold_pct; /* vm-aware-load-threshold. */
    unsigned int reservable_pct; /* vm-aware-reservable. */
    unsigned int dwell_s;       /* vm-aware-dwell. */
    bool failback;              /* vm-aware-failback. */
    unsigned int rate_ms;       /* vm-aware-rate-interval. */
    unsigned int announce;      /* vm-aware-announce, repeats of a RARP. */
    bool reverse_drop;          /* vm-aware-reverse-path=drop. */
    unsigned int reverse_grace_ms; /* vm-aware-reverse-grace. */
    bool unidentified_drop;     /* vm-aware-unidentified=drop. */
    struct vm_policy host;      /* vm-aware-host. */
    struct smap *profiles;      /* Profile name to its unparsed value. */
};

/* The keys of a member (its Interface.other_config). */
struct vm_member_config {
    uint64_t capacity;          /* vm-aware-capacity, bit/s; 0: the speed of
                                 * the link. */
    bool standby;               /* vm-aware-standby. */
};

/* The identity of an Interface: the value of the first of vm-id, vm-uuid,
 * xs-vm-uuid and iface-id that has a good one, or null if none has.  Points
 * into 'external_ids'. */
const char *vm_policy_identity(const struct smap *external_ids);

/* The keys of 'interface'.  Its own keys hold before those of its profile.
 * 'profiles' maps profile names to their values. */
void vm_policy_parse(struct vm_policy *, const char *interface,
                     const struct smap *external_ids,
                     const struct smap *profiles, struct vm_problems *);
void vm_policy_init_default(struct vm_policy *);
void vm_policy_clone(struct vm_policy *, const struct vm_policy *);
bool vm_policy_equal(const struct vm_policy *, const struct vm_policy *);
void vm_policy_destroy(struct vm_policy *);

/* Merges what the interfaces of one VM say.  For each key the stricter value
 * holds: the higher priority, shares and guarantee, the lower limit and burst,
 * exclusive before not exclusive, migrate before suspend before drop before
 * forward, the first name.  An interface that does not give a key has no say
 * in it, so that it is enough to write a key at one of them.  Where two say
 * different things, a problem names the interfaces and their values.  Wish and
 * vm-identify are not merged: the result has those of the first.
 *
 * 'n' is at least 1; problems are those of names[0]. */
void vm_policy_merge_all(struct vm_policy *merged,
                         const struct vm_policy *const policies[],
                         const char *const names[], size_t n,
                         struct vm_problems *);

void vm_bond_config_parse(struct vm_bond_config *, const char *bond,
                          const struct smap *other_config,
                          struct vm_problems *);
void vm_bond_config_destroy(struct vm_bond_config *);
void vm_member_config_parse(struct vm_member_config *, const char *interface,
                            const struct smap *other_config,
                            struct vm_problems *);

#endif /* vm-policy.h */
