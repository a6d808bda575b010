/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-overload.h"

#include "base/vm-value.h"
#include "engine/vm-sender.h"
#include "util.h"

bool
vm_overload_is_excess(uint64_t offered, uint64_t allowed)
{
    return offered > allowed && offered - allowed > allowed / 16;
}

/* Returns what the senders of 'endpoint' on 'member', or on all members if it
 * is null, offer. */
static uint64_t
sum_offered(const struct vm_senders *senders,
            const struct vm_endpoint *endpoint,
            const struct vm_member *member)
{
    uint64_t sum = 0;

    for (size_t i = vm_senders_first(senders, endpoint->id);
         i < senders->n && senders->list[i]->endpoint == endpoint; i++) {
        if (!member || senders->list[i]->member == member) {
            sum = vm_rate_add(sum, senders->list[i]->demand.rate);
        }
    }
    return sum;
}

uint64_t
vm_overload_offered(const struct vm_senders *senders,
                    const struct vm_endpoint *endpoint,
                    const struct vm_member *member)
{
    return MIN(sum_offered(senders, endpoint, member),
               endpoint->policy.max_rate);
}

bool
vm_overload_exceeds_limit(const struct vm_senders *senders,
                          const struct vm_endpoint *endpoint)
{
    uint64_t limit = endpoint->policy.max_rate;

    return (limit != VM_RATE_NONE
            && vm_overload_is_excess(sum_offered(senders, endpoint, NULL),
                                     limit));
}

uint64_t
vm_overload_demand(const struct vm_senders *senders,
                   const struct vm_endpoint *endpoint)
{
    return (vm_overload_exceeds_limit(senders, endpoint)
            ? sum_offered(senders, endpoint, NULL)
            : vm_overload_offered(senders, endpoint, NULL));
}

bool
vm_overload_exceeds_share(const struct vm_senders *senders,
                          const struct vm_endpoint *endpoint)
{
    for (size_t i = vm_senders_first(senders, endpoint->id);
         i < senders->n && senders->list[i]->endpoint == endpoint; i++) {
        const struct vm_sender *sender = senders->list[i];
        uint64_t offered = MIN(sender->demand.rate, endpoint->policy.max_rate);

        if (sender->grant.limited && sender->grant.rate != VM_RATE_NONE
            && vm_overload_is_excess(offered, sender->grant.rate)) {
            return true;
        }
    }
    return false;
}

uint64_t
vm_overload_load(const struct vm_senders *senders,
                 const struct vm_member *member,
                 const struct vm_endpoint *except)
{
    uint64_t load = vm_member_background(member,
                                         VM_BACKGROUND_FOR_PLACEMENT);

    for (size_t i = 0; i < senders->n; i++) {
        const struct vm_sender *sender = senders->list[i];

        if (sender->member == member && sender->endpoint != except) {
            load = vm_rate_add(load, MIN(sender->demand.rate,
                                         sender->endpoint->policy.max_rate));
        }
    }
    return load;
}

const struct vm_member *
vm_overload_flooded(const struct vm_senders *senders,
                    const struct vm_inventory *inventory,
                    const struct vm_endpoint *endpoint, long long int now)
{
    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];
        uint64_t carries = vm_member_carries(member, now);
        uint64_t offered = vm_overload_offered(senders, endpoint, member);
        bool known = (vm_member_known_capacity(member)
                      || vm_member_is_full(member, now));

        if (known && offered && offered >= carries / 64
            && vm_overload_is_excess(vm_overload_load(senders, member, NULL),
                                     carries)) {
            return member;
        }
    }
    return NULL;
}

bool
vm_overload_fits(const struct vm_member *member, uint64_t load,
                 uint64_t demand, long long int now)
{
    uint64_t carries = vm_member_carries(member, now);
    bool heavy = demand > carries / 4 * 3;

    return vm_rate_add(load, demand) <= carries - (heavy ? 0 : carries / 8);
}
