/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-engine.h"

#include <limits.h>
#include <string.h>

#include "engine/vm-apply.h"
#include "engine/vm-builder.h"
#include "engine/vm-drain.h"
#include "engine/vm-members.h"
#include "engine/vm-meter-count.h"
#include "engine/vm-pin.h"
#include "engine/vm-policing.h"
#include "engine/vm-published.h"
#include "engine/vm-rebalance.h"
#include "engine/vm-request-check.h"
#include "engine/vm-request-run.h"
#include "engine/vm-request-words.h"
#include "engine/vm-requests.h"
#include "engine/vm-self-check.h"
#include "engine/vm-unmet.h"
#include "model/vm-endpoint.h"
#include "model/vm-interface-count.h"
#include "model/vm-references.h"
#include "model/vm-slot-load.h"
#include "smap.h"
#include "util.h"

struct vm_engine {
    char *bond;
    long long int now;          /* Time of the last event or run. */
    long long int ran;          /* Time of the last run that was due. */

    /* Facts. */
    struct smap other_config;   /* Of the bond's Port. */
    struct vm_bond_config config; /* Parsed from 'other_config'... */
    struct vm_problems config_problems; /* ...and what is wrong with it. */
    struct vm_inventory inventory; /* Facts, and what is derived from them. */

    struct vm_policing policing; /* Rates and meters. */
    struct vm_requests *requests; /* To suspend and migrate VMs. */

    /* Due in the next run. */
    bool dirty;                 /* Facts changed: place anew, after
                                 * regrouping those of 'inventory.regroup'. */
    long long int deadline;     /* Of the assignment, if not 'dirty'. */
    long long int place_at;     /* Place anew then, if not 'dirty'. */
    struct vm_rebalance rebalance; /* Next and last rebalancing. */

    /* Results. */
    struct vm_journal *journal;
    struct vm_problems host_problems; /* Of the host's preference. */
    struct vm_problems unmet;   /* Guarantees that are unmet. */
    struct vm_problems problems; /* All of them. */
    struct vm_published published; /* The forwarding published last. */
};

struct vm_engine *
vm_engine_create(const char *bond, long long int now)
{
    struct vm_engine *engine = xzalloc(sizeof *engine);

    engine->bond = xstrdup(bond);
    engine->now = engine->ran = now;
    smap_init(&engine->other_config);
    vm_bond_config_parse(&engine->config, bond, &engine->other_config,
                         &engine->config_problems);
    vm_inventory_init(&engine->inventory);
    vm_inventory_set_host(&engine->inventory, &engine->config);
    vm_policing_init(&engine->policing);
    engine->requests = vm_requests_create(engine->bond, &engine->inventory,
                                          &engine->config,
                                          &engine->policing.senders);
    engine->dirty = true;
    engine->place_at = LLONG_MAX;
    engine->journal = vm_journal_create();
    vm_rebalance_init(&engine->rebalance, &engine->config, now);
    return engine;
}

void
vm_engine_destroy(struct vm_engine *engine)
{
    if (engine) {
        free(engine->bond);
        smap_destroy(&engine->other_config);
        vm_bond_config_destroy(&engine->config);
        vm_problems_destroy(&engine->config_problems);
        vm_inventory_destroy(&engine->inventory);
        vm_journal_destroy(engine->journal);
        vm_rebalance_destroy(&engine->rebalance);
        vm_policing_destroy(&engine->policing);
        vm_requests_destroy(engine->requests);
        vm_problems_destroy(&engine->host_problems);
        vm_problems_destroy(&engine->unmet);
        vm_problems_destroy(&engine->problems);
        vm_published_destroy(&engine->published);
        free(engine);
    }
}

/* Has the next run place all slots. */
static void
place_all(struct vm_engine *engine)
{
    vm_changes_note_all(&engine->inventory.place);
    engine->dirty = true;
}

/* Facts. */

void
vm_engine_set_bond(struct vm_engine *engine, const struct smap *other_config,
                   long long int now)
{
    struct smap nothing = SMAP_INITIALIZER(&nothing);

    engine->now = now;
    other_config = other_config ? other_config : &nothing;
    if (smap_equal(&engine->other_config, other_config)) {
        return;
    }
    smap_destroy(&engine->other_config);
    smap_clone(&engine->other_config, other_config);
    vm_problems_clear(&engine->config_problems);
    vm_bond_config_destroy(&engine->config);
    vm_bond_config_parse(&engine->config, engine->bond,
                         &engine->other_config, &engine->config_problems);
    vm_inventory_set_host(&engine->inventory, &engine->config);
    vm_inventory_reparse(&engine->inventory, &engine->config);
    vm_rebalance_configure(&engine->rebalance, &engine->inventory,
                           &engine->config, now);
    engine->dirty = true;
}

void
vm_engine_set_member(struct vm_engine *engine, const char *name,
                     const struct vm_member_facts *facts, long long int now)
{
    struct vm_inventory *inventory = &engine->inventory;

    engine->now = now;
    if (!facts) {
        if (vm_inventory_remove_member(inventory, name)) {
            place_all(engine);
        }
    } else if (vm_member_configure(vm_inventory_add_member(inventory, name,
                                                           now), facts)) {
        place_all(engine);
    }
}

