/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sample-engine.h"

#include <stdlib.h>
#include <string.h>

#include "engine/vm-engine.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "smap.h"
#include "util.h"
#include "vm-release.h"

void
vm_sample_map(struct smap *map, const char *words, char separator)
{
    const char separators[] = { separator, '\0' };
    char *copy = xstrdup(words);
    char *rest = NULL;

    smap_init(map);
    for (char *word = strtok_r(copy, separators, &rest); word;
         word = strtok_r(NULL, separators, &rest)) {
        char *equals = strchr(word, '=');

        ovs_assert(equals);
        *equals = '\0';
        smap_replace(map, word, equals + 1);
    }
    free(copy);
}

void
vm_sample_set_interface(struct vm_engine *engine, const char *name,
                        const char *external_ids, long long int now)
{
    struct vm_interface_facts facts = { .access_vlan = -1 };
    struct smap map;

    vm_sample_map(&map, external_ids, ' ');
    facts.external_ids = &map;
    facts.access_vlan = !strcmp(name, "vnet0") ? 10 : -1;
    vm_engine_set_interface(engine, name, &facts, now);
    smap_destroy(&map);
}

void
vm_sample_set_member(struct vm_engine *engine, const char *name, bool enabled,
                     const char *key, const char *value, long long int now)
{
    const struct smap config = SMAP_CONST1(&config, key, value);
    const struct vm_member_facts facts = {
        .enabled = enabled,
        .link_speed = UINT64_C(10000000000),
        .other_config = &config,
    };

    vm_engine_set_member(engine, name, &facts, now);
}

/* Counts traffic of 'mbps' through 'name' for one second until 'now'. */
static void
have_sent(struct vm_engine *engine, const char *name, unsigned int mbps,
          long long int now)
{
    struct vm_counters counters = { .reverse_mismatch_packets = 3 };

    vm_engine_set_counters(engine, name, &counters, now - 1000);
    counters.tx_bytes = mbps * UINT64_C(125000);
    counters.tx_packets = mbps * 125;
    counters.dropped_bytes = mbps * 1000;
    counters.dropped_packets = mbps;
    vm_engine_set_counters(engine, name, &counters, now);
}

void
vm_sample_run(struct vm_engine *engine, long long int now)
{
    struct vm_actions actions = VM_ACTIONS_INITIALIZER;

    vm_engine_run(engine, now, &actions);
    vm_actions_destroy(&actions);
}

struct vm_engine *
vm_sample_small_engine(void)
{
    struct vm_engine *engine = vm_engine_create("bond1", 0);

    vm_sample_set_member(engine, "eth0", true, "vm-aware-capacity", "1G", 0);
    vm_sample_set_interface(engine, "vnet0",
                            "vm-id=1a vm-name=web vm-priority=6 "
                            "vm-uplinks=eth0 vm-min-rate=500M vm-shares=x "
                            "attached-mac=52:54:00:00:00:01", 0);
    vm_sample_run(engine, 0);
    vm_engine_set_member_counters(engine, "eth0", 0, 0, 12000);
    have_sent(engine, "vnet0", 100, 13000);
    vm_engine_set_member_counters(engine, "eth0", 25000000, 0, 13000);
    vm_sample_run(engine, 13000);
    return engine;
}

struct vm_engine *
vm_sample_taps_engine(bool drop)
{
    const char *names[] = { "br0", "tap1", "vx0", "tap0" };
    struct vm_engine *engine = vm_engine_create("bond2", 0);
    const struct smap config = SMAP_CONST1(&config, "vm-aware-unidentified",
                                           drop ? "drop" : "host");
    const struct smap no_ids = SMAP_INITIALIZER(&no_ids);

    vm_engine_set_bond(engine, &config, 0);
    vm_sample_set_member(engine, "eth0", true, "vm-aware-capacity", "1G", 0);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const struct vm_interface_facts facts = {
            .external_ids = &no_ids,
            .internal = names[i][0] != 't',
            .access_vlan = -1,
        };

        vm_engine_set_interface(engine, names[i], &facts, 0);
    }
    vm_sample_run(engine, 0);
    return engine;
}

/* The interfaces of the large engine. */
static const struct {
    const char *name;
    const char *external_ids;
} interfaces[] = {
    { "vnet0", "vm-id=1a vm-name=web vm-priority=6 vm-uplinks=eth0,* "
      "vm-min-rate=1G vm-max-rate=2G attached-mac=52:54:00:00:00:01" },
    { "vnet1", "vm-id=1b vm-name=batch vm-priority=1 vm-uplinks=eth1" },
    { "vnet2", "vm-id=1c vm-name=db vm-uplinks=eth0" },
    { "vnet3", "vm-id=1c vm-uplinks=eth1,eth0 vm-min-rate=500M" },
    { "vnet4", "vm-id=1d vm-priority=9 vm-min-rate=9G" },
    { "vnet5", "vm-id=1e vm-name=batch vm-uplinks=eth1 vm-exclusive=true "
      "vm-min-rate=20G" },
};

struct vm_engine *
vm_sample_large_engine(void)
{
    struct vm_engine *engine = vm_engine_create("bond0", 0);
    const struct smap config = SMAP_CONST1(&config, "vm-aware-dwel", "9");
    const char *standby = "vm-aware-standby";
    const long long int end = VM_SAMPLE_NOW;

    vm_engine_set_bond(engine, &config, 0);
    vm_sample_set_member(engine, "eth0", true, standby, "false", 0);
    vm_sample_set_member(engine, "eth1", true, standby, "maybe", 0);
    vm_sample_set_member(engine, "eth2", true, standby, "true", 0);
    for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++) {
        vm_sample_set_interface(engine, interfaces[i].name,
                                interfaces[i].external_ids, 0);
    }
    vm_sample_run(engine, 0);
    have_sent(engine, "vnet1", 210, 9000);
    vm_sample_run(engine, 9000);
    vm_sample_set_member(engine, "eth1", false, standby, "maybe", 10000);
    vm_sample_run(engine, 10000);
    vm_engine_set_member_counters(engine, "eth0", 0, 0, end - 1000);
    have_sent(engine, "vnet0", 1200, end);
    have_sent(engine, "vnet3", 1, end);
    vm_engine_set_member_counters(engine, "eth0", 387500000, 0, end);
    vm_sample_run(engine, end);
    return engine;
}

void
vm_sample_flatten(const struct json *json, const char *path, struct ds *s)
{
    if (json->type == JSON_OBJECT) {
        const struct shash *object = json_object(json);
        const struct shash_node **nodes = shash_sort(object);

        for (size_t i = 0; i < shash_count(object); i++) {
            char *p = xasprintf("%s%s%s", path, *path ? "." : "",
                                nodes[i]->name);

            vm_sample_flatten(nodes[i]->data, p, s);
            free(p);
        }
        free(nodes);
    } else if (json->type == JSON_ARRAY) {
        size_t n = vm_json_array_size(json);

        if (!n) {
            ds_put_format(s, "%s = []\n", path);
        }
        for (size_t i = 0; i < n; i++) {
            char *p = xasprintf("%s[%"PRIuSIZE"]", path, i);

            vm_sample_flatten(vm_json_array_at(json, i), p, s);
            free(p);
        }
    } else {
        ds_put_format(s, "%s = ", path);
        json_to_ds(json, 0, s);
        ds_put_char(s, '\n');
    }
}
