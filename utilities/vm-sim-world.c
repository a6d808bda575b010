/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sim-world.h"

#include <string.h>

#include "openvswitch/json.h"
#include "util.h"
#include "vm-engine.h"
#include "vm-value.h"

/* JSON. */

const struct json *
vm_sim_member(const struct json *object, const char *name)
{
    return (object->type == JSON_OBJECT
            ? shash_find_data(json_object(object), name) : NULL);
}

const char *
vm_sim_text(const struct json *object, const char *name)
{
    const struct json *json = vm_sim_member(object, name);

    return json && json->type == JSON_STRING ? json_string(json) : NULL;
}

bool
vm_sim_number(const struct json *object, const char *name,
              long long int *number)
{
    const struct json *json = vm_sim_member(object, name);

    if (!json || json->type != JSON_INTEGER) {
        return false;
    }
    *number = json_integer(json);
    return true;
}

const struct json *
vm_sim_element(const struct json *object, const char *name, size_t i)
{
    const struct json *array = vm_sim_member(object, name);

    return (array && array->type == JSON_ARRAY && i < array->array.n
            ? array->array.elems[i] : NULL);
}

char *
vm_sim_rate(const struct json *json, uint64_t *rate)
{
    if (json->type == JSON_INTEGER && json_integer(json) >= 0) {
        *rate = json_integer(json);
        return NULL;
    } else if (json->type == JSON_STRING
               && vm_rate_from_string(json_string(json), rate)) {
        return NULL;
    }

    char *text = json_to_string(json, 0);
    char *error = xasprintf("%s is not a rate such as \"800M\" or 800000000",
                            text);
    free(text);
    return error;
}

/* Sets '*rate' if 'object' has 'name'. */
static char *
get_rate(const struct json *object, const char *name, uint64_t *rate)
{
    const struct json *json = vm_sim_member(object, name);

    return json ? vm_sim_rate(json, rate) : NULL;
}

/* Sets '*truth' if 'object' has 'name'. */
static char *
get_truth(const struct json *object, const char *name, bool *truth)
{
    const struct json *json = vm_sim_member(object, name);

    if (json && json->type != JSON_TRUE && json->type != JSON_FALSE) {
        return xasprintf("\"%s\" is neither true nor false", name);
    } else if (json) {
        *truth = json_boolean(json);
    }
    return NULL;
}

/* Puts all keys that 'object' has under 'name' into 'map'; null takes one
 * away. */
static char *
get_map(const struct json *object, const char *name, struct smap *map)
{
    const struct json *json = vm_sim_member(object, name);
    struct shash_node *node;

    if (!json) {
        return NULL;
    } else if (json->type != JSON_OBJECT) {
        return xasprintf("\"%s\" is not an object of texts", name);
    }
    SHASH_FOR_EACH (node, json_object(json)) {
        const struct json *value = node->data;

        if (value->type == JSON_NULL) {
            smap_remove(map, node->name);
        } else if (value->type == JSON_STRING) {
            smap_replace(map, node->name, json_string(value));
        } else {
            return xasprintf("\"%s\" of \"%s\" is not a text", node->name,
                             name);
        }
    }
    return NULL;
}

/* Refuses members of 'object' that are not in 'known', a list with commas. */
static char *
check_members(const struct json *object, const char *known)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, json_object(object)) {
        char *word = xasprintf(",%s,", node->name);
        bool found = strstr(known, word) != NULL;

        free(word);
        if (!found) {
            return xasprintf("\"%s\" is not known here, only %.*s",
                             node->name, (int) strlen(known) - 2, known + 1);
        }
    }
    return NULL;
}

/* The world. */

void
vm_sim_world_init(struct vm_sim_world *world)
{
    world->engine = vm_engine_create("bond0", 0);
    smap_init(&world->bond);
    shash_init(&world->uplinks);
    shash_init(&world->interfaces);
    shash_init(&world->meters);
}

static void
interface_destroy(struct vm_sim_interface *iface)
{
    smap_destroy(&iface->external_ids);
    free(iface);
}

static void
uplink_destroy(struct vm_sim_uplink *uplink)
{
    smap_destroy(&uplink->other_config);
    free(uplink);
}

