/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SCALE_H
#define VM_SCALE_H 1

/* What is on each uplink while vm-balance tries what could be elsewhere.
 *
 * A scale has one pan per uplink.  Slots move between pans; some of them are
 * items, which the search may move.  The scale knows which exchanges are
 * lawful (exclusive slots, guarantees) and weighs; it searches for nothing and
 * prefers nothing.
 *
 * Only slots that are on an uplink that is in service weigh; all others are
 * placement's affair.  A scale refers to its snapshot.  It is for vm-balance
 * and the rooms that it uses. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm-snapshot.h"

#define VM_N_PRIORITIES 8

/* Of the slots on one uplink: what decides who may be there. */
struct vm_pan_rights {
    unsigned int n[VM_N_PRIORITIES]; /* Slots by priority. */
    unsigned int n_exclusive[VM_N_PRIORITIES];
    uint64_t booked;            /* Guarantees, bit/s. */
};

struct vm_pan {
    bool open;                  /* In service. */
    uint64_t capacity;          /* bit/s. */
    uint64_t load;              /* bit/s, with the background. */
    uint64_t reservable;        /* bit/s. */
    size_t n_slots;
    struct vm_pan_rights rights;

    int *items;                 /* Slots, by ascending demand, then the least
                                 * important first. */
    size_t n_items;
};

struct vm_scale {
    const struct vm_snapshot *snapshot;
    struct vm_pan *pans;        /* One per uplink. */
    int *where;                 /* Uplink of each slot. */
    uint64_t *demands;          /* Of each slot, bit/s: apart from the slots,
                                 * as the search reads nothing else. */
    bool *item;                 /* Whether the slot is an item. */
    int *order;                 /* All slots in the order of items. */
};

/* A few moves at once. */
#define VM_EXCHANGE_MAX 4

struct vm_exchange {
    struct {
        int slot;
        int to;
    } moves[VM_EXCHANGE_MAX];   /* Each slot at most once. */
    size_t n;
    uint64_t ppm;               /* Highest utilization afterwards of the
                                 * uplinks that it touches. */
};

void vm_scale_init(struct vm_scale *, const struct vm_snapshot *);
void vm_scale_destroy(struct vm_scale *);

/* Whether the slot could be moved for the sake of load, were it not for its
 * dwell. */
bool vm_scale_is_candidate(const struct vm_scale *, size_t slot);

/* Makes all of 'slots' items, in addition to those that are.  None of them
 * may be one yet. */
void vm_scale_add_items(struct vm_scale *, const int *slots, size_t n);
void vm_scale_clear_items(struct vm_scale *);

/* bit/s. */
static inline uint64_t
vm_scale_demand(const struct vm_scale *scale, int slot)
{
    return scale->demands[slot];
}

/* The first item of an uplink whose demand is not below 'demand', as an index
 * of its list; the number of items if there is none. */
size_t vm_scale_find_item(const struct vm_scale *, int uplink,
                          uint64_t demand);

/* Utilization, of one uplink, of the most utilized one in service, and as
 * 'ppm' of an exchange should be. */
uint64_t vm_scale_ppm(const struct vm_scale *, size_t uplink);
uint64_t vm_scale_highest_ppm(const struct vm_scale *);
uint64_t vm_scale_ppm_after(const struct vm_scale *,
                            const struct vm_exchange *);

/* Whether no uplink that gets a guarantee has more of them than may be
 * promised there, and none that gets something a slot under an exclusive one
 * of higher priority.  So whichever guarantees are kept are kept afterwards,
 * too. */
bool vm_scale_is_lawful(const struct vm_scale *, const struct vm_exchange *);
void vm_scale_move(struct vm_scale *, size_t slot, int to);

#endif /* vm-scale.h */
