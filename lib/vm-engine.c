/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-engine.h"

#include <limits.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"
#include "vm-assign.h"
#include "vm-check.h"
#include "vm-migrate.h"
#include "vm-packing.h"
#include "vm-rebalance.h"
#include "vm-regroup.h"
#include "vm-share.h"
#include "vm-slot.h"
#include "vm-world.h"

/* Milliseconds between two searches for addresses that are too old. */
#define AGING_INTERVAL 10000

struct vm_engine {
    char *bond;
    long long int now;          /* The latest time that we were told. */
    long long int ran;          /* Time of the last vm_engine_run() that did
                                 * anything. */

    /* Facts. */
    struct smap other_config;   /* Of the bond's Port. */
    struct vm_bond_config config; /* From 'other_config'... */
    struct vm_problems config_problems; /* ...and what is wrong with it. */
    struct vm_inventory inventory; /* Facts, and what is derived of them. */

    struct vm_share share;      /* Who is held to which rate. */

    /* What is to be done in the next run. */
    bool dirty;                 /* Facts have changed: decide anew. */
    bool regroup;               /* Those of interfaces: regroup them, too. */
    bool counted;               /* Counters were read: work out rates. */
    long long int deadline;     /* Of what was decided, if not 'dirty'. */
    long long int next_aging;   /* ms. */
    struct vm_rebalance rebalance; /* When, and what came of it. */

    /* What came of it. */
    struct vm_journal *journal;
    struct vm_problems host_problems; /* With the host's wish. */
    struct vm_problems broken;  /* Guarantees that can't be kept. */
    struct vm_problems problems; /* All that there are now. */
    char *published;            /* Text of the decisions published last. */
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
    vm_share_init(&engine->share);
    engine->dirty = engine->regroup = true;
    engine->next_aging = now + AGING_INTERVAL;
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
        vm_share_destroy(&engine->share);
        vm_problems_destroy(&engine->host_problems);
        vm_problems_destroy(&engine->broken);
        vm_problems_destroy(&engine->problems);
        free(engine->published);
        free(engine);
    }
}

/* Facts. */

void
vm_engine_set_bond(struct vm_engine *engine, const struct smap *other_config,
                   long long int now)
{
    struct smap nothing = SMAP_INITIALIZER(&nothing);

    engine->now = now;
    if (!other_config) {
        other_config = &nothing;
    }
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
    engine->dirty = engine->regroup = true;
}

void
vm_engine_set_member(struct vm_engine *engine, const char *name,
                     const struct vm_member_facts *facts, long long int now)
{
    struct vm_inventory *inventory = &engine->inventory;
    bool existed = vm_inventory_find_member(inventory, name) != NULL;

    engine->now = now;
    if (!facts) {
        if (vm_inventory_remove_member(inventory, name)) {
            engine->dirty = engine->regroup = true;
        }
        return;
    }

    struct smap nothing = SMAP_INITIALIZER(&nothing);
    struct vm_member *member = vm_inventory_add_member(inventory, name, now);
    if (vm_member_configure(member,
                            facts->other_config ? facts->other_config
                                                : &nothing,
                            facts->enabled, facts->link_speed)) {
        engine->dirty = true;
    }
    engine->regroup = engine->regroup || !existed;
}

void
vm_engine_set_interface(struct vm_engine *engine, const char *name,
                        const struct vm_interface_facts *facts,
                        long long int now)
{
    engine->now = now;
    if (vm_inventory_set_interface(&engine->inventory, name, facts,
                                   &engine->config)) {
        engine->dirty = engine->regroup = true;
    }
}

bool
vm_engine_mac_seen(struct vm_engine *engine, const char *interface,
                   struct eth_addr mac, uint16_t vlan, long long int now)
{
    engine->now = now;
    return vm_inventory_mac_seen(&engine->inventory, interface, mac, vlan,
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
        vm_interface_count(&engine->inventory, iface, counters, now);
        engine->counted = true;
    }
}

