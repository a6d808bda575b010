/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sim-world.h"

#include <string.h>

#include "openvswitch/json.h"
#include "util.h"
#include "vm-engine.h"

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

static char *
restore_uplink(struct vm_sim_world *world, const struct json *saved,
               long long int now)
{
    struct json *object = json_object_create();
    struct json *other_config = json_object_create();
    const struct json *standby = vm_sim_member(saved, "standby");
    const char *state = vm_sim_text(saved, "state");

    copy_text(saved, "name", "uplink", object);
    copy_number(saved, "capacity_bps", "vm-aware-capacity", other_config);
    json_object_put_string(other_config, "vm-aware-standby",
                           standby && standby->type == JSON_TRUE
                           ? "true" : "false");
    json_object_put(object, "other_config", other_config);
    json_object_put(object, "up", json_boolean_create(
        state && (!strcmp(state, "usable") || !strcmp(state, "returned"))));

    char *error = vm_sim_world_change(world, object, now);
    json_destroy(object);
    return error;
}

/* The keys of a VM, or for the host of its profile, without their prefix. */
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
    copy_text(slot, "wish", "vm-uplinks", keys);
    if (exclusive && exclusive->type == JSON_TRUE) {
        json_object_put_string(keys, "vm-exclusive", "true");
    }
    return keys;
}

static char *
restore_interface(struct vm_sim_world *world, const struct json *vm,
                  const struct json *slot, const char *name, uint64_t load,
                  long long int now)
{
    const struct json *host = vm_sim_member(vm, "host");
    bool is_host = host && host->type == JSON_TRUE;
    struct json *object = json_object_create();

    json_object_put_string(object, "interface", name);
    json_object_put(object, "internal", json_boolean_create(is_host));
    json_object_put(object, "load", json_integer_create(load));
    copy_text(slot, "uplink", "was_uplink", object);
    copy_text(slot, "home", "was_home", object);
    copy_text(slot, "pinned", "was_pinned", object);
    if (!is_host) {
        json_object_put(object, "external_ids", saved_keys(vm, slot));
    }

    char *error = vm_sim_world_change(world, object, now);
    json_destroy(object);
    return error;
}

static char *
restore_slot(struct vm_sim_world *world, const struct json *vm,
             const struct json *slot, long long int now)
{
    const struct json *interfaces = vm_sim_member(slot, "interfaces");
    long long int sends = 0;
    char *error = NULL;

    vm_sim_number(slot, "sends_bps", &sends);
    if (!interfaces || interfaces->type != JSON_ARRAY
        || !interfaces->array.n) {
        return (sends
                ? restore_interface(world, vm, slot, "host", sends, now)
                : NULL);
    }

    size_t n = interfaces->array.n;
    for (size_t i = 0; i < n && !error; i++) {
        const struct json *name = interfaces->array.elems[i];

        error = (name->type != JSON_STRING
                 ? xstrdup("an interface of the saved state has no name")
                 : restore_interface(world, vm, slot, json_string(name),
                                     sends / n, now));
    }
    return error;
}

/* Element 'i' of the array 'name' of 'object', null if there is none. */
static const struct json *
element(const struct json *object, const char *name, size_t i)
{
    const struct json *array = vm_sim_member(object, name);

    return (array && array->type == JSON_ARRAY && i < array->array.n
            ? array->array.elems[i] : NULL);
}

char *
vm_sim_world_restore(struct vm_sim_world *world, const struct json *state,
                     long long int now)
{
    const struct json *bond = element(state, "bonds", 0);
    const struct json *uplink, *vm, *slot;
    long long int interval;
    char *error = NULL;

    if (!bond || element(state, "bonds", 1)) {
        return xstrdup("the saved state has not exactly one bond: save it "
                       "with \"vm-aware/show --json BOND\"");
    }
    const struct json *rebalance = vm_sim_member(bond, "rebalance");
    if (rebalance && vm_sim_number(rebalance, "interval_ms", &interval)) {
        smap_remove(&world->bond, "bond-rebalance-interval");
        smap_add_format(&world->bond, "bond-rebalance-interval", "%lld",
                        interval);
        vm_engine_set_bond(world->engine, &world->bond, now);
    }
    for (size_t i = 0; (uplink = element(bond, "uplinks", i)); i++) {
        error = error ? error : restore_uplink(world, uplink, now);
    }
    for (size_t i = 0; (vm = element(bond, "vms", i)); i++) {
        for (size_t j = 0; (slot = element(vm, "slots", j)); j++) {
            error = error ? error : restore_slot(world, vm, slot, now);
        }
    }
    return error;
}
