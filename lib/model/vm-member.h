/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_MEMBER_H
#define VM_MEMBER_H 1

/* A member of the bond: its configuration, its state and its counters.
 *
 * The state is a state machine, written as a table in vm-member.c:
 *
 *                 down               settled
 *      USABLE ----------> FAILOVER ----------> LOST
 *        ^  ^                 |                  |
 *        |  |                 | up               | up
 *        |  |     settled     v                  |
 *        |  +------------- RETURNED <------------+
 *        |                    |
 *        +--- (first up) ---  | down: FAILOVER
 *
 * A failover begins when a usable member goes down.  It ends, with the event
 * "settled", when every slot of the member has been moved and all
 * announcements of these moves have been made, so that a failover is a state
 * with a beginning and an end (claim C10).  Likewise a return ends when all
 * moves back to the member have been announced.  A member that has never been
 * up is NEW, which is not usable.
 *
 * The module does not decide whether a member is up: bond.c does, from
 * carrier, LACP, BFD, CFM and the up and down delays.  It does not read the
 * clock: time is an argument.
 *
 * Ownership: a member owns its strings and its configuration.
 *
 * Thread-safety: only the engine that owns the inventory may call these
 * functions. */

#include <stdbool.h>
#include <stdint.h>

#include "base/vm-down.h"
#include "base/vm-load.h"
#include "model/vm-hold-off.h"
#include "model/vm-policy.h"
#include "smap.h"

enum vm_member_state {
    VM_MEMBER_NEW,
    VM_MEMBER_USABLE,
    VM_MEMBER_FAILOVER,
    VM_MEMBER_LOST,
    VM_MEMBER_RETURNED,
    VM_N_MEMBER_STATES
};

enum vm_member_event {
    VM_MEMBER_UP,
    VM_MEMBER_DOWN,
    VM_MEMBER_SETTLED,
    VM_N_MEMBER_EVENTS
};

/* What others than slots sent, in periods. */
struct vm_member_others {
    bool known;                 /* A period has begun. */
    unsigned int n_ended;       /* Complete periods, 2 for more. */
    long long int since;        /* Begin of the present period, ms... */
    uint64_t tx_bytes, slots_bytes; /* ...and the readings at that time. */
    uint64_t rate, before;      /* What the device sent less what slots sent,
                                 * in the last period and in the one before
                                 * it, bit/s. */
};

/* What vm_member_background() is used for. */
enum vm_background_use {
    VM_BACKGROUND_FOR_PLACEMENT,
    VM_BACKGROUND_FOR_RATES,
    VM_N_BACKGROUND_USES
};

/* Drops of the member's device.  See vm_member_carries(). */
struct vm_member_full {
    uint64_t rate;              /* Highest rate sent meanwhile, bit/s. */
    long long int since, last;  /* Times of the first and last drops, ms. */
};

struct vm_member {
    char *name;

    /* Facts. */
    bool configured;            /* Has 'other_config' been parsed? */
    struct smap other_config;   /* Of its Interface. */
    struct vm_member_config config; /* Parsed from 'other_config'. */
    struct vm_problems problems; /* Problems of 'other_config'. */
    bool enabled;               /* bond.c has enabled it. */
    enum vm_down down;          /* If not, why. */
    uint64_t link_speed;        /* bit/s, 0 if the device does not report
                                 * it. */
    uint64_t max_rate;          /* bit/s that its QoS lets pass, 0 for no
                                 * limit. */
    uint64_t assumed;           /* Capacity to be assumed if it is not known,
                                 * see vm_members_assume(); 0 for
                                 * VM_DEFAULT_CAPACITY. */

    /* State, which follows 'enabled' by events. */
    enum vm_member_state state;
    long long int since;        /* Time of the transition to 'state', ms. */
    long long int changed;      /* Last time it went up or down, ms. */

    struct vm_hold_off hold_off;
    long long int held_until;   /* By 'hold_off' and vm-aware-hold-off, ms. */
    long long int drain_next;   /* When the next batch of slots may leave it,
                                 * ms; LLONG_MIN if it is not drained. */
    bool drain_goes;            /* Slots have yet to get a turn to leave it. */
    bool was_standby;           /* When slots were placed last. */

    struct vm_load tx;          /* What the device sends. */
    uint64_t tx_drops;          /* Last reading of the drop counter. */
    struct vm_member_full full; /* See vm_member_carries(). */
    uint64_t slots_bytes;       /* What slots sent over it, after their meters,
                                 * if any. */
    struct vm_member_others others; /* See vm_member_background(). */
};

/* For vm_member_background(), ms. */
#define VM_MEMBER_OTHERS_PERIOD 3000

