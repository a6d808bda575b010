/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-action.h"

#include <string.h>

#include "engine/vm-request-id.h"
#include "model/vm-slot.h"
#include "model/vm-watch.h"
#include "sset.h"
#include "util.h"

void
vm_actions_destroy(struct vm_actions *actions)
{
    free(actions->list);
    actions->list = NULL;
    actions->n = actions->allocated = 0;
    svec_destroy(&actions->notes);
}

void
vm_actions_clear(struct vm_actions *actions)
{
    actions->n = 0;
    svec_clear(&actions->notes);
}

static struct vm_action *
add(struct vm_actions *actions, enum vm_action_type type)
{
    if (actions->n >= actions->allocated) {
        actions->list = x2nrealloc(actions->list, &actions->allocated,
                                   sizeof *actions->list);
    }

    struct vm_action *action = &actions->list[actions->n++];
    memset(action, 0, sizeof *action);
    action->type = type;
    return action;
}

void
vm_actions_add_publish(struct vm_actions *actions,
                       enum vm_published_news news)
{
    if (news) {
        add(actions, (news == VM_PUBLISHED_FORWARDING ? VM_ACTION_PUBLISH
                      : VM_ACTION_EXPLAIN));
    }
}

void
vm_actions_add_meter(struct vm_actions *actions, const char *meter,
                     uint64_t rate, uint64_t burst)
{
    struct vm_action *action = add(actions, VM_ACTION_METER);

    action->meter = meter;
    action->rate = rate;
    action->burst = burst;
}

void
vm_actions_add_unmeter(struct vm_actions *actions, const char *meter)
{
    add(actions, VM_ACTION_UNMETER)->meter = meter;
}

static void
add_moves(struct vm_actions *actions, struct vm_slot **slots, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (slots[i]->untold) {
            struct vm_action *action = add(actions, VM_ACTION_MOVE);

            action->slot = slots[i];
            action->from = slots[i]->from;
            action->to = slots[i]->member;
            slots[i]->untold = false;
        }
    }
}

/* Returns true if the VM of 'slot' has migrated to another host, and only its
 * interfaces are still here. */
static bool
has_left(const struct vm_slot *slot)
{
    return (slot->n_interfaces
            && vm_answer_is_migrated(slot->interfaces[0]->external_ids));
}

void
vm_actions_add_slots(struct vm_actions *actions,
                     struct vm_inventory *inventory, long long int now)
{
    size_t n;
    struct vm_slot **slots = vm_watch_timed(inventory, &n);

    add_moves(actions, slots, n);
    for (size_t i = 0; i < n; i++) {
        if (vm_slot_announce(slots[i], VM_ANNOUNCE_INTERVAL, now)
            && !has_left(slots[i])) {
            add(actions, VM_ACTION_ANNOUNCE)->slot = slots[i];
        }
    }
    free(slots);
    vm_watch_told(inventory, now);
}

void
vm_actions_take_notes(struct vm_actions *actions, struct svec *notes)
{
    svec_swap(&actions->notes, notes);
    svec_clear(notes);
    for (size_t i = 0; i < actions->notes.n; i++) {
        add(actions, VM_ACTION_NOTE)->note = actions->notes.names[i];
    }
}

static char *
problem_to_string(const struct vm_problem *problem)
{
    return xasprintf("%s: %s", problem->where, problem->text);
}

void
vm_actions_add_warnings(struct vm_actions *actions,
                        const struct vm_problems *before,
                        const struct vm_problems *now)
{
    struct sset known = SSET_INITIALIZER(&known);

    if (vm_problems_equal(before, now)) {
        return;
    }
    for (size_t i = 0; i < before->n; i++) {
        sset_add_and_free(&known, problem_to_string(&before->list[i]));
    }
    for (size_t i = 0; i < now->n; i++) {
        if (sset_add_and_free(&known, problem_to_string(&now->list[i]))) {
            add(actions, VM_ACTION_WARN)->problem = &now->list[i];
        }
    }
    sset_destroy(&known);
}

void
vm_actions_add_tell(struct vm_actions *actions, const struct vm_told *told)
{
    add(actions, VM_ACTION_TELL)->told = told;
}
