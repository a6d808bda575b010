/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-slot-load.h"

#include <limits.h>

#include "util.h"

/* A guess that weighs less than this, ppm, is over: that is after five
 * half-lives. */
#define LEAST_GUESS 31250

void
vm_interface_load_init(struct vm_interface_load *load)
{
    *load = (struct vm_interface_load) { .window_start = LLONG_MAX };
    vm_load_init(&load->rate);
    vm_load_init(&load->offered);
}

void
vm_interface_load_count(struct vm_interface_load *load, uint64_t bytes,
                        long long int now)
{
    load->bytes += bytes;
    vm_load_update(&load->rate, load->bytes, VM_SLOT_HALF_LIFE, now);
    if (load->window_start == LLONG_MAX
        || load->bytes == load->window_bytes) {
        load->window_bytes = load->bytes;
        load->window_start = now;
    }
}

void
vm_interface_load_assume(struct vm_interface_load *load, uint64_t rate,
                         long long int now)
{
    const int s = 60;

    vm_interface_load_count(load, 0, now - s * 1000);
    vm_interface_load_count(load, vm_rate_cap(rate) / 8 * s, now);
}

uint64_t
vm_interface_offered(const struct vm_interface_load *load, long long int now)
{
    return vm_rate_cap(vm_load_rate(&load->offered, VM_SLOT_HALF_LIFE, now));
}

/* Adds 'bytes' that an interface offered, as a reading at 'now'. */
static void
count_offer(struct vm_interface_load *load, uint64_t bytes, long long int now)
{
    load->offered_bytes += bytes;
    vm_load_update(&load->offered, load->offered_bytes, VM_SLOT_HALF_LIFE,
                   now);
}

/* Returns the slot of 'iface', or null if it has none.  Until it is grouped,
 * it points to the host's. */
static const struct vm_slot *
own_slot(const struct vm_interface *iface)
{
    return iface->grouped ? iface->slot : NULL;
}

void
vm_interface_count_load(struct vm_interface *iface, uint64_t bytes,
                        long long int now)
{
    const struct vm_slot *slot = own_slot(iface);
    struct vm_interface_load *load = &iface->load;
    bool limited = (iface->grouped
                    && iface->endpoint->policy.max_rate != VM_RATE_NONE);

    if (limited) {
        count_offer(load, bytes, now);
    }
    if (limited && slot && slot->meter && slot->load_metered) {
        return;
    }
    if (!iface->tx_member && !bytes && !vm_load_is_known(&load->rate)) {
        /* It cannot send.  Measure it from now on. */
        vm_load_init(&load->rate);
    }
    vm_interface_load_count(load, bytes, now);
}

void
vm_interface_rest(struct vm_interface *iface, long long int at)
{
    const struct vm_slot *slot = own_slot(iface);
    struct vm_interface_load *load = &iface->load;

    if (iface->counted && at > MAX(load->rate.when, load->offered.when)) {
        vm_interface_count_load(iface, 0, at);
        if (slot && slot->at_rest && at > load->rate.when) {
            vm_interface_load_count(load, 0, at);
        }
    }
}

bool
vm_interface_load_is_still(const struct vm_interface_load *load)
{
    return (load->bytes == load->window_bytes
            && vm_load_is_still(&load->rate, VM_SLOT_HALF_LIFE)
            && (load->offered.when == LLONG_MIN
                || vm_load_is_still(&load->offered, VM_SLOT_HALF_LIFE)));
}

/* Returns the sum of what 'get' returns for all interfaces of 'slot', at
 * 'now', before its limit. */
static uint64_t
add_up(const struct vm_slot *slot,
       uint64_t (*get)(const struct vm_interface_load *, long long int now),
       long long int now)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < slot->n_interfaces; i++) {
        sum += vm_rate_cap(get(&slot->interfaces[i]->load, now));
    }
    return sum;
}

/* The same, within the limit of the slot's VM. */
static uint64_t
add_up_limited(const struct vm_slot *slot,
               uint64_t (*get)(const struct vm_interface_load *,
                               long long int now),
               long long int now)
{
    const struct vm_endpoint *endpoint = slot->endpoint;
    uint64_t limit = endpoint->policy.max_rate;
    uint64_t rate = add_up(slot, get, now);
    uint64_t sum = 0;

    if (!rate || limit == VM_RATE_NONE || endpoint->limit_failed) {
        return rate;
    }
    for (size_t i = 0; i < endpoint->n_slots; i++) {
        sum += add_up(endpoint->slots[i], get, now);
    }
    return sum <= limit ? rate : vm_take_part(limit, rate, sum);
}

static uint64_t
get_rate(const struct vm_interface_load *load, long long int now)
{
    return vm_load_rate(&load->rate, VM_SLOT_HALF_LIFE, now);
}

uint64_t
vm_slot_rate(const struct vm_slot *slot, long long int now)
{
    return add_up_limited(slot, get_rate, now);
}

static uint64_t
get_window_rate(const struct vm_interface_load *load,
                long long int now OVS_UNUSED)
{
    uint64_t bytes = load->bytes - load->window_bytes;
    long long int ms = (load->window_start < load->rate.when
                        ? load->rate.when - load->window_start : 0);

    return (!ms ? 0
            : bytes <= UINT64_MAX / 8000 ? bytes * 8000 / ms
            : VM_RATE_CEILING);
}

uint64_t
vm_slot_window_rate(const struct vm_slot *slot)
{
    return add_up_limited(slot, get_window_rate, 0);
}

void
vm_slot_begin_window(struct vm_slot *slot)
{
    for (size_t i = 0; i < slot->n_interfaces; i++) {
        struct vm_interface_load *load = &slot->interfaces[i]->load;

        load->window_bytes = load->bytes;
        load->window_start = (load->rate.when == LLONG_MIN
                              ? LLONG_MAX : load->rate.when);
    }
}

uint64_t
vm_slot_variation(const struct vm_slot *slot)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < slot->n_interfaces; i++) {
        uint64_t variation = vm_load_variation(
            &slot->interfaces[i]->load.rate, VM_SLOT_HALF_LIFE);

        if (!variation) {
            return 0;
        }
        sum += vm_rate_cap(variation);
    }
    return sum;
}

uint32_t
vm_slot_guess_ppm(const struct vm_slot *slot)
{
    uint32_t least = 1000000;

    for (size_t i = 0; i < slot->n_interfaces; i++) {
        least = MIN(least,
                    vm_load_guess_ppm(&slot->interfaces[i]->load.rate));
    }
    return least < LEAST_GUESS ? 0 : least;
}
