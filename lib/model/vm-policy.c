/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/vm-utf8.h"
#include "model/vm-key.h"
#include "model/vm-reader.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/util.h"
#include "smap.h"
#include "util.h"

BUILD_ASSERT_DECL(VM_N_KEYS <= 64); /* Bits of 'given'. */

static bool
is_given(const struct vm_policy *policy, size_t key)
{
    return policy->given & (UINT64_C(1) << key);
}

/* Lists: profiles and "vm-aware-host". */

/* Returns true if 'key' applies to the host.  The host cannot be suspended or
 * migrated, and its senders are those without identity. */
static bool
host_may_have(const struct vm_key *key)
{
    return (key->type != VM_TYPE_OUTCOME
            && key != &vm_keys[VM_K_IDENTIFY]);
}

/* Lowers a guarantee above the limit to the limit. */
static void
check_rates(const struct vm_reader *reader, struct vm_policy *policy)
{
    if (policy->min_rate <= policy->max_rate) {
        return;
    }

    struct ds min = DS_EMPTY_INITIALIZER;
    struct ds what = DS_EMPTY_INITIALIZER;

    vm_number_format(policy->min_rate, &min);
    ds_put_cstr(&what, "above vm-max-rate=");
    vm_number_format(policy->max_rate, &what);
    ds_put_cstr(&what, ", guarantee lowered to it");
    vm_reader_tell(reader, "vm-min-rate", ds_cstr(&min), ds_cstr(&what));
    ds_destroy(&min);
    ds_destroy(&what);
    policy->min_rate = policy->max_rate;
}

/* Parses a list such as "priority=6 shares=80" into 'policy'. */
static void
read_list(const struct vm_reader *reader, const char *list,
          bool (*may_have)(const struct vm_key *), struct vm_policy *policy)
{
    policy->given |= vm_reader_read_list(reader, list, may_have, policy);
    check_rates(reader, policy);
}

/* One interface. */

const char *
vm_policy_identity_key(const struct smap *external_ids)
{
    const char *key = NULL;

    for (size_t i = 0; external_ids && !key && i < VM_N_KEYS; i++) {
        if (vm_keys[i].type == VM_TYPE_IDENTITY) {
            struct ds complaint = DS_EMPTY_INITIALIZER;
            const char *identity = smap_get(external_ids, vm_keys[i].name);

            if (identity
                && vm_key_read(&vm_keys[i], identity, NULL, &complaint)) {
                key = vm_keys[i].name;
            }
            ds_destroy(&complaint);
        }
    }
    return key;
}

const char *
vm_policy_identity(const struct smap *external_ids)
{
    const char *key = vm_policy_identity_key(external_ids);

    return key ? smap_get(external_ids, key) : NULL;
}

static void
set_defaults(enum vm_key_scope scope, void *object)
{
    for (size_t i = 0; i < VM_N_KEYS; i++) {
        if (vm_keys[i].scope == scope) {
            vm_key_set_default(&vm_keys[i], object);
        }
    }
}

void
vm_policy_init_default(struct vm_policy *policy)
{
    memset(policy, 0, sizeof *policy);
    set_defaults(VM_SCOPE_VM, policy);
}

/* Reports that 'profile' does not exist, and which profiles do. */
static void
tell_no_profile(const struct vm_reader *reader, const char *profile,
                const struct smap *profiles)
{
    struct ds what = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&what, "no such profile, the bond has");
    if (!profiles || smap_is_empty(profiles)) {
        ds_put_cstr(&what, " none");
    } else {
        const struct smap_node **nodes = smap_sort(profiles);

        for (size_t i = 0; i < smap_count(profiles); i++) {
            ds_put_cstr(&what, i ? ", " : ": ");
            vm_utf8_append(nodes[i]->key, VM_UTF8_MAX_SHOWN, &what);
        }
        free(nodes);
    }
    vm_reader_tell(reader, "port-profile", profile, ds_cstr(&what));
    ds_destroy(&what);
}

/* Reports which of the keys in 'given' have no effect on an interface without
 * identity: all but vm-identify, as a trunk needs no identity. */
static void
tell_no_effect(const struct vm_reader *reader, uint64_t given)
{
    struct ds names = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < VM_N_KEYS; i++) {
        if (given & (UINT64_C(1) << i) && vm_keys[i].size
            && i != VM_K_IDENTIFY) {
            ds_put_format(&names, "%s%s", names.length ? ", " : "",
                          vm_keys[i].name);
        }
    }
    if (names.length) {
        vm_problems_add(reader->problems, reader->where,
                        "%s: no effect without an identity such as vm-id",
                        ds_cstr(&names));
    }
    ds_destroy(&names);
}

