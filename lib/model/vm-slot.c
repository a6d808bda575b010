/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-slot.h"

#include <limits.h>
#include <string.h>

#include "util.h"

static void
replace(char **string, const char *new)
{
    char *copy = nullable_xstrdup(new);

    free(*string);
    *string = copy;
}

struct vm_slot *
vm_slot_create(struct vm_endpoint *endpoint, const struct vm_pref *pref)
{
    struct vm_slot *slot = xzalloc(sizeof *slot);

    slot->id = xstrdup(endpoint->id);
    slot->endpoint = endpoint;
    vm_pref_clone(&slot->pref, pref);
    slot->reason = VM_R_NONE;
    slot->moved = LLONG_MIN;
    slot->joined = LLONG_MIN;
    slot->next_announce = LLONG_MAX;
    slot->reverse_after = LLONG_MAX;
    return slot;
}

void
vm_slot_destroy(struct vm_slot *slot)
{
    if (slot) {
        free(slot->id);
        vm_pref_destroy(&slot->pref);
        free(slot->interfaces);
        free(slot->member);
        free(slot->from);
        free(slot->home);
        free(slot->later_home);
        free(slot->pinned);
        free(slot->because);
        free(slot);
    }
}

void
vm_slot_add_interface(struct vm_slot *slot, struct vm_interface *iface)
{
    if (slot->n_interfaces >= slot->allocated_interfaces) {
        slot->interfaces = x2nrealloc(slot->interfaces,
                                      &slot->allocated_interfaces,
                                      sizeof *slot->interfaces);
    }
    slot->interfaces[slot->n_interfaces++] = iface;
}

bool
vm_slot_allows(const struct vm_slot *slot, const char *member)
{
    for (size_t i = 0; i < slot->pref.n; i++) {
        if (!strcmp(slot->pref.names[i], member)) {
            return true;
        }
    }
    return slot->pref.any;
}

uint64_t
vm_slot_guarantee(const struct vm_slot *slot)
{
    return slot->guarantee;
}

/* Removes the pin and the homes that the preference does not allow. */
static void
obey_pref(struct vm_slot *slot)
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
vm_slot_set_pref(struct vm_slot *slot, const struct vm_pref *pref)
{
    if (!vm_pref_equal(&slot->pref, pref)) {
        vm_pref_destroy(&slot->pref);
        vm_pref_clone(&slot->pref, pref);
        obey_pref(slot);
    }
}

/* Copies the assignment of 'old', its moves and its announcements, but not its
 * reason. */
static void
copy_assignment(struct vm_slot *slot, const struct vm_slot *old)
{
    replace(&slot->member, old->member);
    replace(&slot->from, old->from);
    replace(&slot->home, old->home);
    slot->home_restored = old->home_restored;
    slot->replugged = old->replugged;
    slot->home_closed = old->home_closed;
    replace(&slot->later_home, old->later_home);
    replace(&slot->pinned, old->pinned);
    slot->failover = old->failover;
    slot->moved = old->moved;
    slot->joined = old->joined;
    slot->moved_by_balance = old->moved_by_balance;
    slot->drain_turn = old->drain_turn;
    slot->leaves = old->leaves;
    slot->announces_left = old->announces_left;
    slot->next_announce = old->next_announce;
    slot->known_upstream = old->known_upstream;
    slot->reverse_after = old->reverse_after;
}

void
vm_slot_inherit(struct vm_slot *slot, const struct vm_slot *old)
{
    copy_assignment(slot, old);

    /* The old reason depended on the old preference. */
    slot->reason = old->reason == VM_R_NONE ? VM_R_NONE : VM_R_STAYED;
    obey_pref(slot);
}

void
vm_slot_restore(struct vm_slot *slot, const char *was_member,
                const char *was_home, const char *was_pinned)
{
    replace(&slot->pinned, was_pinned);
    if (was_member) {
        replace(&slot->home, was_member);
        replace(&slot->later_home, was_home);
        slot->home_restored = true;
    } else {
        replace(&slot->home, was_home);
    }
    obey_pref(slot);
}

bool
vm_slot_pin(struct vm_slot *slot, const char *member)
{
    if (nullable_string_is_equal(slot->pinned, member)) {
        return false;
    }
    replace(&slot->pinned, member);
    replace(&slot->home, NULL);
    replace(&slot->later_home, NULL);
    slot->home_restored = false;
    return true;
}

/* Returns true if 'reason' is why a slot was moved, rather than why it may
 * stay.  Such a reason is kept as long as the slot stays. */
static bool
is_reason_of_move(enum vm_reason reason)
{
    return (reason == VM_R_FAILOVER || reason == VM_R_NO_DEVICE
            || reason == VM_R_MEMBER_REMOVED || reason == VM_R_STANDBY_SET
            || reason == VM_R_DRAINED
            || reason == VM_R_FAILBACK || reason == VM_R_RELEASED
            || reason == VM_R_RESTORED || reason == VM_R_REPLUGGED
            || reason == VM_R_PREEMPTED
            || reason == VM_R_GUARANTEE
            || reason == VM_R_OVERLOAD || reason == VM_R_UNDERUSED
            || reason == VM_R_SWAPPED);
}

/* Returns true if 'slot' keeps its reason after the decision 'place'. */
static bool
keeps_reason(const struct vm_slot *slot, const struct vm_place *place,
             bool moved)
{
    if (moved || slot->reason == VM_R_NONE || !slot->member) {
        return false;
    } else if (place->reason == VM_R_STAYED) {
        return slot->reason != VM_R_MANUAL;
    } else {
        return (place->reason != VM_R_MANUAL
                && is_reason_of_move(slot->reason));
    }
}

