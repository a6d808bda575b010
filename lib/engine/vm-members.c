/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-members.h"

#include <limits.h>

#include "base/vm-problem.h"
#include "engine/vm-drain.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Updates the state of 'member' and, if that is a loss or a return, how long
 * it is held off. */
static void
update(struct vm_member *member, long long int max_pause, long long int now)
{
    bool was_new = member->state == VM_MEMBER_NEW;
    bool was_usable = vm_member_is_usable(member);

    vm_member_event(member, member->enabled ? VM_MEMBER_UP : VM_MEMBER_DOWN,
                    now);
    if (was_usable && !vm_member_is_usable(member)) {
        vm_hold_off_lost(&member->hold_off, max_pause, now);
    } else if (!was_usable && !was_new && vm_member_is_usable(member)) {
        vm_hold_off_back(&member->hold_off, now);
    }
    member->hold_off.pause = MIN(member->hold_off.pause, max_pause);
    member->held_until = vm_hold_off_until(&member->hold_off, max_pause);
}

void
vm_members_update(struct vm_inventory *inventory,
                  const struct vm_bond_config *config, long long int now)
{
    vm_members_assume(inventory->members, inventory->n_members);
    for (size_t i = 0; i < inventory->n_members; i++) {
        update(inventory->members[i], config->hold_off_s * 1000LL, now);
    }
}

long long int
vm_members_deadline(const struct vm_inventory *inventory,
                    const struct vm_requests *requests, long long int now)
{
    long long int deadline = vm_drain_deadline(inventory, requests, now);

    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        if (vm_member_is_held_off(member, now)) {
            deadline = MIN(deadline, member->held_until);
        }
    }
    return deadline;
}

static void
add_unknown_capacity(const struct vm_member *member,
                     struct vm_problems *problems)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    vm_rate_format(vm_member_capacity(member), &s);
    vm_problems_add(problems, member->name, "its speed is unknown: VMs are "
                    "placed and guarantees admitted as if it were %s, and no "
                    "rate is policed by it; set other_config:"
                    "vm-aware-capacity", ds_cstr(&s));
    ds_destroy(&s);
}

/* 'member' flaps.  The text is the same until the pause grows. */
static void
add_flapping(const struct vm_member *member, struct vm_problems *problems)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    vm_duration_format(member->hold_off.pause, &s);
    vm_problems_add(problems, member->name, "it was lost again soon after it "
                    "was back: VMs that have another member return when it "
                    "has been up for %s; check its cable and peer, see "
                    "vm-aware-hold-off", ds_cstr(&s));
    ds_destroy(&s);
}

void
vm_members_problems(const struct vm_inventory *inventory,
                    struct vm_problems *problems, long long int now)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        if (vm_member_is_usable(member) && !vm_member_known_capacity(member)) {
            add_unknown_capacity(member, problems);
        }
        if (member->hold_off.pause && (!vm_member_is_usable(member)
                                       || now < member->held_until)) {
            add_flapping(member, problems);
        }
    }
}
