/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SLOT_H
#define VM_SLOT_H 1

/* The life of one slot: where it is, how it came there, where it would go
 * back to, and what is still to be announced.
 *
 * A slot's memory has three names of uplinks besides the present one:
 *
 *   - 'pinned' is where the operator's hand put it.  It does not apply while
 *     that uplink may not be used, and applies again afterwards.
 *   - 'home' is from where it was driven, by the loss of the uplink or by an
 *     exclusive VM of higher priority.  The first one is remembered, not the
 *     stations on the way.  Failback returns the slot there.
 *   - 'later_home' is what 'home' was before a restart of the switch, for a
 *     slot that has not yet returned to where it was (rule 11).
 *
 * The room decides nothing about uplinks: that is vm-placement.  It keeps
 * these names in step with what was decided.
 *
 * A slot owns its strings and not its interfaces.  Only the engine that owns
 * the inventory may enter. */

#include <stdbool.h>
#include <stdint.h>

#include "vm-inventory.h"

/* Half-life of a slot's load, ms. */
#define VM_SLOT_HALF_LIFE 2000

struct vm_slot_state *vm_slot_create(struct vm_endpoint *,
                                     const struct vm_wish *);
void vm_slot_destroy(struct vm_slot_state *);
void vm_slot_add_interface(struct vm_slot_state *, struct vm_interface *);

/* Does the wish name 'uplink', or end in '*'? */
bool vm_slot_allows(const struct vm_slot_state *, const char *uplink);

/* Replaces the wish.  A pin or home that it doesn't allow is forgotten. */
void vm_slot_set_wish(struct vm_slot_state *, const struct vm_wish *);

/* A new slot starts where 'old' is, in whose place its interfaces come. */
void vm_slot_inherit(struct vm_slot_state *,
                     const struct vm_slot_state *old);

/* A new slot starts with what was known before a restart.  Each may be
 * null. */
void vm_slot_restore(struct vm_slot_state *, const char *was_uplink,
                     const char *was_home, const char *was_pinned);

/* Pins the slot to 'uplink', null for none.  Returns true if that is new. */
bool vm_slot_pin(struct vm_slot_state *, const char *uplink);

/* What was decided for a slot. */
struct vm_place {
    const char *uplink;         /* Null for none. */
    enum vm_reason reason;
    const char *because;        /* Uplink of which 'reason' speaks, or
                                 * null. */
    bool guarantee_broken;
    bool present_usable;        /* The uplink where it was until now works. */
    bool home_usable;           /* The uplink 'home' works. */
};

/* Carries out a decision at 'now'.  Sets 'untold' if people are to be told: it
 * has another uplink than before, or this is the first decision.  Returns true
 * if it is something for the journal: that, or, for a slot without uplink, a
 * new reason. */
bool vm_slot_place(struct vm_slot_state *, const struct vm_place *,
                   long long int now);

/* Has 'count' announcements to be made, the first one at once. */
void vm_slot_start_announcing(struct vm_slot_state *, unsigned int count,
                              long long int now);

/* Returns true if one is to be made now, and counts it as made. */
bool vm_slot_announce(struct vm_slot_state *, unsigned int interval_ms,
                      long long int now);

/* Is something still to be announced that happened since 'since' and concerns
 * 'member'? */
bool vm_slot_is_settling(const struct vm_slot_state *, const char *member,
                         long long int since);

/* 'bytes' more were sent until 'now'.  vm_slot_flush_load() makes a rate of
 * what was counted, once per point in time, however many interfaces there
 * are.  vm_slot_rate() is that rate in bit/s. */
void vm_slot_count(struct vm_slot_state *, uint64_t bytes,
                   long long int now);
void vm_slot_flush_load(struct vm_slot_state *);
void vm_slots_flush_loads(struct vm_inventory *);
uint64_t vm_slot_rate(const struct vm_slot_state *, long long int now);

/* The window of a slot is the time over which rebalancing looks at it: from
 * vm_slot_begin_window() to the last reading, without the time before it began
 * to send anything.  vm_slot_window_rate() is the mean over the window in
 * bit/s, so that bursts that come and go within it count for what they are
 * together; 0 if the window is too short to know. */
void vm_slot_begin_window(struct vm_slot_state *);
uint64_t vm_slot_window_rate(const struct vm_slot_state *);

/* Gives 'slot' the memory of 'old', the same slot in another engine: where it
 * is and how it came there, and its load. */
void vm_slot_copy_memory(struct vm_slot_state *slot,
                         const struct vm_slot_state *old);

#endif /* vm-slot.h */
