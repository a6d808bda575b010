/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_ACTION_H
#define VM_ACTION_H 1

/* What an engine wants to be done.
 *
 * The engine does nothing itself: it hands out a list of actions, and whoever
 * runs it does them, in the order of the list:
 *
 *   1. METER for each meter that is new or has another rate or burst, by name.
 *   2. PUBLISH, if any decision is new.
 *   3. UNMETER for each meter that no decision refers to any more, by name.
 *   4. MOVE for each slot with another uplink, by endpoint's identity, then
 *      slot's id.
 *   5. ANNOUNCE for each slot for which it is due, in the same order.
 *   6. WARN for each new problem: the bond's, its members', the interfaces',
 *      those of merging and of meters, each by name.
 *
 * A change of rate is a METER alone: the meter changes, the flows don't.  If
 * a METER fails, vm_engine_meter_failed() is called, at once or later, and the
 * next run decides without it.  The name of a meter is the identity of an
 * endpoint or the id of a slot.
 *
 * A list is the caller's; what its actions point to is the engine's and good
 * until the engine's next event. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm-inventory.h"
#include "vm-problem.h"

/* Milliseconds between repeated announcements of one move. */
#define VM_ANNOUNCE_INTERVAL 500

enum vm_action_type {
    VM_ACTION_METER,            /* Make a meter, or change its rate or burst.
                                 * What 'rate' is exceeded by is dropped; at
                                 * rate 0 that is everything, for which the
                                 * lowest rate and burst that a datapath has
                                 * will do. */
    VM_ACTION_PUBLISH,          /* Decisions changed: publish, revalidate. */
    VM_ACTION_UNMETER,          /* Free a meter.  Flows may still refer to it
                                 * until they are revalidated. */
    VM_ACTION_MOVE,             /* Tell people: a slot changed its uplink, or
                                 * is new.  The latter has no 'from', and no
                                 * 'to' either if it found no uplink. */
    VM_ACTION_ANNOUNCE,         /* Send one RARP per (MAC, VLAN) of a slot. */
    VM_ACTION_WARN              /* Tell people: a problem is new.  It is told
                                 * once while it lasts. */
};

struct vm_action {
    enum vm_action_type type;
    const struct vm_slot_state *slot; /* MOVE, ANNOUNCE. */
    const char *from;           /* MOVE: uplink before, or null. */
    const char *to;             /* MOVE: uplink now, or null. */
    const struct vm_problem *problem; /* WARN. */
    const char *meter;          /* METER, UNMETER: its name. */
    uint64_t rate;              /* METER: bit/s. */
    uint64_t burst;             /* METER: bits. */
};

struct vm_actions {
    struct vm_action *list;
    size_t n, allocated;
};

#define VM_ACTIONS_INITIALIZER { NULL, 0, 0 }

void vm_actions_destroy(struct vm_actions *);

/* For the engine. */

void vm_actions_clear(struct vm_actions *);
void vm_actions_add_publish(struct vm_actions *);
void vm_actions_add_meter(struct vm_actions *, const char *meter,
                          uint64_t rate, uint64_t burst);
void vm_actions_add_unmeter(struct vm_actions *, const char *meter);

/* For each of 'n' slots that is 'untold', which it is no longer then. */
void vm_actions_add_moves(struct vm_actions *, struct vm_slot_state **slots,
                          size_t n);

/* For each of 'n' slots for which it is due at 'now'. */
void vm_actions_add_announces(struct vm_actions *,
                              struct vm_slot_state **slots, size_t n,
                              long long int now);

/* For each problem of 'now' that is not among those of 'before'. */
void vm_actions_add_warnings(struct vm_actions *,
                             const struct vm_problems *before,
                             const struct vm_problems *now);

#endif /* vm-action.h */
