/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SNAPSHOT_H
#define VM_SNAPSHOT_H 1

/* The state of a bond at one moment, as the solvers read it.
 *
 * vm-builder builds a snapshot from the facts that the engine keeps;
 * vm-placement, vm-admission, vm-packing and vm-balance read it and answer.
 * They keep no state, so the same code decides what to do and answers "what
 * if" questions.
 *
 * Order is part of the contract: members are sorted by name, slots by rule 2
 * of the design (priority, guarantee, demand, all descending, then id).  So
 * equal facts give equal arrays on any machine, and the index in an array is
 * the last tie-breaker.  vm_snapshot_sort_slots() sorts the slots.
 *
 * Ownership: a snapshot owns nothing.  Its names, ids and lists belong to the
 * caller that built it and must outlive it.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vm-value.h"

/* No member. */
#define VM_MEMBER_NONE (-1)

/* Which members slots should leave to others, if they have another one.  Of
 * those that may carry a slot, the ones with the lowest value do. */
enum vm_avoid {
    VM_AVOID_NOT,
    VM_AVOID_HELD_OFF,          /* No slot comes; slots on it stay. */
    VM_AVOID_DRAINED            /* No slot comes; slots on it leave. */
};

/* The slots on a member that are not in the snapshot. */
struct vm_snap_others {
    uint64_t load;              /* bit/s that they are expected to send. */
    uint64_t reserved;          /* Their guarantees, bit/s. */
    uint64_t shares;
    uint64_t count;
};

/* One member of the bond. */
struct vm_snap_member {
    const char *name;
    uint64_t capacity;          /* bit/s, never 0: what can be promised. */
    uint64_t carries;           /* bit/s that it can carry by measurement; 0
                                 * if that is 'capacity'. */
    uint64_t background;        /* bit/s of traffic that no slot sends. */
    bool full;                  /* Its queue is full: what slots send there
                                 * and its background displace each other. */
    bool usable;                /* May carry frames now. */
    bool standby;               /* Only when no other member is usable. */
    enum vm_avoid avoid;
    struct vm_snap_others others; /* For vm-placement alone: none if the
                                   * snapshot is complete. */
};

/* The unit of placement: those interfaces of one endpoint that have the same
 * preference ("vm-uplinks" is per vNIC).  Most endpoints have one slot. */
struct vm_snap_slot {
    const char *id;             /* Identity of the endpoint, and the
                                 * preference if it has several slots: unique
                                 * and stable. */
    int priority;               /* 0..7. */
    unsigned int shares;        /* 1..100. */
    uint64_t guarantee;         /* bit/s, this slot's part. */
    uint64_t demand;            /* bit/s that it would send if it could. */
    uint64_t variation;         /* bit/s by which its demand varies by itself,
                                 * 0 if unknown. */
    bool exclusive;             /* No lower priority on its member. */

    const int *pref;            /* Named members, in order of preference:
                                 * indexes of members.  VM_MEMBER_NONE for a
                                 * name that is no member now. */
    size_t n_pref;
    bool any;                   /* Any member, after those named. */

    /* Indexes of members, or VM_MEMBER_NONE. */
    int present;                /* Where it is. */
    int home;                   /* Where it was before a failure or a
                                 * preemption; failback returns it there. */
    bool home_gone;             /* It has a home to which it can't return,
                                 * whose link may be up or down: it has left
                                 * the bond, has no device, or is not to be
                                 * used. */
    int pinned;                 /* Where the operator pinned it. */
    bool waits;                 /* It does not leave a drained member yet. */
    bool may_rebalance;         /* Its dwell is over and nothing pins it. */
};

struct vm_snapshot {
    const struct vm_snap_member *members; /* Sorted by name. */
    size_t n_members;
    struct vm_snap_slot *slots; /* Sorted by rule 2. */
    size_t n_slots;

    unsigned int reservable_pct; /* Part of a capacity open to guarantees. */
    unsigned int threshold_pct; /* Utilization above which rebalancing
                                 * begins. */
    bool failback;
};

/* What the order of rule 2 compares. */
struct vm_rank {
    int priority;
    uint64_t guarantee;
    uint64_t demand;
    const char *id;
};

/* The order of rule 2: returns a negative value if the first one is decided
 * before the second, zero only if they are the same. */
int vm_rank_compare(const struct vm_rank *, const struct vm_rank *);
int vm_snap_slot_compare(const struct vm_snap_slot *,
                         const struct vm_snap_slot *);
void vm_snapshot_sort_slots(struct vm_snapshot *);

/* Returns 'load' in parts per million of 'capacity', rounded down, or
 * UINT64_MAX if that does not fit into 64 bits or if there is a load without
 * any capacity. */
uint64_t vm_utilization_ppm(uint64_t load, uint64_t capacity);

/* Returns 'ppm' parts per million of 'whole', rounded down.  The result must
 * fit into 64 bits. */
uint64_t vm_ppm_of(uint64_t whole, uint64_t ppm);

/* Returns what the slot is expected to send, bit/s: its demand, or its
 * guarantee if that is more, because the slot may use it at any time. */
uint64_t vm_snap_slot_expected(const struct vm_snap_slot *);

/* Returns the part of a member's capacity that is open to guarantees,
 * bit/s. */
uint64_t vm_snap_reservable(const struct vm_snapshot *, size_t member);

/* Returns true if every usable member that is not to be avoided is a standby
 * one (or none is usable): only then may standby members be used (rule 4). */
bool vm_snapshot_only_standby(const struct vm_snapshot *);

/* Returns true if the member is usable and not a standby one that is not
 * needed. */
bool vm_snapshot_is_available(const struct vm_snapshot *, size_t member);

/* Returns to what extent the slot should leave the member to others. */
enum vm_avoid vm_snap_slot_avoids(const struct vm_snapshot *,
                                  const struct vm_snap_slot *, int member);

/* Returns true if the slot's preference allows the member. */
bool vm_snap_slot_allows(const struct vm_snap_slot *, int member);

/* Returns the place of the member in the list of names, 'n_pref' if the
 * preference does not name it. */
size_t vm_snap_slot_pref_rank(const struct vm_snap_slot *, int member);

#endif /* vm-snapshot.h */
