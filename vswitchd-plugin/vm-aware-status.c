/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-status.h"

#include <string.h>

#include "coverage.h"
#include "ofproto/ofproto-dpif.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "sset.h"
#include "util.h"
#include "vm-aware-account.h"
#include "vm-aware.h"
#include "vm-engine.h"
#include "vswitch-idl.h"

COVERAGE_DEFINE(vm_aware_status_write);

/* Every key that is written begins so. */
#define PREFIX "vm_aware_"

/* Keys that are absent unless they have something to say.  Once written they
 * are set to "none", since the replica might not yet show what to delete. */
static const char *const optional_keys[] = { PREFIX "home", PREFIX "pinned" };

/* What the column should say about one interface. */
struct wanted {
    struct smap status;         /* Empty: nothing of ours. */
    bool told;                  /* The database has been told.  It is of no use
                                 * to look at the row: others replace the
                                 * column, and the replica lags behind. */
};

/* Interface name to "struct wanted *". */
static struct shash all_wanted = SHASH_INITIALIZER(&all_wanted);

/* The database might have to be told something. */
static bool dirty;

/* The transaction under way, if any. */
static struct ovsdb_idl_txn *txn;

/* What one bond has decided, by interface name. */
struct bond_view {
    const struct vm_aware *va;
    struct vm_decisions decisions;
    struct shash by_interface;  /* To "struct vm_decision *". */
};

static struct bond_view *
take_views(size_t *n)
{
    struct bond_view *views;
    struct vm_aware *va;
    size_t i = 0;

    *n = ovs_list_size(&vm_aware_bonds);
    views = xcalloc(*n, sizeof *views);
    VM_AWARE_FOR_EACH_BOND (va) {
        struct bond_view *view = &views[i++];

        view->va = va;
        shash_init(&view->by_interface);
        vm_engine_get_decisions(va->engine, &view->decisions);
        for (size_t j = 0; j < view->decisions.n; j++) {
            struct vm_decision *d = &view->decisions.list[j];

            shash_add(&view->by_interface, d->interface, d);
        }
    }
    return views;
}

static void
free_views(struct bond_view *views, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        shash_destroy(&views[i].by_interface);
        vm_decisions_destroy(&views[i].decisions);
    }
    free(views);
}

static uint64_t
get_sent(const struct vm_aware *va, const char *iface)
{
    struct vm_counters counters;

    vm_aware_account_read(shash_find_data(&va->accounts, iface), &counters);
    return counters.tx_packets;
}

/* Returns true if the status of 'iface' on 'bridge' should rather be about 'a'
 * than about 'b', both of which know the interface. */
static bool
is_better_view(const struct bond_view *a, const struct bond_view *b,
               const char *iface, const char *bridge)
{
    bool a_here = !strcmp(a->va->ofproto->up.name, bridge);
    bool b_here = !strcmp(b->va->ofproto->up.name, bridge);
    uint64_t a_sent, b_sent;

    if (a_here != b_here) {
        return a_here;
    }
    a_sent = get_sent(a->va, iface);
    b_sent = get_sent(b->va, iface);
    if (a_sent != b_sent) {
        return a_sent > b_sent;
    }
    return strcmp(vm_aware_name(a->va), vm_aware_name(b->va)) < 0;
}

static const struct bond_view *
choose_view(const struct bond_view *views, size_t n, const char *iface,
            const char *bridge)
{
    const struct bond_view *best = NULL;

    for (size_t i = 0; i < n; i++) {
        if (shash_find(&views[i].by_interface, iface)
            && (!best || is_better_view(&views[i], best, iface, bridge))) {
            best = &views[i];
        }
    }
    return best;
}

static void
compose(const struct bond_view *view, const char *iface, struct smap *status)
{
    const struct vm_decision *d = shash_find_data(&view->by_interface, iface);

    smap_add(status, PREFIX "bond", vm_aware_name(view->va));
    smap_add(status, PREFIX "uplink", d->uplink ? d->uplink : "none");
    smap_add(status, PREFIX "state", !d->uplink ? "dropping"
             : d->slot->endpoint->held ? "limited" : "forwarding");
    smap_add(status, PREFIX "reason", vm_reason_to_token(d->reason));
    smap_add(status, PREFIX "request", "none");
    if (d->slot->home) {
        smap_add(status, PREFIX "home", d->slot->home);
    }
    if (d->slot->pinned) {
        smap_add(status, PREFIX "pinned", d->slot->pinned);
    }
}

/* Replaces what is wanted of 'iface' by 'status', which is destroyed. */
static void
set_wanted(const char *iface, struct smap *status)
{
    struct wanted *wanted = shash_find_data(&all_wanted, iface);

    if (!wanted) {
        wanted = xzalloc(sizeof *wanted);
        smap_init(&wanted->status);
        shash_add(&all_wanted, iface, wanted);
    }
    for (size_t i = 0; i < ARRAY_SIZE(optional_keys); i++) {
        const char *key = optional_keys[i];

        if (smap_get(&wanted->status, key) && !smap_get(status, key)
            && !smap_is_empty(status)) {
            smap_add(status, key, "none");
        }
    }
    if (wanted->told && !smap_equal(&wanted->status, status)) {
        wanted->told = false;
    }
    smap_destroy(&wanted->status);
    smap_clone(&wanted->status, status);
    smap_destroy(status);
}

/* What is wanted of all interfaces that are not in 'seen' is nothing. */
static void
unwant_others(const struct sset *seen)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &all_wanted) {
        if (!sset_contains(seen, node->name)) {
            struct smap nothing = SMAP_INITIALIZER(&nothing);

            set_wanted(node->name, &nothing);
        }
    }
}

