/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-sim-bond.h"

#include <string.h>

#include "openvswitch/json.h"
#include "util.h"
#include "vm-sim-model.h"

bool
vm_sim_saved_usable(const struct json *member)
{
    const char *state = vm_sim_text(member, "state");

    return state && (!strcmp(state, "usable") || !strcmp(state, "returned"));
}

char *
vm_sim_saved_bond(const struct json *saved, const char *command,
                  const struct json **bond)
{
    *bond = vm_sim_element(saved, "bonds", 0);
    if (!*bond || vm_sim_element(saved, "bonds", 1)) {
        return xasprintf("what was saved has not exactly one bond: save it "
                         "with \"vm-aware/%s --json BOND\"", command);
    }
    return NULL;
}
