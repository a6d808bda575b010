/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-member.h"

#include <limits.h>

#include "util.h"

/* Size of the largest Ethernet frame, without its checksum, in bits. */
#define LARGEST_FRAME_BITS (1514 * 8)

/* The state machine: the next state, by present state and event. */
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
    vm_hold_off_init(&member->hold_off);
    member->held_until = member->drain_next = LLONG_MIN;
    vm_load_init(&member->tx);
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

static bool
lacks_device(enum vm_down down)
{
    return down == VM_DOWN_NO_DEVICE;
}

bool
vm_member_configure(struct vm_member *member,
                    const struct vm_member_facts *facts)
{
    const struct smap nothing = SMAP_INITIALIZER(&nothing);
    const struct smap *other_config = (facts->other_config
                                       ? facts->other_config : &nothing);
    uint64_t speed = (facts->link_speed || facts->enabled
                      ? facts->link_speed : member->link_speed);
    bool changed = (member->enabled != facts->enabled
                    || member->link_speed != speed
                    || member->max_rate != facts->max_rate
                    || (lacks_device(facts->down)
                        != lacks_device(member->down)));

    member->enabled = facts->enabled;
    member->down = facts->enabled ? VM_DOWN_NOT : facts->down;
    member->link_speed = speed;
    member->max_rate = facts->max_rate;
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

struct vm_member_facts
vm_member_get_facts(const struct vm_member *member)
{
    return (struct vm_member_facts) {
        .enabled = member->enabled,
        .down = member->down,
        .link_speed = member->link_speed,
        .max_rate = member->max_rate,
        .other_config = &member->other_config,
    };
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
vm_member_is_held_off(const struct vm_member *member, long long int now)
{
    return vm_member_is_usable(member) && now < member->held_until;
}

bool
vm_member_is_settling(const struct vm_member *member)
{
    return states[member->state].settling;
}

uint64_t
vm_member_known_capacity(const struct vm_member *member)
{
    if (member->config.capacity) {
        return member->config.capacity;
    }
    return (member->link_speed && member->max_rate
            ? MIN(member->link_speed, member->max_rate)
            : MAX(member->link_speed, member->max_rate));
}

uint64_t
vm_member_capacity(const struct vm_member *member)
{
    uint64_t known = vm_member_known_capacity(member);

    return (known ? known
            : member->assumed ? member->assumed
            : VM_DEFAULT_CAPACITY);
}

void
vm_members_assume(struct vm_member *const members[], size_t n)
{
    uint64_t highest = 0;

    for (size_t i = 0; i < n; i++) {
        highest = MAX(highest, vm_member_known_capacity(members[i]));
    }
    for (size_t i = 0; i < n; i++) {
        members[i]->assumed = highest;
    }
}

const char *
vm_member_state_to_string(enum vm_member_state state)
{
    ovs_assert(state < VM_N_MEMBER_STATES);
    return states[state].name;
}

/* Returns what the device sent in the present period, which takes 'ms' and
 * ends with 'tx_bytes', less what slots sent, bit/s. */
static uint64_t
rest_of_period(const struct vm_member *member, uint64_t tx_bytes,
               long long int ms)
{
    const struct vm_member_others *others = &member->others;
    uint64_t sent = tx_bytes - others->tx_bytes;
    uint64_t by_slots = member->slots_bytes - others->slots_bytes;
    uint64_t rest = sent > by_slots ? sent - by_slots : 0;

    return MIN(rest, UINT64_MAX / 8000) * 8000 / ms;
}

/* Ends the present period with 'rate'.  Returns true if that changes
 * vm_member_background(). */
static bool
end_period(struct vm_member *member, uint64_t rate)
{
    struct vm_member_others *others = &member->others;
    uint64_t before[VM_N_BACKGROUND_USES];
    bool changed = false;

    for (int i = 0; i < VM_N_BACKGROUND_USES; i++) {
        before[i] = vm_member_background(member, i);
    }
    others->before = others->rate;
    others->rate = rate;
    others->n_ended = MIN(others->n_ended + 1, 2);
    for (int i = 0; i < VM_N_BACKGROUND_USES; i++) {
        changed = changed || vm_member_background(member, i) != before[i];
    }
    return changed;
}

/* Ends the present period if it is long enough.  Returns true if that changes
 * vm_member_background(). */
static bool
note_others(struct vm_member *member, uint64_t tx_bytes, long long int now)
{
    struct vm_member_others *others = &member->others;
    long long int ms = now - others->since;
    bool valid = others->known && tx_bytes >= others->tx_bytes;

    if (valid && ms < VM_MEMBER_OTHERS_PERIOD) {
        return false;
    }

    bool changed = valid && end_period(member, rest_of_period(member, tx_bytes,
                                                              ms));
    others->known = true;
    others->since = now;
    others->tx_bytes = tx_bytes;
    others->slots_bytes = member->slots_bytes;
    return changed;
}

/* Updates 'full' after the device dropped 'drops' frames in the last interval
 * of 'tx'.  The sizes of the dropped frames are not known. */
static void
update_full(struct vm_member *member, uint64_t drops, long long int now)
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

bool
vm_member_count(struct vm_member *member, uint64_t tx_bytes,
                uint64_t tx_drops, unsigned int half_life_ms,
                long long int now)
{
    long long int before = member->tx.when;

    vm_load_update(&member->tx, tx_bytes, half_life_ms, now);
    if (now > before) {
        if (before != LLONG_MIN && tx_drops > member->tx_drops) {
            update_full(member, tx_drops - member->tx_drops, now);
        }
        member->tx_drops = tx_drops;
    }
    return note_others(member, tx_bytes, now);
}

uint64_t
vm_member_background(const struct vm_member *member,
                     enum vm_background_use use)
{
    const struct vm_member_others *others = &member->others;

    return (others->n_ended >= 2 ? MIN(others->rate, others->before)
            : others->n_ended && use == VM_BACKGROUND_FOR_PLACEMENT
            ? others->rate : 0);
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
