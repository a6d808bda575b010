/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-balance.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "vm-scale.h"
#include "vm-search.h"
#include "vm-worth.h"

/* An uplink is idle up to this part of the highest utilization, if that is at
 * least so high, ppm.  A bond below that carries next to nothing. */
#define IDLE_PART 16
#define IDLE_LEAST 10000

/* An empty uplink gets a slot if it is less utilized with it by this part than
 * the uplink that gives it. */
#define FILL_MARGIN 4

/* A move is taken back if its uplinks are not worse without it than by this
 * part of their utilization. */
#define DISPENSABLE 512

/* Plans upon plans, until there is nothing left that is worth it. */
#define MAX_ROUNDS 8

struct balance {
    const struct vm_snapshot *snapshot;
    struct vm_balance_options options;
    bool heed_dwell;
    uint64_t threshold_ppm;
    uint64_t greatest;          /* A slot that sends more fits nowhere. */
    struct vm_scale scale;
    int *where;                 /* Uplink per slot before the round. */
};

static uint64_t
demand_of(const struct balance *balance, size_t slot)
{
    return vm_snapshot_rate(balance->snapshot->slots[slot].demand);
}

static void
balance_init(struct balance *balance, const struct vm_snapshot *snapshot,
             const struct vm_balance_options *options, bool heed_dwell)
{
    static const struct vm_balance_options defaults = VM_BALANCE_DEFAULTS;

    balance->snapshot = snapshot;
    balance->options = options ? *options : defaults;
    balance->heed_dwell = heed_dwell;
    balance->threshold_ppm = snapshot->threshold_pct * UINT64_C(10000);
    balance->greatest = 0;
    balance->where = xcalloc(snapshot->n_slots, sizeof *balance->where);
    vm_scale_init(&balance->scale, snapshot);
    for (size_t i = 0; i < snapshot->n_uplinks; i++) {
        const struct vm_pan *pan = &balance->scale.pans[i];

        if (pan->open) {
            balance->greatest = MAX(balance->greatest, pan->capacity);
        }
    }
}

static void
balance_destroy(struct balance *balance)
{
    vm_scale_destroy(&balance->scale);
    free(balance->where);
}

static bool
may_move(const struct balance *balance, size_t slot)
{
    return (vm_scale_is_candidate(&balance->scale, slot)
            && (balance->snapshot->slots[slot].may_rebalance
                || !balance->heed_dwell));
}

/* Makes those slots items that may move, have the priority and send something,
 * but not more than fits anywhere.  Returns true if there are any. */
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
        vm_scale_add_items(&balance->scale, slots, n);
    }
    free(slots);
    return n > 0;
}

/* Of how many priorities there are slots that may move. */
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
    memcpy(balance->where, balance->scale.where,
           balance->snapshot->n_slots * sizeof *balance->where);
    vm_scale_clear_items(&balance->scale);
}

/* Puts slot 'i' back to where it was before the round, unless that makes the
 * uplink worse than both of them are with all moves, which is 'ppm'. */
static void
take_back(struct balance *balance, size_t i, const uint64_t *ppm)
{
    struct vm_scale *scale = &balance->scale;
    int here = scale->where[i];
    int there = balance->where[i];
    uint64_t limit = MAX(ppm[here], ppm[there]);
    uint64_t load = scale->pans[there].load + demand_of(balance, i);
    struct vm_exchange exchange = { .moves = { { i, there } }, .n = 1 };

    if (vm_utilization_ppm(load, scale->pans[there].capacity)
        <= limit + limit / DISPENSABLE
        && vm_scale_is_lawful(scale, &exchange)) {
        vm_scale_move(scale, i, there);
    }
}

/* Takes back what is dispensable, of the most important slots first. */
static void
take_back_dispensable(struct balance *balance)
{
    size_t n_uplinks = balance->snapshot->n_uplinks;
    uint64_t *ppm = xcalloc(n_uplinks, sizeof *ppm);

    for (size_t i = 0; i < n_uplinks; i++) {
        ppm[i] = vm_scale_ppm(&balance->scale, i);
    }
    for (size_t i = 0; i < balance->snapshot->n_slots; i++) {
        if (balance->scale.where[i] != balance->where[i]) {
            take_back(balance, i, ppm);
        }
    }
    free(ppm);
}

