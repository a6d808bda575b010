/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-members.h"

#include "base/vm-problem.h"
#include "openvswitch/dynamic-string.h"

void
vm_members_update(struct vm_inventory *inventory, long long int now)
{
    vm_members_assume(inventory->members, inventory->n_members);
    for (size_t i = 0; i < inventory->n_members; i++) {
        struct vm_member *member = inventory->members[i];

        vm_member_event(member,
                        member->enabled ? VM_MEMBER_UP : VM_MEMBER_DOWN, now);
    }
}

static void
add_unknown_capacity(const struct vm_member *member,
                     struct vm_problems *problems)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    vm_rate_format(vm_member_capacity(member), &s);
    vm_problems_add(problems, member->name, "its speed is unknown: VMs are "
                    "placed as if it were %s, and not policed by it; set "
                    "other_config:vm-aware-capacity", ds_cstr(&s));
    ds_destroy(&s);
}

void
vm_members_problems(const struct vm_inventory *inventory,
                    struct vm_problems *problems)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        if (vm_member_is_usable(member) && !vm_member_known_capacity(member)) {
            add_unknown_capacity(member, problems);
        }
    }
}
