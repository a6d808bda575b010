/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-table.h"

#include <string.h>

#include "hash.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-aware.h"
#include "vm-engine.h"

struct mac_node {
    struct hmap_node node;      /* In 'by_mac'. */
    struct eth_addr mac;
    uint16_t vlan;
    bool attached;              /* The database says so. */
    const struct vm_aware_entry *entry;
};

/* Where members are found while a table is built. */
struct members {
    struct bond_member_view *views;
    size_t n;
};

static void *
find_member(const struct members *members, const char *name)
{
    for (size_t i = 0; name && i < members->n; i++) {
        if (!strcmp(members->views[i].name, name)) {
            return members->views[i].aux;
        }
    }
    return NULL;
}

static char *
compose_why(const struct vm_decision *d, uint32_t meter)
{
    const char *id = d->slot ? d->slot->endpoint->id : NULL;
    struct ds ds = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&ds, "vm-aware: sender is ");
    if (!id) {
        ds_put_cstr(&ds, "not identified");
    } else if (!strcmp(id, VM_HOST_ID)) {
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
    if (d->uplink) {
        ds_put_format(&ds, ": uplink %s, ", d->uplink);
    } else {
        ds_put_cstr(&ds, ": dropped, ");
    }
    vm_reason_format(d->reason, d->because, &ds);
    if (d->uplink && meter != UINT32_MAX) {
        ds_put_format(&ds, ", through datapath meter %"PRIu32, meter);
    }
    return ds_steal_cstr(&ds);
}

static void
fill_entry(struct vm_aware_entry *entry, const struct vm_decision *d,
           const struct members *members,
           const struct vm_aware_meters *meters,
           struct vm_aware_account *account)
{
    entry->member = find_member(members, d->uplink);
    entry->meter = vm_aware_meters_find(meters, d->meter);
    entry->account = account;
    entry->by_mac = d->by_mac;
    entry->reverse_strict = d->reverse_strict;
    entry->why = compose_why(d, entry->meter);
}

static uint32_t
hash_mac_only(struct eth_addr mac)
{
    return hash_uint64(eth_addr_to_uint64(mac));
}

static void
add_mac(struct vm_aware_table *table, const struct vm_mac *mac,
        const struct vm_aware_entry *entry)
{
    struct mac_node *node = xmalloc(sizeof *node);

    node->mac = mac->mac;
    node->vlan = mac->vlan;
    node->attached = mac->attached;
    node->entry = entry;
    hmap_insert(&table->by_mac, &node->node, hash_mac_only(mac->mac));
}

/* The MAC that the database attaches to 'iface' counts whether or not anything
 * is known about its VLAN. */
static void
add_macs(struct vm_aware_table *table, const struct vm_interface *iface,
         const struct vm_aware_entry *entry)
{
    const char *attached = smap_get(&iface->external_ids, "attached-mac");
    struct vm_mac mac = { .attached = true };
    bool found = !attached || !eth_addr_from_string(attached, &mac.mac);

    for (size_t i = 0; i < iface->n_macs; i++) {
        struct vm_mac m = iface->macs[i];

        if (attached && eth_addr_equals(m.mac, mac.mac)) {
            m.attached = true;
            found = true;
        }
        add_mac(table, &m, entry);
    }
    if (!found) {
        add_mac(table, &mac, entry);
    }
}

/* Returns a new table with what the engine of 'va' has decided, to be freed
 * with vm_aware_table_destroy(). */
struct vm_aware_table *
vm_aware_table_build(const struct vm_aware *va)
{
    const struct vm_inventory *inventory = vm_engine_inventory(va->engine);
    struct vm_aware_table *table = xzalloc(sizeof *table);
    struct vm_decisions decisions;
    struct members members;

    shash_init(&table->by_name);
    hmap_init(&table->by_mac);
    table->check_reverse = !va->lacp_negotiated;

    members.n = bond_get_members(va->bond, &members.views);
    vm_engine_get_decisions(va->engine, &decisions);
    table->n_entries = decisions.n;
    table->entries = xcalloc(decisions.n, sizeof *table->entries);
    for (size_t i = 0; i < decisions.n; i++) {
        const struct vm_decision *d = &decisions.list[i];
        struct vm_aware_entry *entry = &table->entries[i];

        fill_entry(entry, d, &members, &va->meters,
                   shash_find_data(&va->accounts, d->interface));
        shash_add(&table->by_name, d->interface, entry);
        add_macs(table, vm_inventory_find_interface(inventory, d->interface),
                 entry);
    }
    fill_entry(&table->host, &decisions.host, &members, &va->meters, NULL);
    fill_entry(&table->unidentified, &decisions.unidentified, &members,
               &va->meters, NULL);
    vm_decisions_destroy(&decisions);
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
        free(table->entries[i].why);
    }
    free(table->entries);
    free(table->host.why);
    free(table->unidentified.why);
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
 * null.  An address that was merely seen does not count: a guest can forge
 * it. */
const struct vm_aware_entry *
vm_aware_table_find_attached(const struct vm_aware_table *table,
                             struct eth_addr mac)
{
    const struct mac_node *node;

    HMAP_FOR_EACH_WITH_HASH (node, node, hash_mac_only(mac),
                             &table->by_mac) {
        if (node->attached && eth_addr_equals(node->mac, mac)) {
            return node->entry;
        }
    }
    return NULL;
}

/* Returns the entry of the interface that is known as 'mac', preferably in
 * 'vlan', or null. */
const struct vm_aware_entry *
vm_aware_table_find_mac(const struct vm_aware_table *table,
                        struct eth_addr mac, uint16_t vlan)
{
    const struct vm_aware_entry *other = NULL;
    const struct mac_node *node;

    HMAP_FOR_EACH_WITH_HASH (node, node, hash_mac_only(mac),
                             &table->by_mac) {
        if (eth_addr_equals(node->mac, mac)) {
            if (node->vlan == vlan) {
                return node->entry;
            }
            other = node->entry;
        }
    }
    return other;
}
