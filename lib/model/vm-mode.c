/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-mode.h"

#include <stdlib.h>
#include <string.h>

#include "base/vm-problem.h"
#include "model/vm-config.h"
#include "model/vm-key.h"
#include "model/vm-reader.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"

#define MODE "vm-aware"

static const struct vm_key *const key = &vm_keys[VM_K_MODE];

/* Returns true if 'name' is not the key, and probably meant to be. */
static bool
is_misspelled(const char *name)
{
    return (strcmp(name, key->name)
            && (vm_reader_resembles(name, key->name, 2)
                || vm_reader_resembles(name, MODE, 1)));
}

void
vm_mode_check_other(const struct vm_mode_port *port,
                    struct vm_problems *problems)
{
    const struct vm_reader reader = {
        .where = port->name, .problems = problems,
    };
    const char *text = smap_get(port->other_config, key->name);
    const struct smap_node **nodes = smap_sort(port->other_config);
    struct ds what = DS_EMPTY_INITIALIZER;
    struct vm_bond_config config;

    memset(&config, 0, sizeof config);
    if (text && !vm_key_read(key, text, &config, &what)) {
        ds_put_cstr(&what, ", default false used");
        vm_reader_tell(&reader, key->name, text, ds_cstr(&what));
    }
    for (size_t i = 0; i < smap_count(port->other_config); i++) {
        if (is_misspelled(nodes[i]->key)) {
            ds_clear(&what);
            ds_put_format(&what, "unknown key, ignored; did you mean %s?",
                          key->name);
            vm_reader_tell(&reader, nodes[i]->key, nodes[i]->value,
                           ds_cstr(&what));
        }
    }
    ds_destroy(&what);
    free(nodes);
}

/* Returns true if Open vSwitch's own mode 'bond_mode' needs LACP, which
 * 'lacp' does not enable. */
static bool
lacks_lacp(const char *bond_mode, const char *lacp)
{
    return (nullable_string_is_equal(bond_mode, "balance-tcp")
            && !nullable_string_is_equal(lacp, "active")
            && !nullable_string_is_equal(lacp, "passive"));
}

void
vm_mode_check_bond(const struct vm_mode_port *port,
                   struct vm_problems *problems)
{
    const struct vm_reader reader = {
        .where = port->name, .problems = problems,
    };
    const char *text = smap_get(port->other_config, key->name);

    if (nullable_string_is_equal(port->bond_mode, MODE)) {
        if (nullable_string_is_equal(text, "false")) {
            vm_reader_tell(&reader, key->name, text, "no effect with "
                           "bond_mode="MODE"; set bond_mode to another mode");
        }
        return;
    }
    if (port->n_interfaces < 2) {
        vm_reader_tell(&reader, key->name, text, "the port has one "
                       "interface, so that no VM can fail over; add one to "
                       "Port:interfaces, or remove the key from a port that "
                       "is no bond");
    }
    if (lacks_lacp(port->bond_mode, port->lacp)) {
        vm_reader_tell(&reader, key->name, text, "bond_mode=balance-tcp, to "
                       "which an ovs-vswitchd without this mode falls back, "
                       "does not work with lacp=off; set bond_mode to "
                       "balance-slb or active-backup");
    }
}

void
vm_mode_check_misplaced(const char *kind, const char *name,
                        const struct smap *other_config,
                        struct vm_problems *problems)
{
    const char *text = smap_get(other_config, key->name);

    if (text) {
        char *where = xasprintf("%s %s", kind, name);
        const struct vm_reader reader = {
            .where = where, .problems = problems,
        };

        vm_reader_tell(&reader, key->name, text, "no effect here, belongs to "
                       "other_config of the bond's Port");
        free(where);
    }
}
