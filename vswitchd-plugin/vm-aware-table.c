/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-table.h"

#include <string.h>

#include "bond-provider.h"
#include "engine/vm-engine.h"
#include "hash.h"
#include "model/vm-endpoint.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "ovs-atomic.h"
#include "util.h"
#include "vm-aware-member.h"
#include "vm-aware-meter.h"

/* An entry that several tables share. */
struct shared {
    struct vm_aware_entry entry;
    struct ovs_refcount ref_cnt;
    uint32_t hash;              /* Of the interface's name. */
    bool has_mac;               /* 'mac' is attached to it. */
    struct eth_addr mac;
    unsigned int version;
};

struct vm_aware_node {
    struct hmap_node name_node; /* In 'by_name'. */
    struct hmap_node mac_node;  /* In 'by_mac', if it has an address. */
    struct shared *shared;
};

/* Where members are found while a table is built. */
struct members {
    struct bond_member_view *views;
    size_t n;
};

void
vm_aware_entry_explain(const struct vm_aware_entry *entry, struct ds *ds)
{
    ds_put_cstr(ds, "vm-aware: sender is ");
    if (!entry->vm) {
        ds_put_cstr(ds, "not identified");
    } else if (!strcmp(entry->vm, VM_HOST_ID)) {
        ds_put_cstr(ds, "the host");
    } else {
        ds_put_format(ds, "VM %s", entry->vm);
        if (entry->vm_name) {
            ds_put_format(ds, " (%s)", entry->vm_name);
        }
    }
    if (entry->interface) {
        ds_put_format(ds, ", interface %s", entry->interface);
    }
    if (entry->member_name) {
        ds_put_format(ds, ": member %s, ", entry->member_name);
    } else {
        ds_put_cstr(ds, ": dropped, ");
    }
    vm_reason_format_down(entry->reason, entry->because, entry->down, ds);
    if (entry->member_name && entry->meter != UINT32_MAX) {
        ds_put_format(ds, ", through datapath meter %"PRIu32, entry->meter);
    }
}

static const char *
get_vm_name(const struct vm_forward *d)
{
    return d->slot ? d->slot->endpoint->policy.name : NULL;
}

/* Returns the space that 's' takes, which may be null. */
static size_t
size_of(const char *s)
{
    return s ? strlen(s) + 1 : 0;
}

/* Copies 's', which may be null, to '*end', which is moved behind it, and
 * returns the copy. */
static const char *
put(char **end, const char *s)
{
    char *copy = *end;

    if (!s) {
        return NULL;
    }
    *end += size_of(s);
    return memcpy(copy, s, *end - copy);
}

/* There are many entries: their strings are allocated at once. */
static void
fill_entry(struct vm_aware_entry *entry, const struct vm_forward *d,
           const struct members *members,
           const struct vm_aware_meters *meters,
           struct vm_aware_account *account)
{
    const char *vm = d->slot ? d->slot->endpoint->id : NULL;
    const char *vm_name = get_vm_name(d);
    char *end = entry->text = xmalloc(size_of(d->member) + size_of(vm)
                                      + size_of(vm_name)
                                      + size_of(d->interface)
                                      + size_of(d->because) + 1);

    entry->member = vm_aware_members_find(members->views, members->n,
                                          d->member);
    entry->member_name = put(&end, d->member);
    entry->meter = vm_aware_meters_find(meters, d->meter);
    entry->account = account;
    entry->by_mac = d->by_mac;
    entry->reverse_strict = d->reverse_strict;
    entry->vm = put(&end, vm);
    entry->vm_name = put(&end, vm_name);
    entry->interface = put(&end, d->interface);
    entry->reason = d->reason;
    entry->because = put(&end, d->because);
    entry->down = d->down;
}

static void
entry_uninit(struct vm_aware_entry *entry)
{
    free(entry->text);
}

static struct shared *
shared_create(const struct vm_forward *d, uint32_t hash,
              const struct members *members,
              const struct vm_aware_meters *meters,
              struct vm_aware_account *account)
{
    struct shared *shared = xzalloc(sizeof *shared);

    fill_entry(&shared->entry, d, members, meters, account);
    ovs_refcount_init(&shared->ref_cnt);
    shared->hash = hash;
    shared->has_mac = d->mac != NULL;
    shared->mac = d->mac ? *d->mac : eth_addr_zero;
    shared->version = d->version;
    return shared;
}

static void
shared_unref(struct shared *shared)
{
    if (ovs_refcount_unref(&shared->ref_cnt) == 1) {
        entry_uninit(&shared->entry);
        free(shared);
    }
}

/* Returns true if 'shared' is what shared_create() would make, provided that
 * no name of a member means another one than in its table. */
static bool
is_same(const struct shared *shared, const struct vm_forward *d,
        const struct vm_aware_meters *meters)
{
    return (d->version && shared->version == d->version
            && shared->entry.meter == vm_aware_meters_find(meters, d->meter)
            && shared->entry.down == d->down
            && shared->has_mac == (d->mac != NULL)
            && (!d->mac || eth_addr_equals(shared->mac, *d->mac))
            && nullable_string_is_equal(shared->entry.vm_name,
                                        get_vm_name(d)));
}

static struct shared *
find(const struct vm_aware_table *table, const char *name, uint32_t hash)
{
    const struct vm_aware_node *node;

    HMAP_FOR_EACH_WITH_HASH (node, name_node, hash, &table->by_name) {
        if (!strcmp(node->shared->entry.interface, name)) {
            return node->shared;
        }
    }
    return NULL;
}

