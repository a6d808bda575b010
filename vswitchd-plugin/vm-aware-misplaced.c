/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-misplaced.h"

#include <stdlib.h>
#include <string.h>

#include "base/vm-problem.h"
#include "bond-provider.h"
#include "model/vm-mode.h"
#include "model/vm-reader.h"
#include "openvswitch/shash.h"
#include "util.h"

/* Replaces the problems of 'name' by 'problems', which are taken over. */
static void
replace(struct shash *misplaced, const char *name,
        struct vm_problems *problems)
{
    struct vm_problems *old = shash_find_and_delete(misplaced, name);

    if (old) {
        vm_problems_destroy(old);
        free(old);
    }
    if (problems->n) {
        shash_add(misplaced, name, xmemdup(problems, sizeof *problems));
    } else {
        vm_problems_destroy(problems);
    }
}

void
vm_aware_misplaced_find(struct shash *misplaced,
                        const struct bond_iface *iface, bool member)
{
    struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
    const struct vm_reader reader = {
        .where = iface->name, .problems = &problems,
    };

    if (member) {
        vm_reader_tell_misplaced(&reader, "external_ids of a member", false,
                                 iface->external_ids);
    } else if (!strcmp(iface->port, iface->name)) {
        /* Not a member of another bond, whose keys are not ours to judge: it
         * may have another mode for the moment. */
        vm_reader_tell_misplaced(&reader, "other_config of its Interface",
                                 true, iface->other_config);
        vm_reader_tell_misplaced(&reader, "other_config of its Port", true,
                                 iface->port_config);
    }
    replace(misplaced, iface->name, &problems);
}

void
vm_aware_misplaced_find_bridge(struct shash *misplaced,
                               const struct bond_iface *iface,
                               const char *bond)
{
    struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
    const struct vm_reader reader = {
        .where = bond, .problems = &problems,
    };
    char *column = xasprintf("other_config of Bridge %s", iface->bridge);
    char *name = xasprintf("bridge %s", iface->bridge);

    vm_reader_tell_misplaced(&reader, column, true, iface->bridge_config);
    replace(misplaced, name, &problems);
    free(column);
    free(name);
}

void
vm_aware_misplaced_find_mode(struct shash *misplaced,
                             const struct vm_mode_port *port)
{
    struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
    char *name = xasprintf("port %s", port->name);

    vm_mode_check_bond(port, &problems);
    replace(misplaced, name, &problems);
    free(name);
}

void
vm_aware_misplaced_forget(struct shash *misplaced, const char *iface)
{
    struct vm_problems nothing = VM_PROBLEMS_INITIALIZER;

    replace(misplaced, iface, &nothing);
}

void
vm_aware_misplaced_collect(const struct shash *misplaced,
                           struct vm_problems *all)
{
    const struct shash_node **nodes = shash_sort(misplaced);

    for (size_t i = 0; i < shash_count(misplaced); i++) {
        vm_problems_append(all, nodes[i]->data);
    }
    free(nodes);
}

void
vm_aware_misplaced_clear(struct shash *misplaced)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, misplaced) {
        vm_problems_destroy(node->data);
    }
    shash_clear_free_data(misplaced);
}