void
vm_engine_set_interface(struct vm_engine *engine, const char *name,
                        const struct vm_interface_facts *facts,
                        long long int now)
{
    engine->now = now;
    vm_requests_note(engine->requests,
                     vm_inventory_find_interface(&engine->inventory, name),
                     facts, now);
    if (vm_inventory_set_interface(&engine->inventory, name, facts,
                                   &engine->config)) {
        engine->dirty = true;
    }
}

bool
vm_engine_mac_learned(struct vm_engine *engine, const char *interface,
                      struct eth_addr mac, uint16_t vlan, long long int now)
{
    engine->now = now;
    return vm_inventory_mac_learned(&engine->inventory, interface, mac, vlan,
                                    now);
}

void
vm_engine_set_counters(struct vm_engine *engine, const char *interface,
                       const struct vm_counters *counters,
                       long long int now)
{
    struct vm_interface *iface
        = vm_inventory_find_interface(&engine->inventory, interface);

    engine->now = now;
    if (iface) {
        vm_policing_note_news(&engine->policing, iface, counters);
        if (vm_interface_count(&engine->inventory, iface, counters, now)) {
            place_all(engine);
            vm_endpoint_note_news(iface->endpoint, &engine->inventory.news);
        }
    }
}

void
vm_engine_counted(struct vm_engine *engine, long long int now)
{
    engine->now = now;
    vm_inventory_counted(&engine->inventory, now);
    vm_pace_counted(&engine->policing.pace, now);
}

void
vm_engine_set_member_counters(struct vm_engine *engine, const char *name,
                              uint64_t tx_bytes, uint64_t tx_drops,
                              long long int now)
{
    struct vm_member *member
        = vm_inventory_find_member(&engine->inventory, name);

    engine->now = now;
    if (member && vm_member_count(member, tx_bytes, tx_drops,
                                  VM_SLOT_HALF_LIFE, now)) {
        engine->policing.dirty = true;
    }
}

bool
vm_engine_wants_counters(const struct vm_engine *engine, long long int now)
{
    return vm_policing_wants_counters(&engine->policing, now);
}

const struct vm_policing *
vm_engine_policing(const struct vm_engine *engine)
{
    return &engine->policing;
}

void
vm_engine_set_meter_counters(struct vm_engine *engine, const char *meter,
                             const struct vm_meter_counters *counters,
                             long long int now)
{
    engine->now = now;
    vm_meters_count(&engine->policing.meters, meter, counters);
}

void
vm_engine_meter_failed(struct vm_engine *engine, const char *meter,
                       const char *why, long long int now)
{
    engine->now = now;
    vm_policing_meter_failed(&engine->policing, meter, why, now);
}

/* Derived state. */

/* Updates endpoints, slots and the states of members from the facts. */
static void
catch_up(struct vm_engine *engine, long long int now)
{
    struct vm_inventory *inventory = &engine->inventory;

    vm_references_regroup(inventory, engine->bond, &engine->host_problems);
    vm_members_update(inventory, &engine->config, now);
}

long long int
vm_engine_deadline(const struct vm_engine *engine)
{
    return (engine->dirty ? LLONG_MIN
            : MIN(MIN(MIN(engine->deadline, engine->place_at),
                      vm_policing_deadline(&engine->policing)),
                  MIN(vm_requests_deadline(engine->requests),
                      vm_rebalance_deadline(&engine->rebalance))));
}

static void
warn(struct vm_engine *engine, struct vm_actions *actions)
{
    struct vm_problems before = engine->problems;
    struct vm_problems *all = &engine->problems;

    memset(all, 0, sizeof *all);
    vm_problems_append(all, &engine->config_problems);
    vm_problems_append(all, &engine->host_problems);
    vm_inventory_problems(&engine->inventory, all);
    vm_members_problems(&engine->inventory, all, engine->ran);
    vm_problems_append(all, &engine->unmet);
    vm_policing_problems(&engine->policing, &engine->inventory, engine->bond,
                         all);
    vm_requests_problems(engine->requests, engine->now, all);
    vm_actions_add_warnings(actions, &before, all);
    vm_problems_destroy(&before);
}

/* Places all slots if facts changed, then rebalances if 'rebalances'. */
static void
place(struct vm_engine *engine, bool rebalances, long long int now)
{
    if (engine->dirty) {
        catch_up(engine, now);
        vm_requests_prepare(engine->requests, &engine->inventory,
                            engine->journal, now);
        vm_drain_run(&engine->inventory, engine->requests, now);
        vm_apply(&engine->inventory, &engine->config, engine->journal, now);
        engine->dirty = false;
    }
    if (rebalances) {
        vm_rebalance_run(&engine->rebalance, &engine->inventory,
                         &engine->config, engine->journal, now);
    }
    vm_unmet_update(&engine->inventory, &engine->config, engine->bond, now,
                    &engine->unmet);
}

