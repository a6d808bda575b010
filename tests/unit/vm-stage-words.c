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
#include "vm-stage.h"

static const char *
or_none(const char *name)
{
    return name ? name : "none";
}

static void tell(struct vm_stage *, const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3);

/* Appends a line, with the time if the command began earlier. */
static void
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

static void
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
    tell_actions(stage, actions, VM_ACTION_ANNOUNCE);
    tell_actions(stage, actions, VM_ACTION_WARN);
    tell_actions(stage, actions, VM_ACTION_NOTE);
}

/* Answers. */

static void
show_slot(struct vm_stage *stage, const struct vm_slot *slot)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    uint64_t rate = vm_slot_rate(slot, stage->now);
    uint64_t guarantee = vm_slot_guarantee(slot);

    ds_put_format(&s, "slot %s on %s because %s%s%s", slot->id,
                  or_none(slot->member), vm_reason_to_token(slot->reason),
                  slot->because ? " " : "",
                  slot->because ? slot->because : "");
    for (size_t i = 0; i < slot->n_interfaces; i++) {
        ds_put_format(&s, "%s%s", i ? " " : ", interfaces ",
                      slot->interfaces[i]->name);
    }
    if (slot->home) {
        ds_put_format(&s, ", home %s%s", slot->home,
                      slot->home_restored ? " (restored)" : "");
    }
    if (slot->pinned) {
        ds_put_format(&s, ", pinned %s", slot->pinned);
    }
    if (guarantee) {
        ds_put_cstr(&s, ", guarantee ");
        vm_rate_format(guarantee, &s);
        ds_put_cstr(&s, slot->guarantee_unmet ? " unmet" : "");
    }
    if (rate) {
        ds_put_cstr(&s, ", sends ");
        vm_rate_format(rate, &s);
    }
    tell(stage, "%s", ds_cstr(&s));
    ds_destroy(&s);
}

static char *
show(struct vm_stage *stage, const char *about OVS_UNUSED)
{
    const struct vm_inventory *inventory = vm_engine_inventory(stage->engine);
    size_t n;
    struct vm_slot **slots = vm_inventory_slots(inventory, &n);

    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];
        struct ds s = DS_EMPTY_INITIALIZER;

        vm_rate_format(vm_member_capacity(member), &s);
        tell(stage, "member %s %s%s, %s", member->name,
             vm_member_state_to_string(member->state),
             member->config.standby ? ", standby" : "", ds_cstr(&s));
        ds_destroy(&s);
    }
    for (size_t i = 0; i < n; i++) {
        show_slot(stage, slots[i]);
    }
    free(slots);
    return NULL;
}

static const char *
policed_to_string(enum vm_policed policed)
{
    switch (policed) {
    case VM_POLICED_NOT:
        return "not policed";
    case VM_POLICED_LIMIT:
        return "policed by its limit";
    case VM_POLICED_SHARE:
        return "policed by its share";
    }
    OVS_NOT_REACHED();
}

/* In kilobytes. */
static char *
show_traffic(struct vm_stage *stage, const char *about OVS_UNUSED)
{
    const struct vm_inventory *inventory = vm_engine_inventory(stage->engine);
    size_t n;
    struct vm_endpoint **endpoints = vm_inventory_endpoints(inventory, &n);

    for (size_t i = 0; i < n; i++) {
        const struct vm_traffic *t = &endpoints[i]->traffic;

        if (t->offered_bytes) {
            tell(stage, "traffic %s %s: %"PRIu64" kB offered, dropped %"PRIu64
                 " kB by limit, %"PRIu64" kB by share, %"PRIu64" kB without "
                 "member", endpoints[i]->id,
                 policed_to_string(endpoints[i]->policed),
                 t->offered_bytes / 1000, t->limit_bytes / 1000,
                 t->share_bytes / 1000, t->no_member_bytes / 1000);
        }
    }
    free(endpoints);
    return NULL;
}

static char *
show_devices(struct vm_stage *stage, const char *about OVS_UNUSED)
{
    const struct vm_inventory *inventory = vm_engine_inventory(stage->engine);

    for (size_t i = 0; i < inventory->n_members; i++) {
        const char *name = inventory->members[i]->name;
        const struct vm_traffic_member *member
            = shash_find_data(&stage->traffic.members, name);

        tell(stage, "device %s: %"PRIu64" kB sent, %"PRIu64" kB dropped",
             name, member->tx_bytes / 1000,
             member->tx_drops * VM_TRAFFIC_FRAME / 1000);
    }
    return NULL;
}

