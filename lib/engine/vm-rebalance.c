/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-rebalance.h"

#include <limits.h>
#include <string.h>

#include "engine/vm-apply.h"
#include "engine/vm-builder.h"
#include "model/vm-endpoint.h"
#include "model/vm-interface-count.h"
#include "model/vm-slot-load.h"
#include "model/vm-slot.h"
#include "openvswitch/dynamic-string.h"
#include "solve/vm-balance.h"
#include "solve/vm-packing.h"
#include "util.h"

/* Number of plans after which to give up, if placement would undo part of each
 * of them. */
#define MAX_PLANS 8

static void
schedule(struct vm_rebalance *rebalance, unsigned int interval_ms,
         long long int now)
{
    rebalance->interval_ms = interval_ms;
    rebalance->next = interval_ms ? now + interval_ms : LLONG_MAX;
}

void
vm_rebalance_init(struct vm_rebalance *rebalance,
                  const struct vm_bond_config *config, long long int now)
{
    memset(rebalance, 0, sizeof *rebalance);
    schedule(rebalance, config->rebalance_ms, now);
}

static void
forget_moves(struct vm_rebalance *rebalance)
{
    for (size_t i = 0; i < rebalance->n_moves; i++) {
        struct vm_rebalance_move *move = &rebalance->moves[i];

        free(move->who);
        free(move->name);
        free(move->from);
        free(move->to);
        free(move->because);
    }
    free(rebalance->moves);
    rebalance->moves = NULL;
    rebalance->n_moves = 0;
}

void
vm_rebalance_destroy(struct vm_rebalance *rebalance)
{
    forget_moves(rebalance);
}

static void
begin_windows(struct vm_inventory *inventory)
{
    size_t n;
    struct vm_slot **slots = vm_inventory_slots(inventory, &n);

    for (size_t i = 0; i < n; i++) {
        vm_slot_begin_window(slots[i]);
    }
    free(slots);
}

void
vm_rebalance_configure(struct vm_rebalance *rebalance,
                       struct vm_inventory *inventory,
                       const struct vm_bond_config *config,
                       long long int now)
{
    if (config->rebalance_ms != rebalance->interval_ms) {
        schedule(rebalance, config->rebalance_ms, now);
        begin_windows(inventory);
    }
}

void
vm_rebalance_ask(struct vm_rebalance *rebalance)
{
    rebalance->asked = true;
}

long long int
vm_rebalance_deadline(const struct vm_rebalance *rebalance)
{
    return rebalance->asked ? LLONG_MIN : rebalance->next;
}

static bool
any_load_is_known(const struct vm_builder *builder)
{
    for (size_t i = 0; i < builder->snapshot.n_slots; i++) {
        if (vm_slot_guess_ppm(builder->states[i]) < 1000000) {
            return true;
        }
    }
    return false;
}

/* Adds the move to those remembered, before it is made. */
static void
remember_move(struct vm_rebalance *rebalance, const struct vm_builder *builder,
              const struct vm_plan_move *move)
{
    const struct vm_slot *slot = builder->states[move->slot];
    const char *because = vm_builder_member_name(builder, move->because);

    rebalance->moves[rebalance->n_moves++] = (struct vm_rebalance_move) {
        .who = xstrdup(slot->id),
        .name = xstrdup(vm_endpoint_name(slot->endpoint)),
        .from = xstrdup(vm_builder_member_name(builder, move->from)),
        .to = xstrdup(vm_builder_member_name(builder, move->to)),
        .reason = move->reason,
        .because = nullable_xstrdup(because),
        .demand = builder->snapshot.slots[move->slot].demand,
    };
}

/* Makes the move that was remembered last. */
static void
make_move(const struct vm_rebalance *rebalance, struct vm_slot *slot,
          struct vm_journal *journal, long long int now)
{
    const struct vm_rebalance_move *move
        = &rebalance->moves[rebalance->n_moves - 1];
    const struct vm_place place = {
        .member = move->to,
        .reason = move->reason,
        .because = move->because,
        .guarantee_unmet = slot->guarantee_unmet,
        .present_usable = true,
    };

    vm_slot_place(slot, &place, now);
    slot->moved_by_balance = true;
    vm_journal_add(journal, now, slot->id, move->name, move->from, move->to,
                   move->reason, move->because, VM_DOWN_NOT);
}

/* Applies 'plan' to 'then', a copy of 'snapshot', and finds the slots that
 * vm-packing would move back.  In 'snapshot', these may not move any more.
 * Returns true if there are any.  Restores 'then'. */
