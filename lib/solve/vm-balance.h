/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_BALANCE_H
#define VM_BALANCE_H 1

/* Computes a plan of moves that balances the load of the members of a snapshot
 * (rule 7; claims C6 and C7 of US 7,934,020; moving what is nearest to the
 * ideal difference is the rule of van Rietschote, US 7,203,944).
 *
 * A plan lowers the highest utilization: demand against capacity, never bytes.
 * If that one cannot be lowered, because a single slot causes it, the plan
 * lowers the next highest, and so on.  Guarantees do not count as load: they
 * are kept because no member gets more of them than may be promised there.
 *
 * What moves and what does not:
 *
 *   - Only a slot whose preference has '*' moves.  A slot stays if its
 *     preference names the member that it is on, if the operator pinned it, if
 *     it has a home to return to, or if it dwells.  So placement never undoes
 *     a move of balancing, nor the other way round.
 *   - An exclusive slot stays if it keeps off its member a slot of lower
 *     priority that would go there by its preference, pin or home, whatever
 *     the guarantees.
 *   - A slot that sends more than any member can carry stays.
 *   - No move makes a guarantee unmet that is kept, or puts a slot on the
 *     member of an exclusive one of higher priority.
 *   - Slots of lower priority move first; those of higher priority move only
 *     for what the others cannot achieve.
 *   - Below the threshold no slot moves for the sake of load, unless a member
 *     is idle (it carries less than a 16th of what the most utilized one
 *     does): that one gets its share.  And no member stays empty while another
 *     one has several slots, if filling it makes nothing worse
 *     (openvswitch/ovs-issues #369) and relieves the other one; while the bond
 *     carries next to nothing, it need not relieve it.
 *
 * A plan has to be worth it: it must lower the utilization that it is about by
 * at least 'gain_ppm' of it, and by more than the variation of loads can
 * explain.  So a large imbalance is corrected at once, and a small one when
 * the loads have proved to be steady.  A plan that is worth it balances as far
 * as it can, so that the next one is not needed soon.  Balancing a balanced
 * snapshot gives no plan, so under a constant load nothing moves after one
 * plan.
 *
 * The module keeps no state, carries nothing out and reads no clock:
 * 'may_rebalance' of each slot says whether its dwell is over.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stddef.h>
#include <stdint.h>

#include "base/vm-reason.h"
#include "solve/vm-snapshot.h"

/* What makes a plan worth its moves. */
struct vm_balance_options {
    uint32_t gain_ppm;          /* Least gain, relative to the utilization
                                 * that is lowered. */
    uint32_t noise_ppm;         /* How far a load is expected to vary by
                                 * itself to either side, relative to it,
                                 * unless it is known to vary less. */
};

/* 1 %, and +-10 %. */
#define VM_BALANCE_DEFAULTS { 10000, 100000 }

struct vm_plan_move {
    size_t slot;                /* Index in the snapshot. */
    int from, to;               /* Indexes of members. */
    enum vm_reason reason;      /* OVERLOAD, UNDERUSED or SWAPPED. */
    int because;                /* The member that 'reason' refers to. */
    uint64_t gain_ppm;          /* By how much it relieves 'from'. */
};

struct vm_plan {
    struct vm_plan_move *moves; /* In the order of slots. */
    size_t n;
    enum vm_reason reason;      /* OVERLOAD or UNDERUSED, or why there are no
                                 * moves: BALANCED, NO_GAIN, DWELLING. */
    uint64_t ppm_before;        /* Highest utilization now. */
    uint64_t ppm_after;         /* The same when all moves are carried out. */
};

/* Computes a plan, which the caller must free with vm_plan_destroy().  All of
 * its moves have to be carried out at once: one alone may make things worse.
 * 'options' may be null for the defaults. */
void vm_balance_run(const struct vm_snapshot *,
                    const struct vm_balance_options *, struct vm_plan *);
void vm_plan_destroy(struct vm_plan *);

#endif /* vm-balance.h */
