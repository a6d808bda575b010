/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-watch-check.h"

#include "model/vm-inventory.h"
#include "model/vm-slot-load.h"
#include "model/vm-watch.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Checks whether 'set' has 'endpoint', which 'belongs' there or not. */
static void
check_set(const char *name, const struct vm_changes *set,
          const struct vm_endpoint *endpoint, bool belongs,
          struct ds *differences)
{
    if (vm_changes_include(set, endpoint->id) != belongs) {
        ds_put_format(differences, "%s: %s %s\n", endpoint->id,
                      belongs ? "not" : "wrongly", name);
    }
}

/* Checks that 'set' names no endpoint that is gone. */
static void
check_gone(const char *name, const struct vm_changes *set,
           const struct vm_inventory *inventory, struct ds *differences)
{
    const char *id;

    SSET_FOR_EACH (id, &set->ids) {
        if (!shash_find(&inventory->endpoints, id)) {
            ds_put_format(differences, "%s: gone, but %s\n", id, name);
        }
    }
}

/* Checks that a load that is not brought up to date need not be. */
static void
check_load(const struct vm_interface *iface, struct ds *differences)
{
    if (ovs_list_is_empty(&iface->restless_node)
        && !(iface->counted && vm_interface_load_is_still(&iface->load))) {
        ds_put_format(differences, "%s: its load is left alone, but not "
                      "still\n", iface->name);
    }
}

void
vm_watch_check(const struct vm_inventory *inventory, long long int ran,
               struct ds *differences)
{
    const struct vm_watch *watch = &inventory->watch;

    for (size_t i = 0; i < inventory->n_endpoints; i++) {
        const struct vm_endpoint *endpoint = inventory->endpoints_by_id[i];

        check_set("timed", &watch->timed, endpoint,
                  vm_watch_is_timed(endpoint, ran), differences);
        check_set("bound", &watch->bound, endpoint,
                  vm_watch_is_bound(endpoint), differences);
        check_set("reserving", &watch->reserving, endpoint,
                  vm_watch_is_reserving(endpoint), differences);
        check_set("troubled", &watch->troubled, endpoint,
                  vm_watch_is_troubled(endpoint), differences);
    }
    check_gone("timed", &watch->timed, inventory, differences);
    check_gone("bound", &watch->bound, inventory, differences);
    check_gone("reserving", &watch->reserving, inventory, differences);
    check_gone("troubled", &watch->troubled, inventory, differences);
    for (size_t i = 0; i < shash_count(&inventory->interfaces); i++) {
        check_load(inventory->interfaces_by_name[i], differences);
    }
}
