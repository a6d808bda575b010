/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-stage-words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/vm-value.h"
#include "engine/vm-rebalance.h"
#include "model/vm-regroup.h"
#include "model/vm-slot-load.h"
#include "model/vm-slot.h"
#include "util.h"
#include "vm-stage-requests.h"
#include "vm-stage.h"

const char *
or_none(const char *name)
{
    return name ? name : "none";
}

void
tell(struct vm_stage *stage, const char *format, ...)
{
    va_list args;

    if (stage->now != stage->started) {
        ds_put_format(&stage->output, "+%lldms ",
                      stage->now - stage->started);
    }
    va_start(args, format);
    ds_put_format_valist(&stage->output, format, args);
    va_end(args);
    ds_put_char(&stage->output, '\n');
}

/* Returns true if 'text' differs from the last text on 'object', which is ""
 * at first.  The caller must free '*before', the last text. */
static bool
is_new(struct vm_stage *stage, const char *object, const char *text,
       char **before)
{
    const char *old = smap_get_def(&stage->seen, object, "");

    *before = xstrdup(old);
    if (!strcmp(*before, text)) {
        return false;
    }
    smap_replace(&stage->seen, object, text);
    return true;
}

static void
tell_members(struct vm_stage *stage)
{
    const struct vm_inventory *inventory = vm_engine_inventory(stage->engine);

    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];
        const char *state = vm_member_state_to_string(member->state);
        char *key = xasprintf("member %s", member->name);
        char *before;

        if (is_new(stage, key, state, &before)) {
            if (*before) {
                tell(stage, "%s %s->%s", key, before, state);
            } else if (strcmp(state, "usable")) {
                tell(stage, "%s %s", key, state);
            }
        }
        free(before);
        free(key);
    }
}

/* Appends how frames of interfaces are treated, where that has changed. */
static bool
tell_interfaces(struct vm_stage *stage)
{
    struct vm_forwarding decisions;
    bool told = false;

    vm_engine_get_forwarding(stage->engine, &decisions);
    for (size_t i = 0; i < decisions.n; i++) {
        const struct vm_forward *decision = &decisions.list[i];
        char *key = xasprintf("interface %s", decision->interface);
        struct ds how = DS_EMPTY_INITIALIZER;
        char *before;

        if (!decision->slot) {
            ds_put_format(&how, " dropped because %s",
                          vm_reason_to_token(decision->reason));
        }
        ds_put_cstr(&how, decision->by_mac ? " by-mac" : "");
        ds_put_cstr(&how, decision->reverse_strict ? " strict" : "");
        if (decision->meter) {
            ds_put_format(&how, " through %s", decision->meter);
        }
        if (is_new(stage, key, ds_cstr(&how), &before)) {
            tell(stage, "%s%s", key, how.length ? ds_cstr(&how) : " as usual");
            told = true;
        }
        free(before);
        ds_destroy(&how);
        free(key);
    }
    vm_forwarding_destroy(&decisions);
    return told;
}

static void
tell_move(struct vm_stage *stage, const struct vm_action *action)
{
    const struct vm_slot *slot = action->slot;

    tell(stage, "move %s %s->%s because %s%s%s%s%s%s", slot->id,
         or_none(action->from), or_none(action->to),
         vm_reason_to_token(slot->reason), slot->because ? " " : "",
         slot->because ? slot->because : "",
         slot->down ? ": " : "",
         slot->down ? vm_down_to_token(slot->down) : "",
         slot->guarantee_unmet ? ", guarantee unmet" : "");
}

void
format_mac(const struct vm_mac *mac, struct ds *s)
{
    ds_put_format(s, ETH_ADDR_FMT, ETH_ADDR_ARGS(mac->mac));
    if (mac->vlan) {
        ds_put_format(s, " vlan %u", mac->vlan);
    }
}

