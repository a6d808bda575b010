/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware.h"

#include <string.h>

#include "coverage.h"
#include "netdev.h"
#include "ofproto/ofproto-dpif.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"
#include "vm-aware-account.h"
#include "vm-aware-announce.h"
#include "vm-aware-db.h"
#include "vm-aware-drops.h"
#include "vm-aware-log.h"
#include "vm-aware-status.h"
#include "vm-aware-table.h"
#include "vm-aware-unixctl.h"
#include "vm-aware-xlate.h"
#include "vm-describe.h"
#include "vm-engine.h"

COVERAGE_DEFINE(vm_aware_publish);

/* How often addresses that are in use are heard of again, in ms.  Well below
 * the time after which the engine forgets one. */
#define FORGET_INTERVAL 60000

struct ovs_list vm_aware_bonds = OVS_LIST_INITIALIZER(&vm_aware_bonds);

struct vm_aware *
vm_aware_cast(const struct bond_impl *impl)
{
    return CONTAINER_OF(impl, struct vm_aware, up);
}

const char *
vm_aware_name(const struct vm_aware *va)
{
    return bond_get_name(va->bond);
}

/* Returns the bond named 'bond', or null. */
struct vm_aware *
vm_aware_find(const char *bond)
{
    struct vm_aware *va;

    VM_AWARE_FOR_EACH_BOND (va) {
        if (!strcmp(vm_aware_name(va), bond)) {
            return va;
        }
    }
    return NULL;
}

/* Telling the engine. */

static uint64_t
get_link_speed(struct netdev *netdev)
{
    enum netdev_features current;
    int error = netdev_get_features(netdev, &current, NULL, NULL, NULL);

    return error ? 0 : netdev_features_to_bps(current, 0);
}

static void
forget_lost_members(struct vm_aware *va, const struct bond_member_view *views,
                    size_t n, long long int now)
{
    const struct vm_inventory *inventory = vm_engine_inventory(va->engine);

    for (size_t i = inventory->n_members; i > 0; i--) {
        const char *name = inventory->members[i - 1]->name;
        size_t j = 0;

        while (j < n && strcmp(views[j].name, name)) {
            j++;
        }
        if (j >= n) {
            char *copy = xstrdup(name);

            vm_engine_set_member(va->engine, copy, NULL, now);
            free(copy);
        }
    }
}

static void
tell_members(struct vm_aware *va, long long int now)
{
    static const struct smap none = SMAP_INITIALIZER(&none);
    bool negotiated = bond_is_lacp_negotiated(va->bond);
    struct bond_member_view *views;
    size_t n = bond_get_members(va->bond, &views);

    forget_lost_members(va, views, n, now);
    for (size_t i = 0; i < n; i++) {
        const struct smap *config = shash_find_data(&va->member_configs,
                                                    views[i].name);
        const struct vm_member_facts facts = {
            .enabled = views[i].enabled,
            .link_speed = get_link_speed(views[i].netdev),
            .other_config = config ? config : &none,
        };

        vm_engine_set_member(va->engine, views[i].name, &facts, now);
    }
    free(views);

    if (va->lacp_negotiated != negotiated) {
        va->lacp_negotiated = negotiated;
        va->publish = true;
    }
}

static void
tell_sightings(long long int now)
{
    struct vm_aware_sighting *sightings;
    size_t n = vm_aware_sightings_take(&sightings);

    for (size_t i = 0; i < n; i++) {
        const struct vm_aware_sighting *s = &sightings[i];
        struct vm_aware *va = vm_aware_find(s->bond);

        if (va && vm_engine_mac_seen(va->engine, s->interface, s->mac,
                                     s->vlan, now)) {
            va->publish = true;
        }
    }
    vm_aware_sightings_free(sightings, n);
}

static void
remember_macs_in_use(struct vm_aware *va, long long int now)
{
    struct shash_node *node;

    if (now >= va->forget_at) {
        va->forget_at = now + FORGET_INTERVAL;
        SHASH_FOR_EACH (node, &va->accounts) {
            vm_aware_account_forget_macs(node->data);
        }
    }
}