/* Updates 'home' according to the decision 'place'. */
static void
update_home(struct vm_slot *slot, const struct vm_place *place, bool moved)
{
    bool evicted = (moved && slot->member
                    && (!place->present_usable || place->present_drained
                        || place->reason == VM_R_PREEMPTED
                        || place->reason == VM_R_DISPLACED));

    if (place->member && slot->home && !strcmp(slot->home, place->member)) {
        free(slot->home);
        slot->home = slot->later_home;
        slot->later_home = NULL;
        slot->home_restored = false;
    } else if (slot->home_restored && place->home_usable) {
        /* It could have returned, and another member was preferred. */
        if (place->reason != VM_R_PREEMPTED || slot->later_home) {
            free(slot->home);
            slot->home = slot->later_home;
            slot->later_home = NULL;
        }
        slot->home_restored = false;
    } else if (evicted && (!slot->home || place->home_gone)
               && vm_slot_allows(slot, slot->member)
               && !nullable_string_is_equal(slot->pinned, slot->member)) {
        replace(&slot->later_home, NULL);
        replace(&slot->home, slot->member);
        slot->home_restored = false;
    }
    if (slot->home && nullable_string_is_equal(slot->home, place->member)) {
        replace(&slot->home, NULL);
    }
}

/* What vm_slot_place() changes without news. */
struct outcome {
    char *home, *later_home, *because;
    enum vm_reason reason;
    enum vm_down down;
    bool home_restored, home_closed, guarantee_unmet;
};

static void
get_outcome(const struct vm_slot *slot, struct outcome *outcome)
{
    *outcome = (struct outcome) {
        .home = nullable_xstrdup(slot->home),
        .later_home = nullable_xstrdup(slot->later_home),
        .because = nullable_xstrdup(slot->because),
        .reason = slot->reason,
        .down = slot->down,
        .home_restored = slot->home_restored,
        .home_closed = slot->home_closed,
        .guarantee_unmet = slot->guarantee_unmet,
    };
}

static bool
outcome_is(const struct outcome *outcome, const struct vm_slot *slot)
{
    return (outcome->reason == slot->reason
            && outcome->down == slot->down
            && outcome->home_restored == slot->home_restored
            && outcome->home_closed == slot->home_closed
            && outcome->guarantee_unmet == slot->guarantee_unmet
            && nullable_string_is_equal(outcome->home, slot->home)
            && nullable_string_is_equal(outcome->later_home, slot->later_home)
            && nullable_string_is_equal(outcome->because, slot->because));
}

static void
outcome_destroy(struct outcome *outcome)
{
    free(outcome->home);
    free(outcome->later_home);
    free(outcome->because);
}

/* Carries out 'place'.  Returns true if it is news. */
static bool
carry_out(struct vm_slot *slot, const struct vm_place *place,
          long long int now)
{
    bool first = slot->reason == VM_R_NONE;
    bool moved = !nullable_string_is_equal(slot->member, place->member);
    bool restored = (slot->home_restored && place->member
                     && place->reason != VM_R_MANUAL
                     && !strcmp(place->member, slot->home));
    enum vm_reason reason = (!restored ? place->reason
                             : !slot->replugged ? VM_R_RESTORED
                             : place->reason == VM_R_STAYED ? VM_R_REPLUGGED
                             : place->reason);
    bool keeps = keeps_reason(slot, place, moved);
    bool news = (first || moved
                 || (!place->member && reason != slot->reason));

    update_home(slot, place, moved);
    if (!keeps) {
        slot->reason = reason;
        replace(&slot->because, reason == place->reason ? place->because
                                                        : NULL);
        slot->down = place->down;
    }
    slot->guarantee_unmet = place->guarantee_unmet;
    slot->home_closed = place->home_closed;
    if (moved) {
        free(slot->from);
        slot->from = slot->member;
        slot->member = nullable_xstrdup(place->member);
        slot->moved = now;
        slot->moved_by_balance = false;
        slot->drain_turn = false;
        slot->leaves = slot->leaves && restored && !slot->from;
        if (!slot->member) {
            slot->announces_left = 0;
            slot->next_announce = LLONG_MAX;
        }
    }
    slot->untold = slot->untold || first || moved;
    return news;
}

bool
vm_slot_place(struct vm_slot *slot, const struct vm_place *place,
              long long int now)
{
    struct outcome before;
    bool news;

    get_outcome(slot, &before);
    news = carry_out(slot, place, now);
    slot->settled = !news && outcome_is(&before, slot);
    outcome_destroy(&before);
    return news;
}

void
vm_slot_start_announcing(struct vm_slot *slot, unsigned int count,
                         long long int now)
{
    slot->known_upstream = slot->known_upstream || count;
    slot->announces_left = count;
    slot->next_announce = count ? now : LLONG_MAX;
}

bool
vm_slot_announce(struct vm_slot *slot, unsigned int interval_ms,
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
vm_slot_is_settling(const struct vm_slot *slot, const char *member,
                    long long int since)
{
    return (slot->announces_left
            && MAX(slot->moved, slot->joined) >= since
            && (nullable_string_is_equal(slot->member, member)
                || nullable_string_is_equal(slot->from, member)
                || nullable_string_is_equal(slot->home, member)
                || nullable_string_is_equal(slot->because, member)));
}

void
vm_slot_copy_memory(struct vm_slot *slot, const struct vm_slot *old)
{
    copy_assignment(slot, old);
    slot->reason = old->reason;
    replace(&slot->because, old->because);
    slot->down = old->down;
    slot->guarantee_unmet = old->guarantee_unmet;
    slot->takes_part = old->takes_part;
    slot->guarantee = old->guarantee;
    slot->tx_bytes = old->tx_bytes;
}
