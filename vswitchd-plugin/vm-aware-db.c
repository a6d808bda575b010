/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-db.h"

#include <string.h>

#include "coverage.h"
#include "ofproto/ofproto-dpif.h"
#include "openvswitch/shash.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"
#include "vm-aware-account.h"
#include "vm-aware-drops.h"
#include "vm-aware-status.h"
#include "vm-aware.h"
#include "vm-engine.h"
#include "vswitch-idl.h"

COVERAGE_DEFINE(vm_aware_db_all);
COVERAGE_DEFINE(vm_aware_db_interface);

/* Some decision changed, so the status might have, too. */
static bool decisions_changed;

/* The bridge on which an interface sits, and its port there. */
struct place {
    const struct ovsrec_bridge *bridge;
    const struct ovsrec_port *port;
};

void
vm_aware_db_init(struct ovsdb_idl *idl)
{
    ovsdb_idl_track_add_column_quietly(idl,
                                       &ovsrec_interface_col_external_ids);
}

/* To be called when decisions changed. */
void
vm_aware_db_changed(void)
{
    decisions_changed = true;
}

/* Configuration of the bond and its members. */

static void
free_member_configs(struct vm_aware *va)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &va->member_configs) {
        smap_destroy(node->data);
        free(node->data);
    }
    shash_clear(&va->member_configs);
}

static bool
is_bond_of(const struct vm_aware *va, const struct place *place)
{
    return (!strcmp(va->ofproto->up.name, place->bridge->name)
            && !strcmp(vm_aware_name(va), place->port->name));
}

static void
tell_bond(struct vm_aware *va, const struct ovsrec_port *port,
          long long int now)
{
    free_member_configs(va);
    for (size_t i = 0; i < port->n_interfaces; i++) {
        const struct ovsrec_interface *iface = port->interfaces[i];
        struct smap *config = xmalloc(sizeof *config);

        smap_clone(config, &iface->other_config);
        shash_add_once(&va->member_configs, iface->name, config);
    }
    va->is_access = port->n_tag && (!port->vlan_mode
                                    || !strcmp(port->vlan_mode, "access"));
    vm_engine_set_bond(va->engine, &port->other_config, now);
}

/* Interfaces. */

/* Returns the VLAN under which frames of an interface in 'place' leave over
 * the bond of 'va' unless the guest tags them, or -1 if that depends on what
 * lies between. */
static int
get_access_vlan(const struct vm_aware *va, const struct place *place)
{
    if (strcmp(va->ofproto->up.name, place->bridge->name)) {
        return -1;
    }
    return place->port->n_tag && !va->is_access ? *place->port->tag : 0;
}

static void
tell_interface(struct vm_aware *va, const struct ovsrec_interface *iface,
               const struct place *place, long long int now)
{
    const char *bond = smap_get(&iface->status, "vm_aware_bond");
    bool ours = bond && !strcmp(bond, vm_aware_name(va));
    const struct smap *status = &iface->status;
    const struct vm_interface_facts facts = {
        .external_ids = &iface->external_ids,
        .internal = (!strcmp(iface->type, "internal")
                     || !strcmp(iface->name, place->bridge->name)),
        .access_vlan = get_access_vlan(va, place),
        .was_uplink = ours ? vm_aware_status_uplink(status, "uplink") : NULL,
        .was_home = ours ? vm_aware_status_uplink(status, "home") : NULL,
        .was_pinned = ours ? vm_aware_status_uplink(status, "pinned") : NULL,
    };

    if (!shash_find(&va->accounts, iface->name)) {
        shash_add(&va->accounts, iface->name,
                  vm_aware_account_create(vm_aware_name(va), iface->name));
        va->publish = true;
    }
    vm_engine_set_interface(va->engine, iface->name, &facts, now);
}

static void
forget_interface(struct vm_aware *va, const char *name_, long long int now)
{
    struct vm_aware_account *account;
    char *name = xstrdup(name_);

    vm_engine_set_interface(va->engine, name, NULL, now);
    account = shash_find_and_delete(&va->accounts, name);
    if (account) {
        vm_aware_retire_account(va, account);
    }
    va->publish = true;
    free(name);
}