static bool
exclude_undone(const struct vm_plan *plan, struct vm_snapshot *then,
               struct vm_snapshot *snapshot)
{
    struct vm_choice *choices = xcalloc(then->n_slots, sizeof *choices);
    bool any = false;

    for (size_t i = 0; i < plan->n; i++) {
        then->slots[plan->moves[i].slot].present = plan->moves[i].to;
    }
    vm_packing_run(then, choices);
    for (size_t i = 0; i < plan->n; i++) {
        const struct vm_plan_move *move = &plan->moves[i];

        if (choices[move->slot].member != move->to) {
            snapshot->slots[move->slot].any = false;
            any = true;
        }
        then->slots[move->slot].present = move->from;
    }
    free(choices);
    return any;
}

void
vm_rebalance_plan(const struct vm_snapshot *snapshot, struct vm_plan *plan)
{
    size_t size = snapshot->n_slots * sizeof *snapshot->slots;
    struct vm_snapshot then = *snapshot;
    struct vm_snapshot rest = *snapshot;

    then.slots = xmemdup(snapshot->slots, size);
    rest.slots = xmemdup(snapshot->slots, size);

    vm_balance_run(&rest, NULL, plan);
    for (int i = 0; plan->n && exclude_undone(plan, &then, &rest); i++) {
        if (i >= MAX_PLANS) {
            plan->n = 0;
            plan->reason = VM_R_NO_GAIN;
            plan->ppm_after = plan->ppm_before;
            break;
        }
        vm_plan_destroy(plan);
        vm_balance_run(&rest, NULL, plan);
    }
    free(then.slots);
    free(rest.slots);
}

/* Plans moves for the snapshot and makes them. */
static void
balance(struct vm_rebalance *rebalance, const struct vm_builder *builder,
        struct vm_journal *journal, long long int now)
{
    struct vm_plan plan;

    vm_rebalance_plan(&builder->snapshot, &plan);
    rebalance->reason = plan.reason;
    rebalance->ppm_before = plan.ppm_before;
    rebalance->ppm_after = plan.ppm_after;
    rebalance->moves = xcalloc(plan.n, sizeof *rebalance->moves);
    for (size_t i = 0; i < plan.n; i++) {
        remember_move(rebalance, builder, &plan.moves[i]);
        make_move(rebalance, builder->states[plan.moves[i].slot], journal,
                  now);
    }
    vm_plan_destroy(&plan);
}

/* Nothing moved.  Updates the reason if there was nowhere to move to. */
static void
note_lack_of_members(struct vm_rebalance *rebalance,
                     const struct vm_snapshot *snapshot)
{
    size_t n_usable = 0;

    for (size_t i = 0; i < snapshot->n_members; i++) {
        n_usable += snapshot->members[i].usable;
    }
    if (n_usable < 2) {
        rebalance->reason = n_usable ? VM_R_ONE_USABLE : VM_R_ALL_LOST;
    }
}

void
vm_rebalance_run(struct vm_rebalance *rebalance,
                 struct vm_inventory *inventory,
                 const struct vm_bond_config *config,
                 struct vm_journal *journal, long long int now)
{
    struct vm_builder builder;

    vm_inventory_rest_loads(inventory);
    if (rebalance->asked) {
        vm_builder_init_measured(&builder, inventory, config, now);
    } else {
        vm_builder_init_over_window(&builder, inventory, config, now);
    }

    forget_moves(rebalance);
    rebalance->ran = true;
    rebalance->when = now;
    if (any_load_is_known(&builder)) {
        balance(rebalance, &builder, journal, now);
    } else {
        rebalance->reason = VM_R_LOAD_UNKNOWN;
        rebalance->ppm_before = rebalance->ppm_after = 0;
    }
    if (!rebalance->n_moves) {
        note_lack_of_members(rebalance, &builder.snapshot);
    }
    vm_builder_destroy(&builder);

    if (rebalance->n_moves) {
        vm_changes_note_all(&inventory->place);
        vm_apply(inventory, config, journal, now);
    }
    if (now >= rebalance->next) {
        schedule(rebalance, rebalance->interval_ms, now);
        begin_windows(inventory);
    }
    rebalance->asked = false;
}

void
vm_rebalance_check(const struct vm_rebalance *rebalance,
                   const struct vm_bond_config *config, long long int ran,
                   struct ds *differences)
{
    if (rebalance->interval_ms != config->rebalance_ms
        || (rebalance->next == LLONG_MAX) != !config->rebalance_ms
        || rebalance->next <= ran || rebalance->asked) {
        ds_put_format(differences, "next rebalancing at %lld, asked for: %s, "
                      "interval %u ms\n", rebalance->next,
                      rebalance->asked ? "true" : "false",
                      config->rebalance_ms);
    }
}