void
vm_policy_parse(struct vm_policy *policy, const char *interface,
                const struct smap *external_ids, const struct smap *profiles,
                struct vm_problems *problems)
{
    struct vm_reader reader = { .where = interface, .problems = problems };
    const struct smap empty = SMAP_INITIALIZER(&empty);

    vm_policy_init_default(policy);
    if (!external_ids) {
        external_ids = &empty;
    }

    /* Problems inside a profile are reported once, for the bond. */
    const char *profile = smap_get(external_ids, "port-profile");
    const char *list = (profile && profiles ? smap_get(profiles, profile)
                        : NULL);
    if (list) {
        const struct vm_reader silent = { .where = interface };

        read_list(&silent, list, NULL, policy);
        reader.profile = profile;
        reader.from_profile = policy->given;
    }

    uint64_t own = vm_reader_read_scope(&reader, VM_SCOPE_VM, external_ids,
                                        policy);
    policy->given |= own;
    if (profile && *profile && !list) {
        tell_no_profile(&reader, profile, profiles);
    }
    check_rates(&reader, policy);
    if (!vm_policy_identity(external_ids)) {
        tell_no_effect(&reader, own);
    }
    vm_reader_tell_unknown(&reader, VM_SCOPE_VM, external_ids);
}

void
vm_policy_clone(struct vm_policy *dst, const struct vm_policy *src)
{
    memset(dst, 0, sizeof *dst);
    for (size_t i = 0; i < VM_N_KEYS; i++) {
        if (vm_keys[i].scope == VM_SCOPE_VM) {
            vm_key_copy(&vm_keys[i], dst, src);
        }
    }
    dst->given = src->given;
}

bool
vm_policy_equal(const struct vm_policy *a, const struct vm_policy *b)
{
    for (size_t i = 0; i < VM_N_KEYS; i++) {
        if (vm_keys[i].scope == VM_SCOPE_VM
            && vm_key_compare(&vm_keys[i], a, b)) {
            return false;
        }
    }
    return a->given == b->given && !a->name == !b->name;
}

void
vm_policy_destroy(struct vm_policy *policy)
{
    for (size_t i = 0; i < VM_N_KEYS; i++) {
        if (vm_keys[i].scope == VM_SCOPE_VM) {
            vm_key_free(&vm_keys[i], policy);
        }
    }
}

/* Merging. */

/* Returns true if the value of 'key' in 'a' takes precedence over that in
 * 'b'. */
static bool
is_stricter(const struct vm_key *key, const struct vm_policy *a,
            const struct vm_policy *b)
{
    int order = vm_key_compare(key, a, b);

    switch (key->merge) {
    case VM_MERGE_HIGHEST: return order > 0;
    case VM_MERGE_LOWEST: return order < 0;
    case VM_MERGE_APART:
    case VM_MERGE_FIRST: return false;
    default: OVS_NOT_REACHED();
    }
}

/* Reports that the value of 'winner' is used for 'key', and which interface
 * has which value. */
static void
tell_disagreement(const struct vm_key *key, size_t id,
                  const struct vm_policy *const policies[],
                  const char *const names[], size_t n, size_t winner,
                  struct vm_problems *problems)
{
    enum { MAX_SHOWN = 10 };
    struct ds s = DS_EMPTY_INITIALIZER;
    size_t n_given = 0;

    vm_key_format(key, policies[winner], &s);
    ds_put_cstr(&s, " used: ");
    for (size_t i = 0; i < n; i++) {
        if (is_given(policies[i], id) && ++n_given <= MAX_SHOWN) {
            ds_put_format(&s, "%s%s has ", n_given > 1 ? ", " : "", names[i]);
            vm_key_format(key, policies[i], &s);
        }
    }
    if (n_given > MAX_SHOWN) {
        ds_put_format(&s, ", and %"PRIuSIZE" more", n_given - MAX_SHOWN);
    }
    vm_problems_add(problems, names[0], "%s: %s", key->name, ds_cstr(&s));
    ds_destroy(&s);
}

/* Returns the index of the policy whose value of key 'id' is used, or 'n' if
 * no policy sets the key. */
static size_t
merge_key(size_t id, const struct vm_policy *const policies[],
          const char *const names[], size_t n, struct vm_problems *problems)
{
    const struct vm_key *key = &vm_keys[id];
    bool differ = false;
    size_t winner = n;

    for (size_t i = 0; i < n; i++) {
        if (!is_given(policies[i], id)) {
            continue;
        }
        if (winner == n) {
            winner = i;
            continue;
        }
        if (vm_key_compare(key, policies[i], policies[winner])) {
            differ = true;
        }
        if (is_stricter(key, policies[i], policies[winner])) {
            winner = i;
        }
    }
    if (differ) {
        tell_disagreement(key, id, policies, names, n, winner, problems);
    }
    return winner;
}

