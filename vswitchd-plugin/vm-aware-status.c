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
#include "timeval.h"
#include "util.h"
#include "vm-aware-account.h"
#include "vm-aware-bond.h"
#include "vm-aware-column.h"
#include "vm-aware-join.h"

/* Every key that is written begins so. */
#define PREFIX "vm_aware_"

const char *const vm_aware_interface_keys[] = {
    PREFIX "bond", PREFIX "vm", PREFIX "uplink", PREFIX "state",
    PREFIX "reason", PREFIX "request", PREFIX "request_id",
    PREFIX "request_reason", PREFIX "request_demand", PREFIX "failover",
    PREFIX "home", PREFIX "pinned", PREFIX "silent", NULL
};

const char *const vm_aware_port_keys[] = {
    PREFIX "state", PREFIX "usable", PREFIX "room", PREFIX "load_ppm", NULL
};

/* What one bond has decided about an interface. */
struct view {
    const struct vm_aware_bond *va;
    const struct vm_forward *forward;
};

/* What all bonds have decided. */
struct views {
    const struct vm_aware_bond **bonds; /* By name. */
    struct vm_forwarding *forwardings; /* One per bond. */
    size_t n_bonds;
    struct shash by_interface;  /* To the best "struct view *". */
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
add_view(struct views *views, const struct view *view, const char *bridge)
{
    const char *iface = view->forward->interface;
    struct view *best = shash_find_data(&views->by_interface, iface);

    if (!best) {
        shash_add(&views->by_interface, iface, xmemdup(view, sizeof *view));
    } else if (is_better_view(view, best, iface, bridge)) {
        *best = *view;
    }
}

static void
views_init(struct views *views, const struct ovs_list *bonds,
           const struct smap *bridges)
{
    views->bonds = vm_aware_join_sort(bonds, &views->n_bonds);
    views->forwardings = xcalloc(views->n_bonds, sizeof *views->forwardings);
    shash_init(&views->by_interface);
    for (size_t i = 0; i < views->n_bonds; i++) {
        const struct vm_aware_bond *va = views->bonds[i];
        struct vm_forwarding *forwarding = &views->forwardings[i];

        vm_engine_get_forwarding(va->engine, forwarding);
        for (size_t j = 0; j < forwarding->n; j++) {
            const struct view view = { va, &forwarding->list[j] };

            if (view.forward->slot
                && !vm_endpoint_is_host(view.forward->slot->endpoint)) {
                add_view(views, &view,
                         smap_get(bridges, view.forward->interface));
            }
        }
    }
}

static void
views_destroy(struct views *views)
{
    for (size_t i = 0; i < views->n_bonds; i++) {
        vm_forwarding_destroy(&views->forwardings[i]);
    }
    free(views->bonds);
    free(views->forwardings);
    shash_destroy_free_data(&views->by_interface);
}

/* Adds the request about the VM of 'slot', as all bonds together make it, and
 * the failover of the bond of 'view' that concerns it. */
static void
compose_request(const struct view *view, const struct vm_slot *slot,
                const struct views *views, struct smap *keys)
{
    const struct vm_requests *requests
        = vm_engine_requests(view->va->engine);
    const struct vm_failover *failover
        = vm_failovers_find(&requests->failovers, slot->endpoint,
                            time_msec());
    const struct vm_request *request
        = vm_aware_join_published(views->bonds, views->n_bonds,
                                  slot->endpoint->id);

    smap_add(keys, PREFIX "request",
             vm_request_kind_to_string(request ? vm_request_published(request)
                                       : VM_REQUEST_NONE));
    if (request) {
        smap_add(keys, PREFIX "request_id", request->id);
        smap_add(keys, PREFIX "request_reason",
                 vm_reason_to_token(request->reason));
    }
    if (request && request->demand) {
        smap_add_format(keys, PREFIX "request_demand", "%"PRIu64,
                        request->demand);
    }
    if (failover) {
        smap_add_nocopy(keys, xstrdup(PREFIX "failover"),
                        vm_failover_to_string(failover));
    }
}

static void
compose(const struct view *view, const struct views *views,
        struct smap *keys)
{
    const struct vm_forward *d = view->forward;
    const struct vm_slot *slot = d->slot;

    smap_add(keys, PREFIX "bond", vm_aware_bond_name(view->va));
    smap_add(keys, PREFIX "vm", slot->endpoint->id);
    smap_add(keys, PREFIX "uplink", d->member ? d->member : "none");
    smap_add(keys, PREFIX "state", !d->member ? "dropping"
             : slot->endpoint->limited ? "limited" : "forwarding");
    smap_add(keys, PREFIX "reason", vm_reason_to_token(d->reason));
    compose_request(view, slot, views, keys);
    if (slot->home) {
        smap_add(keys, PREFIX "home", slot->home);
    }
    if (slot->pinned) {
        smap_add(keys, PREFIX "pinned", slot->pinned);
    }
    if (slot->endpoint->policy.exclusive
        && vm_endpoint_is_silent(slot->endpoint)) {
        smap_add(keys, PREFIX "silent", "true");
    }
}

void
vm_aware_status_set_interfaces(struct vm_aware_column *column,
                               const struct ovs_list *bonds,
                               const struct smap *bridges)
{
    struct sset names = SSET_INITIALIZER(&names);
    struct shash_node *node;
    struct views views;

    views_init(&views, bonds, bridges);
    SHASH_FOR_EACH (node, &views.by_interface) {
        struct smap keys = SMAP_INITIALIZER(&keys);

        sset_add(&names, node->name);
        compose(node->data, &views, &keys);
        vm_aware_column_want(column, node->name, &keys);
    }
    vm_aware_column_want_only(column, &names);
    sset_destroy(&names);
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