/* For vm_member_is_full(), ms. */
#define VM_MEMBER_FULL_AFTER 2000
#define VM_MEMBER_FULL_GAP 2000
#define VM_MEMBER_FULL_HOLD 15000

/* Assumed capacity of a link if that of no other link is known, bit/s. */
#define VM_DEFAULT_CAPACITY UINT64_C(10000000000)

struct vm_member *vm_member_create(const char *name, long long int now);
void vm_member_destroy(struct vm_member *);

/* What is known of a member. */
struct vm_member_facts {
    bool enabled;               /* bond.c lets it carry frames. */
    enum vm_down down;          /* If not, why, if that is known. */
    uint64_t link_speed;        /* bit/s, 0 if unknown. */
    uint64_t max_rate;          /* Of its QoS, bit/s, 0 for none. */
    const struct smap *other_config; /* Of its Interface; null if empty. */
};

/* Sets the facts.  Returns true if any of them has changed.  The state changes
 * only in vm_member_event().  A link that is down has no speed: the last one
 * is kept. */
bool vm_member_configure(struct vm_member *, const struct vm_member_facts *);

/* Returns the facts, which refer to the member's configuration. */
struct vm_member_facts vm_member_get_facts(const struct vm_member *);

/* Processes an event.  Returns true if it changed the state, as of 'now'. */
bool vm_member_event(struct vm_member *, enum vm_member_event,
                     long long int now);

/* Adds a reading of the device's counters, which must be read after those of
 * slots.  Returns true if that changes vm_member_background(). */
bool vm_member_count(struct vm_member *, uint64_t tx_bytes, uint64_t tx_drops,
                     unsigned int half_life_ms, long long int now);

/* Returns the background: what the member sends that comes from no slot (LACP,
 * BFD, mirrors), bit/s.  Slots cannot use that part of the capacity, so it is
 * subtracted when they are placed and when they are granted rates.
 *
 * The background is what the device sent less what slots sent.  The counters
 * of flows are up to a second later than those of the device, and irregular.
 * So a slot that begins, or moves, or whose counters were read early, looks
 * like background for a moment.  That must neither limit the rate of any slot
 * nor move slots: a slot would be moved again and again because of its own
 * load.  Therefore the background is the lower one of the averages of the last
 * two complete periods of VM_MEMBER_OTHERS_PERIOD, which are long compared to
 * a second and, together, short compared to an interval of rebalancing.  What
 * one period misses of a slot is counted in another one, so of a slot that
 * begins to send R bit/s at most R/6 ever counts as background, and nothing if
 * its flows are counted regularly.
 *
 * What a meter drops is not sent, so slots count with what their meters let
 * pass: then a drop neither hides background nor looks like it.
 *
 * After the very first period, the background is known for placement only:
 * slots can leave a member again that was chosen by it, but no rate is
 * withheld because of it. */
uint64_t vm_member_background(const struct vm_member *,
                              enum vm_background_use);

/* vm_member_carries() returns the rate that the member can really carry, in
 * bit/s: its capacity, or, while it is full, the highest rate that it has sent
 * since it became full, if that is less.
 *
 * A member is full if its device has dropped at least 1 of 1,000 frames for at
 * least VM_MEMBER_FULL_AFTER, with breaks of at most VM_MEMBER_FULL_GAP.  Its
 * queue is full then, and what it sends is all that it can send, whatever its
 * link speed: a tunnel, a virtual function or a switch may limit it.  It stays
 * full until VM_MEMBER_FULL_HOLD after the last drops. */
uint64_t vm_member_carries(const struct vm_member *, long long int now);
bool vm_member_is_full(const struct vm_member *, long long int now);

/* Returns true if the member is usable and held off: slots that have another
 * member do not come to it yet. */
bool vm_member_is_held_off(const struct vm_member *, long long int now);

/* Returns true if the member may carry frames. */
bool vm_member_is_usable(const struct vm_member *);

/* Returns true during a failover or a return. */
bool vm_member_is_settling(const struct vm_member *);

/* Returns the capacity in bit/s if it is known, otherwise 0:
 * "vm-aware-capacity", otherwise the link speed or the limit of its QoS,
 * whichever is less. */
uint64_t vm_member_known_capacity(const struct vm_member *);

/* Returns the capacity in bit/s, which is never 0: the one that is known,
 * otherwise an assumption.  An assumption may choose where a slot is, but must
 * not limit any rate. */
uint64_t vm_member_capacity(const struct vm_member *);

/* Updates what is assumed of members whose capacity is not known: the highest
 * capacity that is known of another one of the bond. */
void vm_members_assume(struct vm_member *const members[], size_t n);

/* Returns "new", "usable", "failover", "lost" or "returned". */
const char *vm_member_state_to_string(enum vm_member_state);

#endif /* vm-member.h */
