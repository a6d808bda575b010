/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-bond.h"

#include <string.h>

#include "base/vm-set.h"
#include "coverage.h"
#include "engine/vm-engine.h"
#include "engine/vm-policing.h"
#include "engine/vm-requests.h"
#include "ofproto/ofproto-dpif.h"
#include "openvswitch/poll-loop.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"
#include "vm-aware-account.h"
#include "vm-aware-device.h"
#include "vm-aware-drops.h"
#include "vm-aware-member.h"
#include "vm-aware-misplaced.h"
#include "vm-aware-owner.h"
#include "vm-aware-table.h"

COVERAGE_DEFINE(vm_aware_publish);

struct vm_aware_bond *
vm_aware_bond_cast(const struct bond_impl *impl)
{
    return CONTAINER_OF(impl, struct vm_aware_bond, up);
}

const char *
vm_aware_bond_name(const struct vm_aware_bond *va)
{
    return vm_engine_name(va->engine);
}

const char *
vm_aware_bond_bridge(const struct vm_aware_bond *va)
{
    return va->ofproto->up.name;
}

void
vm_aware_bond_revalidate(const struct vm_aware_bond *va)
{
    va->ofproto->backer->need_revalidate = REV_BOND;
}

static void
tell_members(struct vm_aware_bond *va, long long int now)
{
    const struct vm_aware_table *table
        = ovsrcu_get_protected(struct vm_aware_table *, &va->table);

    if (vm_aware_members_tell(va->bond, va->ofproto, &va->member_configs,
                              &va->devices, &va->handles, va->engine, now)) {
        va->n_handle_changes++;
        va->publish = true;
    }
    va->publish |= (table->lacp_negotiated
                    != bond_is_lacp_negotiated(va->bond));
}

struct vm_aware_owners
vm_aware_bond_owners(struct vm_aware_bond *va)
{
    return (struct vm_aware_owners) {
        .bond = va->bond,
        .ofproto = va->ofproto,
        .addresses = &va->addresses,
        .engine = va->engine,
        .port = &va->tag_port,
    };
}

static void
take_learned(struct vm_aware_bond *va, long long int now)
{
    struct vm_aware_owners owners = vm_aware_bond_owners(va);

    if (vm_aware_learning_run(&va->learning, &owners, &va->accounts, now)
        && vm_engine_config(va->engine)->reverse_drop) {
        /* Flows depend on addresses. */
        vm_aware_bond_revalidate(va);
    }
}

static void
tell_members_and_meters(struct vm_aware_bond *va, long long int now)
{
    vm_aware_members_count(va->bond, &va->devices, va->engine, now);
    vm_aware_meters_tell(&va->meters, va->engine, true, now);
}

void
vm_aware_bond_refresh_counters(struct vm_aware_bond *va, bool all,
                               long long int now)
{
    vm_aware_accounts_tell(&va->accounts, all, va->engine, now);
    tell_members_and_meters(va, now);
}

/* Tells the engine what has changed, after a complete reading. */
static void
tell_news(struct vm_aware_bond *va, long long int now)
{
    vm_set_clear(&va->senders);
    vm_aware_accounts_tell_news(&va->accounts, &va->credit_seqno, va->engine,
                                &va->senders, now);
    tell_members_and_meters(va, now);
    vm_engine_counted(va->engine, now);
    vm_aware_meters_revalidated(&va->meters);
    vm_aware_drops_divide(va->engine, &va->senders, &va->divided,
                          &va->accounts);
    va->senders_are_new = true;
    va->read_at = now;
}

/* Begins to learn of the interfaces whose VLANs have changed, when translation
 * knows the change.  Their flows must be translated again: those that were
 * translated meanwhile report nothing. */
static void
begin_learning(struct vm_aware_bond *va, long long int now)
{
    struct vm_aware_owners owners = vm_aware_bond_owners(va);
    const char *name;

    if (sset_is_empty(&va->rerouted)) {
        return;
    }
    vm_aware_learning_take(&va->learning, &owners, &va->accounts, now);
    SSET_FOR_EACH (name, &va->rerouted) {
        struct vm_aware_account *account = shash_find_data(&va->accounts,
                                                           name);

        if (account) {
            vm_aware_account_begin(account);
        }
    }
    vm_set_clear(&va->rerouted);
    vm_aware_bond_revalidate(va);
}

