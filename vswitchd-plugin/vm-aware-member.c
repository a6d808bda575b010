/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-member.h"

#include <stdlib.h>
#include <string.h>

#include "bond-provider.h"
#include "cfm.h"
#include "engine/vm-engine.h"
#include "netdev.h"
#include "ofproto/ofproto-dpif.h"
#include "smap.h"
#include "util.h"
#include "vm-aware-device.h"

static bool
has_view(const struct bond_member_view *views, size_t n, const char *name)
{
    return vm_aware_members_find(views, n, name) != NULL;
}

/* Removes the members that are neither among 'views' nor configured. */
static void
remove_others(struct vm_engine *engine, const struct shash *configs,
              const struct bond_member_view *views, size_t n,
              long long int now)
{
    const struct vm_inventory *inventory = vm_engine_inventory(engine);

    for (size_t i = inventory->n_members; i > 0; i--) {
        const char *name = inventory->members[i - 1]->name;

        if (!has_view(views, n, name) && !shash_find(configs, name)) {
            char *copy = xstrdup(name);

            vm_engine_set_member(engine, copy, NULL, now);
            free(copy);
        }
    }
}

/* What BFD or CFM says of a port. */
enum monitor { NOT_MONITORED, ALIVE, DEAD };

static enum monitor
get_bfd(struct ofproto *ofproto, ofp_port_t port)
{
    struct smap status = SMAP_INITIALIZER(&status);
    enum monitor monitor
        = (ofproto_port_get_bfd_status(ofproto, port, &status) ? NOT_MONITORED
           : smap_get_bool(&status, "forwarding", true) ? ALIVE
           : DEAD);

    smap_destroy(&status);
    return monitor;
}

static enum monitor
get_cfm(const struct ofproto *ofproto, ofp_port_t port)
{
    struct cfm_status status;

    if (ofproto_port_get_cfm_status(ofproto, port, &status)) {
        return NOT_MONITORED;
    }
    free(status.rmps);
    return status.faults || !status.remote_opstate ? DEAD : ALIVE;
}

/* Returns why bond.c does not let a member carry frames, by what the port says
 * now.  With both BFD and CFM, one that is alive suffices.  If nothing is
 * wrong with the port, the up delay is not over: with LACP there is none. */
static enum vm_down
why_down(struct ofproto *ofproto, const struct bond_member_view *view)
{
    enum monitor bfd, cfm;

    if (view->enabled) {
        return VM_DOWN_NOT;
    } else if (!netdev_get_carrier(view->netdev)) {
        return VM_DOWN_NO_CARRIER;
    }
    bfd = get_bfd(ofproto, view->ofp_port);
    cfm = get_cfm(ofproto, view->ofp_port);
    return (bfd == DEAD && cfm != ALIVE ? VM_DOWN_BFD
            : cfm == DEAD && bfd != ALIVE ? VM_DOWN_CFM
            : ofproto_port_is_lacp_current(ofproto, view->ofp_port) >= 0
            ? VM_DOWN_LACP
            : VM_DOWN_UP_DELAY);
}

void
vm_aware_members_configure(struct shash *configs, const char *name,
                           const struct smap *other_config)
{
    struct smap *config = xmalloc(sizeof *config);

    smap_clone(config, other_config);
    shash_add_once(configs, name, config);
}

void
vm_aware_members_clear(struct shash *configs)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, configs) {
        smap_destroy(node->data);
        free(node->data);
    }
    shash_clear(configs);
}

/* A member that is configured and that bond.c does not have has no device. */
static void
tell_missing(const struct shash *configs,
             const struct bond_member_view *views, size_t n,
             struct vm_engine *engine, long long int now)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, configs) {
        if (!has_view(views, n, node->name)) {
            const struct vm_member_facts facts = {
                .down = VM_DOWN_NO_DEVICE,
                .other_config = node->data,
            };

            vm_engine_set_member(engine, node->name, &facts, now);
        }
    }
}

/* Updates 'handles' by 'views'.  Returns true if that changes them. */
static bool
update_handles(struct shash *handles, const struct bond_member_view *views,
               size_t n)
{
    bool changed = shash_count(handles) != n;

    for (size_t i = 0; i < n && !changed; i++) {
        changed = shash_find_data(handles, views[i].name) != views[i].aux;
    }
    if (changed) {
        shash_clear(handles);
        for (size_t i = 0; i < n; i++) {
            shash_add_once(handles, views[i].name, views[i].aux);
        }
    }
    return changed;
}

bool
vm_aware_members_tell(const struct bond *bond, struct ofproto_dpif *ofproto,
                      const struct shash *configs, struct shash *devices,
                      struct shash *handles, struct vm_engine *engine,
                      long long int now)
{
    static const struct smap none = SMAP_INITIALIZER(&none);
    struct bond_member_view *views;
    size_t n = bond_get_members(bond, &views);
    bool changed = update_handles(handles, views, n);

    remove_others(engine, configs, views, n, now);
    tell_missing(configs, views, n, engine, now);
    for (size_t i = 0; i < n; i++) {
        const struct smap *config = shash_find_data(configs, views[i].name);
        const struct vm_aware_speed speed
            = vm_aware_device_speed(devices, views[i].name, views[i].netdev,
                                    now);
        const struct vm_member_facts facts = {
            .enabled = views[i].enabled,
            .down = why_down(&ofproto->up, &views[i]),
            .link_speed = speed.link,
            .max_rate = speed.max_rate,
            .other_config = config ? config : &none,
        };

        vm_engine_set_member(engine, views[i].name, &facts, now);
    }
    free(views);
    return changed;
}

void
vm_aware_members_count(const struct bond *bond, struct shash *devices,
                       struct vm_engine *engine, long long int now)
{
    struct bond_member_view *views;
    size_t n = bond_get_members(bond, &views);

    for (size_t i = 0; i < n; i++) {
        struct netdev_stats stats;

        if (!netdev_get_stats(views[i].netdev, &stats)
            && stats.tx_bytes != UINT64_MAX) {
            uint64_t drops = (stats.tx_dropped == UINT64_MAX
                              ? 0 : stats.tx_dropped);

            drops += vm_aware_device_drops(devices, views[i].name,
                                           views[i].netdev, now);
            vm_engine_set_member_counters(engine, views[i].name,
                                          stats.tx_bytes, drops, now);
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
