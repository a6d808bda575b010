/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-member.h"

#include <limits.h>

#include "util.h"

/* Bits of the largest Ethernet frame without its checksum. */
#define LARGEST_FRAME_BITS (1514 * 8)

/* The machine: from the row's state, the column's event leads to the state in
 * the cell. */
static const enum vm_member_state
transitions[VM_N_MEMBER_STATES][VM_N_MEMBER_EVENTS] = {
    [VM_MEMBER_NEW] = {
        [VM_MEMBER_UP] = VM_MEMBER_USABLE,
        [VM_MEMBER_DOWN] = VM_MEMBER_NEW,
        [VM_MEMBER_SETTLED] = VM_MEMBER_NEW,
    },
    [VM_MEMBER_USABLE] = {
        [VM_MEMBER_UP] = VM_MEMBER_USABLE,
        [VM_MEMBER_DOWN] = VM_MEMBER_FAILOVER,
        [VM_MEMBER_SETTLED] = VM_MEMBER_USABLE,
    },
    [VM_MEMBER_FAILOVER] = {
        [VM_MEMBER_UP] = VM_MEMBER_RETURNED,
        [VM_MEMBER_DOWN] = VM_MEMBER_FAILOVER,
        [VM_MEMBER_SETTLED] = VM_MEMBER_LOST,
    },
    [VM_MEMBER_LOST] = {
        [VM_MEMBER_UP] = VM_MEMBER_RETURNED,
        [VM_MEMBER_DOWN] = VM_MEMBER_LOST,
        [VM_MEMBER_SETTLED] = VM_MEMBER_LOST,
    },
    [VM_MEMBER_RETURNED] = {
        [VM_MEMBER_UP] = VM_MEMBER_RETURNED,
        [VM_MEMBER_DOWN] = VM_MEMBER_FAILOVER,
        [VM_MEMBER_SETTLED] = VM_MEMBER_USABLE,
    },
};

static const struct {
    const char *name;
    bool usable;
    bool settling;
} states[VM_N_MEMBER_STATES] = {
    [VM_MEMBER_NEW] = { "new", false, false },
    [VM_MEMBER_USABLE] = { "usable", true, false },
    [VM_MEMBER_FAILOVER] = { "failover", false, true },
    [VM_MEMBER_LOST] = { "lost", false, false },
    [VM_MEMBER_RETURNED] = { "returned", true, true },
};

struct vm_member *
vm_member_create(const char *name, long long int now)
{
    struct vm_member *member = xzalloc(sizeof *member);

    member->name = xstrdup(name);
    smap_init(&member->other_config);
    member->state = VM_MEMBER_NEW;
    member->since = member->changed = now;
    vm_load_init(&member->tx);
    vm_load_init(&member->slots_tx);
    member->full.last = LLONG_MIN;
    return member;
}

void
vm_member_destroy(struct vm_member *member)
{
    if (member) {
        free(member->name);
        smap_destroy(&member->other_config);
        vm_problems_destroy(&member->problems);
        free(member);
    }
}

bool
vm_member_configure(struct vm_member *member, const struct smap *other_config,
                    bool enabled, uint64_t link_speed)
{
    bool changed = (member->enabled != enabled
                    || member->link_speed != link_speed);

    member->enabled = enabled;
    member->link_speed = link_speed;
    if (!member->configured
        || !smap_equal(&member->other_config, other_config)) {
        smap_destroy(&member->other_config);
        smap_clone(&member->other_config, other_config);
        vm_problems_clear(&member->problems);
        vm_member_config_parse(&member->config, member->name,
                               &member->other_config, &member->problems);
        member->configured = true;
        changed = true;
    }
    return changed;
}

bool
vm_member_event(struct vm_member *member, enum vm_member_event event,
                long long int now)
{
    enum vm_member_state next = transitions[member->state][event];

    if (next == member->state) {
        return false;
    }
    if (states[next].usable != states[member->state].usable) {
        member->changed = now;
    }
    member->state = next;
    member->since = now;
    return true;
}

bool
vm_member_is_usable(const struct vm_member *member)
{
    return states[member->state].usable;
}

bool
vm_member_is_settling(const struct vm_member *member)
{
    return states[member->state].settling;
}

uint64_t
vm_member_capacity(const struct vm_member *member)
{
    return (member->config.capacity ? member->config.capacity
            : member->link_speed ? member->link_speed
            : VM_DEFAULT_CAPACITY);
}

const char *
vm_member_state_to_string(enum vm_member_state state)
{
    ovs_assert(state < VM_N_MEMBER_STATES);
    return states[state].name;
}

/* Ends a period of 'others' if it is time to. */
static void
note_others(struct vm_member *member, uint64_t tx_bytes, long long int now)
{
    struct vm_member_others *others = &member->others;
    long long int ms = now - others->since;
    bool valid = (others->known && tx_bytes >= others->tx_bytes
                  && member->slots_bytes >= others->slots_bytes);

    if (valid && ms < VM_MEMBER_OTHERS_PERIOD) {
        return;
    }
    if (valid) {
        uint64_t sent = tx_bytes - others->tx_bytes;
        uint64_t by_slots = member->slots_bytes - others->slots_bytes;
        uint64_t rate = sent > by_slots ? (sent - by_slots) * 8000 / ms : 0;

        others->before = others->ended ? others->rate : rate;
        others->rate = rate;
        others->ended = true;
    }
    others->known = true;
    others->since = now;
    others->tx_bytes = tx_bytes;
    others->slots_bytes = member->slots_bytes;
}

/* The device has dropped so many more frames, of which only the number is
 * known, in the interval that 'tx' has just been updated for. */
static void
note_drops(struct vm_member *member, uint64_t drops, long long int now)
{
    const struct vm_load *tx = &member->tx;
    uint64_t sent = tx->last_rate / LARGEST_FRAME_BITS * tx->interval / 1000;
    struct vm_member_full *full = &member->full;

    if (drops < sent / 1000) {
        return;
    }
    if (full->last == LLONG_MIN || now - full->last > VM_MEMBER_FULL_GAP) {
        full->since = now;
        full->rate = 0;
    }
    full->rate = MAX(full->rate, tx->last_rate);
    full->last = now;
}

void
vm_member_count(struct vm_member *member, uint64_t tx_bytes,
                uint64_t tx_drops, unsigned int half_life_ms,
                long long int now)
{
    long long int before = member->tx.when;

    vm_load_update(&member->tx, tx_bytes, half_life_ms, now);
    vm_load_update(&member->slots_tx, member->slots_bytes, half_life_ms,
                   now);
    if (now > before) {
        if (before != LLONG_MIN && tx_drops > member->tx_drops) {
            note_drops(member, tx_drops - member->tx_drops, now);
        }
        member->tx_drops = tx_drops;
    }
    note_others(member, tx_bytes, now);
}

uint64_t
vm_member_background(const struct vm_member *member)
{
    return MIN(member->others.rate, member->others.before);
}

bool
vm_member_is_full(const struct vm_member *member, long long int now)
{
    const struct vm_member_full *full = &member->full;

    return (full->last != LLONG_MIN
            && now - full->last < VM_MEMBER_FULL_HOLD
            && full->last - full->since >= VM_MEMBER_FULL_AFTER);
}

uint64_t
vm_member_carries(const struct vm_member *member, long long int now)
{
    uint64_t capacity = vm_member_capacity(member);

    return (vm_member_is_full(member, now)
            ? MAX(MIN(member->full.rate, capacity), 1) : capacity);
}
