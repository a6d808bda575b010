/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-member.h"

#include <string.h>

#include "bond-provider.h"
#include "engine/vm-engine.h"
#include "netdev.h"
#include "smap.h"
#include "util.h"
#include "vm-aware-speed.h"

static void
remove_others(struct vm_engine *engine, const struct bond_member_view *views,
              size_t n, long long int now)
{
    const struct vm_inventory *inventory = vm_engine_inventory(engine);

    for (size_t i = inventory->n_members; i > 0; i--) {
        const char *name = inventory->members[i - 1]->name;
        size_t j = 0;

        while (j < n && strcmp(views[j].name, name)) {
            j++;
        }
        if (j >= n) {
            char *copy = xstrdup(name);

            vm_engine_set_member(engine, copy, NULL, now);
            free(copy);
        }
    }
}

void
vm_aware_members_tell(const struct bond *bond, const struct shash *configs,
                      struct shash *speeds, struct vm_engine *engine,
                      long long int now)
{
    static const struct smap none = SMAP_INITIALIZER(&none);
    struct bond_member_view *views;
    size_t n = bond_get_members(bond, &views);

    remove_others(engine, views, n, now);
    for (size_t i = 0; i < n; i++) {
        const struct smap *config = shash_find_data(configs, views[i].name);
        const struct vm_aware_speed speed
            = vm_aware_speed_get(speeds, views[i].name, views[i].netdev, now);
        const struct vm_member_facts facts = {
            .enabled = views[i].enabled,
            .link_speed = speed.link,
            .max_rate = speed.max_rate,
            .other_config = config ? config : &none,
        };

        vm_engine_set_member(engine, views[i].name, &facts, now);
    }
    free(views);
}

void
vm_aware_members_count(const struct bond *bond, struct vm_engine *engine,
                       long long int now)
{
    struct bond_member_view *views;
    size_t n = bond_get_members(bond, &views);

    for (size_t i = 0; i < n; i++) {
        struct netdev_stats stats;

        if (!netdev_get_stats(views[i].netdev, &stats)
            && stats.tx_bytes != UINT64_MAX) {
            vm_engine_set_member_counters(engine, views[i].name,
                                          stats.tx_bytes,
                                          stats.tx_dropped == UINT64_MAX
                                          ? 0 : stats.tx_dropped, now);
        }
    }
    free(views);
}

void *
vm_aware_members_find(const struct bond_member_view *views, size_t n,
                      const char *name)
{
    for (size_t i = 0; name && i < n; i++) {
        if (!strcmp(views[i].name, name)) {
            return views[i].aux;
        }
    }
    return NULL;
}
