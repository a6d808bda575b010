/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-balance.h"

#include <stdlib.h>
#include <string.h>

#include "solve/vm-bins.h"
#include "solve/vm-local-search.h"
#include "solve/vm-significance.h"
#include "util.h"

/* A member is idle up to this part of the highest utilization, if that is at
 * least IDLE_LEAST, ppm.  A bond below that carries next to nothing. */
#define IDLE_PART 16
#define IDLE_LEAST 10000

/* An empty member gets a slot if its utilization with the slot is lower by
 * this part than that of the member that the slot leaves. */
#define FILL_MARGIN 4

/* A move is taken back if that raises the higher utilization of its two
 * members by at most this part of it. */
#define DISPENSABLE 512

/* Rounds of moves in one plan, at most. */
#define MAX_ROUNDS 8

struct balance {
    const struct vm_snapshot *snapshot;
    struct vm_balance_options options;
    bool honor_dwell;           /* Slots that dwell stay. */
    uint64_t threshold_ppm;
    uint64_t greatest;          /* Highest capacity: a slot that sends more
                                 * fits nowhere. */
    struct vm_bins bins;
    int *where;                 /* Member per slot before the round. */
};

static uint64_t
demand_of(const struct balance *balance, size_t slot)
{
    return vm_rate_cap(balance->snapshot->slots[slot].demand);
}

static void
balance_init(struct balance *balance, const struct vm_snapshot *snapshot,
             const struct vm_balance_options *options, bool honor_dwell)
{
    static const struct vm_balance_options defaults = VM_BALANCE_DEFAULTS;

    balance->snapshot = snapshot;
    balance->options = options ? *options : defaults;
    balance->honor_dwell = honor_dwell;
    balance->threshold_ppm = snapshot->threshold_pct * UINT64_C(10000);
    balance->greatest = 0;
    balance->where = xcalloc(snapshot->n_slots, sizeof *balance->where);
    vm_bins_init(&balance->bins, snapshot);
    for (size_t i = 0; i < snapshot->n_members; i++) {
        const struct vm_bin *bin = &balance->bins.bin[i];

        if (bin->open) {
            balance->greatest = MAX(balance->greatest, bin->capacity);
        }
    }
}

static void
balance_destroy(struct balance *balance)
{
    vm_bins_destroy(&balance->bins);
    free(balance->where);
}

static bool
may_move(const struct balance *balance, size_t slot)
{
    return (vm_bins_is_candidate(&balance->bins, slot)
            && (balance->snapshot->slots[slot].may_rebalance
                || !balance->honor_dwell));
}

/* Makes all slots of 'priority' items that may move and send something, but
 * not more than any member can carry.  Returns true if there are any. */
static bool
add_items(struct balance *balance, int priority)
{
    const struct vm_snapshot *snapshot = balance->snapshot;
    int *slots = xmalloc(snapshot->n_slots * sizeof *slots);
    size_t n = 0;

    for (size_t i = 0; i < snapshot->n_slots; i++) {
        uint64_t demand = demand_of(balance, i);

        if (snapshot->slots[i].priority == priority
            && demand && demand <= balance->greatest
            && may_move(balance, i)) {
            slots[n++] = i;
        }
    }
    if (n) {
        vm_bins_add_items(&balance->bins, slots, n);
    }
    free(slots);
    return n > 0;
}

/* Returns the number of priorities that have slots that may move, at least
 * 1. */
static unsigned int
count_priorities(const struct balance *balance)
{
    bool found[VM_N_PRIORITIES] = { false };
    unsigned int n = 0;

    for (size_t i = 0; i < balance->snapshot->n_slots; i++) {
        int priority = balance->snapshot->slots[i].priority;

        if (priority >= 0 && priority < VM_N_PRIORITIES
            && !found[priority] && may_move(balance, i)) {
            found[priority] = true;
            n++;
        }
    }
    return MAX(n, 1);
}

