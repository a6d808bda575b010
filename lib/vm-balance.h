/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_BALANCE_H
#define VM_BALANCE_H 1

/* A snapshot with an assignment in, a plan of moves out (rule 7; claims C6
 * and C7 of US 7,934,020; moving what is nearest to the ideal difference is
 * the rule of van Rietschote, US 7,203,944).
 *
 * A plan lowers the highest utilization, demand against capacity, never bytes.
 * When that can't be lowered, because one slot alone makes it, it lowers the
 * next highest, and so on.  Guarantees are no load: a guarantee is kept by
 * not promising more on an uplink than may be promised there.
 *
 * What moves and what does not:
 *
 *   - A slot moves only by its '*'.  One that sits on an uplink that its wish
 *     names, was put there by hand, has a home to return to or dwells, stays.
 *     So placement never takes back what balancing did, nor the other way
 *     round.
 *   - Nor does an exclusive one that keeps others away from its uplink who
 *     would come there by their wish, pin or home, whatever their guarantees.
 *   - A slot that sends more than any uplink can carry is left alone.
 *   - No move breaks a guarantee that fits, or brings a slot under an
 *     exclusive one of higher priority.
 *   - Slots of lower priority are moved first; those of higher priority only
 *     for what they can't achieve.
 *   - Below the threshold nothing moves for the sake of load, unless an uplink
 *     is idle (it carries less than a 16th of what the most utilized one
 *     does): that one gets its share.  And no uplink stays without any slot
 *     while another has several, if that makes nothing worse
 *     (openvswitch/ovs-issues #369) and relieves the other one; while the
 *     bond carries next to nothing, it need not relieve it.
 *
 * What is worth it: a plan has to lower the utilization that it is about by
 * at least 'gain_ppm' of it, and by more than what the loads' own variation
 * can feign.  So a great imbalance is mended at once, and a small one when the
 * loads have proved to be calm.  When a plan is worth it, it goes all the way,
 * so that the next one is not needed soon.  Balancing what is balanced gives
 * no plan, so that a constant load leads to rest after one plan.
 *
 * The room has no state, carries nothing out, and never looks at a clock; the
 * dwell arrives as 'may_rebalance' of each slot.  Any thread may enter. */

#include <stddef.h>
#include <stdint.h>

#include "vm-reason.h"
#include "vm-snapshot.h"

/* What is worth a move. */
struct vm_balance_options {
    uint32_t gain_ppm;          /* Least gain, relative to the utilization
                                 * that is lowered. */
    uint32_t noise_ppm;         /* How far a load is expected to vary by
                                 * itself to either side, relative to it, if
                                 * it is not known to vary less. */
};

/* 1 %, and +-10 %. */
#define VM_BALANCE_DEFAULTS { 10000, 100000 }

struct vm_plan_move {
    size_t slot;                /* Index in the snapshot. */
    int from, to;               /* Indexes of uplinks. */
    enum vm_reason reason;      /* OVERLOAD, UNDERUSED or SWAPPED. */
    int because;                /* The uplink that 'reason' speaks of. */
    uint64_t gain_ppm;          /* By how much it relieves 'from'. */
};

struct vm_plan {
    struct vm_plan_move *moves; /* In the order of slots. */
    size_t n;
    enum vm_reason reason;      /* OVERLOAD or UNDERUSED, or why there are no
                                 * moves: BALANCED, NO_GAIN, DWELLING. */
    uint64_t ppm_before;        /* Highest utilization now. */
    uint64_t ppm_after;         /* The same when all is carried out. */
};

/* All moves of a plan are to be carried out at once: one alone may make things
 * worse.  'options' may be null for the defaults. */
void vm_balance_run(const struct vm_snapshot *,
                    const struct vm_balance_options *, struct vm_plan *);
void vm_plan_destroy(struct vm_plan *);

#endif /* vm-balance.h */
