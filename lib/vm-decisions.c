/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-decisions.h"

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Is 'iface' somebody who should have an identity and has none? */
static bool
is_unidentified(const struct vm_interface *iface)
{
    return !iface->internal && !strcmp(iface->endpoint->id, VM_HOST_ID);
}

static void
decide_for_slot(struct vm_decision *decision,
                const struct vm_slot_state *slot, long long int now)
{
    memset(decision, 0, sizeof *decision);
    decision->slot = slot;
    decision->uplink = slot->uplink;
    decision->meter = slot->uplink ? slot->meter : NULL;
    decision->held = decision->meter ? slot->endpoint->held : VM_HELD_NOT;
    decision->reason = slot->reason;
    decision->because = slot->because;
    decision->reverse_strict = slot->uplink && now >= slot->reverse_after;
}

void
vm_decisions_init(struct vm_decisions *decisions,
                  const struct vm_inventory *inventory,
                  const struct vm_bond_config *config, long long int now)
{
    const struct vm_endpoint *host = shash_find_data(&inventory->endpoints,
                                                     VM_HOST_ID);

    decide_for_slot(&decisions->host, host->slots[0], now);
    if (config->unidentified_drop) {
        memset(&decisions->unidentified, 0, sizeof decisions->unidentified);
        decisions->unidentified.reason = VM_R_UNIDENTIFIED;
    } else {
        decisions->unidentified = decisions->host;
    }

    struct vm_interface **interfaces
        = vm_inventory_interfaces(inventory, &decisions->n);
    decisions->list = xcalloc(decisions->n, sizeof *decisions->list);
    for (size_t i = 0; i < decisions->n; i++) {
        const struct vm_interface *iface = interfaces[i];
        struct vm_decision *decision = &decisions->list[i];

        if (is_unidentified(iface)) {
            *decision = decisions->unidentified;
        } else {
            decide_for_slot(decision, iface->slot, now);
        }
        decision->interface = iface->name;
        decision->by_mac = iface->policy.by_mac;
        decision->mac = iface->has_attached ? &iface->attached : NULL;
    }
    free(interfaces);
}

void
vm_decisions_destroy(struct vm_decisions *decisions)
{
    free(decisions->list);
    decisions->list = NULL;
    decisions->n = 0;
}

static void
format_decision(const struct vm_decision *decision, const char *who,
                bool with_mac, struct ds *s)
{
    ds_put_format(s, "%s: slot %s, uplink %s, %s", who,
                  decision->slot ? decision->slot->id : "none",
                  decision->uplink ? decision->uplink : "none",
                  vm_reason_to_token(decision->reason));
    if (decision->because) {
        ds_put_format(s, " %s", decision->because);
    }
    if (decision->meter) {
        ds_put_format(s, ", meter %s", decision->meter);
    }
    if (decision->by_mac) {
        ds_put_cstr(s, ", by MAC");
    }
    if (with_mac && decision->mac) {
        ds_put_format(s, ", MAC "ETH_ADDR_FMT, ETH_ADDR_ARGS(*decision->mac));
    }
    if (decision->reverse_strict) {
        ds_put_cstr(s, ", reverse strict");
    }
    ds_put_char(s, '\n');
}

void
vm_decisions_format(const struct vm_decisions *decisions, struct ds *s)
{
    /* Addresses matter only to those who are told by them. */
    bool with_mac = false;
    for (size_t i = 0; i < decisions->n; i++) {
        with_mac = with_mac || decisions->list[i].by_mac;
    }

    format_decision(&decisions->host, "(host)", false, s);
    format_decision(&decisions->unidentified, "(unidentified)", false, s);
    for (size_t i = 0; i < decisions->n; i++) {
        format_decision(&decisions->list[i], decisions->list[i].interface,
                        with_mac, s);
    }
}

const char *
vm_interface_uplink(const struct vm_interface *iface,
                    const struct vm_bond_config *config)
{
    return (config->unidentified_drop && is_unidentified(iface)
            ? NULL : iface->slot->uplink);
}