static void
begin_round(struct balance *balance)
{
    memcpy(balance->where, balance->bins.where,
           balance->snapshot->n_slots * sizeof *balance->where);
    vm_bins_clear_items(&balance->bins);
}

/* Moves slot 'i' back to the member where it was before the round, unless that
 * member's utilization would exceed those of both members after the round,
 * which are in 'ppm', by more than a DISPENSABLE part. */
static void
take_back(struct balance *balance, size_t i, const uint64_t *ppm)
{
    struct vm_bins *bins = &balance->bins;
    int here = bins->where[i];
    int there = balance->where[i];
    uint64_t limit = MAX(ppm[here], ppm[there]);
    uint64_t load = bins->bin[there].load + demand_of(balance, i);
    struct vm_exchange exchange = { .moves = { { i, there } }, .n = 1 };

    if (vm_utilization_ppm(load, bins->bin[there].capacity)
        <= limit + limit / DISPENSABLE
        && vm_bins_is_feasible(bins, &exchange)) {
        vm_bins_move(bins, i, there);
    }
}

/* Takes back dispensable moves, those of the most important slots first. */
static void
take_back_dispensable(struct balance *balance)
{
    size_t n_members = balance->snapshot->n_members;
    uint64_t *ppm = xcalloc(n_members, sizeof *ppm);

    for (size_t i = 0; i < n_members; i++) {
        ppm[i] = vm_bins_ppm(&balance->bins, i);
    }
    for (size_t i = 0; i < balance->snapshot->n_slots; i++) {
        if (balance->bins.where[i] != balance->where[i]) {
            take_back(balance, i, ppm);
        }
    }
    free(ppm);
}

/* Keeps the moves of the round if they are worth it, else undoes them.
 * Returns true if it keeps any. */
static bool
end_round(struct balance *balance)
{
    struct vm_bins *bins = &balance->bins;

    take_back_dispensable(balance);
    if (vm_is_significant(bins, balance->where, balance->options.gain_ppm,
                          balance->options.noise_ppm)) {
        return true;
    }
    for (size_t i = 0; i < balance->snapshot->n_slots; i++) {
        if (bins->where[i] != balance->where[i]) {
            vm_bins_move(bins, i, balance->where[i]);
        }
    }
    return false;
}

/* Relieves overloaded members: first with the slots of lowest priority alone,
 * then with those of the next higher one as well, and so on. */
static bool
relieve(struct balance *balance)
{
    unsigned int n_runs = count_priorities(balance);

    begin_round(balance);
    for (int priority = 0; priority < VM_N_PRIORITIES; priority++) {
        if (add_items(balance, priority)) {
            vm_local_search_relieve(&balance->bins, balance->threshold_ppm,
                                    balance->options.gain_ppm, n_runs);
        }
    }
    return end_round(balance);
}

/* Gives idle members their share. */
static bool
fill_idle(struct balance *balance)
{
    size_t n_members = balance->snapshot->n_members;
    uint64_t highest = vm_bins_highest_ppm(&balance->bins);
    bool *idle = xcalloc(n_members, sizeof *idle);
    bool any_idle = false;
    bool filled = false;

    for (size_t i = 0; i < n_members; i++) {
        idle[i] = (balance->bins.bin[i].open
                   && highest >= IDLE_LEAST
                   && vm_bins_ppm(&balance->bins, i) <= highest / IDLE_PART);
        any_idle = any_idle || idle[i];
    }
    if (any_idle) {
        begin_round(balance);
        for (int priority = 0; priority < VM_N_PRIORITIES; priority++) {
            if (add_items(balance, priority)) {
                vm_local_search_fill(&balance->bins, idle);
            }
        }
        filled = end_round(balance);
    }
    free(idle);
    return filled;
}

/* Returns true if slot 'b' should move to an empty member rather than 'a',
 * which comes before it by rule 2. */