/* Keeps what the round has moved if it is worth it.  Returns true if it is. */
static bool
end_round(struct balance *balance)
{
    struct vm_scale *scale = &balance->scale;

    take_back_dispensable(balance);
    if (vm_worth_it(scale, balance->where, balance->options.gain_ppm,
                    balance->options.noise_ppm)) {
        return true;
    }
    for (size_t i = 0; i < balance->snapshot->n_slots; i++) {
        if (scale->where[i] != balance->where[i]) {
            vm_scale_move(scale, i, balance->where[i]);
        }
    }
    return false;
}

/* Relieves what is overloaded: first with the slots of lowest priority alone,
 * then with those of the next higher one as well, and so on. */
static bool
relieve(struct balance *balance)
{
    unsigned int n_runs = count_priorities(balance);

    begin_round(balance);
    for (int priority = 0; priority < VM_N_PRIORITIES; priority++) {
        if (add_items(balance, priority)) {
            vm_search_relieve(&balance->scale, balance->threshold_ppm,
                              balance->options.gain_ppm, n_runs);
        }
    }
    return end_round(balance);
}

/* Gives idle uplinks their share. */
static bool
fill_idle(struct balance *balance)
{
    size_t n_uplinks = balance->snapshot->n_uplinks;
    uint64_t highest = vm_scale_highest_ppm(&balance->scale);
    bool *idle = xcalloc(n_uplinks, sizeof *idle);
    bool any_idle = false;
    bool filled = false;

    for (size_t i = 0; i < n_uplinks; i++) {
        idle[i] = (balance->scale.pans[i].open
                   && highest >= IDLE_LEAST
                   && vm_scale_ppm(&balance->scale, i) <= highest / IDLE_PART);
        any_idle = any_idle || idle[i];
    }
    if (any_idle) {
        begin_round(balance);
        for (int priority = 0; priority < VM_N_PRIORITIES; priority++) {
            if (add_items(balance, priority)) {
                vm_search_fill(&balance->scale, idle);
            }
        }
        filled = end_round(balance);
    }
    free(idle);
    return filled;
}

/* Whether slot 'b' should rather move to an empty uplink than 'a', which is
 * not less important by rule 2 if all else is equal. */
static bool
is_better_first(const struct balance *balance, size_t a, size_t b)
{
    const struct vm_slot *slots = balance->snapshot->slots;
    const struct vm_scale *scale = &balance->scale;
    uint64_t ppm_a = vm_scale_ppm(scale, scale->where[a]);
    uint64_t ppm_b = vm_scale_ppm(scale, scale->where[b]);
    size_t n_a = scale->pans[scale->where[a]].n_slots;
    size_t n_b = scale->pans[scale->where[b]].n_slots;

    return (ppm_a != ppm_b ? ppm_b > ppm_a
            : n_a != n_b ? n_b > n_a
            : slots[a].priority != slots[b].priority
            ? slots[b].priority < slots[a].priority
            : slots[b].demand >= slots[a].demand);
}

/* Whether it is worth it that slot 'i' leaves its uplink for an empty one: it
 * must relieve its uplink, unless the bond carries next to nothing. */
static bool
relieves(const struct balance *balance, size_t i)
{
    const struct vm_scale *scale = &balance->scale;
    const struct vm_pan *pan = &scale->pans[scale->where[i]];
    uint64_t before = vm_utilization_ppm(pan->load, pan->capacity);
    uint64_t after = vm_utilization_ppm(pan->load - demand_of(balance, i),
                                        pan->capacity);

    return (vm_scale_highest_ppm(scale) < IDLE_LEAST
            || before > after + vm_ppm_of(before, balance->options.gain_ppm));
}

/* Whether the empty uplink 'to' may have slot 'i': it must stay clearly less
 * utilized with it than the uplink is that gives it, lest noise drive it
 * away again. */