/* Returns true if frames can enter the datapath of 'va' by 'iface' and may
 * leave over its bond: it is no patch port and no member of the bond. */
static bool
is_sender(const struct vm_aware *va, const struct ovsrec_interface *iface,
          const struct place *place)
{
    const struct ofproto_dpif *ofproto
        = ofproto_dpif_lookup_by_name(place->bridge->name);

    return (ofproto && ofproto->backer == va->ofproto->backer
            && strcmp(iface->type, "patch") && !is_bond_of(va, place));
}

typedef void visit_func(struct vm_aware *, const struct ovsrec_interface *,
                        const struct place *, void *aux);

/* Calls 'visit' for all Interfaces of all bridges. */
static void
for_each_interface(const struct ovsrec_open_vswitch *cfg,
                   struct vm_aware *va, visit_func *visit, void *aux)
{
    for (size_t i = 0; i < cfg->n_bridges; i++) {
        struct place place = { .bridge = cfg->bridges[i] };

        for (size_t j = 0; j < place.bridge->n_ports; j++) {
            place.port = place.bridge->ports[j];
            for (size_t k = 0; k < place.port->n_interfaces; k++) {
                visit(va, place.port->interfaces[k], &place, aux);
            }
        }
    }
}

struct visit_aux {
    struct sset seen;           /* Names of the interfaces told. */
    long long int now;
};

static void
visit_bond(struct vm_aware *va,
           const struct ovsrec_interface *iface OVS_UNUSED,
           const struct place *place, void *aux_)
{
    struct visit_aux *aux = aux_;

    if (is_bond_of(va, place)) {
        tell_bond(va, place->port, aux->now);
    }
}

static void
visit_interface(struct vm_aware *va, const struct ovsrec_interface *iface,
                const struct place *place, void *aux_)
{
    struct visit_aux *aux = aux_;

    if (is_sender(va, iface, place)) {
        sset_add(&aux->seen, iface->name);
        tell_interface(va, iface, place, aux->now);
    }
}

static void
tell_all(struct vm_aware *va, const struct ovsrec_open_vswitch *cfg,
         long long int now)
{
    struct visit_aux aux = { .seen = SSET_INITIALIZER(&aux.seen),
                             .now = now };
    struct vm_interface **known;
    size_t n_known;

    COVERAGE_INC(vm_aware_db_all);
    for_each_interface(cfg, va, visit_bond, &aux);
    for_each_interface(cfg, va, visit_interface, &aux);

    known = vm_inventory_interfaces(vm_engine_inventory(va->engine),
                                    &n_known);
    for (size_t i = 0; i < n_known; i++) {
        if (!sset_contains(&aux.seen, known[i]->name)) {
            forget_interface(va, known[i]->name, now);
        }
    }
    free(known);
    sset_destroy(&aux.seen);
}

static void
visit_updated(struct vm_aware *va, const struct ovsrec_interface *iface,
              const struct place *place, void *aux_)
{
    struct visit_aux *aux = aux_;

    if (ovsrec_interface_is_updated(iface, OVSREC_INTERFACE_COL_EXTERNAL_IDS)
        && is_sender(va, iface, place)) {
        COVERAGE_INC(vm_aware_db_interface);
        tell_interface(va, iface, place, aux->now);
    }
}

/* The slots of the class. */

void
vm_aware_db_reconfigured(struct ovsdb_idl *idl)
{
    const struct ovsrec_open_vswitch *cfg = ovsrec_open_vswitch_first(idl);
    long long int now = time_msec();
    struct vm_aware *va;

    if (cfg) {
        VM_AWARE_FOR_EACH_BOND (va) {
            tell_all(va, cfg, now);
            vm_aware_update(va, now);
        }
    }
    decisions_changed = true;
}

