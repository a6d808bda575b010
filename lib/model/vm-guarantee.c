/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-guarantee.h"

#include <stdlib.h>

#include "model/vm-slot.h"
#include "util.h"

/* Divides the guarantee of 'endpoint' among the slots that take part in it, or
 * all of them if none does; the first one has the remainder, too. */
static void
divide(struct vm_endpoint *endpoint)
{
    uint64_t rate = endpoint->policy.min_rate;
    size_t n = 0;

    for (size_t i = 0; i < endpoint->n_slots; i++) {
        n += endpoint->slots[i]->takes_part;
    }

    bool all = !n;
    bool first = true;
    n = all ? endpoint->n_slots : n;
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        struct vm_slot *slot = endpoint->slots[i];

        slot->guarantee = 0;
        if (all || slot->takes_part) {
            slot->guarantee = rate / n + (first ? rate % n : 0);
            first = false;
        }
    }
}

/* Returns true if standby members may be used, as vm_snapshot_only_standby()
 * does for the solvers. */
static bool
only_standby(const struct vm_inventory *inventory, long long int now)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        if (vm_member_is_usable(member) && !member->config.standby
            && !member->config.drain && !vm_member_is_held_off(member, now)) {
            return false;
        }
    }
    return true;
}

/* Returns true if 'slot' may use a usable member. */
static bool
is_placeable(const struct vm_inventory *inventory, const struct vm_slot *slot,
             bool standby)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];

        if (vm_member_is_usable(member)
            && (standby || !member->config.standby)
            && vm_slot_allows(slot, member->name)) {
            return true;
        }
    }
    return false;
}

void
vm_guarantees_divide(const struct vm_inventory *inventory,
                     struct vm_endpoint *const *endpoints, size_t n,
                     long long int now)
{
    bool standby = only_standby(inventory, now);

    for (size_t i = 0; i < n; i++) {
        struct vm_endpoint *endpoint = endpoints[i];

        for (size_t j = 0; j < endpoint->n_slots; j++) {
            struct vm_slot *slot = endpoint->slots[j];

            slot->takes_part = is_placeable(inventory, slot, standby);
        }
        divide(endpoint);
    }
}

bool
vm_guarantee_withdraw(struct vm_slot *slot)
{
    uint64_t before = slot->guarantee;

    if (!slot->takes_part || !before) {
        return false;
    }
    slot->takes_part = false;
    divide(slot->endpoint);
    return slot->guarantee != before;
}

bool
vm_guarantee_divide_equally(struct vm_endpoint *endpoint)
{
    size_t n = 0;

    for (size_t i = 0; i < endpoint->n_slots; i++) {
        n += endpoint->slots[i]->takes_part;
        endpoint->slots[i]->takes_part = false;
    }
    divide(endpoint);
    return n && n < endpoint->n_slots && endpoint->policy.min_rate;
}