static void
release_accounts(struct vm_aware_bond *va)
{
    for (size_t i = 0; i < va->n_retired; i++) {
        vm_aware_account_postpone_unref(va->retired[i]);
    }
    va->n_retired = 0;
}

/* The actions of the engine. */

/* Publishes the engine's decisions, upon which 'flows' may change. */
static void
publish(struct vm_aware_bond *va, bool flows)
{
    struct vm_aware_table *old
        = ovsrcu_get_protected(struct vm_aware_table *, &va->table);

    ovsrcu_set(&va->table, vm_aware_table_build(
        va->engine, va->bond, &va->meters, &va->accounts,
        va->n_handle_changes, old));
    ovsrcu_postpone(vm_aware_table_destroy, old);
    vm_aware_drops_forget(va->engine, &va->divided);
    release_accounts(va);
    if (flows) {
        va->publish = false;
        va->flows_first = true;
        vm_aware_bond_revalidate(va);
    }
    COVERAGE_INC(vm_aware_publish);
}

/* Makes or changes a meter.  A failure goes to 'failures', from the meter's
 * name to a clause that says why: the engine is told when all of its actions
 * have been performed. */
static void
set_meter(struct vm_aware_bond *va, const struct vm_action *action,
          struct shash *failures)
{
    const char *why = vm_aware_meters_set(&va->meters, action->meter,
                                          action->rate, action->burst);

    if (why) {
        shash_add_once(failures, action->meter, why);
    }
}

static void
perform(struct vm_aware_bond *va, const struct vm_action *action,
        struct shash *failures)
{
    switch (action->type) {
    case VM_ACTION_METER:
        set_meter(va, action, failures);
        break;

    case VM_ACTION_PUBLISH:
    case VM_ACTION_EXPLAIN:
        publish(va, action->type == VM_ACTION_PUBLISH);
        break;

    case VM_ACTION_UNMETER:
        vm_aware_meters_free(&va->meters, action->meter);
        break;

    case VM_ACTION_MOVE:
        vm_aware_log_move(&va->log, action);
        break;

    case VM_ACTION_ANNOUNCE:
        vm_aware_announce(&va->announcer, action->slot);
        break;

    case VM_ACTION_WARN:
        vm_aware_log_problem(vm_aware_bond_name(va), action->problem);
        break;

    case VM_ACTION_NOTE:
        vm_aware_log_note(&va->log, action->note);
        break;

    case VM_ACTION_TELL:
        vm_aware_log_told(vm_aware_bond_name(va), action->told);
        break;
    }
}

void
vm_aware_bond_update(struct vm_aware_bond *va, long long int now)
{
    struct vm_actions actions = VM_ACTIONS_INITIALIZER;
    struct shash failures = SHASH_INITIALIZER(&failures);
    struct shash_node *node;

    tell_members(va, now);
    take_learned(va, now);
    if (va->read_at == now || !vm_engine_wants_counters(va->engine, now)) {
        /* The engine knows all that it needs. */
    } else if (vm_policing_is_due(vm_engine_policing(va->engine), now)) {
        vm_aware_bond_refresh_counters(va, false, now);
    } else {
        vm_aware_meters_tell(&va->meters, va->engine, false, now);
    }

    vm_engine_run(va->engine, now, &actions);
    for (size_t i = 0; i < actions.n; i++) {
        perform(va, &actions.list[i], &failures);
    }
    vm_actions_destroy(&actions);
    SHASH_FOR_EACH (node, &failures) {
        vm_engine_meter_failed(va->engine, node->name, node->data, now);
    }
    shash_destroy(&failures);

    if (va->publish) {
        publish(va, true);
    }
}

/* Creation and destruction. */

