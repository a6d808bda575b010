/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-policy.h"

#include <stdlib.h>
#include <string.h>

#include "agent-types.h"
#include "model/vm-key.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "smap.h"
#include "sset.h"
#include "util.h"

#define LIST_KEY "vm-agent-keys"

/* One domain. */
struct policy {
    char *name;
    char *xml;                  /* Null: none. */
    struct smap keys;
    bool seen;
};

struct agent_policies {
    struct shash by_uuid;       /* Contains struct policy. */
    bool changed;
};

struct agent_policies *
agent_policies_create(void)
{
    struct agent_policies *policies = xzalloc(sizeof *policies);

    shash_init(&policies->by_uuid);
    return policies;
}

static void
free_policy(struct policy *policy)
{
    smap_destroy(&policy->keys);
    free(policy->name);
    free(policy->xml);
    free(policy);
}

void
agent_policies_destroy(struct agent_policies *policies)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &policies->by_uuid) {
        free_policy(node->data);
    }
    shash_destroy(&policies->by_uuid);
    free(policies);
}

/* Between begin and end, all domains are set; others are forgotten. */
void
agent_policies_begin(struct agent_policies *policies)
{
    struct shash_node *node;

    policies->changed = false;
    SHASH_FOR_EACH (node, &policies->by_uuid) {
        struct policy *policy = node->data;

        policy->seen = false;
    }
}

static void
read_keys(struct smap *keys, const char *name, const char *xml)
{
    smap_add(keys, "vm-name", name);
    for (int i = 0; xml && i < VM_N_KEYS; i++) {
        const struct vm_key *key = &vm_keys[i];

        if (key->scope == VM_SCOPE_VM && vm_key_may_be_in_list(key)) {
            char *value = agent_xml_attribute(xml, vm_key_list_name(key));

            if (value) {
                smap_add_nocopy(keys, xstrdup(key->name), value);
            }
        }
    }
}

/* 'xml' is the element in the metadata of the domain, or null. */
void
agent_policies_set(struct agent_policies *policies, const char *uuid,
                   const char *name, const char *xml)
{
    struct policy *policy = shash_find_data(&policies->by_uuid, uuid);

    if (policy && !strcmp(policy->name, name)
        && nullable_string_is_equal(policy->xml, xml)) {
        policy->seen = true;
        return;
    }
    if (policy) {
        shash_find_and_delete(&policies->by_uuid, uuid);
        free_policy(policy);
    }
    policy = xzalloc(sizeof *policy);
    policy->name = xstrdup(name);
    policy->xml = nullable_xstrdup(xml);
    policy->seen = true;
    smap_init(&policy->keys);
    read_keys(&policy->keys, name, xml);
    shash_add(&policies->by_uuid, uuid, policy);
    policies->changed = true;
}

/* Returns true if anything has changed. */
bool
agent_policies_end(struct agent_policies *policies)
{
    struct shash_node *node, *next;

    SHASH_FOR_EACH_SAFE (node, next, &policies->by_uuid) {
        struct policy *policy = node->data;

        if (!policy->seen) {
            shash_delete(&policies->by_uuid, node);
            free_policy(policy);
        }
    }
    return policies->changed;
}

/* The value that vm-agent-keys should have: the keys that are ours. */
static char *
list_of(const struct sset *ours)
{
    const char **names = sset_sort(ours);
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < sset_count(ours); i++) {
        ds_put_format(&s, "%s%s", i ? " " : "", names[i]);
    }
    free(names);
    return ds_steal_cstr(&s);
}

/* Finds what to set in the external_ids of an interface, and what to delete,
 * so that they agree with the domain.  Returns true if there is anything. */
bool
agent_policies_diff(const struct agent_policies *policies, const char *uuid,
                    const struct smap *ids, struct smap *set,
                    struct sset *del)
{
    const struct policy *policy = shash_find_data(&policies->by_uuid, uuid);
    struct sset was = SSET_INITIALIZER(&was);
    struct sset ours = SSET_INITIALIZER(&ours);
    const struct smap_node *node;
    const char *name;

    if (!policy) {
        return false;
    }
    sset_from_delimited_string(&was, smap_get_def(ids, LIST_KEY, ""), " ");
    SMAP_FOR_EACH (node, &policy->keys) {
        const char *old = smap_get(ids, node->key);
        bool foreign = old && !sset_contains(&was, node->key);

        if (foreign && !strcmp(node->key, "vm-name")) {
            continue;
        }
        sset_add(&ours, node->key);
        if (!nullable_string_is_equal(old, node->value)) {
            smap_add(set, node->key, node->value);
        }
    }
    SSET_FOR_EACH (name, &was) {
        if (!sset_contains(&ours, name) && smap_get(ids, name)) {
            sset_add(del, name);
        }
    }
    char *list = list_of(&ours);
    if (*list && !nullable_string_is_equal(smap_get(ids, LIST_KEY), list)) {
        smap_add_nocopy(set, xstrdup(LIST_KEY), list);
    } else {
        if (!*list && smap_get(ids, LIST_KEY)) {
            sset_add(del, LIST_KEY);
        }
        free(list);
    }
    sset_destroy(&was);
    sset_destroy(&ours);
    return !smap_is_empty(set) || !sset_is_empty(del);
}
