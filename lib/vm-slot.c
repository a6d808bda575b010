/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-slot.h"

#include <limits.h>
#include <string.h>

#include "util.h"
#include "vm-snapshot.h"

static void
replace(char **string, const char *new)
{
    char *copy = nullable_xstrdup(new);

    free(*string);
    *string = copy;
}

struct vm_slot_state *
vm_slot_create(struct vm_endpoint *endpoint, const struct vm_wish *wish)
{
    struct vm_slot_state *slot = xzalloc(sizeof *slot);

    slot->id = xstrdup(endpoint->id);
    slot->endpoint = endpoint;
    vm_wish_clone(&slot->wish, wish);
    slot->reason = VM_R_NONE;
    slot->moved = LLONG_MIN;
    slot->joined = LLONG_MIN;
    slot->next_announce = LLONG_MAX;
    slot->reverse_after = LLONG_MAX;
    vm_load_init(&slot->load);
    return slot;
}

void
vm_slot_destroy(struct vm_slot_state *slot)
{
    if (slot) {
        free(slot->id);
        vm_wish_destroy(&slot->wish);
        free(slot->interfaces);
        free(slot->uplink);
        free(slot->from);
        free(slot->home);
        free(slot->later_home);
        free(slot->pinned);
        free(slot->because);
        free(slot);
    }
}

void
vm_slot_add_interface(struct vm_slot_state *slot, struct vm_interface *iface)
{
    if (slot->n_interfaces >= slot->allocated_interfaces) {
        slot->interfaces = x2nrealloc(slot->interfaces,
                                      &slot->allocated_interfaces,
                                      sizeof *slot->interfaces);
    }
    slot->interfaces[slot->n_interfaces++] = iface;
}

bool
vm_slot_allows(const struct vm_slot_state *slot, const char *uplink)
{
    for (size_t i = 0; i < slot->wish.n; i++) {
        if (!strcmp(slot->wish.names[i], uplink)) {
            return true;
        }
    }
    return slot->wish.any;
}

/* Forgets what the wish doesn't allow. */
static void
obey_wish(struct vm_slot_state *slot)
{
    if (slot->pinned && !vm_slot_allows(slot, slot->pinned)) {
        replace(&slot->pinned, NULL);
    }
    if (slot->later_home && !vm_slot_allows(slot, slot->later_home)) {
        replace(&slot->later_home, NULL);
    }
    if (slot->home && !vm_slot_allows(slot, slot->home)) {
        free(slot->home);
        slot->home = slot->later_home;
        slot->later_home = NULL;
        slot->home_restored = false;
    }
}

void
vm_slot_set_wish(struct vm_slot_state *slot, const struct vm_wish *wish)
{
    if (!vm_wish_equal(&slot->wish, wish)) {
        vm_wish_destroy(&slot->wish);
        vm_wish_clone(&slot->wish, wish);
        obey_wish(slot);
    }
}

void
vm_slot_inherit(struct vm_slot_state *slot, const struct vm_slot_state *old)
{
    replace(&slot->uplink, old->uplink);
    replace(&slot->from, old->from);
    replace(&slot->home, old->home);
    slot->home_restored = old->home_restored;
    replace(&slot->later_home, old->later_home);
    replace(&slot->pinned, old->pinned);

    /* Why it was there had to do with the old wish. */
    slot->reason = old->reason == VM_R_NONE ? VM_R_NONE : VM_R_STAYED;
    slot->moved = old->moved;
    slot->joined = old->joined;
    slot->moved_by_balance = old->moved_by_balance;
    slot->announces_left = old->announces_left;
    slot->next_announce = old->next_announce;
    slot->reverse_after = old->reverse_after;
    obey_wish(slot);
}

void
vm_slot_restore(struct vm_slot_state *slot, const char *was_uplink,
                const char *was_home, const char *was_pinned)
{
    replace(&slot->pinned, was_pinned);
    if (was_uplink) {
        replace(&slot->home, was_uplink);
        replace(&slot->later_home, was_home);
        slot->home_restored = true;
    } else {
        replace(&slot->home, was_home);
    }
    obey_wish(slot);
}

bool
vm_slot_pin(struct vm_slot_state *slot, const char *uplink)
{
    if (nullable_string_is_equal(slot->pinned, uplink)) {
        return false;
    }
    replace(&slot->pinned, uplink);
    replace(&slot->home, NULL);
    replace(&slot->later_home, NULL);
    slot->home_restored = false;
    return true;
}

/* Is 'reason' how a slot came where it is, rather than why it may stay?  Then
 * it holds as long as the slot stays. */
static bool
is_history(enum vm_reason reason)
{
    return (reason == VM_R_FAILOVER || reason == VM_R_FAILBACK
            || reason == VM_R_RESTORED || reason == VM_R_MADE_WAY
            || reason == VM_R_GUARANTEE
            || reason == VM_R_OVERLOAD || reason == VM_R_UNDERUSED
            || reason == VM_R_SWAPPED);
}

static bool
keeps_reason(const struct vm_slot_state *slot, const struct vm_place *place,
             bool moved)
{
    if (moved || slot->reason == VM_R_NONE || !slot->uplink) {
        return false;
    } else if (place->reason == VM_R_STAYED) {
        return slot->reason != VM_R_MANUAL;
    } else {
        return place->reason != VM_R_MANUAL && is_history(slot->reason);
    }
}

