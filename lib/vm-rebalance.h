/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REBALANCE_H
#define VM_REBALANCE_H 1

/* When a bond is rebalanced, and what came of it the last time.
 *
 * vm-balance knows what pays; this room knows when to ask it, and carries the
 * answer out.  It asks once in every bond-rebalance-interval, and when the
 * operator says so.
 *
 * By the clock, a slot counts with what it has sent on average since the last
 * time (without the time before it began to send at all): a burst that is over
 * moves nobody, and what began lately counts in full.  By hand, it counts with
 * what it sends now, as in placement.
 *
 * The answer "nothing" is remembered with its reason, like any other.  As long
 * as no load was measured nothing is asked: LOAD_UNKNOWN.
 *
 * A plan is carried out as a whole.  Moved slots dwell (vm-world.h); they are
 * announced and written into the journal like every other move.
 *
 * The room owns what it remembers.  Only the engine that owns it may enter. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm-inventory.h"
#include "vm-journal.h"
#include "vm-reason.h"

struct ds;
struct vm_plan;
struct vm_snapshot;

/* One move that was made. */
struct vm_rebalance_move {
    char *who;                  /* Slot's id. */
    char *name;                 /* Name for people. */
    char *from, *to;            /* Uplinks. */
    enum vm_reason reason;
    char *because;              /* Uplink of which 'reason' speaks. */
    uint64_t demand;            /* What it was taken to send, bit/s. */
};

struct vm_rebalance {
    unsigned int interval_ms;   /* 0 is never. */
    long long int next;         /* ms, LLONG_MAX if never. */
    bool asked;                 /* By hand: do it in the next run. */

    /* The last time, if there was one. */
    bool ran;
    long long int when;         /* ms. */
    enum vm_reason reason;      /* As in struct vm_plan, or LOAD_UNKNOWN. */
    uint64_t ppm_before;        /* Highest utilization then... */
    uint64_t ppm_after;         /* ...and predicted for afterwards. */
    struct vm_rebalance_move *moves; /* In the order of rule 2. */
    size_t n_moves;
};

void vm_rebalance_init(struct vm_rebalance *, const struct vm_bond_config *,
                       long long int now);
void vm_rebalance_destroy(struct vm_rebalance *);

/* The configuration may have changed.  A new interval begins now. */
void vm_rebalance_configure(struct vm_rebalance *, struct vm_inventory *,
                            const struct vm_bond_config *,
                            long long int now);

/* Has it done in the next run. */
void vm_rebalance_ask(struct vm_rebalance *);

/* When it is to be done: ms, LLONG_MIN for at once, LLONG_MAX for never. */
long long int vm_rebalance_deadline(const struct vm_rebalance *);

/* Plans it, as vm_balance_run() does, for a world in which all slots are where
 * vm-packing has them; but moves nobody whom vm-packing would take back, such
 * as an exclusive slot that keeps others from an uplink where their guarantees
 * don't fit. */
void vm_rebalance_plan(const struct vm_snapshot *, struct vm_plan *);

/* Does it, at 'now'.  All slots must have been placed before. */
void vm_rebalance_run(struct vm_rebalance *, struct vm_inventory *,
                      const struct vm_bond_config *, struct vm_journal *,
                      long long int now);

/* Appends a line for everything that is not as it should be after a run at
 * 'ran'. */
void vm_rebalance_check(const struct vm_rebalance *,
                        const struct vm_bond_config *, long long int ran,
                        struct ds *differences);

#endif /* vm-rebalance.h */
