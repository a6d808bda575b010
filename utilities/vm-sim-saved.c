/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sim-saved.h"

#include <string.h>

#include "openvswitch/json.h"
#include "util.h"
#include "vm-release.h"
#include "vm-sim-bond.h"
#include "vm-sim-journal.h"
#include "vm-sim-model.h"

static void
copy_number(const struct json *from, const char *name, const char *key,
            struct json *to)
{
    long long int number;

    if (vm_sim_number(from, name, &number)) {
        json_object_put_format(to, key, "%lld", number);
    }
}

static void
copy_text(const struct json *from, const char *name, const char *key,
          struct json *to)
{
    const char *text = vm_sim_text(from, name);

    if (text) {
        json_object_put_string(to, key, text);
    }
}

static void
restore_member(const struct json *saved, bool up, struct json *events)
{
    struct json *object = json_object_create();
    struct json *other_config = json_object_create();
    const struct json *standby = vm_sim_member(saved, "standby");

    copy_text(saved, "name", "member", object);
    copy_number(saved, "capacity_bps", "vm-aware-capacity", other_config);
    json_object_put_string(other_config, "vm-aware-standby",
                           standby && standby->type == JSON_TRUE
                           ? "true" : "false");
    json_object_put(object, "other_config", other_config);
    json_object_put(object, "up", json_boolean_create(up));
    json_array_add(events, object);
}

/* Returns the external_ids of a VM. */
static struct json *
saved_keys(const struct json *vm, const struct json *slot)
{
    const struct json *exclusive = vm_sim_member(vm, "exclusive");
    struct json *keys = json_object_create();

    copy_text(vm, "id", "vm-id", keys);
    copy_text(vm, "name", "vm-name", keys);
    copy_number(vm, "priority", "vm-priority", keys);
    copy_number(vm, "shares", "vm-shares", keys);
    copy_number(vm, "min_rate_bps", "vm-min-rate", keys);
    copy_number(vm, "max_rate_bps", "vm-max-rate", keys);
    copy_text(slot, "preference", "vm-uplinks", keys);
    if (exclusive && exclusive->type == JSON_TRUE) {
        json_object_put_string(keys, "vm-exclusive", "true");
    }
    return keys;
}

static void
restore_interface(const struct json *vm, const struct json *slot,
                  const char *name, uint64_t load,
                  const struct vm_sim_begin *begin, struct json *events)
{
    const struct json *host = vm_sim_member(vm, "host");
    bool is_host = host && host->type == JSON_TRUE;
    struct json *object = json_object_create();

    json_object_put(object, "at_ms", json_integer_create(begin->at));
    json_object_put_string(object, "interface", name);
    json_object_put(object, "internal", json_boolean_create(is_host));
    json_object_put(object, "load", json_integer_create(load));
    if (begin->member) {
        json_object_put_string(object, "was_member", begin->member);
    }
    if (begin->home) {
        json_object_put_string(object, "was_home", begin->home);
    }
    if (begin->pinned) {
        json_object_put_string(object, "was_pinned", begin->pinned);
    }
    if (!is_host) {
        json_object_put(object, "external_ids", saved_keys(vm, slot));
    }
    json_array_add(events, object);
}

static char *
restore_slot(const struct json *vm, const struct json *slot,
             const struct vm_sim_begin *begin, struct json *events)
{
    const struct json *interfaces = vm_sim_member(slot, "interfaces");
    long long int sends = 0;

    vm_sim_number(slot, "sends_bps", &sends);
    if (!interfaces || interfaces->type != JSON_ARRAY
        || !vm_json_array_size(interfaces)) {
        if (sends) {
            restore_interface(vm, slot, "host", sends, begin, events);
        }
        return NULL;
    }

    size_t n = vm_json_array_size(interfaces);
    for (size_t i = 0; i < n; i++) {
        const struct json *name = vm_json_array_at(interfaces, i);

        if (name->type != JSON_STRING) {
            return xasprintf("an interface of VM %s has no name in the saved "
                             "state", vm_sim_text(vm, "name"));
        }
        restore_interface(vm, slot, json_string(name), sends / n, begin,
                          events);
    }
    return NULL;
}

static void
restore_interval(const struct json *bond, const struct vm_sim_journal *journal,
                 struct json *events)
{
    const struct json *rebalance = vm_sim_member(bond, "rebalance");
    long long int interval;

    if (!rebalance || !vm_sim_number(rebalance, "interval_ms", &interval)) {
        return;
    }
    for (int after = 0; after <= (journal != NULL); after++) {
        struct json *object = json_object_create();
        struct json *keys = json_object_create();

        json_object_put_format(keys, "bond-rebalance-interval", "%lld",
                               journal && !after ? 0 : interval);
        if (journal) {
            /* A member is back when the journal says that it was used. */
            json_object_put_string(keys, "vm-aware-hold-off",
                                   after ? "300" : "0");
        }
        json_object_put(object, "bond", keys);
        json_object_put(object, "at_ms",
                        json_integer_create(after ? journal->end : 0));
        json_array_add(events, object);
    }
}

char *
vm_sim_saved_to_events(const struct json *bond,
                       const struct vm_sim_journal *journal,
                       struct json *events)
{
    const struct json *member, *vm, *slot;
    char *error = NULL;

    restore_interval(bond, journal, events);
    for (size_t i = 0; (member = vm_sim_element(bond, "members", i)); i++) {
        restore_member(member, (journal
                                ? vm_sim_journal_was_up(journal, member)
                                : vm_sim_saved_usable(member)), events);
    }
    if (journal) {
        vm_sim_journal_member_events(journal, bond, events);
    }
    for (size_t i = 0; (vm = vm_sim_element(bond, "vms", i)); i++) {
        for (size_t j = 0; (slot = vm_sim_element(vm, "slots", j)); j++) {
            struct vm_sim_begin begin = {
                .member = vm_sim_text(slot, "uplink"),
                .home = vm_sim_text(slot, "home"),
                .pinned = vm_sim_text(slot, "pinned"),
            };

            if (journal) {
                vm_sim_journal_begin(journal, slot, &begin);
            }
            error = error ? error : restore_slot(vm, slot, &begin, events);
        }
    }
    if (journal) {
        vm_sim_journal_other_events(journal, bond, events);
    }
    return error;
}
