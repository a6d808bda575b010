/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SLOT_H
#define VM_SLOT_H 1

/* A slot: its present member, how it was moved there, the member that it
 * returns to, and its pending announcements.  Its load is in vm-slot-load.
 *
 * A slot refers to up to three members besides the present one:
 *
 *   - 'pinned' is the member that the operator has pinned it to.  A pin has no
 *     effect while that member may not be used, and has effect again
 *     afterward.
 *   - 'home' is the member that it had to leave, because the member was lost
 *     or an exclusive VM of higher priority preempted or displaced the slot.
 *     If it has to leave several members in turn, the first one is its home,
 *     unless that has left the bond since, lost its device, or is not to be
 *     used (standby, drained): then the next one is.  Failback returns the
 *     slot to its home.
 *   - 'later_home' is the home from before a restart of the switch, or from
 *     before its VM was unplugged, for a slot that has not yet returned to its
 *     member from before that (rule 11).
 *
 * The module does not choose members: vm-placement does.  It updates these
 * names according to what was decided.
 *
 * Ownership: a slot owns its strings and its preference.  Its endpoint, its
 * interfaces and the name of its meter belong to others.
 *
 * Thread-safety: only the engine that owns the inventory may call these
 * functions. */

#include <stdbool.h>
#include <stdint.h>

#include "model/vm-entity.h"

struct vm_slot *vm_slot_create(struct vm_endpoint *, const struct vm_pref *);
void vm_slot_destroy(struct vm_slot *);
void vm_slot_add_interface(struct vm_slot *, struct vm_interface *);

/* Returns the slot's part of its endpoint's guarantee, in bit/s (see
 * vm-guarantee). */
uint64_t vm_slot_guarantee(const struct vm_slot *);

/* Returns true if the preference names 'member' or ends in "*". */
bool vm_slot_allows(const struct vm_slot *, const char *member);

/* Replaces the preference.  Removes the pin and the homes that it does not
 * allow. */
void vm_slot_set_pref(struct vm_slot *, const struct vm_pref *);

/* Gives a new slot the assignment of 'old', the previous slot of its first
 * interface. */
void vm_slot_inherit(struct vm_slot *, const struct vm_slot *old);

/* Gives a new slot its state from before a restart, or from before it was
 * unplugged.  Each name may be null. */
void vm_slot_restore(struct vm_slot *, const char *was_member,
                     const char *was_home, const char *was_pinned);

/* Pins the slot to 'member', or removes the pin if 'member' is null.  Returns
 * true if that is a change, which also removes the homes. */
bool vm_slot_pin(struct vm_slot *, const char *member);

/* The decision for a slot. */
struct vm_place {
    const char *member;         /* Null for none. */
    enum vm_reason reason;
    const char *because;        /* Member that 'reason' refers to, or null. */
    bool guarantee_unmet;
    bool present_usable;        /* The slot's present member is usable. */
    bool present_drained;       /* It is drained. */
    bool home_usable;           /* The slot's home is usable. */
    bool home_gone;             /* It can't return to its home, whose link may
                                 * be up or down: see vm-snapshot.h. */
    bool home_closed;           /* It may not return to its home, which is
                                 * available, because of other slots. */
    enum vm_down down;          /* Why 'because' is down, if it is. */
};

/* Applies a decision at 'now'.  Sets 'untold' if the decision must be
 * reported, that is, if it changes the member or is the first decision.
 * Returns true if it belongs into the journal: in the same cases and, for a
 * slot without member, if the reason has changed. */
bool vm_slot_place(struct vm_slot *, const struct vm_place *,
                   long long int now);

/* Schedules 'count' announcements, the first one at 'now'. */
void vm_slot_start_announcing(struct vm_slot *, unsigned int count,
                              long long int now);

/* If an announcement is due at 'now', counts it as made, schedules the next
 * one 'interval_ms' later, and returns true. */
bool vm_slot_announce(struct vm_slot *, unsigned int interval_ms,
                      long long int now);

/* Returns true if a move that happened at 'since' or later and that concerns
 * 'member' still has to be announced. */
bool vm_slot_is_settling(const struct vm_slot *, const char *member,
                         long long int since);

/* Copies assignment and pending announcements from 'old', the same slot in
 * another engine, to 'slot'. */
void vm_slot_copy_memory(struct vm_slot *slot, const struct vm_slot *old);

#endif /* vm-slot.h */