struct vm_aware_bond *
vm_aware_bond_create(const struct bond_class *class, struct bond *bond,
                     const char *name, struct ofproto_dpif *ofproto)
{
    struct vm_aware_bond *va = xzalloc(sizeof *va);
    struct bond_member_view *views;
    long long int now = time_msec();

    va->up.class = class;
    va->bond = bond;
    va->ofproto = ofproto;
    va->engine = vm_engine_create(name, now);
    vm_requests_set_epoch(vm_engine_requests(va->engine), time_wall_msec());
    shash_init(&va->member_configs);
    shash_init(&va->devices);
    shash_init(&va->handles);
    shash_init(&va->accounts);
    vm_aware_addresses_init(&va->addresses);
    vm_aware_announcer_init(&va->announcer);
    vm_aware_log_init(&va->log);
    vm_aware_meters_init(&va->meters, ofproto);
    shash_init(&va->divided);
    sset_init(&va->senders);
    sset_init(&va->bridges);
    shash_init(&va->patch_ports);
    sset_init(&va->rerouted);
    vm_aware_learning_init(&va->learning, now);
    shash_init(&va->misplaced);
    va->tag_port.mode = VM_TAG_TRUNK;
    va->tag_port.all = true;
    ovsrcu_init(&va->table, vm_aware_table_build(va->engine, bond, &va->meters,
                                                 &va->accounts, 0, NULL));

    /* On a bond that is in use, frames continue over the host's member until
     * the interfaces are known, at the end of the reconfiguration. */
    if (bond_get_members(bond, &views)) {
        vm_aware_bond_update(va, now);
    }
    free(views);

    return va;
}

/* To be called when no other thread can find 'va' any more. */
static void
free_published(struct vm_aware_bond *va)
{
    vm_aware_table_destroy(ovsrcu_get_protected(struct vm_aware_table *,
                                                &va->table));
    vm_aware_addresses_destroy(&va->addresses);
    free(va);
}

void
vm_aware_bond_destroy(struct vm_aware_bond *va)
{
    struct shash_node *node;

    vm_aware_members_clear(&va->member_configs);
    release_accounts(va);
    free(va->retired);
    shash_destroy(&va->member_configs);
    shash_destroy_free_data(&va->devices);
    shash_destroy(&va->handles);
    SHASH_FOR_EACH (node, &va->accounts) {
        vm_aware_account_postpone_unref(node->data);
    }
    shash_destroy(&va->accounts);
    vm_aware_announcer_destroy(&va->announcer);
    vm_aware_log_pins(&va->log, va->engine);
    vm_aware_log_run(&va->log, vm_aware_bond_name(va));
    vm_aware_log_destroy(&va->log);
    vm_aware_meters_destroy(&va->meters);
    shash_destroy_free_data(&va->divided);
    sset_destroy(&va->senders);
    sset_destroy(&va->bridges);
    vm_tag_ports_destroy(&va->patch_ports);
    vm_tag_port_destroy(&va->tag_port);
    sset_destroy(&va->rerouted);
    vm_aware_misplaced_clear(&va->misplaced);
    shash_destroy(&va->misplaced);
    vm_aware_learning_destroy(&va->learning);
    vm_engine_destroy(va->engine);
    va->engine = NULL;

    ovsrcu_postpone(free_published, va);
}

/* The main loop. */

/* Flows come first: ofproto starts to revalidate them between the run that
 * published decisions and the next one, which announces, logs and writes
 * status.  By then translation also knows members that are new. */
void
vm_aware_bond_run(struct vm_aware_bond *va, size_t n_announcing)
{
    struct vm_aware_owners owners = vm_aware_bond_owners(va);
    long long int now;

    va->flows_first = false;
    vm_aware_announce_run(&va->announcer, &owners, n_announcing);
    vm_aware_log_run(&va->log, vm_aware_bond_name(va));
    now = time_msec();
    begin_learning(va, now);
    vm_aware_bond_update(va, now);
}

void
vm_aware_bond_wait(const struct vm_aware_bond *va)
{
    if (!vm_aware_log_is_empty(&va->log)
        || !sset_is_empty(&va->rerouted) || va->flows_first) {
        poll_immediate_wake();
    }
    vm_aware_device_wait(&va->devices);
    poll_timer_wait_until(MIN(vm_engine_deadline(va->engine),
                              vm_aware_learning_deadline(&va->learning)));
    poll_timer_wait_until(vm_aware_announcer_deadline(&va->announcer));
}

void
vm_aware_bond_accounted(struct vm_aware_bond *va)
{
    long long int now = time_msec();

    tell_news(va, now);
    vm_aware_learning_expedite(&va->learning, now);
    vm_aware_bond_update(va, now);
}