static bool
may_fill(const struct balance *balance, size_t i, int to)
{
    const struct vm_scale *scale = &balance->scale;
    const struct vm_pan *pan = &scale->pans[to];
    struct vm_exchange exchange = { .moves = { { i, to } }, .n = 1 };

    if (!may_move(balance, i) || scale->pans[scale->where[i]].n_slots < 2
        || !relieves(balance, i)) {
        return false;
    }

    uint64_t ppm = vm_utilization_ppm(pan->load + demand_of(balance, i),
                                      pan->capacity);
    uint64_t limit = vm_scale_ppm(scale, scale->where[i]);
    return (ppm <= limit - limit / FILL_MARGIN
            && vm_scale_is_lawful(scale, &exchange));
}

/* Moves one slot to the empty uplink 'to', from the most utilized uplink that
 * has several, if that is worth it and makes nothing worse. */
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
        vm_scale_move(&balance->scale, best, to);
    }
    return best >= 0;
}

static bool
fill_all_empty(struct balance *balance)
{
    bool filled = false;

    vm_scale_clear_items(&balance->scale);
    for (size_t i = 0; i < balance->snapshot->n_uplinks; i++) {
        const struct vm_pan *pan = &balance->scale.pans[i];

        if (pan->open && !pan->n_slots && fill_empty(balance, i)) {
            filled = true;
        }
    }
    return filled;
}

/* Balances until nothing is worth it any more.  Returns the reason for what it
 * did, or why it did nothing. */
static enum vm_reason
run(struct balance *balance)
{
    enum vm_reason reason = VM_R_NONE;
    bool loaded = false;

    for (int i = 0; i < MAX_ROUNDS; i++) {
        loaded = (vm_scale_highest_ppm(&balance->scale)
                  > balance->threshold_ppm);
        if (loaded && relieve(balance)) {
            reason = VM_R_OVERLOAD;
        } else if (fill_idle(balance) || fill_all_empty(balance)) {
            reason = reason == VM_R_NONE ? VM_R_UNDERUSED : reason;
        } else {
            break;
        }

        /* As VMs move anyhow it may go all the way. */
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
        if (vm_scale_is_candidate(&balance->scale, i)
            && !balance->snapshot->slots[i].may_rebalance) {
            return true;
        }
    }
    return false;
}

/* Whether there would be a plan if it were not for the dwell. */
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

/* Why a move was made: slots came back, 'from' is above the threshold, or 'to'
 * has room. */
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

/* Writes down the difference between the snapshot and the scale.  'ppm' has
 * the utilization of each uplink in the snapshot. */
static void
write_plan(const struct balance *balance, const uint64_t *ppm,
           struct vm_plan *plan)
{
    const struct vm_snapshot *snapshot = balance->snapshot;
    size_t n = snapshot->n_uplinks;
    bool *flows = xcalloc(n * n, sizeof *flows);

    plan->moves = xcalloc(snapshot->n_slots, sizeof *plan->moves);
    for (size_t i = 0; i < snapshot->n_slots; i++) {
        const struct vm_slot *slot = &snapshot->slots[i];
        int to = balance->scale.where[i];

        if (to >= 0 && to != slot->present) {
            plan->moves[plan->n++] = (struct vm_plan_move) {
                .slot = i,
                .from = slot->present,
                .to = to,
                .gain_ppm = vm_utilization_ppm(
                    demand_of(balance, i),
                    balance->scale.pans[slot->present].capacity),
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
    uint64_t *ppm = xcalloc(snapshot->n_uplinks, sizeof *ppm);
    struct balance balance;

    memset(plan, 0, sizeof *plan);
    balance_init(&balance, snapshot, options, true);
    for (size_t i = 0; i < snapshot->n_uplinks; i++) {
        ppm[i] = vm_scale_ppm(&balance.scale, i);
    }
    plan->ppm_before = vm_scale_highest_ppm(&balance.scale);
    plan->reason = run(&balance);
    plan->ppm_after = vm_scale_highest_ppm(&balance.scale);
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
