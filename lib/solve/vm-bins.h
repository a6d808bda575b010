/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_BINS_H
#define VM_BINS_H 1

/* The slots on each member while vm-balance tries to move them.
 *
 * A set of bins has one bin per member.  Slots move between bins; some of the
 * slots are items, which the search may move.  The module knows which
 * exchanges are feasible (exclusive slots, guarantees) and computes
 * utilizations; it searches for nothing and prefers nothing.
 *
 * Only slots on a member that is in service count: usable, and not standby
 * unless every usable member is.  All others are left to vm-placement.
 *
 * Ownership: a set of bins refers to its snapshot, which must outlive it.
 * Only vm-balance, vm-local-search, vm-chains and vm-significance use it.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "solve/vm-snapshot.h"

#define VM_N_PRIORITIES 8

/* Sums over the slots on one member, which decide which slots may be there. */
struct vm_bin_rights {
    unsigned int n[VM_N_PRIORITIES]; /* Slots by priority. */
    unsigned int n_exclusive[VM_N_PRIORITIES];
    uint64_t reserved;          /* Guarantees, bit/s. */
};

struct vm_bin {
    bool open;                  /* In service. */
    uint64_t capacity;          /* bit/s. */
    uint64_t load;              /* bit/s, with the background. */
    uint64_t reservable;        /* bit/s. */
    size_t n_slots;
    struct vm_bin_rights rights;

    int *items;                 /* Slots by ascending demand, then the least
                                 * important first. */
    size_t n_items;
};

struct vm_bins {
    const struct vm_snapshot *snapshot;
    struct vm_bin *bin;         /* One per member. */
    int *where;                 /* Member of each slot. */
    uint64_t *demands;          /* Of each slot, bit/s: an array of its own,
                                 * because the search reads nothing else. */
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
    uint64_t ppm;               /* Highest utilization of the members that it
                                 * touches, afterwards. */
};

void vm_bins_init(struct vm_bins *, const struct vm_snapshot *);
void vm_bins_destroy(struct vm_bins *);

/* Returns true if the slot could be moved for the sake of load, except that it
 * may dwell. */
bool vm_bins_is_candidate(const struct vm_bins *, size_t slot);

/* Makes all of 'slots' items, in addition to the present ones.  None of them
 * may be an item yet. */
void vm_bins_add_items(struct vm_bins *, const int *slots, size_t n);
void vm_bins_clear_items(struct vm_bins *);

/* Returns the demand of a slot, bit/s. */
static inline uint64_t
vm_bins_demand(const struct vm_bins *bins, int slot)
{
    return bins->demands[slot];
}

/* Returns the index, in the list of a member, of the first item whose demand
 * is not below 'demand'; the number of items if there is none. */
size_t vm_bins_find_item(const struct vm_bins *, int member,
                         uint64_t demand);

/* Return utilizations in ppm: of one member; of the most utilized one in
 * service; and the value for 'ppm' of an exchange. */
uint64_t vm_bins_ppm(const struct vm_bins *, size_t member);
uint64_t vm_bins_highest_ppm(const struct vm_bins *);
uint64_t vm_bins_ppm_after(const struct vm_bins *,
                           const struct vm_exchange *);

/* Returns true if, after the exchange, no member that gets a guarantee has
 * more of them than may be promised there, and no member that gets a slot has
 * one below an exclusive slot of higher priority.  So every guarantee that is
 * kept before is kept afterwards, too. */
bool vm_bins_is_feasible(const struct vm_bins *, const struct vm_exchange *);

void vm_bins_move(struct vm_bins *, size_t slot, int to);

#endif /* vm-bins.h */
