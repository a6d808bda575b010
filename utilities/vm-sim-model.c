/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sim-model.h"

#include <string.h>

#include "base/vm-value.h"
#include "engine/vm-engine.h"
#include "openvswitch/json.h"
#include "util.h"
#include "vm-release.h"

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

    return (array && array->type == JSON_ARRAY && i < vm_json_array_size(array)
            ? vm_json_array_at(array, i) : NULL);
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

    char *text = json_to_string(json, JSSF_SORT);
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

/* Copies the keys that 'object' has under 'name' to 'map'; the value null
 * removes a key. */
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

/* Refuses keys of 'object' that are not in 'known', each of which has a comma
 * before and behind it. */
static char *
check_keys(const struct json *object, const char *known)
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

/* The model. */

void
vm_sim_model_init(struct vm_sim_model *model)
{
    model->engine = vm_engine_create("bond0", 0);
    smap_init(&model->bond);
    shash_init(&model->members);
    shash_init(&model->interfaces);
    vm_traffic_init(&model->traffic, true);
}

static void
interface_destroy(struct vm_sim_interface *iface)
{
    smap_destroy(&iface->external_ids);
    free(iface);
}

static void
member_destroy(struct vm_sim_member *member)
{
    smap_destroy(&member->other_config);
    free(member);
}

void
vm_sim_model_destroy(struct vm_sim_model *model)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &model->members) {
        member_destroy(node->data);
    }
    SHASH_FOR_EACH (node, &model->interfaces) {
        interface_destroy(node->data);
    }
    shash_destroy(&model->members);
    shash_destroy(&model->interfaces);
    vm_traffic_destroy(&model->traffic);
    smap_destroy(&model->bond);
    vm_engine_destroy(model->engine);
}

static char *
change_member(struct vm_sim_model *model, const char *name,
              const struct json *object, long long int now)
{
    struct vm_sim_member *member = shash_find_data(&model->members, name);
    struct vm_traffic_member *device = vm_traffic_member(&model->traffic,
                                                         name);
    bool gone = false;
    char *error = check_keys(object, ",at_ms,member,up,speed,background,"
                             "other_config,gone,");

    if (!member) {
        member = xzalloc(sizeof *member);
        member->enabled = true;
        smap_init(&member->other_config);
        shash_add(&model->members, name, member);
    }
    if (error
        || (error = get_truth(object, "up", &member->enabled))
        || (error = get_truth(object, "gone", &gone))
        || (error = get_rate(object, "speed", &member->speed))
        || (error = get_rate(object, "background",
                             &device->others.rate))
        || (error = get_map(object, "other_config",
                            &member->other_config))) {
        return error;
    }

    device->enabled = member->enabled;
    const struct vm_member_facts facts = {
        .enabled = member->enabled,
        .link_speed = member->speed,
        .other_config = &member->other_config,
    };
    vm_engine_set_member(model->engine, name, gone ? NULL : &facts, now);
    if (gone) {
        shash_find_and_delete(&model->members, name);
        member_destroy(member);
        vm_traffic_remove_member(&model->traffic, name);
    }
    return NULL;
}

static char *
change_interface(struct vm_sim_model *model, const char *name,
                 const struct json *object, long long int now)
{
    struct vm_sim_interface *iface = shash_find_data(&model->interfaces,
                                                     name);
    struct vm_traffic_interface *ti = vm_traffic_interface(&model->traffic,
                                                           name);
    bool gone = false;
    char *error = check_keys(object, ",at_ms,interface,load,external_ids,"
                             "internal,gone,was_member,was_home,"
                             "was_pinned,");

    if (!iface) {
        iface = xzalloc(sizeof *iface);
        smap_init(&iface->external_ids);
        shash_add(&model->interfaces, name, iface);
    }
    if (error
        || (error = get_truth(object, "internal", &iface->internal))
        || (error = get_truth(object, "gone", &gone))
        || (error = get_rate(object, "load", &ti->flow.rate))
        || (error = get_map(object, "external_ids",
                            &iface->external_ids))) {
        return error;
    }

    const struct vm_interface_facts facts = {
        .external_ids = &iface->external_ids,
        .internal = iface->internal,
        .was_member = vm_sim_text(object, "was_member"),
        .was_home = vm_sim_text(object, "was_home"),
        .was_pinned = vm_sim_text(object, "was_pinned"),
    };
    vm_engine_set_interface(model->engine, name, gone ? NULL : &facts, now);
    if (gone) {
        shash_find_and_delete(&model->interfaces, name);
        interface_destroy(iface);
        vm_traffic_remove_interface(&model->traffic, name);
    }
    return NULL;
}

char *
vm_sim_model_change(struct vm_sim_model *model, const struct json *object,
                    long long int now)
{
    if (object->type != JSON_OBJECT) {
        return xstrdup("not an object");
    }

    const char *member = vm_sim_text(object, "member");
    const char *interface = vm_sim_text(object, "interface");
    const char *migrate = vm_sim_text(object, "migrate");
    const char *to = vm_sim_text(object, "to");
    if (member) {
        return change_member(model, member, object, now);
    } else if (interface) {
        return change_interface(model, interface, object, now);
    } else if (migrate && to) {
        return vm_engine_migrate(model->engine, migrate, to, now);
    } else if (vm_sim_member(object, "rebalance")) {
        vm_engine_rebalance(model->engine, now);
        return NULL;
    } else if (vm_sim_member(object, "bond")) {
        char *error = get_map(object, "bond", &model->bond);

        vm_engine_set_bond(model->engine, &model->bond, now);
        return error;
    } else {
        return xstrdup("has none of \"member\", \"interface\", \"bond\", "
                       "\"migrate\" with \"to\", and \"rebalance\"");
    }
}

void
vm_sim_model_act(struct vm_sim_model *model, const struct vm_actions *actions,
                 long long int now)
{
    vm_traffic_act(&model->traffic, model->engine, actions, now);
}

void
vm_sim_model_flow(struct vm_sim_model *model, long long int ms,
                  long long int now)
{
    const struct vm_inventory *inventory = vm_engine_inventory(model->engine);
    struct vm_traffic_model *traffic = &model->traffic;
    struct shash_node *node;

    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        vm_traffic_member(traffic, member->name)->capacity
            = vm_member_capacity(member);
    }
    vm_traffic_run(traffic, model->engine, ms, now);
    SHASH_FOR_EACH (node, &model->members) {
        struct vm_sim_member *device = node->data;
        const struct vm_traffic_member *member
            = vm_traffic_member(traffic, node->name);

        device->offered += member->offered;
        device->wanted += member->offered + member->metered;
    }
    SHASH_FOR_EACH (node, &model->interfaces) {
        struct vm_sim_interface *iface = node->data;
        const struct vm_traffic_interface *ti
            = vm_traffic_interface(traffic, node->name);

        iface->offered += ti->offered;
        iface->passed += ti->passed;
    }
}