static void
tell_announce(struct vm_stage *stage, const struct vm_slot *slot)
{
    struct ds macs = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < slot->n_interfaces; i++) {
        const struct vm_interface *iface = slot->interfaces[i];

        for (size_t j = 0; j < iface->macs.n; j++) {
            ds_put_cstr(&macs, macs.length ? ", " : ": ");
            format_mac(&iface->macs.list[j], &macs);
        }
    }
    tell(stage, "announce %s on %s%s", slot->id, or_none(slot->member),
         ds_cstr(&macs));
    ds_destroy(&macs);
}

static void
tell_rate(struct vm_stage *stage, const struct vm_action *action)
{
    struct ds rate = DS_EMPTY_INITIALIZER;

    vm_rate_format(action->rate, &rate);
    tell(stage, "meter %s %s", action->meter, ds_cstr(&rate));
    ds_destroy(&rate);
}

/* Actions come in the order of their types. */
static void
check_order(struct vm_stage *stage, const struct vm_actions *actions)
{
    for (size_t i = 1; i < actions->n; i++) {
        if (actions->list[i - 1].type > actions->list[i].type) {
            tell(stage, "error: action %"PRIuSIZE" comes too late", i);
        }
    }
}

/* Checks that decisions are published if, and only if, they differ from those
 * that were published last.  A move does not imply that: a slot may have been
 * created for the same interface, between two runs, on the same member. */
static void
check_published(struct vm_stage *stage, bool published)
{
    struct vm_forwarding decisions;
    struct ds s = DS_EMPTY_INITIALIZER;

    vm_engine_get_forwarding(stage->engine, &decisions);
    vm_forwarding_format(&decisions, &s);
    vm_forwarding_destroy(&decisions);

    bool same = nullable_string_is_equal(ds_cstr(&s), stage->published);
    if (published == same) {
        tell(stage, "error: %s", same ? "published what was published"
                                      : "not published");
    }
    free(stage->published);
    stage->published = ds_steal_cstr(&s);
}

/* Tells all actions of one type. */
static size_t
tell_actions(struct vm_stage *stage, const struct vm_actions *actions,
             enum vm_action_type type)
{
    size_t count = 0;

    for (size_t i = 0; i < actions->n; i++) {
        const struct vm_action *action = &actions->list[i];

        if (action->type != type) {
            continue;
        }
        count++;
        switch (type) {
        case VM_ACTION_METER:
            tell_rate(stage, action);
            break;

        case VM_ACTION_PUBLISH:
        case VM_ACTION_EXPLAIN:
            break;

        case VM_ACTION_UNMETER:
            tell(stage, "unmeter %s", action->meter);
            break;

        case VM_ACTION_MOVE:
            tell_move(stage, action);
            break;

        case VM_ACTION_ANNOUNCE:
            tell_announce(stage, action->slot);
            break;

        case VM_ACTION_WARN:
            tell(stage, "warn %s: %s", action->problem->where,
                 action->problem->text);
            break;

        case VM_ACTION_NOTE:
            tell(stage, "note %s", action->note);
            break;

        case VM_ACTION_TELL:
            if (stage->log_lines) {
                tell(stage, "%s %s", action->told->warn ? "WARN" : "INFO",
                     action->told->text);
            }
            break;
        }
    }
    return count;
}

void
vm_stage_tell(struct vm_stage *stage, const struct vm_actions *actions)
{
    tell_members(stage);

    check_order(stage, actions);
    tell_actions(stage, actions, VM_ACTION_METER);
    size_t published = tell_actions(stage, actions, VM_ACTION_PUBLISH);
    tell_actions(stage, actions, VM_ACTION_UNMETER);
    size_t moved = tell_actions(stage, actions, VM_ACTION_MOVE);
    bool treated = tell_interfaces(stage);
    check_published(stage, published > 0);
    if (published && !moved && !treated) {
        tell(stage, "publish");
    }
    if (tell_actions(stage, actions, VM_ACTION_EXPLAIN)) {
        tell(stage, "explain");
    }
    tell_actions(stage, actions, VM_ACTION_ANNOUNCE);
    tell_actions(stage, actions, VM_ACTION_WARN);
    tell_actions(stage, actions, VM_ACTION_NOTE);
    vm_stage_tell_requests(stage);
    tell_actions(stage, actions, VM_ACTION_TELL);
}
