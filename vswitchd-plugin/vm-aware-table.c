/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-table.h"

#include "bond-provider.h"
#include "engine/vm-engine.h"
#include "model/vm-endpoint.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-aware-member.h"
#include "vm-aware-meter.h"

/* An attached address. */
struct mac_node {
    struct hmap_node node;      /* In 'by_mac'. */
    struct eth_addr mac;
    const struct vm_aware_entry *entry;
};

/* Where members are found while a table is built. */
struct members {
    struct bond_member_view *views;
    size_t n;
};

static char *
compose_why(const struct vm_forward *d, uint32_t meter)
{
    const char *id = d->slot ? d->slot->endpoint->id : NULL;
    struct ds ds = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&ds, "vm-aware: sender is ");
    if (!id) {
        ds_put_cstr(&ds, "not identified");
    } else if (vm_endpoint_is_host(d->slot->endpoint)) {
        ds_put_cstr(&ds, "the host");
    } else {
        ds_put_format(&ds, "VM %s", id);
        if (d->slot->endpoint->policy.name) {
            ds_put_format(&ds, " (%s)", d->slot->endpoint->policy.name);
        }
    }
    if (d->interface) {
        ds_put_format(&ds, ", interface %s", d->interface);
    }
    if (d->member) {
        ds_put_format(&ds, ": member %s, ", d->member);
    } else {
        ds_put_cstr(&ds, ": dropped, ");
    }
    vm_reason_format_down(d->reason, d->because, d->down, &ds);
    if (d->member && meter != UINT32_MAX) {
        ds_put_format(&ds, ", through datapath meter %"PRIu32, meter);
    }
    return ds_steal_cstr(&ds);
}

static void
fill_entry(struct vm_aware_entry *entry, const struct vm_forward *d,
           const struct members *members,
           const struct vm_aware_meters *meters,
           struct vm_aware_account *account)
{
    entry->member = vm_aware_members_find(members->views, members->n,
                                          d->member);
    entry->member_name = nullable_xstrdup(d->member);
    entry->meter = vm_aware_meters_find(meters, d->meter);
    entry->account = account;
    entry->by_mac = d->by_mac;
    entry->reverse_strict = d->reverse_strict;
    entry->why = compose_why(d, entry->meter);
}

static void
entry_uninit(struct vm_aware_entry *entry)
{
    free(entry->member_name);
    free(entry->why);
}

static void
add_attached(struct vm_aware_table *table, struct eth_addr mac,
             const struct vm_aware_entry *entry)
{
    struct mac_node *node = xmalloc(sizeof *node);

    node->mac = mac;
    node->entry = entry;
    hmap_insert(&table->by_mac, &node->node, hash_mac(mac, 0, 0));
}

struct vm_aware_table *
vm_aware_table_build(const struct vm_engine *engine, const struct bond *bond,
                     const struct vm_aware_meters *meters,
                     const struct shash *accounts)
{
    struct vm_aware_table *table = xzalloc(sizeof *table);
    struct vm_forwarding forwarding;
    struct members members;

    shash_init(&table->by_name);
    hmap_init(&table->by_mac);
    table->lacp_negotiated = bond_is_lacp_negotiated(bond);

    members.n = bond_get_members(bond, &members.views);
    vm_engine_get_forwarding(engine, &forwarding);
    table->n_entries = forwarding.n;
    table->entries = xcalloc(forwarding.n, sizeof *table->entries);
    for (size_t i = 0; i < forwarding.n; i++) {
        const struct vm_forward *d = &forwarding.list[i];
        struct vm_aware_entry *entry = &table->entries[i];

        fill_entry(entry, d, &members, meters,
                   shash_find_data(accounts, d->interface));
        shash_add(&table->by_name, d->interface, entry);
        if (d->mac) {
            add_attached(table, *d->mac, entry);
        }
    }
    fill_entry(&table->host, &forwarding.host, &members, meters, NULL);
    fill_entry(&table->unidentified, &forwarding.unidentified, &members,
               meters, NULL);
    table->single_source = (!table->lacp_negotiated
                            && !forwarding.split_tunnels);
    vm_forwarding_destroy(&forwarding);
    for (size_t i = 0; i < members.n; i++) {
        /* What came in over the bond and is routed back. */
        shash_add_once(&table->by_name, members.views[i].name, &table->host);
    }
    free(members.views);

    return table;
}

void
vm_aware_table_destroy(struct vm_aware_table *table)
{
    struct mac_node *mac;

    if (!table) {
        return;
    }
    shash_destroy(&table->by_name);
    HMAP_FOR_EACH_POP (mac, node, &table->by_mac) {
        free(mac);
    }
    hmap_destroy(&table->by_mac);
    for (size_t i = 0; i < table->n_entries; i++) {
        entry_uninit(&table->entries[i]);
    }
    free(table->entries);
    entry_uninit(&table->host);
    entry_uninit(&table->unidentified);
    free(table);
}

/* Returns the entry for frames that entered the switch by the interface named
 * 'name', or null. */
const struct vm_aware_entry *
vm_aware_table_find_interface(const struct vm_aware_table *table,
                              const char *name)
{
    return shash_find_data(&table->by_name, name);
}

/* Returns the entry of the interface to which the database attaches 'mac', or
 * null.  An address that was merely learned does not count: a guest can forge
 * it. */
const struct vm_aware_entry *
vm_aware_table_find_attached(const struct vm_aware_table *table,
                             struct eth_addr mac)
{
    const struct mac_node *node;

    HMAP_FOR_EACH_WITH_HASH (node, node, hash_mac(mac, 0, 0),
                             &table->by_mac) {
        if (eth_addr_equals(node->mac, mac)) {
            return node->entry;
        }
    }
    return NULL;
}