/* Brings the engine's counters up to date. */
void
vm_aware_refresh_counters(struct vm_aware *va, long long int now)
{
    struct bond_member_view *views;
    struct shash_node *node;
    size_t n;

    SHASH_FOR_EACH (node, &va->accounts) {
        struct vm_counters counters;

        vm_aware_account_read(node->data, &counters);
        vm_engine_set_counters(va->engine, node->name, &counters, now);
    }

    n = bond_get_members(va->bond, &views);
    for (size_t i = 0; i < n; i++) {
        struct netdev_stats stats;

        if (!netdev_get_stats(views[i].netdev, &stats)
            && stats.tx_bytes != UINT64_MAX) {
            vm_engine_set_member_counters(va->engine, views[i].name,
                                          stats.tx_bytes,
                                          stats.tx_dropped == UINT64_MAX
                                          ? 0 : stats.tx_dropped, now);
        }
    }
    free(views);

    vm_aware_meters_tell(&va->meters, va->engine, now);
    vm_aware_drops_divide(va->engine, &va->divided, &va->accounts);
}

/* Keeps 'account', whose interface is gone, until no published table refers to
 * it any more. */
void
vm_aware_retire_account(struct vm_aware *va, struct vm_aware_account *account)
{
    if (va->n_retired >= va->allocated_retired) {
        va->retired = x2nrealloc(va->retired, &va->allocated_retired,
                                 sizeof *va->retired);
    }
    va->retired[va->n_retired++] = account;
}

static void
release_accounts(struct vm_aware *va)
{
    for (size_t i = 0; i < va->n_retired; i++) {
        vm_aware_account_postpone_unref(va->retired[i]);
    }
    va->n_retired = 0;
}

/* Doing what the engine says. */

/* Publishes the engine's decisions.  Any flow might be affected. */
static void
publish(struct vm_aware *va)
{
    struct vm_aware_table *old
        = ovsrcu_get_protected(struct vm_aware_table *, &va->table);

    ovsrcu_set(&va->table, vm_aware_table_build(va));
    ovsrcu_postpone(vm_aware_table_destroy, old);
    release_accounts(va);
    va->publish = false;
    bond_revalidate_flows(va->bond);
    COVERAGE_INC(vm_aware_publish);
}

/* Makes or changes a meter.  A failure goes to 'failures', from the meter's
 * name to a clause that says why: the engine is told when all of its actions
 * have been performed. */
static void
set_meter(struct vm_aware *va, const struct vm_action *action,
          struct shash *failures)
{
    const char *why = vm_aware_meters_set(&va->meters, action->meter,
                                          action->rate, action->burst);

    if (why) {
        shash_add_once(failures, action->meter, why);
    }
}

static void
perform(struct vm_aware *va, const struct vm_action *action,
        struct shash *failures)
{
    switch (action->type) {
    case VM_ACTION_METER:
        set_meter(va, action, failures);
        break;

    case VM_ACTION_PUBLISH:
        publish(va);
        vm_aware_db_changed();
        break;

    case VM_ACTION_UNMETER:
        vm_aware_meters_free(&va->meters, action->meter);
        break;

    case VM_ACTION_MOVE:
        vm_aware_log_move(va, action);
        break;

    case VM_ACTION_ANNOUNCE:
        vm_aware_announce(va, action->slot);
        break;

    case VM_ACTION_WARN:
        vm_aware_log_problem(va, action->problem);
        break;
    }
}

/* Tells the engine of 'va' what is new, runs it and does what it says. */
void
vm_aware_update(struct vm_aware *va, long long int now)
{
    struct vm_actions actions = VM_ACTIONS_INITIALIZER;
    struct shash failures = SHASH_INITIALIZER(&failures);
    struct shash_node *node;
    bool counted;

    tell_members(va, now);
    tell_sightings(now);
    remember_macs_in_use(va, now);
    counted = vm_engine_wants_counters(va->engine, now);
    if (counted) {
        vm_aware_refresh_counters(va, now);
    }

    vm_engine_run(va->engine, now, &actions);
    if ((counted || actions.n) && vm_aware_status_note_held(va)) {
        vm_aware_db_changed();
    }
    for (size_t i = 0; i < actions.n; i++) {
        perform(va, &actions.list[i], &failures);
    }
    vm_actions_destroy(&actions);

    SHASH_FOR_EACH (node, &failures) {
        vm_engine_meter_failed(va->engine, node->name, node->data, now);
    }
    shash_destroy(&failures);

    if (va->publish) {
        publish(va);
    }
}

/* The class. */

static const struct bond_class vm_aware_class;

static void
vm_aware_init(struct ovsdb_idl *idl)
{
    vm_aware_db_init(idl);
    vm_aware_unixctl_register();
}