static char *
show_macs(struct vm_stage *stage, const char *about)
{
    const struct vm_interface *iface = vm_inventory_find_interface(
        vm_engine_inventory(stage->engine), about);

    if (!iface) {
        return xasprintf("%s: no such interface", about);
    }
    for (size_t i = 0; i < iface->macs.n; i++) {
        struct ds s = DS_EMPTY_INITIALIZER;

        format_mac(&iface->macs.list[i], &s);
        tell(stage, "mac %s%s", ds_cstr(&s),
             iface->macs.list[i].attached ? " attached" : "");
        ds_destroy(&s);
    }
    return NULL;
}

static char *
show_problems(struct vm_stage *stage, const char *about OVS_UNUSED)
{
    const struct vm_problems *problems = vm_engine_problems(stage->engine);

    for (size_t i = 0; i < problems->n; i++) {
        tell(stage, "problem %s: %s", problems->list[i].where,
             problems->list[i].text);
    }
    return NULL;
}

static char *
explain(struct vm_stage *stage, const char *about)
{
    const struct vm_inventory *inventory = vm_engine_inventory(stage->engine);
    const struct vm_endpoint *endpoint = vm_inventory_find_endpoint(inventory,
                                                                    about);

    if (!endpoint) {
        return xasprintf("%s: no such VM", about);
    }

    size_t n = inventory->n_members;
    struct vm_verdict *verdicts = xcalloc(n, sizeof *verdicts);
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        const struct vm_slot *slot = endpoint->slots[i];
        struct ds s = DS_EMPTY_INITIALIZER;
        struct vm_choice choice;

        vm_engine_explain(stage->engine, slot, &choice, verdicts);
        for (size_t j = 0; j < n; j++) {
            ds_put_format(&s, "%s%s%s %s", j ? ", " : "",
                          choice.member == j ? "*" : "",
                          inventory->members[j]->name,
                          vm_reason_to_token(verdicts[j].reason));
        }
        tell(stage, "explain %s: %s", slot->id, ds_cstr(&s));
        ds_destroy(&s);
    }
    free(verdicts);
    return NULL;
}

static char *
show_log(struct vm_stage *stage, const char *about OVS_UNUSED)
{
    const struct vm_journal *journal = vm_engine_journal(stage->engine);

    for (size_t i = 0; i < vm_journal_count(journal); i++) {
        const struct vm_journal_entry *entry = vm_journal_get(journal, i);

        tell(stage, "log %llu at %lldms: %s %s->%s because %s%s%s",
             entry->serial, entry->when, entry->who, or_none(entry->from),
             or_none(entry->to), vm_reason_to_token(entry->reason),
             entry->because ? " " : "", entry->because ? entry->because : "");
    }
    return NULL;
}

/* What came of the last rebalancing. */
static char *
show_balance(struct vm_stage *stage, const char *about OVS_UNUSED)
{
    const struct vm_rebalance *last = vm_engine_rebalancing(stage->engine);

    if (last->ran) {
        tell(stage, "balance at %lldms: %s, %"PRIuSIZE" moved, %"PRIu64"%% "
             "-> %"PRIu64"%%", last->when, vm_reason_to_token(last->reason),
             last->n_moves, last->ppm_before / 10000,
             last->ppm_after / 10000);
    } else {
        tell(stage, "balance never");
    }
    return NULL;
}

char *
vm_stage_answer(struct vm_stage *stage, const char *question,
                const char *about)
{
    static const struct {
        const char *question;
        char *(*answer)(struct vm_stage *, const char *about);
    } answers[] = {
        { "show", show },
        { "traffic", show_traffic },
        { "devices", show_devices },
        { "macs", show_macs },
        { "problems", show_problems },
        { "explain", explain },
        { "log", show_log },
        { "balance", show_balance },
    };

    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        if (!strcmp(answers[i].question, question)) {
            return answers[i].answer(stage, about);
        }
    }
    return xasprintf("%s: not a question", question);
}