void
vm_policy_merge_all(struct vm_policy *merged,
                    const struct vm_policy *const policies[],
                    const char *const names[], size_t n,
                    struct vm_problems *problems)
{
    vm_policy_clone(merged, policies[0]);
    for (size_t i = 0; i < VM_N_KEYS; i++) {
        if (vm_keys[i].scope == VM_SCOPE_VM
            && vm_keys[i].merge != VM_MERGE_APART) {
            size_t winner = merge_key(i, policies, names, n, problems);

            if (winner < n) {
                vm_key_free(&vm_keys[i], merged);
                vm_key_copy(&vm_keys[i], merged, policies[winner]);
                merged->given |= UINT64_C(1) << i;
            }
        }
    }

    const struct vm_reader reader = {
        .where = names[0], .problems = problems,
    };
    check_rates(&reader, merged);
}

/* Bonds and members. */

/* Adds the profile in 'node' to 'config', and reports its problems. */
static void
read_profile(struct vm_bond_config *config, const struct smap_node *node,
             const char *bond, struct vm_problems *problems)
{
    const struct vm_reader reader = {
        .where = bond, .inside = node->key, .problems = problems,
    };
    const char *name = node->key + strlen(VM_PROFILE_PREFIX);
    struct vm_policy policy;

    if (!*name) {
        vm_problems_add(problems, bond, "%s: profile without a name, ignored",
                        node->key);
        return;
    }
    smap_add(config->profiles, name, node->value);
    vm_policy_init_default(&policy);
    read_list(&reader, node->value, NULL, &policy);
    vm_policy_destroy(&policy);
}

static void
read_host(struct vm_policy *host, const struct smap *other_config,
          const char *bond, struct vm_problems *problems)
{
    const char *name = "vm-aware-host";
    const struct vm_reader reader = {
        .where = bond, .inside = name, .problems = problems,
    };

    vm_policy_init_default(host);
    host->priority = VM_HOST_PRIORITY;
    read_list(&reader, smap_get_def(other_config, name, ""), host_may_have,
              host);
}

void
vm_bond_config_parse(struct vm_bond_config *config, const char *bond,
                     const struct smap *other_config,
                     struct vm_problems *problems)
{
    const struct vm_reader reader = { .where = bond, .problems = problems };
    const struct smap empty = SMAP_INITIALIZER(&empty);

    if (!other_config) {
        other_config = &empty;
    }
    memset(config, 0, sizeof *config);
    set_defaults(VM_SCOPE_BOND, config);
    vm_reader_read_scope(&reader, VM_SCOPE_BOND, other_config, config);
    if (config->rebalance_ms && config->rebalance_ms < 1000) {
        vm_problems_add(problems, bond, "bond-rebalance-interval=%u: less "
                        "than 1000, 1000 used", config->rebalance_ms);
        config->rebalance_ms = 1000;
    }
    read_host(&config->host, other_config, bond, problems);

    config->profiles = xmalloc(sizeof *config->profiles);
    smap_init(config->profiles);
    const struct smap_node **nodes = smap_sort(other_config);
    for (size_t i = 0; i < smap_count(other_config); i++) {
        if (!strncmp(nodes[i]->key, VM_PROFILE_PREFIX,
                     strlen(VM_PROFILE_PREFIX))) {
            read_profile(config, nodes[i], bond, problems);
        }
    }
    free(nodes);
    vm_reader_tell_unknown(&reader, VM_SCOPE_BOND, other_config);
}

void
vm_bond_config_destroy(struct vm_bond_config *config)
{
    vm_policy_destroy(&config->host);
    if (config->profiles) {
        smap_destroy(config->profiles);
        free(config->profiles);
        config->profiles = NULL;
    }
}

void
vm_member_config_parse(struct vm_member_config *config, const char *interface,
                       const struct smap *other_config,
                       struct vm_problems *problems)
{
    const struct vm_reader reader = {
        .where = interface, .problems = problems,
    };
    const struct smap empty = SMAP_INITIALIZER(&empty);

    if (!other_config) {
        other_config = &empty;
    }
    memset(config, 0, sizeof *config);
    set_defaults(VM_SCOPE_MEMBER, config);
    vm_reader_read_scope(&reader, VM_SCOPE_MEMBER, other_config, config);
    vm_reader_tell_unknown(&reader, VM_SCOPE_MEMBER, other_config);
}
