/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_ACTION_H
#define VM_ACTION_H 1

/* The actions that an engine asks its caller for.
 *
 * The engine performs no action itself.  It returns a list, and the caller
 * carries it out in this order:
 *
 *   1. METER for each meter that is new or whose rate or burst changed, by
 *      name.
 *   2. PUBLISH, if the forwarding (vm-forwarding) changed.  EXPLAIN, if only
 *      what is told of it did.
 *   3. UNMETER for each meter that no slot uses any more, by name.
 *   4. MOVE for each slot whose member changed, by the endpoint's identity,
 *      then by the slot's id.
 *   5. ANNOUNCE for each slot for which one is due, in the same order.
 *   6. WARN for each new problem: of the bond, its members, the interfaces,
 *      merged policies and meters, each by name.
 *   7. NOTE for each pin that was lost without the operator's command.
 *   8. TELL for each request and failover that changed.
 *
 * A change of rate is a METER alone: the meter changes, the flows do not.  If
 * a METER fails, the caller calls vm_engine_meter_failed(), at once or later,
 * and the next run decides without that meter.  The name of a meter is the
 * identity of an endpoint or the id of a slot.
 *
 * The caller owns the list, and the list the notes.  The engine owns what else
 * its actions point to, which is valid until the engine's next event.
 *
 * Thread-safety: none; the engine and its actions belong to one thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vm-problem.h"
#include "engine/vm-published.h"
#include "model/vm-inventory.h"

/* Milliseconds between repeated announcements of one move. */
#define VM_ANNOUNCE_INTERVAL 500

enum vm_action_type {
    VM_ACTION_METER,            /* Make a meter, or change its rate or burst.
                                 * The meter drops what exceeds 'rate'.  At
                                 * rate 0 that is every frame; the lowest rate
                                 * and burst that the datapath supports are
                                 * close enough. */
    VM_ACTION_PUBLISH,          /* Publish the forwarding and revalidate. */
    VM_ACTION_EXPLAIN,          /* Publish the forwarding.  It is as before,
                                 * but for the names of VMs and why a member
                                 * is down: no flow changes. */
    VM_ACTION_UNMETER,          /* Free a meter.  Flows may still refer to it
                                 * until they are revalidated. */
    VM_ACTION_MOVE,             /* Log that a slot changed its member or is
                                 * new.  A new slot has no 'from', and no 'to'
                                 * either if it has no member. */
    VM_ACTION_ANNOUNCE,         /* Send one RARP per (MAC, VLAN) of a slot. */
    VM_ACTION_WARN,             /* Log a new problem.  A problem is reported
                                 * once while it lasts. */
    VM_ACTION_NOTE,             /* Log a sentence. */
    VM_ACTION_TELL              /* Log what has become of a request or a
                                 * failover. */
};

/* A line for the log. */
struct vm_told {
    bool warn;                  /* An operator should know now. */
    char *text;
};

struct vm_action {
    enum vm_action_type type;
    const struct vm_slot *slot; /* MOVE, ANNOUNCE. */
    const char *from;           /* MOVE: member before, or null. */
    const char *to;             /* MOVE: member now, or null. */
    const struct vm_problem *problem; /* WARN. */
    const char *note;           /* NOTE: "VM web: not pinned to eth1 ...". */
    const char *meter;          /* METER, UNMETER: its name. */
    uint64_t rate;              /* METER: bit/s. */
    uint64_t burst;             /* METER: bits. */
    const struct vm_told *told; /* TELL. */
};

struct vm_actions {
    struct vm_action *list;
    size_t n, allocated;
    struct svec notes;          /* Texts of the NOTEs. */
};

#define VM_ACTIONS_INITIALIZER { NULL, 0, 0, SVEC_EMPTY_INITIALIZER }

void vm_actions_destroy(struct vm_actions *);

/* For the engine. */

void vm_actions_clear(struct vm_actions *);
/* Appends PUBLISH, EXPLAIN or nothing. */
void vm_actions_add_publish(struct vm_actions *, enum vm_published_news);
void vm_actions_add_meter(struct vm_actions *, const char *meter,
                          uint64_t rate, uint64_t burst);
void vm_actions_add_unmeter(struct vm_actions *, const char *meter);

/* Appends a MOVE for each slot whose move is not reported yet ('untold'), and
 * clears that flag, then an ANNOUNCE for each one for which it is due at
 * 'now'. */
void vm_actions_add_slots(struct vm_actions *, struct vm_inventory *,
                          long long int now);

/* Appends a WARN for each problem of 'now' that 'before' does not contain. */
void vm_actions_add_warnings(struct vm_actions *,
                             const struct vm_problems *before,
                             const struct vm_problems *now);

/* Appends a NOTE for each of 'notes', which are moved to the list. */
void vm_actions_take_notes(struct vm_actions *, struct svec *notes);

/* Appends a TELL for a line, which is the caller's. */
void vm_actions_add_tell(struct vm_actions *, const struct vm_told *);

#endif /* vm-action.h */
