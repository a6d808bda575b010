/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REBALANCE_H
#define VM_REBALANCE_H 1

/* Rebalancing of a bond: the schedule, the moves and the last outcome.
 *
 * vm-balance plans moves; this module runs it once in every
 * bond-rebalance-interval and on the operator's request, and applies the plan.
 * It plans no moves itself.
 *
 * At the end of an interval, a slot counts with its mean rate since the last
 * rebalancing, without the time before its first frame: a burst that is over
 * moves no VM, and a load that began lately counts in full.  On the operator's
 * request, a slot counts with its present rate.
 *
 * A plan without moves is remembered with its reason, like any other.  As long
 * as no load was measured, the outcome is LOAD_UNKNOWN without a plan.  With
 * less than two usable members it is ALL_LOST or ONE_USABLE.
 *
 * A plan is applied as a whole.  Moved slots dwell (vm-builder.h); they are
 * announced and added to the journal like every other move.
 *
 * The module owns the strings of its last outcome.
 *
 * Thread-safety: none; the engine owns its rebalancing. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vm-reason.h"
#include "engine/vm-journal.h"
#include "model/vm-inventory.h"

struct ds;
struct vm_plan;
struct vm_snapshot;

/* One move that was made. */
struct vm_rebalance_move {
    char *who;                  /* Slot's id. */
    char *name;                 /* The VM's name, else its identity. */
    char *from, *to;            /* Members. */
    enum vm_reason reason;
    char *because;              /* Member of which 'reason' speaks. */
    uint64_t demand;            /* Rate with which it counted, bit/s. */
};

struct vm_rebalance {
    unsigned int interval_ms;   /* 0 is never. */
    long long int next;         /* ms, LLONG_MAX if never. */
    bool asked;                 /* By the operator: due in the next run. */

    /* The last rebalancing, if 'ran'. */
    bool ran;
    long long int when;         /* ms. */
    enum vm_reason reason;      /* As in struct vm_plan, or one of those
                                 * above. */
    uint64_t ppm_before;        /* Highest utilization before the moves... */
    uint64_t ppm_after;         /* ...and predicted after them. */
    struct vm_rebalance_move *moves; /* In the order of rule 2. */
    size_t n_moves;
};

void vm_rebalance_init(struct vm_rebalance *, const struct vm_bond_config *,
                       long long int now);
void vm_rebalance_destroy(struct vm_rebalance *);

/* Applies 'config'.  If the interval changed, a new one begins at 'now'. */
void vm_rebalance_configure(struct vm_rebalance *, struct vm_inventory *,
                            const struct vm_bond_config *,
                            long long int now);

/* Makes rebalancing due in the next run. */
void vm_rebalance_ask(struct vm_rebalance *);

/* Returns the time (ms) of the next rebalancing: LLONG_MIN for immediately,
 * LLONG_MAX for never. */
long long int vm_rebalance_deadline(const struct vm_rebalance *);

/* Plans moves, as vm_balance_run() does, for a snapshot in which all slots are
 * where vm-packing places them.  The plan moves no slot that vm-packing would
 * move back, such as an exclusive slot that would close a member to others
 * whose guarantees fit nowhere else. */
void vm_rebalance_plan(const struct vm_snapshot *, struct vm_plan *);

/* Rebalances at 'now'.  All slots must have been placed before. */
void vm_rebalance_run(struct vm_rebalance *, struct vm_inventory *,
                      const struct vm_bond_config *, struct vm_journal *,
                      long long int now);

/* Appends a line if the schedule is wrong after a run at 'ran'. */
void vm_rebalance_check(const struct vm_rebalance *,
                        const struct vm_bond_config *, long long int ran,
                        struct ds *differences);

#endif /* vm-rebalance.h */
