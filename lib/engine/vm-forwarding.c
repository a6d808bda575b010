/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-forwarding.h"

#include <string.h>

#include "hash.h"
#include "model/vm-endpoint.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

bool
vm_interface_is_unidentified(const struct vm_interface *iface)
{
    return !iface->internal && vm_endpoint_is_host(iface->endpoint);
}

static void
forward_init(struct vm_forward *forward, const struct vm_slot *slot,
             long long int now)
{
    memset(forward, 0, sizeof *forward);
    forward->slot = slot;
    forward->member = slot->member;
    forward->meter = slot->member ? slot->meter : NULL;
    forward->policed = (forward->meter ? slot->endpoint->policed
                        : VM_POLICED_NOT);
    forward->reason = slot->reason;
    forward->because = slot->because;
    forward->down = slot->down;
    forward->reverse_strict = (slot->member && slot->known_upstream
                               && now >= slot->reverse_after);
}

void
vm_forward_init(struct vm_forward *forward, const struct vm_interface *iface,
                const struct vm_forward *unidentified, long long int now)
{
    if (vm_interface_is_unidentified(iface)) {
        *forward = *unidentified;
    } else {
        forward_init(forward, iface->slot, now);
    }
    forward->interface = iface->name;
    forward->by_mac = iface->policy.by_mac;
    forward->mac = iface->macs.has_attached ? &iface->macs.attached : NULL;
    forward->version = iface->version;
}

void
vm_forwarding_init_common(struct vm_forwarding *forwarding,
                          const struct vm_inventory *inventory,
                          const struct vm_bond_config *config,
                          long long int now)
{
    const struct vm_endpoint *host = shash_find_data(&inventory->endpoints,
                                                     VM_HOST_ID);

    memset(forwarding, 0, sizeof *forwarding);
    forward_init(&forwarding->host, host->slots[0], now);
    if (config->unidentified_drop) {
        forwarding->unidentified.reason = VM_R_UNIDENTIFIED;
    } else {
        forwarding->unidentified = forwarding->host;
    }
    forwarding->split_tunnels = config->tunnels_split;
}

void
vm_forwarding_init(struct vm_forwarding *forwarding,
                   const struct vm_inventory *inventory,
                   const struct vm_bond_config *config, long long int now)
{
    size_t n;
    struct vm_interface **interfaces = vm_inventory_interfaces(inventory, &n);

    vm_forwarding_init_common(forwarding, inventory, config, now);
    forwarding->list = xcalloc(n, sizeof *forwarding->list);
    for (size_t i = 0; i < n; i++) {
        if (interfaces[i]->slot) {
            vm_forward_init(&forwarding->list[forwarding->n++], interfaces[i],
                            &forwarding->unidentified, now);
        }
    }
    free(interfaces);
}

void
vm_forwarding_destroy(struct vm_forwarding *forwarding)
{
    free(forwarding->list);
    forwarding->list = NULL;
    forwarding->n = 0;
}

/* Appends 'mac' like ETH_ADDR_FMT.  There is a line for each VM: this is much
 * faster than a format. */
static void
put_mac(const struct eth_addr mac, struct ds *s)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < ARRAY_SIZE(mac.ea); i++) {
        if (i) {
            ds_put_char(s, ':');
        }
        ds_put_char(s, digits[mac.ea[i] >> 4]);
        ds_put_char(s, digits[mac.ea[i] & 15]);
    }
}

/* Appends 'label' and 'text'. */
static void
put(const char *label, const char *text, struct ds *s)
{
    ds_put_cstr(s, label);
    ds_put_cstr(s, text);
}

void
vm_forward_format(const struct vm_forward *forward, const char *name,
                  bool with_mac, struct ds *s)
{
    ds_put_cstr(s, name);
    put(": slot ", forward->slot ? forward->slot->id : "none", s);
    put(", member ", forward->member ? forward->member : "none", s);
    put(", ", vm_reason_to_token(forward->reason), s);
    if (forward->because) {
        put(" ", forward->because, s);
    }
    if (forward->meter) {
        put(", meter ", forward->meter, s);
    }
    if (forward->by_mac) {
        ds_put_cstr(s, ", by MAC");
    }
    if (with_mac && forward->mac) {
        ds_put_cstr(s, ", MAC ");
        put_mac(*forward->mac, s);
    }
    if (forward->reverse_strict) {
        ds_put_cstr(s, ", reverse strict");
    }
    ds_put_char(s, '\n');
}

/* Appends 's' and its end, so that no two strings together are two others.  A
 * null pointer is none of the strings. */
static void
put_string(struct ds *ds, const char *s)
{
    ds_put_char(ds, s ? 1 : 0);
    if (s) {
        ds_put_buffer(ds, s, strlen(s) + 1);
    }
}

ovs_u128
vm_forward_print(const struct vm_forward *forward, const char *name,
                 bool with_mac, struct ds *scratch)
{
    bool has_mac = with_mac && forward->mac;
    ovs_u128 print;

    ds_clear(scratch);
    put_string(scratch, name);
    put_string(scratch, forward->slot ? forward->slot->id : NULL);
    put_string(scratch, forward->member);
    put_string(scratch, forward->because);
    put_string(scratch, forward->meter);
    ds_put_char(scratch, forward->reason);
    ds_put_char(scratch, forward->by_mac);
    ds_put_char(scratch, forward->reverse_strict);
    ds_put_char(scratch, has_mac);
    if (has_mac) {
        ds_put_buffer(scratch, (const char *) forward->mac->ea,
                      sizeof forward->mac->ea);
    }
    hash_bytes128(scratch->string, scratch->length, 0, &print);
    if (ovs_u128_is_zero(print)) {
        print = OVS_U128_MAX;
    }
    return print;
}

/* Addresses matter only if they identify a sender, or the owner of a source
 * that the switch sets. */
bool
vm_forwarding_needs_mac(const struct vm_forwarding *forwarding, bool by_mac)
{
    return by_mac || !forwarding->split_tunnels;
}

void
vm_forwarding_format(const struct vm_forwarding *forwarding, struct ds *s)
{
    bool by_mac = false;
    bool with_mac;

    for (size_t i = 0; i < forwarding->n; i++) {
        by_mac = by_mac || forwarding->list[i].by_mac;
    }
    with_mac = vm_forwarding_needs_mac(forwarding, by_mac);

    for (size_t i = 0; i < forwarding->n; i++) {
        vm_forward_format(&forwarding->list[i], forwarding->list[i].interface,
                          with_mac, s);
    }
    vm_forward_format(&forwarding->host, "(host)", false, s);
    vm_forward_format(&forwarding->unidentified, "(unidentified)", false, s);
    if (forwarding->split_tunnels) {
        ds_put_cstr(s, "tunnels split\n");
    }
}

char *
vm_forwarding_to_string(const struct vm_inventory *inventory,
                        const struct vm_bond_config *config,
                        long long int now)
{
    struct vm_forwarding forwarding;
    struct ds s = DS_EMPTY_INITIALIZER;

    vm_forwarding_init(&forwarding, inventory, config, now);
    vm_forwarding_format(&forwarding, &s);
    vm_forwarding_destroy(&forwarding);
    return ds_steal_cstr(&s);
}

const char *
vm_interface_member(const struct vm_interface *iface,
                    const struct vm_bond_config *config)
{
    return (config->unidentified_drop && vm_interface_is_unidentified(iface)
            ? NULL : iface->slot->member);
}