static struct bond_impl *
vm_aware_attach(struct bond *bond, struct ofproto_dpif *ofproto)
{
    struct vm_aware *va = xzalloc(sizeof *va);
    struct bond_member_view *views;
    struct vm_aware_table *table;

    va->up.class = &vm_aware_class;
    va->bond = bond;
    va->ofproto = ofproto;
    va->engine = vm_engine_create(bond_get_name(bond), time_msec());
    shash_init(&va->member_configs);
    shash_init(&va->accounts);
    sset_init(&va->waiting_announces);
    svec_init(&va->waiting_lines);
    vm_aware_meters_init(&va->meters, ofproto);
    shash_init(&va->divided);
    sset_init(&va->held);
    va->forget_at = time_msec() + FORGET_INTERVAL;
    table = vm_aware_table_build(va);
    ovsrcu_init(&va->table, table);
    ovs_list_push_back(&vm_aware_bonds, &va->list_node);

    /* On a bond that is in use, frames go on over the host's uplink until the
     * database has told who is who, at the end of the reconfiguration. */
    if (bond_get_members(bond, &views)) {
        vm_aware_update(va, time_msec());
    }
    free(views);

    return &va->up;
}

static void
vm_aware_free(struct vm_aware *va)
{
    vm_aware_table_destroy(ovsrcu_get_protected(struct vm_aware_table *,
                                                &va->table));
    free(va);
}

static void
vm_aware_detach(struct bond_impl *impl)
{
    struct vm_aware *va = vm_aware_cast(impl);
    struct shash_node *node;

    ovs_list_remove(&va->list_node);
    vm_aware_db_forget(va);
    release_accounts(va);
    free(va->retired);
    shash_destroy(&va->member_configs);
    SHASH_FOR_EACH (node, &va->accounts) {
        vm_aware_account_postpone_unref(node->data);
    }
    shash_destroy(&va->accounts);
    sset_destroy(&va->waiting_announces);
    vm_aware_log_run(va);
    svec_destroy(&va->waiting_lines);
    vm_aware_meters_destroy(&va->meters);
    shash_destroy_free_data(&va->divided);
    sset_destroy(&va->held);
    vm_engine_destroy(va->engine);
    va->engine = NULL;
    vm_aware_db_changed();

    ovsrcu_postpone(vm_aware_free, va);
}

/* Flows come first: ofproto starts to revalidate them between the run that
 * published new decisions and the next one, which then announces and logs, and
 * that may take long after a failover of many VMs.  By then translation also
 * knows members that are new. */
static void
vm_aware_run(struct bond_impl *impl)
{
    struct vm_aware *va = vm_aware_cast(impl);

    vm_aware_announce_run(va);
    vm_aware_log_run(va);
    vm_aware_update(va, time_msec());
}

static void
vm_aware_wait(struct bond_impl *impl)
{
    struct vm_aware *va = vm_aware_cast(impl);
    long long int deadline = vm_engine_deadline(va->engine);

    if (!sset_is_empty(&va->waiting_announces) || va->waiting_lines.n) {
        poll_immediate_wake();
    }
    poll_timer_wait_until(MIN(deadline, va->forget_at));
    vm_aware_sightings_wait();
}

static void
vm_aware_accounted(struct bond_impl *impl)
{
    struct vm_aware *va = vm_aware_cast(impl);

    vm_aware_refresh_counters(va, time_msec());
    vm_aware_meters_revalidated(&va->meters);
}

static void
vm_aware_show(const struct bond_impl *impl, const char *member, struct ds *ds)
{
    const struct vm_aware *va = vm_aware_cast(impl);

    if (member) {
        vm_describe_member(va->engine, member, time_msec(), ds);
    } else {
        ds_put_format(ds, "VMs: see vm-aware/show %s\n", vm_aware_name(va));
    }
}

static const struct bond_class vm_aware_class = {
    .name = "vm-aware",
    .base = BM_SLB,
    .db_init = vm_aware_init,
    .db_reconfigured = vm_aware_db_reconfigured,
    .db_run = vm_aware_db_run,
    .db_wait = vm_aware_db_wait,
    .iface_status = vm_aware_db_iface_status,
    .iface_statistics = vm_aware_db_iface_statistics,
    .attach = vm_aware_attach,
    .detach = vm_aware_detach,
    .run = vm_aware_run,
    .wait = vm_aware_wait,
    .accounted = vm_aware_accounted,
    .show = vm_aware_show,
    .output = vm_aware_output,
    .admit = vm_aware_admit,
    .account = vm_aware_side_credit,
    .account_ref = vm_aware_side_ref,
    .account_unref = vm_aware_side_unref,
};

OVS_CONSTRUCTOR(vm_aware_register) {
    bond_class_register(&vm_aware_class);
}