static bool
is_better_first(const struct balance *balance, size_t a, size_t b)
{
    const struct vm_snap_slot *slots = balance->snapshot->slots;
    const struct vm_bins *bins = &balance->bins;
    uint64_t ppm_a = vm_bins_ppm(bins, bins->where[a]);
    uint64_t ppm_b = vm_bins_ppm(bins, bins->where[b]);
    size_t n_a = bins->bin[bins->where[a]].n_slots;
    size_t n_b = bins->bin[bins->where[b]].n_slots;

    return (ppm_a != ppm_b ? ppm_b > ppm_a
            : n_a != n_b ? n_b > n_a
            : slots[a].priority != slots[b].priority
            ? slots[b].priority < slots[a].priority
            : slots[b].demand >= slots[a].demand);
}

/* Returns true if it is worth it that slot 'i' leaves its member for an empty
 * one: it must relieve its member, unless the bond carries next to nothing. */
static bool
relieves(const struct balance *balance, size_t i)
{
    const struct vm_bins *bins = &balance->bins;
    const struct vm_bin *bin = &bins->bin[bins->where[i]];
    uint64_t before = vm_utilization_ppm(bin->load, bin->capacity);
    uint64_t after = vm_utilization_ppm(bin->load - demand_of(balance, i),
                                        bin->capacity);

    return (vm_bins_highest_ppm(bins) < IDLE_LEAST
            || before > after + vm_ppm_of(before, balance->options.gain_ppm));
}

/* Returns true if slot 'i' may move to the empty member 'to': with the slot,
 * that must be utilized clearly less than the member that the slot leaves, so
 * that noise does not move the slot back. */
static bool
may_fill(const struct balance *balance, size_t i, int to)
{
    const struct vm_bins *bins = &balance->bins;
    const struct vm_bin *bin = &bins->bin[to];
    struct vm_exchange exchange = { .moves = { { i, to } }, .n = 1 };

    if (!may_move(balance, i) || bins->bin[bins->where[i]].n_slots < 2
        || !relieves(balance, i)) {
        return false;
    }

    uint64_t ppm = vm_utilization_ppm(bin->load + demand_of(balance, i),
                                      bin->capacity);
    uint64_t limit = vm_bins_ppm(bins, bins->where[i]);
    return (ppm <= limit - limit / FILL_MARGIN
            && vm_bins_is_feasible(bins, &exchange));
}

/* Moves one slot to the empty member 'to', from the most utilized member that
 * has several slots, if may_fill() allows it.  Returns true if it does. */
static bool
fill_empty(struct balance *balance, size_t to)
{
    int best = -1;

    for (size_t i = 0; i < balance->snapshot->n_slots; i++) {
        if (may_fill(balance, i, to)
            && (best < 0 || is_better_first(balance, best, i))) {
            best = i;
        }
    }
    if (best >= 0) {
        vm_bins_move(&balance->bins, best, to);
    }
    return best >= 0;
}

static bool
fill_all_empty(struct balance *balance)
{
    bool filled = false;

    vm_bins_clear_items(&balance->bins);
    for (size_t i = 0; i < balance->snapshot->n_members; i++) {
        const struct vm_bin *bin = &balance->bins.bin[i];

        if (bin->open && !bin->n_slots && fill_empty(balance, i)) {
            filled = true;
        }
    }
    return filled;
}

/* Balances until nothing is worth it any more.  Returns the reason of the
 * moves, or why there are none. */
static enum vm_reason
run(struct balance *balance)
{
    enum vm_reason reason = VM_R_NONE;
    bool loaded = false;

    for (int i = 0; i < MAX_ROUNDS; i++) {
        loaded = (vm_bins_highest_ppm(&balance->bins)
                  > balance->threshold_ppm);
        if (loaded && relieve(balance)) {
            reason = VM_R_OVERLOAD;
        } else if (fill_idle(balance) || fill_all_empty(balance)) {
            reason = reason == VM_R_NONE ? VM_R_UNDERUSED : reason;
        } else {
            break;
        }

        /* VMs move anyway, so balance as far as possible. */
        balance->options.noise_ppm = 0;
    }
    return (reason != VM_R_NONE ? reason
            : loaded ? VM_R_NO_GAIN
            : VM_R_BALANCED);
}

