/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SNAPSHOT_H
#define VM_SNAPSHOT_H 1

/* The world at one moment, as the rooms that decide see it.
 *
 * vm-engine builds a snapshot from the facts it keeps; vm-placement,
 * vm-balance and vm-rates read it and answer.  They keep nothing, so the same
 * code answers "what is to be done" and "what if".
 *
 * Order is part of the contract: uplinks are sorted by name, slots by rule 2
 * of the design (priority, guarantee, demand, all descending, then id), so
 * that equal facts give equal arrays on any machine and the place in an array
 * is itself the last tie-breaker.  vm_snapshot_sort_slots() makes the order.
 *
 * Ownership: a snapshot owns nothing.  Names, ids and lists belong to whoever
 * built it and must outlive it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No uplink. */
#define VM_UPLINK_NONE (-1)

/* One member of the bond. */
struct vm_uplink {
    const char *name;
    uint64_t capacity;          /* bit/s, never 0: what can be promised... */
    uint64_t carries;           /* ...and what it can carry by what is seen of
                                 * it, 0 if that is the same. */
    uint64_t background;        /* bit/s of traffic that no slot sends. */
    bool usable;                /* May carry frames now. */
    bool standby;               /* Only when no other uplink is usable. */
};

/* The least that is placed as a whole: those interfaces of one endpoint that
 * have the same wish ("vm-uplinks" is per vNIC).  Most endpoints have one. */
struct vm_slot {
    const char *id;             /* Identity, and the wish if there are several
                                 * slots: unique and stable. */
    int priority;               /* 0..7. */
    unsigned int shares;        /* 1..100. */
    uint64_t guarantee;         /* bit/s, this slot's part of it. */
    uint64_t demand;            /* bit/s it would send if it could. */
    uint64_t variation;         /* bit/s by which its demand varies by itself,
                                 * 0 if that is not known. */
    bool exclusive;             /* No lower priority on its uplink. */

    const int *wish;            /* Named uplinks, in order of preference:
                                 * indexes of uplinks.  VM_UPLINK_NONE for a
                                 * name that is no member now. */
    size_t n_wish;
    bool any;                   /* Any uplink, after those named. */

    int present;                /* Where it is, or VM_UPLINK_NONE. */
    int home;                   /* Where it was before that was lost, and
                                 * where failback returns it, or
                                 * VM_UPLINK_NONE. */
    int pinned;                 /* Where it was put by hand, or
                                 * VM_UPLINK_NONE. */
    bool may_rebalance;         /* Its dwell is over and nothing pins it. */
};

struct vm_snapshot {
    const struct vm_uplink *uplinks; /* Sorted by name. */
    size_t n_uplinks;
    struct vm_slot *slots;      /* Sorted by rule 2. */
    size_t n_slots;

    unsigned int reservable_pct; /* Part of a capacity open to guarantees. */
    unsigned int threshold_pct; /* Load at which rebalancing begins. */
    bool failback;
};

/* Rates above this, 281 Tbit/s, are taken for this, so that the sum over as
 * many slots as there can be fits into 64 bits. */
#define VM_RATE_CEILING (UINT64_C(1) << 48)

uint64_t vm_snapshot_rate(uint64_t rate);

/* What the order of rule 2 looks at. */
struct vm_rank {
    int priority;
    uint64_t guarantee;
    uint64_t demand;
    const char *id;
};

/* Order of rule 2: negative if the first is decided upon before the second,
 * zero only if they are the same. */
int vm_rank_compare(const struct vm_rank *, const struct vm_rank *);
int vm_slot_compare(const struct vm_slot *, const struct vm_slot *);
void vm_snapshot_sort_slots(struct vm_snapshot *);

/* Parts per million, rounded down, UINT64_MAX if that is too much for 64
 * bits or if there is a load without any capacity. */
uint64_t vm_utilization_ppm(uint64_t load, uint64_t capacity);

/* So many parts per million of 'whole', rounded down; the result must fit into
 * 64 bits. */
uint64_t vm_ppm_of(uint64_t whole, uint64_t ppm);

/* What the slot is expected to send, bit/s: its demand, or its guarantee when
 * that is more, because it may be called upon at any time. */
uint64_t vm_slot_expected(const struct vm_slot *);

/* The part of an uplink's capacity that is open to guarantees, bit/s. */
uint64_t vm_uplink_reservable(const struct vm_snapshot *, size_t uplink);

/* True if no uplink is usable but standby ones (or none at all): then
 * standby uplinks may be used (rule 4). */
bool vm_snapshot_only_standby(const struct vm_snapshot *);

/* Whether the slot's wish allows the uplink, and the place of the uplink in
 * the list of names, 'n_wish' if it is not named. */
bool vm_slot_wishes(const struct vm_slot *, int uplink);
size_t vm_slot_wish_rank(const struct vm_slot *, int uplink);

#endif /* vm-snapshot.h */
