/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sample-policy.h"

#include <string.h>

#include "model/vm-policy.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"
#include "vm-sample-engine.h"

void
vm_sample_format_keys(enum vm_key_scope scope, const void *object,
                      struct ds *s)
{
    for (size_t i = 0; i < VM_N_KEYS; i++) {
        const struct vm_key *key = &vm_keys[i];
        struct ds value = DS_EMPTY_INITIALIZER;

        if (key->scope == scope && key->size) {
            vm_key_format(key, object, &value);
            if (strcmp(ds_cstr(&value), key->default_text)) {
                ds_put_format(s, "%s=%s\n", key->name, ds_cstr(&value));
            }
        }
        ds_destroy(&value);
    }
}

void
vm_sample_format_problems(const struct vm_problems *problems, struct ds *s)
{
    for (size_t i = 0; i < problems->n; i++) {
        ds_put_format(s, "%s: %s\n",
                      problems->list[i].where, problems->list[i].text);
    }
}

char *
vm_sample_parse_policy(const char *other_config, const char *external_ids)
{
    struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
    struct ds s = DS_EMPTY_INITIALIZER;
    struct vm_bond_config config;
    struct vm_policy policy;
    struct smap bond, interface;

    vm_sample_map(&bond, other_config, ';');
    vm_sample_map(&interface, external_ids, ';');
    vm_bond_config_parse(&config, "bond0", &bond, &problems);
    if (!smap_get(&interface, "vm-id")) {
        smap_add(&interface, "vm-id", "1");
    } else if (!strcmp(smap_get(&interface, "vm-id"), "none")) {
        smap_remove(&interface, "vm-id");
    }
    vm_policy_parse(&policy, "vnet0", &interface, config.profiles, &problems);
    vm_sample_format_keys(VM_SCOPE_VM, &policy, &s);
    vm_sample_format_problems(&problems, &s);

    vm_policy_destroy(&policy);
    vm_bond_config_destroy(&config);
    smap_destroy(&interface);
    smap_destroy(&bond);
    vm_problems_destroy(&problems);
    return ds_steal_cstr(&s);
}