static bool
any_dwells(const struct balance *balance)
{
    for (size_t i = 0; i < balance->snapshot->n_slots; i++) {
        if (vm_bins_is_candidate(&balance->bins, i)
            && !balance->snapshot->slots[i].may_rebalance) {
            return true;
        }
    }
    return false;
}

/* Returns true if there would be a plan but for slots that dwell. */
static bool
dwell_hinders(const struct vm_snapshot *snapshot,
              const struct vm_balance_options *options)
{
    struct balance balance;

    balance_init(&balance, snapshot, options, false);
    bool hinders = any_dwells(&balance);
    if (hinders) {
        enum vm_reason reason = run(&balance);

        hinders = reason == VM_R_OVERLOAD || reason == VM_R_UNDERUSED;
    }
    balance_destroy(&balance);
    return hinders;
}

/* Returns why a move was made: other slots moved the opposite way ('swapped'),
 * 'from' is above the threshold, or 'to' is underused. */
static enum vm_reason
why_moved(const struct balance *balance, const uint64_t *ppm,
          const struct vm_plan_move *move, bool swapped, int *because)
{
    if (swapped) {
        *because = ppm[move->from] >= ppm[move->to] ? move->from : move->to;
        return VM_R_SWAPPED;
    } else if (ppm[move->from] > balance->threshold_ppm) {
        *because = move->from;
        return VM_R_OVERLOAD;
    } else {
        *because = move->to;
        return VM_R_UNDERUSED;
    }
}

/* Fills in the moves of 'plan' from the difference between the snapshot and
 * the bins.  'ppm' has the utilization of each member in the snapshot. */
static void
write_plan(const struct balance *balance, const uint64_t *ppm,
           struct vm_plan *plan)
{
    const struct vm_snapshot *snapshot = balance->snapshot;
    size_t n = snapshot->n_members;
    bool *flows = xcalloc(n * n, sizeof *flows);

    plan->moves = xcalloc(snapshot->n_slots, sizeof *plan->moves);
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        const struct vm_snap_slot *slot = &snapshot->slots[i];
        int to = balance->bins.where[i];

        if (to >= 0 && to != slot->present) {
            plan->moves[plan->n++] = (struct vm_plan_move) {
                .slot = i,
                .from = slot->present,
                .to = to,
                .gain_ppm = vm_utilization_ppm(
                    demand_of(balance, i),
                    balance->bins.bin[slot->present].capacity),
            };
            flows[slot->present * n + to] = true;
        }
    }
    for (size_t i = 0; i < plan->n; i++) {
        struct vm_plan_move *move = &plan->moves[i];

        move->reason = why_moved(balance, ppm, move,
                                 flows[move->to * n + move->from],
                                 &move->because);
    }
    free(flows);
}

void
vm_balance_run(const struct vm_snapshot *snapshot,
               const struct vm_balance_options *options,
               struct vm_plan *plan)
{
    uint64_t *ppm = xcalloc(snapshot->n_members, sizeof *ppm);
    struct balance balance;

    memset(plan, 0, sizeof *plan);
    balance_init(&balance, snapshot, options, true);
    for (size_t i = 0; i < snapshot->n_members; i++) {
        ppm[i] = vm_bins_ppm(&balance.bins, i);
    }
    plan->ppm_before = vm_bins_highest_ppm(&balance.bins);
    plan->reason = run(&balance);
    plan->ppm_after = vm_bins_highest_ppm(&balance.bins);
    write_plan(&balance, ppm, plan);
    if (!plan->n && (plan->reason == VM_R_OVERLOAD
                     || plan->reason == VM_R_UNDERUSED)) {
        plan->reason = VM_R_NO_GAIN;
    }
    if (!plan->n && dwell_hinders(snapshot, options)) {
        plan->reason = VM_R_DWELLING;
    }
    balance_destroy(&balance);
    free(ppm);
}

void
vm_plan_destroy(struct vm_plan *plan)
{
    free(plan->moves);
}