void
vm_engine_set_member_counters(struct vm_engine *engine, const char *name,
                              uint64_t tx_bytes, uint64_t tx_drops,
                              long long int now)
{
    struct vm_member *member = vm_inventory_find_member(&engine->inventory,
                                                        name);

    engine->now = now;
    if (member) {
        vm_member_count(member, tx_bytes, tx_drops, VM_SLOT_HALF_LIFE, now);
    }
}

bool
vm_engine_wants_counters(const struct vm_engine *engine, long long int now)
{
    return vm_share_is_due(&engine->share, now);
}

void
vm_engine_set_meter_counters(struct vm_engine *engine, const char *meter,
                             const struct vm_meter_counters *counters,
                             long long int now)
{
    engine->now = now;
    vm_meters_count(&engine->share.meters, meter, counters);
}

void
vm_engine_meter_failed(struct vm_engine *engine, const char *meter,
                       const char *why, long long int now)
{
    engine->now = now;
    vm_share_meter_failed(&engine->share, meter, why, now);
}

/* Derived state. */

/* Brings endpoints, slots and the states of members in step with the facts. */
static void
catch_up(struct vm_engine *engine, long long int now)
{
    struct vm_inventory *inventory = &engine->inventory;

    if (engine->regroup) {
        vm_inventory_regroup(inventory);
        vm_inventory_check_wishes(inventory, engine->bond,
                                  &engine->host_problems);
        engine->regroup = false;
    }
    for (size_t i = 0; i < inventory->n_members; i++) {
        struct vm_member *member = inventory->members[i];

        vm_member_event(member,
                        member->enabled ? VM_MEMBER_UP : VM_MEMBER_DOWN, now);
    }
}

long long int
vm_engine_deadline(const struct vm_engine *engine)
{
    return (engine->dirty ? LLONG_MIN
            : MIN(MIN(engine->deadline, vm_share_deadline(&engine->share)),
                  vm_rebalance_deadline(&engine->rebalance)));
}

/* Returns the text of all decisions; the caller frees it. */
static char *
decisions_to_string(const struct vm_engine *engine)
{
    struct vm_decisions decisions;
    struct ds s = DS_EMPTY_INITIALIZER;

    vm_engine_get_decisions(engine, &decisions);
    vm_decisions_format(&decisions, &s);
    vm_decisions_destroy(&decisions);
    return ds_steal_cstr(&s);
}

/* Notes what is decided now.  Returns true if it is new. */
static bool
decisions_changed(struct vm_engine *engine)
{
    char *text = decisions_to_string(engine);

    if (nullable_string_is_equal(engine->published, text)) {
        free(text);
        return false;
    }
    free(engine->published);
    engine->published = text;
    return true;
}

/* All problems: of the bond, its members, the interfaces, the VMs, guarantees
 * and meters. */
static void
collect_problems(const struct vm_engine *engine, struct vm_problems *all)
{
    vm_problems_append(all, &engine->config_problems);
    vm_problems_append(all, &engine->host_problems);
    vm_inventory_problems(&engine->inventory, all);
    vm_problems_append(all, &engine->broken);
    vm_share_problems(&engine->share, &engine->inventory, engine->bond, all);
}

static void
warn(struct vm_engine *engine, struct vm_actions *actions)
{
    struct vm_problems before = engine->problems;

    memset(&engine->problems, 0, sizeof engine->problems);
    collect_problems(engine, &engine->problems);
    vm_actions_add_warnings(actions, &before, &engine->problems);
    vm_problems_destroy(&before);
}

/* What is done in every run, because nobody waits for it. */
static void
keep_house(struct vm_engine *engine, long long int now)
{
    if (engine->counted) {
        vm_slots_flush_loads(&engine->inventory);
        engine->counted = false;
    }
    if (now >= engine->next_aging) {
        vm_inventory_age_macs(&engine->inventory, now);
        engine->next_aging = now + AGING_INTERVAL;
    }
}