/* Brings 'home' in step with a decision. */
static void
keep_home(struct vm_slot_state *slot, const struct vm_place *place,
          bool moved)
{
    bool driven = (moved && slot->uplink
                   && (!place->present_usable
                       || place->reason == VM_R_MADE_WAY
                       || place->reason == VM_R_DISPLACED));

    if (place->uplink && slot->home && !strcmp(slot->home, place->uplink)) {
        free(slot->home);
        slot->home = slot->later_home;
        slot->later_home = NULL;
        slot->home_restored = false;
    } else if (slot->home_restored && place->home_usable) {
        /* It could have returned, and something else was preferred. */
        if (place->reason != VM_R_MADE_WAY || slot->later_home) {
            free(slot->home);
            slot->home = slot->later_home;
            slot->later_home = NULL;
        }
        slot->home_restored = false;
    } else if (driven && !slot->home && vm_slot_allows(slot, slot->uplink)
               && !nullable_string_is_equal(slot->pinned, slot->uplink)) {
        replace(&slot->home, slot->uplink);
    }
    if (slot->home && nullable_string_is_equal(slot->home, place->uplink)) {
        replace(&slot->home, NULL);
    }
}

bool
vm_slot_place(struct vm_slot_state *slot, const struct vm_place *place,
              long long int now)
{
    bool first = slot->reason == VM_R_NONE;
    bool moved = !nullable_string_is_equal(slot->uplink, place->uplink);
    bool restored = (slot->home_restored && place->uplink
                     && place->reason != VM_R_MANUAL
                     && !strcmp(place->uplink, slot->home));
    enum vm_reason reason = restored ? VM_R_RESTORED : place->reason;
    bool keeps = keeps_reason(slot, place, moved);
    bool news = (first || moved
                 || (!place->uplink && reason != slot->reason));

    keep_home(slot, place, moved);
    if (!keeps) {
        slot->reason = reason;
        replace(&slot->because, restored ? NULL : place->because);
    }
    slot->guarantee_broken = place->guarantee_broken;
    if (moved) {
        free(slot->from);
        slot->from = slot->uplink;
        slot->uplink = nullable_xstrdup(place->uplink);
        slot->moved = now;
        slot->moved_by_balance = false;
        if (!slot->uplink) {
            slot->announces_left = 0;
            slot->next_announce = LLONG_MAX;
        }
    }
    slot->untold = slot->untold || first || moved;
    return news;
}

void
vm_slot_start_announcing(struct vm_slot_state *slot, unsigned int count,
                         long long int now)
{
    slot->announces_left = count;
    slot->next_announce = count ? now : LLONG_MAX;
}

bool
vm_slot_announce(struct vm_slot_state *slot, unsigned int interval_ms,
                 long long int now)
{
    if (now < slot->next_announce) {
        return false;
    }
    slot->announces_left--;
    slot->next_announce = slot->announces_left ? now + interval_ms
                                               : LLONG_MAX;
    return true;
}

bool
vm_slot_is_settling(const struct vm_slot_state *slot, const char *member,
                    long long int since)
{
    return (slot->announces_left
            && MAX(slot->moved, slot->joined) >= since
            && (nullable_string_is_equal(slot->uplink, member)
                || nullable_string_is_equal(slot->from, member)
                || nullable_string_is_equal(slot->home, member)
                || nullable_string_is_equal(slot->because, member)));
}

void
vm_slot_count(struct vm_slot_state *slot, uint64_t bytes, long long int now)
{
    if (slot->counted && slot->counted_at != now) {
        vm_slot_flush_load(slot);
    }
    slot->tx_bytes += bytes;
    slot->counted = true;
    slot->counted_at = now;
}

void
vm_slot_flush_load(struct vm_slot_state *slot)
{
    if (slot->counted) {
        vm_load_update(&slot->load, slot->tx_bytes, VM_SLOT_HALF_LIFE,
                       slot->counted_at);
        slot->counted = false;
        if (slot->tx_bytes == slot->window_bytes) {
            slot->window_start = slot->counted_at;
        }
    }
}

void
vm_slots_flush_loads(struct vm_inventory *inventory)
{
    size_t n;
    struct vm_slot_state **slots = vm_inventory_slots(inventory, &n);

    for (size_t i = 0; i < n; i++) {
        vm_slot_flush_load(slots[i]);
    }
    free(slots);
}

uint64_t
vm_slot_rate(const struct vm_slot_state *slot, long long int now)
{
    return vm_load_rate(&slot->load, VM_SLOT_HALF_LIFE, now);
}

void
vm_slot_begin_window(struct vm_slot_state *slot)
{
    slot->window_bytes = slot->tx_bytes;
    slot->window_start = slot->counted_at;
}

uint64_t
vm_slot_window_rate(const struct vm_slot_state *slot)
{
    uint64_t bytes = slot->tx_bytes - slot->window_bytes;
    long long int ms = slot->counted_at - slot->window_start;

    return (ms <= 0 ? 0
            : bytes <= UINT64_MAX / 8000 ? bytes * 8000 / ms
            : vm_snapshot_rate(bytes / ms * 8000));
}

void
vm_slot_copy_memory(struct vm_slot_state *slot,
                    const struct vm_slot_state *old)
{
    replace(&slot->uplink, old->uplink);
    replace(&slot->from, old->from);
    replace(&slot->home, old->home);
    slot->home_restored = old->home_restored;
    replace(&slot->later_home, old->later_home);
    replace(&slot->pinned, old->pinned);
    slot->reason = old->reason;
    replace(&slot->because, old->because);
    slot->guarantee_broken = old->guarantee_broken;
    slot->moved = old->moved;
    slot->joined = old->joined;
    slot->moved_by_balance = old->moved_by_balance;
    slot->announces_left = old->announces_left;
    slot->next_announce = old->next_announce;
    slot->reverse_after = old->reverse_after;
    slot->tx_bytes = old->tx_bytes;
    slot->counted = old->counted;
    slot->counted_at = old->counted_at;
    slot->load = old->load;
    slot->window_bytes = old->window_bytes;
    slot->window_start = old->window_start;
}
