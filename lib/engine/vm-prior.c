/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-prior.h"

#include <stdlib.h>

#include "model/vm-endpoint.h"
#include "model/vm-inventory.h"
#include "model/vm-slot-load.h"
#include "solve/vm-snapshot.h"
#include "util.h"

/* Shares of a VM whose policy does not say. */
#define DEFAULT_SHARES 50

/* Returns the slot's part of the shares of its VM, in thousandths. */
static uint64_t
shares_of(const struct vm_slot *slot)
{
    const struct vm_endpoint *endpoint = slot->endpoint;

    return endpoint->policy.shares * UINT64_C(1000) / endpoint->n_slots;
}

/* Returns the most that the host, whose slot is 'host', and the background
 * send on a member. */
static uint64_t
find_others(const struct vm_inventory *inventory, const struct vm_slot *host,
            long long int now)
{
    uint64_t most = 0;

    for (size_t i = 0; i < inventory->n_members; i++) {
        const struct vm_member *member = inventory->members[i];
        uint64_t load = vm_member_background(member,
                                             VM_BACKGROUND_FOR_PLACEMENT);

        if (nullable_string_is_equal(host->member, member->name)) {
            load += vm_slot_rate(host, now);
        }
        most = MAX(most, vm_member_is_usable(member) ? load : 0);
    }
    return vm_rate_cap(most);
}

void
vm_prior_init(struct vm_prior *prior, const struct vm_inventory *inventory,
              struct vm_slot *const *slots, size_t n, long long int now)
{
    uint64_t others = 0;

    *prior = (struct vm_prior) { 0, 0 };
    for (size_t i = 0; i < n; i++) {
        const struct vm_slot *slot = slots[i];
        uint32_t known_ppm = 1000000 - vm_slot_guess_ppm(slot);

        if (vm_endpoint_is_host(slot->endpoint)) {
            others = find_others(inventory, slot, now);
        } else if (slot->member) {
            prior->load += vm_ppm_of(vm_slot_rate(slot, now), known_ppm);
            prior->shares += vm_ppm_of(shares_of(slot), known_ppm);
        }
    }
    if (!prior->load || !prior->shares) {
        prior->load = others;
        prior->shares = DEFAULT_SHARES * 1000;
    }
}

/* Returns what the slot sends at most, by the limit of its VM. */
static uint64_t
find_limit(const struct vm_slot *slot, long long int now)
{
    const struct vm_endpoint *endpoint = slot->endpoint;
    uint64_t limit = endpoint->policy.max_rate;

    if (limit == VM_RATE_NONE || endpoint->limit_failed) {
        return VM_RATE_NONE;
    }
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        if (endpoint->slots[i] != slot) {
            uint64_t rate = vm_slot_rate(endpoint->slots[i], now);

            limit -= MIN(rate, limit);
        }
    }
    return limit;
}

/* Returns what a slot with the shares of 'slot' sends on average. */
static uint64_t
find_average(const struct vm_prior *prior, const struct vm_slot *slot)
{
    uint64_t shares = shares_of(slot);

    return vm_rate_cap(prior->load / prior->shares * shares
                       + prior->load % prior->shares * shares
                         / prior->shares);
}

uint64_t
vm_prior_expect(const struct vm_prior *prior, const struct vm_slot *slot,
                long long int now)
{
    uint64_t rate = vm_slot_rate(slot, now);
    uint32_t guess_ppm = vm_slot_guess_ppm(slot);

    if (!guess_ppm || vm_endpoint_is_host(slot->endpoint)) {
        return rate;
    }

    uint64_t guess = MIN(find_average(prior, slot), find_limit(slot, now));
    return MAX(rate, vm_ppm_of(guess, guess_ppm));
}

uint64_t
vm_prior_of(const struct vm_inventory *inventory, const struct vm_slot *slot,
            long long int now)
{
    struct vm_prior prior;
    size_t n;
    struct vm_slot **slots = vm_inventory_slots(inventory, &n);

    vm_prior_init(&prior, inventory, slots, n, now);
    free(slots);
    return vm_prior_expect(&prior, slot, now);
}