/* Decides who goes where, because facts have changed or for the sake of
 * load. */
static void
decide(struct vm_engine *engine, bool rebalances, long long int now)
{
    struct vm_world world;

    if (engine->dirty) {
        catch_up(engine, now);
        vm_assign(&engine->inventory, &engine->config, engine->journal, now);
        engine->dirty = false;
    }
    if (rebalances) {
        vm_rebalance_run(&engine->rebalance, &engine->inventory,
                         &engine->config, engine->journal, now);
    }

    vm_problems_clear(&engine->broken);
    vm_world_init(&world, &engine->inventory, &engine->config, now);
    vm_packing_problems(&world, engine->bond, &engine->broken);
    vm_world_destroy(&world);
}

void
vm_engine_run(struct vm_engine *engine, long long int now,
              struct vm_actions *actions)
{
    bool rebalances = now >= vm_rebalance_deadline(&engine->rebalance);
    bool decides = engine->dirty || rebalances;

    vm_actions_clear(actions);
    engine->now = now;
    keep_house(engine, now);
    if (now < vm_engine_deadline(engine)) {
        return;
    }

    engine->ran = now;
    if (vm_share_is_due(&engine->share, now)) {
        vm_share_look(&engine->share, &engine->inventory, &engine->config,
                      now);
    }
    if (decides) {
        decide(engine, rebalances, now);
    }
    vm_share_decide(&engine->share, &engine->inventory, &engine->config, now);

    size_t n;
    struct vm_slot_state **slots = vm_inventory_slots(&engine->inventory, &n);
    vm_meters_add_meters(&engine->share.meters, actions);
    if (decisions_changed(engine)) {
        vm_actions_add_publish(actions);
    }
    vm_meters_add_unmeters(&engine->share.meters, actions);
    vm_actions_add_moves(actions, slots, n);
    vm_actions_add_announces(actions, slots, n, now);
    vm_assign_settle(&engine->inventory, now);
    warn(engine, actions);
    engine->deadline = vm_assign_deadline(&engine->inventory, now);
    free(slots);
}

/* Questions. */

void
vm_engine_get_decisions(const struct vm_engine *engine,
                        struct vm_decisions *decisions)
{
    vm_decisions_init(decisions, &engine->inventory, &engine->config,
                      engine->ran);
}

char *
vm_engine_migrate(struct vm_engine *engine, const char *vm,
                  const char *member_or_auto, long long int now)
{
    bool changed;

    engine->now = now;
    catch_up(engine, now);
    char *refusal = vm_migrate(&engine->inventory, &engine->config,
                               engine->bond, vm, member_or_auto, now,
                               &changed);
    engine->dirty = engine->dirty || changed;
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
vm_engine_take_apart(struct vm_engine *engine, long long int now)
{
    catch_up(engine, now);
    engine->dirty = true;
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

void
vm_engine_explain(const struct vm_engine *engine,
                  const struct vm_slot_state *slot, struct vm_choice *choice,
                  struct vm_verdict *verdicts)
{
    vm_world_explain(&engine->inventory, &engine->config, engine->now, slot,
                     choice, verdicts);
}

void
vm_engine_check(const struct vm_engine *engine, struct ds *differences)
{
    struct vm_decisions decisions;

    vm_engine_get_decisions(engine, &decisions);
    struct vm_check check = {
        .bond = engine->bond,
        .inventory = &engine->inventory,
        .config = &engine->config,
        .problems = &engine->problems,
        .share = &engine->share,
        .decisions = &decisions,
        .ran = engine->ran,
    };
    vm_check(&check, differences);
    vm_rebalance_check(&engine->rebalance, &engine->config, engine->ran,
                       differences);

    char *text = decisions_to_string(engine);
    if (!nullable_string_is_equal(text, engine->published)) {
        ds_put_format(differences, "published:\n%s, decided:\n%s",
                      engine->published, text);
    }
    free(text);
    vm_decisions_destroy(&decisions);
}
