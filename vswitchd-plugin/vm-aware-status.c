/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-status.h"

#include <stdlib.h>
#include <string.h>

#include "engine/vm-engine.h"
#include "engine/vm-requests.h"
#include "model/vm-endpoint.h"
#include "smap.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"
#include "vm-aware-account.h"
#include "vm-aware-bond.h"
#include "vm-aware-column.h"
#include "vm-aware-join.h"
#include "vm-aware-rows.h"

/* Every key that is written begins so. */
#define PREFIX "vm_aware_"

const char *const vm_aware_interface_keys[VM_AWARE_N_INTERFACE_KEYS] = {
    [VM_AWARE_KEY_BOND] = PREFIX "bond",
    [VM_AWARE_KEY_VM] = PREFIX "vm",
    [VM_AWARE_KEY_UPLINK] = PREFIX "uplink",
    [VM_AWARE_KEY_STATE] = PREFIX "state",
    [VM_AWARE_KEY_REASON] = PREFIX "reason",
    [VM_AWARE_KEY_REQUEST] = PREFIX "request",
    [VM_AWARE_KEY_REQUEST_ID] = PREFIX "request_id",
    [VM_AWARE_KEY_REQUEST_REASON] = PREFIX "request_reason",
    [VM_AWARE_KEY_REQUEST_DEMAND] = PREFIX "request_demand",
    [VM_AWARE_KEY_FAILOVER] = PREFIX "failover",
    [VM_AWARE_KEY_HOME] = PREFIX "home",
    [VM_AWARE_KEY_PINNED] = PREFIX "pinned",
    [VM_AWARE_KEY_SILENT] = PREFIX "silent",
};

const char *const vm_aware_port_keys[VM_AWARE_N_PORT_KEYS] = {
    PREFIX "state", PREFIX "usable", PREFIX "room", PREFIX "load_ppm",
};

/* The status of an interface. */
struct keys {
    const char *values[VM_AWARE_N_INTERFACE_KEYS]; /* Null: none. */
    char *demand;               /* Those of the values... */
    char *failover;             /* ...that are composed. */
};

/* What one bond has decided about an interface. */
struct view {
    const struct vm_aware_bond *va;
    struct vm_forward forward;
};

/* The bonds. */
struct views {
    const struct vm_aware_bond **bonds; /* By name. */
    struct vm_forward *unidentified; /* That of each. */
    size_t n_bonds;
};

static uint64_t
get_sent(const struct vm_aware_bond *va, const char *iface)
{
    struct vm_counters counters;

    vm_aware_account_read(shash_find_data(&va->accounts, iface), &counters);
    return counters.tx_packets;
}

/* Returns true if the status of 'iface' on 'bridge' should rather be about 'a'
 * than about 'b', both of which know the interface. */
static bool
is_better_view(const struct view *a, const struct view *b, const char *iface,
               const char *bridge)
{
    bool a_here = nullable_string_is_equal(vm_aware_bond_bridge(a->va),
                                           bridge);
    bool b_here = nullable_string_is_equal(vm_aware_bond_bridge(b->va),
                                           bridge);
    uint64_t a_sent, b_sent;

    if (a_here != b_here) {
        return a_here;
    }
    a_sent = get_sent(a->va, iface);
    b_sent = get_sent(b->va, iface);
    if (a_sent != b_sent) {
        return a_sent > b_sent;
    }
    return strcmp(vm_aware_bond_name(a->va), vm_aware_bond_name(b->va)) < 0;
}

static void
views_init(struct views *views, const struct ovs_list *bonds,
           long long int now)
{
    views->bonds = vm_aware_join_sort(bonds, &views->n_bonds);
    views->unidentified = xcalloc(views->n_bonds,
                                  sizeof *views->unidentified);
    for (size_t i = 0; i < views->n_bonds; i++) {
        const struct vm_engine *engine = views->bonds[i]->engine;
        struct vm_forwarding common;

        vm_forwarding_init_common(&common, vm_engine_inventory(engine),
                                  vm_engine_config(engine), now);
        views->unidentified[i] = common.unidentified;
    }
}

static void
views_destroy(struct views *views)
{
    free(views->bonds);
    free(views->unidentified);
}

/* Stores in '*view' what bond 'i' has decided about the interface named
 * 'iface'.  Returns false if that is not an interface of a VM there. */
static bool
get_view(const struct views *views, size_t i, const char *iface,
         long long int now, struct view *view)
{
    const struct vm_aware_bond *va = views->bonds[i];
    const struct vm_interface *known = vm_inventory_find_interface(
        vm_engine_inventory(va->engine), iface);

    if (!known || !known->slot) {
        return false;
    }
    view->va = va;
    vm_forward_init(&view->forward, known, &views->unidentified[i], now);
    return (view->forward.slot
            && !vm_endpoint_is_host(view->forward.slot->endpoint));
}

/* Stores in '*best' what the status of 'iface' should be about.  Returns false
 * if it should say nothing. */
static bool
find_view(const struct views *views, const char *iface, long long int now,
          struct view *best)
{
    const struct vm_aware_row *row = vm_aware_rows_find(BOND_ROW_INTERFACE,
                                                        iface);
    const char *bridge = row ? row->bridge : NULL;
    bool found = false;