void
vm_engine_run(struct vm_engine *engine, long long int now,
              struct vm_actions *actions)
{
    struct vm_inventory *inventory = &engine->inventory;
    bool rebalances = now >= vm_rebalance_deadline(&engine->rebalance);
    bool places;

    vm_actions_clear(actions);
    engine->now = now;
    if (now >= engine->place_at
        || vm_drain_waits(inventory, engine->requests)) {
        place_all(engine);
    }
    places = engine->dirty || rebalances;
    vm_inventory_age_macs(inventory, now);
    if (now < vm_engine_deadline(engine)
        || (!places && now < MIN(engine->deadline,
                                 vm_requests_deadline(engine->requests))
            && vm_policing_run_early(&engine->policing, inventory,
                                     now, actions))) {
        return;
    }

    engine->ran = now;
    vm_requests_clear_told(engine->requests);
    vm_policing_wake(&engine->policing, now);
    if (vm_policing_is_due(&engine->policing, now)) {
        vm_policing_sample(&engine->policing, inventory, &engine->config,
                           now);
    }
    inventory->rested_at = engine->policing.senders.rested_at;
    if (places) {
        place(engine, rebalances, now);
    }
    vm_policing_decide(&engine->policing, inventory, &engine->config, now);
    inventory->slots_changed = false;
    vm_apply_heard(inventory, &engine->config);

    vm_meters_add_meters(&engine->policing.meters, actions);
    vm_actions_add_publish(actions, vm_published_update(
        &engine->published, inventory, &engine->config, places,
        &engine->policing.meters.remetered, now));
    vm_meters_add_unmeters(&engine->policing.meters, actions);
    vm_actions_add_slots(actions, inventory, now);
    vm_apply_settle(inventory, now);
    vm_requests_run(engine->requests, engine->journal, now);
    warn(engine, actions);
    vm_actions_take_notes(actions, &inventory->notes);
    vm_requests_add_tells(engine->requests, actions);
    engine->deadline = vm_apply_deadline(inventory, now);
    engine->place_at = vm_members_deadline(inventory, engine->requests, now);
    vm_changes_clear(&inventory->place);
}

/* Queries and commands. */

void
vm_engine_get_forwarding(const struct vm_engine *engine,
                         struct vm_forwarding *forwarding)
{
    vm_forwarding_init(forwarding, &engine->inventory, &engine->config,
                       engine->ran);
}

unsigned int
vm_engine_seqno(const struct vm_engine *engine)
{
    return engine->inventory.news.seqno + engine->requests->n_changes;
}

struct vm_news *
vm_engine_news(struct vm_engine *engine)
{
    vm_news_note_requests(&engine->inventory.news,
                          engine->requests->n_changes);
    return &engine->inventory.news;
}

char *
vm_engine_migrate(struct vm_engine *engine, const char *vm,
                  const char *member_or_auto, long long int now)
{
    bool changed;

    engine->now = now;
    catch_up(engine, now);
    char *refusal = vm_pin(&engine->inventory, &engine->config, engine->bond,
                           vm, member_or_auto, now, &changed);
    if (changed) {
        place_all(engine);
    }
    return refusal;
}

void
vm_engine_rebalance(struct vm_engine *engine, long long int now)
{
    engine->now = now;
    vm_rebalance_ask(&engine->rebalance);
}

const struct vm_rebalance *
vm_engine_rebalancing(const struct vm_engine *engine)
{
    return &engine->rebalance;
}

struct vm_inventory *
vm_engine_edit(struct vm_engine *engine, long long int now)
{
    catch_up(engine, now);
    place_all(engine);
    return &engine->inventory;
}

const struct smap *
vm_engine_other_config(const struct vm_engine *engine)
{
    return &engine->other_config;
}

const char *
vm_engine_name(const struct vm_engine *engine)
{
    return engine->bond;
}

const struct vm_inventory *
vm_engine_inventory(const struct vm_engine *engine)
{
    return &engine->inventory;
}

const struct vm_bond_config *
vm_engine_config(const struct vm_engine *engine)
{
    return &engine->config;
}

const struct vm_journal *
vm_engine_journal(const struct vm_engine *engine)
{
    return engine->journal;
}

const struct vm_problems *
vm_engine_problems(const struct vm_engine *engine)
{
    return &engine->problems;
}

struct vm_requests *
vm_engine_requests(const struct vm_engine *engine)
{
    return engine->requests;
}

void
vm_engine_explain(const struct vm_engine *engine,
                  const struct vm_slot *slot, struct vm_choice *choice,
                  struct vm_verdict *verdicts)
{
    vm_builder_explain(&engine->inventory, &engine->config, engine->now, slot,
                       choice, verdicts);
}

void
vm_engine_check(const struct vm_engine *engine, struct ds *differences)
{
    const struct vm_self_check check = {
        .bond = engine->bond,
        .inventory = &engine->inventory,
        .config = &engine->config,
        .problems = &engine->problems,
        .policing = &engine->policing,
        .published = &engine->published,
        .ran = engine->ran,
    };
    vm_self_check(&check, differences);
    vm_rebalance_check(&engine->rebalance, &engine->config, engine->ran,
                       differences);
    vm_requests_check(engine->requests, engine->ran, differences);
}
