/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-mode.h"

#include <stdlib.h>
#include <string.h>

#include "base/vm-problem.h"
#include "bond-provider.h"
#include "model/vm-mode.h"
#include "smap.h"
#include "sset.h"
#include "util.h"
#include "uuid.h"
#include "vm-aware-host.h"
#include "vm-aware-misplaced.h"

/* Returns the port of the first of 'n' interfaces. */
static struct vm_mode_port
first_port(const struct bond_iface *ifaces, size_t n)
{
    struct vm_mode_port port = {
        .name = ifaces->port,
        .bond_mode = ifaces->bond_mode,
        .lacp = ifaces->lacp,
        .other_config = ifaces->port_config,
    };

    while (port.n_interfaces < n
           && uuid_equals(&ifaces[port.n_interfaces].port_uuid,
                          &ifaces->port_uuid)) {
        port.n_interfaces++;
    }
    return port;
}

void
vm_aware_mode_check_bond(struct vm_aware_bond *va,
                         const struct bond_iface *members, size_t n)
{
    struct vm_mode_port port = first_port(members, n);

    vm_aware_misplaced_find_mode(&va->misplaced, &port);
}

/* Checks a port that is no bond of ours. */
static void
check_other(struct vm_mode_port *port, struct vm_problems *problems)
{
    if (!smap_is_empty(port->other_config)
        && !vm_aware_host_find(port->name)) {
        char *where = xasprintf("port %s", port->name);

        port->name = where;
        vm_mode_check_other(port, problems);
        free(where);
    }
}

/* Compares by name: the order of rows in the database is random. */
static int
compare_problems(const void *a_, const void *b_)
{
    const struct vm_problem *a = a_, *b = b_;
    int order = strcmp(a->where, b->where);

    return order ? order : strcmp(a->text, b->text);
}

void
vm_aware_mode_check_others(const struct bond_iface *ifaces, size_t n)
{
    struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
    struct sset bridges = SSET_INITIALIZER(&bridges);
    size_t next = 0;

    for (size_t i = 0; i < n; i++) {
        const struct bond_iface *iface = &ifaces[i];

        if (i == next) {
            struct vm_mode_port port = first_port(iface, n - i);

            check_other(&port, &problems);
            next += port.n_interfaces;
        }
        if (!smap_is_empty(iface->other_config)) {
            vm_mode_check_misplaced("interface", iface->name,
                                    iface->other_config, &problems);
        }
        if ((!i || strcmp(iface->bridge, ifaces[i - 1].bridge))
            && sset_add(&bridges, iface->bridge)) {
            vm_mode_check_misplaced("bridge", iface->bridge,
                                    iface->bridge_config, &problems);
        }
    }
    sset_destroy(&bridges);
    if (problems.n) {
        qsort(problems.list, problems.n, sizeof *problems.list,
              compare_problems);
    }
    vm_aware_host_set_problems(&problems);
}