void
vm_sim_world_destroy(struct vm_sim_world *world)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &world->uplinks) {
        uplink_destroy(node->data);
    }
    SHASH_FOR_EACH (node, &world->interfaces) {
        interface_destroy(node->data);
    }
    shash_destroy(&world->uplinks);
    shash_destroy(&world->interfaces);
    shash_destroy_free_data(&world->meters);
    smap_destroy(&world->bond);
    vm_engine_destroy(world->engine);
}

static char *
change_uplink(struct vm_sim_world *world, const char *name,
              const struct json *object, long long int now)
{
    struct vm_sim_uplink *uplink = shash_find_data(&world->uplinks, name);
    bool gone = false;
    char *error = check_members(object, ",at_ms,uplink,up,speed,background,"
                                "other_config,gone,");

    if (!uplink) {
        uplink = xzalloc(sizeof *uplink);
        uplink->enabled = true;
        smap_init(&uplink->other_config);
        shash_add(&world->uplinks, name, uplink);
    }
    if (error
        || (error = get_truth(object, "up", &uplink->enabled))
        || (error = get_truth(object, "gone", &gone))
        || (error = get_rate(object, "speed", &uplink->speed))
        || (error = get_rate(object, "background",
                             &uplink->background.rate))
        || (error = get_map(object, "other_config",
                            &uplink->other_config))) {
        return error;
    }

    const struct vm_member_facts facts = {
        .enabled = uplink->enabled,
        .link_speed = uplink->speed,
        .other_config = &uplink->other_config,
    };
    vm_engine_set_member(world->engine, name, gone ? NULL : &facts, now);
    if (gone) {
        shash_find_and_delete(&world->uplinks, name);
        uplink_destroy(uplink);
    }
    return NULL;
}

static char *
change_interface(struct vm_sim_world *world, const char *name,
                 const struct json *object, long long int now)
{
    struct vm_sim_interface *iface = shash_find_data(&world->interfaces,
                                                     name);
    bool gone = false;
    char *error = check_members(object, ",at_ms,interface,load,external_ids,"
                                "internal,gone,was_uplink,was_home,"
                                "was_pinned,");

    if (!iface) {
        iface = xzalloc(sizeof *iface);
        smap_init(&iface->external_ids);
        shash_add(&world->interfaces, name, iface);
    }
    if (error
        || (error = get_truth(object, "internal", &iface->internal))
        || (error = get_truth(object, "gone", &gone))
        || (error = get_rate(object, "load", &iface->flow.rate))
        || (error = get_map(object, "external_ids",
                            &iface->external_ids))) {
        return error;
    }

    const struct vm_interface_facts facts = {
        .external_ids = &iface->external_ids,
        .internal = iface->internal,
        .was_uplink = vm_sim_text(object, "was_uplink"),
        .was_home = vm_sim_text(object, "was_home"),
        .was_pinned = vm_sim_text(object, "was_pinned"),
    };
    vm_engine_set_interface(world->engine, name, gone ? NULL : &facts, now);
    if (gone) {
        shash_find_and_delete(&world->interfaces, name);
        interface_destroy(iface);
    }
    return NULL;
}

char *
vm_sim_world_change(struct vm_sim_world *world, const struct json *object,
                    long long int now)
{
    if (object->type != JSON_OBJECT) {
        return xstrdup("not an object");
    }

    const char *uplink = vm_sim_text(object, "uplink");
    const char *interface = vm_sim_text(object, "interface");
    const char *migrate = vm_sim_text(object, "migrate");
    const char *to = vm_sim_text(object, "to");
    if (uplink) {
        return change_uplink(world, uplink, object, now);
    } else if (interface) {
        return change_interface(world, interface, object, now);
    } else if (migrate && to) {
        return vm_engine_migrate(world->engine, migrate, to, now);
    } else if (vm_sim_member(object, "rebalance")) {
        vm_engine_rebalance(world->engine, now);
        return NULL;
    } else if (vm_sim_member(object, "bond")) {
        char *error = get_map(object, "bond", &world->bond);

        vm_engine_set_bond(world->engine, &world->bond, now);
        return error;
    } else {
        return xstrdup("none of \"uplink\", \"interface\", \"bond\", "
                       "\"migrate\" with \"to\", and \"rebalance\" is there");
    }
}