    for (size_t i = 0; i < views->n_bonds; i++) {
        struct view view;

        if (get_view(views, i, iface, now, &view)
            && (!found || is_better_view(&view, best, iface, bridge))) {
            *best = view;
            found = true;
        }
    }
    return found;
}

/* Sets the request about the VM of 'slot', as all bonds together make it, and
 * the failover of the bond of 'view' that concerns it. */
static void
compose_request(const struct view *view, const struct vm_slot *slot,
                const struct views *views, long long int now,
                struct keys *keys)
{
    const struct vm_requests *requests
        = vm_engine_requests(view->va->engine);
    const struct vm_failover *failover
        = vm_failovers_find(&requests->failovers, slot->endpoint, now);
    const struct vm_request *request
        = vm_aware_join_published(views->bonds, views->n_bonds,
                                  slot->endpoint->id);

    keys->values[VM_AWARE_KEY_REQUEST] = vm_request_kind_to_string(
        request ? vm_request_published(request) : VM_REQUEST_NONE);
    if (request) {
        keys->values[VM_AWARE_KEY_REQUEST_ID] = request->id;
        keys->values[VM_AWARE_KEY_REQUEST_REASON]
            = vm_reason_to_token(request->reason);
    }
    if (request && request->demand) {
        keys->demand = xasprintf("%"PRIu64, request->demand);
        keys->values[VM_AWARE_KEY_REQUEST_DEMAND] = keys->demand;
    }
    if (failover) {
        keys->failover = vm_failover_to_string(failover);
        keys->values[VM_AWARE_KEY_FAILOVER] = keys->failover;
    }
}

static void
compose(const struct view *view, const struct views *views,
        long long int now, struct keys *keys)
{
    const struct vm_forward *d = &view->forward;
    const struct vm_slot *slot = d->slot;

    memset(keys, 0, sizeof *keys);
    keys->values[VM_AWARE_KEY_BOND] = vm_aware_bond_name(view->va);
    keys->values[VM_AWARE_KEY_VM] = slot->endpoint->id;
    keys->values[VM_AWARE_KEY_UPLINK] = d->member ? d->member : "none";
    keys->values[VM_AWARE_KEY_STATE]
        = (!d->member ? "dropping"
           : slot->endpoint->limited ? "limited" : "forwarding");
    keys->values[VM_AWARE_KEY_REASON] = vm_reason_to_token(d->reason);
    compose_request(view, slot, views, now, keys);
    keys->values[VM_AWARE_KEY_HOME] = slot->home;
    keys->values[VM_AWARE_KEY_PINNED] = slot->pinned;
    if (slot->endpoint->policy.exclusive
        && vm_endpoint_is_silent(slot->endpoint)) {
        keys->values[VM_AWARE_KEY_SILENT] = "true";
    }
}

/* Updates what is wanted of the interface named 'iface'. */
static void
want_interface(struct vm_aware_column *column, const struct views *views,
               const char *iface, long long int now)
{
    struct view view = { .va = NULL };

    if (find_view(views, iface, now, &view)) {
        struct keys keys;

        compose(&view, views, now, &keys);
        vm_aware_column_want(column, iface, keys.values);
        free(keys.demand);
        free(keys.failover);
    } else {
        vm_aware_column_drop(column, iface);
    }
}

bool
vm_aware_status_is_of_other(const struct vm_aware_column *column,
                            const struct ovs_list *bonds,
                            const struct sset *senders)
{
    long long int now = time_msec();
    struct views views;
    const char *name;
    bool other = false;

    views_init(&views, bonds, now);
    SSET_FOR_EACH (name, senders) {
        const char *bond = vm_aware_column_value(column, name,
                                                 VM_AWARE_KEY_BOND);
        struct view view;

        if (bond && find_view(&views, name, now, &view)
            && strcmp(bond, vm_aware_bond_name(view.va))) {
            other = true;
            break;
        }
    }
    views_destroy(&views);
    return other;
}

void
vm_aware_status_set_interfaces(struct vm_aware_column *column,
                               const struct ovs_list *bonds,
                               const struct sset *names)
{
    long long int now = time_msec();
    struct views views;
    const char *name;

    views_init(&views, bonds, now);
    if (names) {
        SSET_FOR_EACH (name, names) {
            want_interface(column, &views, name, now);
        }
    } else {
        const struct vm_aware_row *row;

        vm_aware_column_begin(column);
        VM_AWARE_FOR_EACH_ROW (row, BOND_ROW_INTERFACE) {
            want_interface(column, &views, row->name, now);
        }
        vm_aware_column_end(column);
    }
    views_destroy(&views);
}

bool
vm_aware_status_is_of(const struct smap *keys, const char *bond,
                      const char *vm)
{
    const char *of_bond = smap_get(keys, PREFIX "bond");

    return (of_bond && !strcmp(of_bond, bond)
            && !strcmp(smap_get_def(keys, PREFIX "vm", vm), vm));
}

const char *
vm_aware_status_member(const struct smap *keys, const char *key)
{
    char *full_key = xasprintf(PREFIX "%s", key);
    const char *member = smap_get(keys, full_key);

    free(full_key);
    return member && strcmp(member, "none") ? member : NULL;
}