void
vm_aware_db_run(struct ovsdb_idl *idl)
{
    const struct ovsrec_open_vswitch *cfg = ovsrec_open_vswitch_first(idl);
    struct visit_aux aux = { .now = time_msec() };
    struct vm_aware *va;

    if (!cfg) {
        return;
    }
    if (ovsrec_interface_track_get_first(idl)) {
        VM_AWARE_FOR_EACH_BOND (va) {
            for_each_interface(cfg, va, visit_updated, &aux);
            vm_aware_update(va, aux.now);
        }
    }
    if (decisions_changed) {
        decisions_changed = false;
        vm_aware_status_update(cfg);
    }
    vm_aware_status_run(idl);
}

void
vm_aware_db_wait(struct ovsdb_idl *idl OVS_UNUSED)
{
    vm_aware_status_wait();
}

void
vm_aware_db_iface_status(const struct ovsrec_interface *iface,
                         struct smap *status)
{
    vm_aware_status_get(iface, status);
}

/* Frees what the database has told 'va'. */
void
vm_aware_db_forget(struct vm_aware *va)
{
    free_member_configs(va);
}

/* What all bonds have counted for one interface. */
struct statistics {
    struct vm_counters counters;
    struct vm_aware_drops drops;
};

/* Returns false if no bond knows 'iface'. */
static bool
sum_up(const char *iface, struct statistics *sum)
{
    struct vm_aware *va;
    bool known = false;

    memset(sum, 0, sizeof *sum);
    VM_AWARE_FOR_EACH_BOND (va) {
        struct vm_aware_account *account = shash_find_data(&va->accounts,
                                                           iface);

        if (account) {
            const struct vm_aware_drops *drops
                = &vm_aware_account_part(account)->drops;
            struct vm_counters counters;

            vm_aware_account_read(account, &counters);
            sum->counters.tx_packets += counters.tx_packets;
            sum->counters.tx_bytes += counters.tx_bytes;
            sum->counters.dropped_packets += counters.dropped_packets;
            sum->counters.dropped_bytes += counters.dropped_bytes;
            sum->drops.limit_packets += drops->limit_packets;
            sum->drops.limit_bytes += drops->limit_bytes;
            sum->drops.share_packets += drops->share_packets;
            sum->drops.share_bytes += drops->share_bytes;
            known = true;
        }
    }
    return known;
}

/* What flows to an uplink counted contains what meters dropped on the way. */
size_t
vm_aware_db_iface_statistics(const char *iface, const char *keys[],
                             int64_t values[])
{
    struct statistics sum;
    uint64_t held_packets, held_bytes;
    size_t n = 0;

    if (!sum_up(iface, &sum)) {
        return 0;
    }
    held_packets = sum.drops.limit_packets + sum.drops.share_packets;
    held_bytes = sum.drops.limit_bytes + sum.drops.share_bytes;
    const struct {
        const char *key;
        int64_t value;
    } rows[] = {
        { "vm_aware_tx_packets",
          sum.counters.tx_packets - MIN(held_packets,
                                        sum.counters.tx_packets) },
        { "vm_aware_tx_bytes",
          sum.counters.tx_bytes - MIN(held_bytes, sum.counters.tx_bytes) },
        { "vm_aware_dropped_packets",
          sum.counters.dropped_packets + held_packets },
        { "vm_aware_dropped_bytes", sum.counters.dropped_bytes + held_bytes },
        { "vm_aware_dropped_limit_packets", sum.drops.limit_packets },
        { "vm_aware_dropped_limit_bytes", sum.drops.limit_bytes },
        { "vm_aware_dropped_share_packets", sum.drops.share_packets },
        { "vm_aware_dropped_share_bytes", sum.drops.share_bytes },
    };

    BUILD_ASSERT_DECL(ARRAY_SIZE(rows) <= BOND_MAX_IFACE_STATISTICS);
    for (n = 0; n < ARRAY_SIZE(rows); n++) {
        keys[n] = rows[n].key;
        values[n] = rows[n].value;
    }
    return n;
}
