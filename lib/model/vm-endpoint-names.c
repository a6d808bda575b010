/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-endpoint-names.h"

#include "model/vm-endpoint.h"
#include "model/vm-inventory.h"
#include "openvswitch/dynamic-string.h"
#include "svec.h"
#include "util.h"

/* The most names in one sentence. */
#define MAX_NAMES 10

/* Adds the names of all endpoints to 'names', sorted.  An endpoint whose name
 * is also the name or the identity of another one is listed by its
 * identity. */
static void
list_names(const struct vm_inventory *inventory, struct svec *names)
{
    struct shash owners = SHASH_INITIALIZER(&owners);
    struct shash_node *node;

    SHASH_FOR_EACH (node, &inventory->endpoints) {
        shash_add(&owners, node->name, node->data);
    }
    SHASH_FOR_EACH (node, &inventory->endpoints) {
        const char *name = vm_endpoint_name(node->data);
        struct shash_node *owner = shash_find(&owners, name);

        if (!owner) {
            shash_add(&owners, name, node->data);
        } else if (owner->data != node->data) {
            owner->data = NULL;
        }
    }
    SHASH_FOR_EACH (node, &inventory->endpoints) {
        const char *name = vm_endpoint_name(node->data);

        svec_add(names, (shash_find_data(&owners, name) == node->data
                         ? name : node->name));
    }
    shash_destroy(&owners);
    svec_sort(names);
}

char *
vm_endpoint_no_such(const struct vm_inventory *inventory, const char *bond,
                    const char *vm)
{
    struct svec names = SVEC_EMPTY_INITIALIZER;
    struct ds s = DS_EMPTY_INITIALIZER;

    list_names(inventory, &names);
    ds_put_format(&s, "bond %s has no VM \"%s\", it has: ", bond, vm);
    for (size_t i = 0; i < names.n && i < MAX_NAMES; i++) {
        ds_put_format(&s, "%s%s", i ? ", " : "", names.names[i]);
    }
    if (names.n > MAX_NAMES) {
        ds_put_format(&s, " and %"PRIuSIZE" more", names.n - MAX_NAMES);
    }
    svec_destroy(&names);
    return ds_steal_cstr(&s);
}