/* Forgets the interfaces about which the database has been told that nothing
 * is to be said. */
static void
forget_unwanted(void)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &all_wanted) {
        struct wanted *wanted = node->data;

        if (wanted->told && smap_is_empty(&wanted->status)) {
            smap_destroy(&wanted->status);
            free(wanted);
            shash_delete(&all_wanted, node);
        }
    }
}

static void
want(const struct bond_view *views, size_t n, const char *iface,
     const char *bridge, struct sset *seen)
{
    const struct bond_view *view = choose_view(views, n, iface, bridge);
    const struct vm_decision *d;
    struct smap status = SMAP_INITIALIZER(&status);

    d = view ? shash_find_data(&view->by_interface, iface) : NULL;
    if (!d || !d->slot || !strcmp(d->slot->endpoint->id, VM_HOST_ID)) {
        return;
    }
    if (sset_add(seen, iface)) {
        compose(view, iface, &status);
        set_wanted(iface, &status);
    }
}

/* Notes which VMs are held below what they would send.  Returns true if these
 * are others than before, so that the column has to be computed anew. */
bool
vm_aware_status_note_held(struct vm_aware *va)
{
    const struct vm_inventory *inventory = vm_engine_inventory(va->engine);
    struct sset held = SSET_INITIALIZER(&held);
    struct shash_node *node;
    bool changed;

    SHASH_FOR_EACH (node, &inventory->endpoints) {
        const struct vm_endpoint *endpoint = node->data;

        if (endpoint->held != VM_HELD_NOT) {
            sset_add(&held, node->name);
        }
    }
    changed = !sset_equals(&held, &va->held);
    sset_swap(&held, &va->held);
    sset_destroy(&held);
    return changed;
}

/* Computes anew what the column should say. */
void
vm_aware_status_update(const struct ovsrec_open_vswitch *cfg)
{
    struct sset seen = SSET_INITIALIZER(&seen);
    struct bond_view *views;
    size_t n;

    views = take_views(&n);
    for (size_t i = 0; n && i < cfg->n_bridges; i++) {
        const struct ovsrec_bridge *bridge = cfg->bridges[i];

        for (size_t j = 0; j < bridge->n_ports; j++) {
            const struct ovsrec_port *port = bridge->ports[j];

            for (size_t k = 0; k < port->n_interfaces; k++) {
                want(views, n, port->interfaces[k]->name, bridge->name,
                     &seen);
            }
        }
    }
    free_views(views, n);
    unwant_others(&seen);
    sset_destroy(&seen);
    dirty = true;
}

static void
write_row(const struct ovsrec_interface *iface)
{
    struct wanted *wanted = shash_find_data(&all_wanted, iface->name);
    struct smap_node *node;

    if (!wanted || smap_is_empty(&wanted->status)) {
        SMAP_FOR_EACH (node, &iface->status) {
            if (!strncmp(node->key, PREFIX, strlen(PREFIX))) {
                ovsrec_interface_update_status_delkey(iface, node->key);
            }
        }
    } else if (!wanted->told) {
        SMAP_FOR_EACH (node, &wanted->status) {
            ovsrec_interface_update_status_setkey(iface, node->key,
                                                  node->value);
            COVERAGE_INC(vm_aware_status_write);
        }
    }
    if (wanted) {
        wanted->told = true;
    }
}

/* After a transaction that failed. */
static void
tell_all_again(void)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &all_wanted) {
        struct wanted *wanted = node->data;

        wanted->told = false;
    }
    dirty = true;
}

/* Writes what is to be written, and takes note of what has been. */
void
vm_aware_status_run(struct ovsdb_idl *idl)
{
    enum ovsdb_idl_txn_status result;

    if (!txn && dirty) {
        const struct ovsrec_interface *iface;

        dirty = false;
        txn = ovsdb_idl_txn_create(idl);
        OVSREC_INTERFACE_FOR_EACH (iface, idl) {
            write_row(iface);
        }
    }
    if (txn) {
        result = ovsdb_idl_txn_commit(txn);
        if (result != TXN_INCOMPLETE) {
            ovsdb_idl_txn_destroy(txn);
            txn = NULL;
            if (result == TXN_SUCCESS || result == TXN_UNCHANGED) {
                forget_unwanted();
            } else {
                tell_all_again();
            }
        }
    }
}

void
vm_aware_status_wait(void)
{
    if (txn) {
        ovsdb_idl_txn_wait(txn);
    } else if (dirty) {
        poll_immediate_wake();
    }
}

/* Adds to 'status', which is about to replace the column, what it should say
 * about 'iface'.  Right after a start, when nothing has been decided, that is
 * what it said before. */
void
vm_aware_status_get(const struct ovsrec_interface *iface, struct smap *status)
{
    struct wanted *wanted = shash_find_data(&all_wanted, iface->name);
    struct smap_node *node;

    SMAP_FOR_EACH (node, wanted ? &wanted->status : &iface->status) {
        if (!strncmp(node->key, PREFIX, strlen(PREFIX))) {
            smap_replace(status, node->key, node->value);
        }
    }
}

/* Returns the uplink that 'status' tells under "vm_aware_" and 'key', or
 * null. */
const char *
vm_aware_status_uplink(const struct smap *status, const char *key)
{
    char *full_key = xasprintf(PREFIX "%s", key);
    const char *uplink = smap_get(status, full_key);

    free(full_key);
    return uplink && strcmp(uplink, "none") ? uplink : NULL;
}
