/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-stage-words.h"

#include <inttypes.h>
#include <string.h>

#include "base/vm-value.h"
#include "engine/vm-rebalance.h"
#include "model/vm-regroup.h"
#include "model/vm-slot-load.h"
#include "model/vm-slot.h"
#include "util.h"
#include "vm-stage.h"

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

/* What Port:status says.  Its load is measured when this is asked. */
static char *
show_status(struct vm_stage *stage, const char *about OVS_UNUSED)
{
    struct smap keys = SMAP_INITIALIZER(&keys);

    vm_bond_status_update(&stage->status, stage->engine, stage->now);
    vm_bond_status_set_load(&stage->status, stage->engine, stage->now);
    vm_bond_status_to_smap(&stage->status, &keys);
    tell(stage, "status %s, usable %s, room %s, load %s",
         smap_get(&keys, "vm_aware_state"), smap_get(&keys, "vm_aware_usable"),
         smap_get(&keys, "vm_aware_room"),
         smap_get(&keys, "vm_aware_load_ppm"));
    smap_destroy(&keys);
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
        { "status", show_status },
    };

    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        if (!strcmp(answers[i].question, question)) {
            return answers[i].answer(stage, about);
        }
    }
    return xasprintf("%s: not a question", question);
}