/* Adds 'node', which has its entry. */
static void
add_node(struct vm_aware_table *table, struct vm_aware_node *node)
{
    const struct shared *shared = node->shared;

    hmap_insert(&table->by_name, &node->name_node, shared->hash);
    if (shared->has_mac) {
        hmap_insert(&table->by_mac, &node->mac_node,
                    hash_mac(shared->mac, 0, 0));
    }
}

/* The entries of a table that are still to be compared with those of the next
 * one.  Both are in the order of names. */
struct old {
    const struct vm_aware_node *nodes;
    size_t n;
};

/* Returns the entry of 'old' that can stand for 'd', or null. */
static struct shared *
take_over(struct old *old, const struct vm_forward *d,
          const struct vm_aware_meters *meters)
{
    for (; old->n; old->nodes++, old->n--) {
        struct shared *shared = old->nodes->shared;

        /* An interface has a version of its own: most names need not be
         * compared. */
        if (is_same(shared, d, meters)) {
            old->nodes++;
            old->n--;
            return shared;
        } else if (strcmp(shared->entry.interface, d->interface) >= 0) {
            return NULL;
        }
    }
    return NULL;
}

/* Adds an entry for each interface of 'forwarding'.  Takes over what it can of
 * 'old', which may be null. */
static void
add_interfaces(struct vm_aware_table *table,
               const struct vm_forwarding *forwarding,
               const struct members *members,
               const struct vm_aware_meters *meters,
               const struct shash *accounts, const struct vm_aware_table *old)
{
    struct old rest = { NULL, 0 };

    if (old) {
        rest = (struct old) { old->nodes, old->n_nodes };
    }
    table->n_nodes = forwarding->n;
    table->nodes = xcalloc(forwarding->n, sizeof *table->nodes);
    hmap_reserve(&table->by_name, forwarding->n);
    hmap_reserve(&table->by_mac, forwarding->n);
    for (size_t i = 0; i < forwarding->n; i++) {
        const struct vm_forward *d = &forwarding->list[i];
        struct shared *shared = take_over(&rest, d, meters);

        if (shared) {
            ovs_refcount_ref(&shared->ref_cnt);
        } else {
            shared = shared_create(d, hash_string(d->interface, 0), members,
                                   meters,
                                   shash_find_data(accounts, d->interface));
        }
        table->nodes[i].shared = shared;
        add_node(table, &table->nodes[i]);
    }
}

struct vm_aware_table *
vm_aware_table_build(const struct vm_engine *engine, const struct bond *bond,
                     const struct vm_aware_meters *meters,
                     const struct shash *accounts,
                     unsigned int n_handle_changes,
                     const struct vm_aware_table *old)
{
    struct vm_aware_table *table = xzalloc(sizeof *table);
    struct vm_forwarding forwarding;
    struct members members;

    hmap_init(&table->by_name);
    hmap_init(&table->by_mac);
    sset_init(&table->members);
    table->lacp_negotiated = bond_is_lacp_negotiated(bond);
    table->n_handle_changes = n_handle_changes;
    if (old && old->n_handle_changes != n_handle_changes) {
        old = NULL;
    }

    members.n = bond_get_members(bond, &members.views);
    vm_engine_get_forwarding(engine, &forwarding);
    add_interfaces(table, &forwarding, &members, meters, accounts, old);
    fill_entry(&table->host, &forwarding.host, &members, meters, NULL);
    fill_entry(&table->unidentified, &forwarding.unidentified, &members,
               meters, NULL);
    table->single_source = (!table->lacp_negotiated
                            && !forwarding.split_tunnels);
    vm_forwarding_destroy(&forwarding);
    for (size_t i = 0; i < members.n; i++) {
        sset_add(&table->members, members.views[i].name);
    }
    free(members.views);

    return table;
}

void
vm_aware_table_destroy(struct vm_aware_table *table)
{
    if (!table) {
        return;
    }
    hmap_destroy(&table->by_name);
    hmap_destroy(&table->by_mac);
    for (size_t i = 0; i < table->n_nodes; i++) {
        shared_unref(table->nodes[i].shared);
    }
    free(table->nodes);
    sset_destroy(&table->members);
    entry_uninit(&table->host);
    entry_uninit(&table->unidentified);
    free(table);
}

/* Returns the entry for frames that entered the switch by the interface named
 * 'name', or null.  What came in over the bond and is routed back is the
 * host's. */
const struct vm_aware_entry *
vm_aware_table_find_interface(const struct vm_aware_table *table,
                              const char *name)
{
    const struct shared *shared = find(table, name, hash_string(name, 0));

    return (shared ? &shared->entry
            : sset_contains(&table->members, name) ? &table->host : NULL);
}

/* Returns the entry of the interface to which the database attaches 'mac', or
 * null.  An address that was merely learned does not count: a guest can forge
 * it. */
const struct vm_aware_entry *
vm_aware_table_find_attached(const struct vm_aware_table *table,
                             struct eth_addr mac)
{
    const struct vm_aware_node *node;

    HMAP_FOR_EACH_WITH_HASH (node, mac_node, hash_mac(mac, 0, 0),
                             &table->by_mac) {
        if (eth_addr_equals(node->shared->mac, mac)) {
            return &node->shared->entry;
        }
    }
    return NULL;
}
