/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_MEMBER_H
#define VM_MEMBER_H 1

/* One uplink: a state machine, written as a table in vm-member.c.
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
 * A failover begins when a member that was usable is lost and ends, "settled",
 * when everything that was on it has a new place and that place has been
 * announced as often as it is to be (claim C10: a failover is a state with a
 * beginning and an end).  Likewise a return ends when what moved back has been
 * announced.  Whether a member is lost is not decided here: bond.c decides
 * from carrier, LACP, BFD, CFM and the up and down delays.
 *
 * A member that has never been up is NEW, which is not usable.
 *
 * Time is an argument.  A member owns its strings.  Only the engine that owns
 * the member may enter. */

#include <stdbool.h>
#include <stdint.h>

#include "smap.h"
#include "vm-load.h"
#include "vm-policy.h"

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

/* What was sent by others than slots, in periods. */
struct vm_member_others {
    bool known, ended;          /* A period began; one has ended. */
    uint64_t rate, before;      /* Of the last and the last but one period,
                                 * bit/s. */
    long long int since;        /* When the present one began, ms, and... */
    uint64_t tx_bytes, slots_bytes; /* ...the readings of then. */
};

/* An uplink whose device drops frames. */
struct vm_member_full {
    uint64_t rate;              /* The most that it sent meanwhile, bit/s. */
    long long int since, last;  /* First and last drops, ms. */
};

struct vm_member {
    char *name;

    /* Facts. */
    bool configured;            /* 'other_config' was read. */
    struct smap other_config;   /* Of its Interface. */
    struct vm_member_config config; /* From 'other_config'... */
    struct vm_problems problems; /* ...and what is wrong with it. */
    bool enabled;               /* May it carry frames, says bond.c. */
    uint64_t link_speed;        /* bit/s, 0 if the device does not tell. */

    /* What the engine made of 'enabled'. */
    enum vm_member_state state;
    long long int since;        /* When the state was entered, ms. */
    long long int changed;      /* When it became usable or was lost, ms. */

    struct vm_load tx;          /* What the device sends. */
    uint64_t tx_drops;          /* Last reading of its drop counter. */
    struct vm_member_full full; /* See vm_member_carries(). */
    uint64_t slots_bytes;       /* What slots sent over it... */
    struct vm_load slots_tx;    /* ...as of the readings of 'tx'. */
    struct vm_member_others others; /* See vm_member_background(). */
};

/* ms. */
#define VM_MEMBER_OTHERS_PERIOD 3000

#define VM_MEMBER_FULL_AFTER 2000
#define VM_MEMBER_FULL_GAP 2000
#define VM_MEMBER_FULL_HOLD 15000

/* What is assumed of a link that does not tell its speed: 10 Gbit/s. */
#define VM_DEFAULT_CAPACITY UINT64_C(10000000000)

struct vm_member *vm_member_create(const char *name, long long int now);
void vm_member_destroy(struct vm_member *);

/* Takes over the facts; 'link_speed' is in bit/s.  Returns true if any of them
 * is new.  The state does not change before vm_member_event(). */
bool vm_member_configure(struct vm_member *, const struct smap *other_config,
                         bool enabled, uint64_t link_speed);

/* Returns true if that changed the state, whose 'since' is 'now' then. */
bool vm_member_event(struct vm_member *, enum vm_member_event,
                     long long int now);

/* Its counters were read. */
void vm_member_count(struct vm_member *, uint64_t tx_bytes, uint64_t tx_drops,
                     unsigned int half_life_ms, long long int now);

/* What leaves over it and comes from no slot, bit/s: what the device sent less
 * what slots sent.  The counters of flows come up to a second later than those
 * of the device, and not evenly.  So a slot that begins, or moves, or whose
 * counters were read early, looks like background for a moment, and a load
 * that is taken for background pulls others away: a slot would be moved for
 * ever by its own shadow.  Therefore it is the lower of the averages of two
 * periods of VM_MEMBER_OTHERS_PERIOD, the last ones that have ended: long
 * against a second, and, together, short against an interval of
 * rebalancing. */
uint64_t vm_member_background(const struct vm_member *);

/* What it can carry by what is seen of it, bit/s: its capacity, unless its
 * device has been dropping 1 of 1,000 frames or more for at least
 * VM_MEMBER_FULL_AFTER, with breaks of at most VM_MEMBER_FULL_GAP.  Then its
 * queue is full and what it sends is all that it can, whatever its link speed:
 * a tunnel, a virtual function or a switch may allow less.  That holds for
 * VM_MEMBER_FULL_HOLD after the last drops. */
uint64_t vm_member_carries(const struct vm_member *, long long int now);
bool vm_member_is_full(const struct vm_member *, long long int now);

/* May it carry frames? */
bool vm_member_is_usable(const struct vm_member *);

/* Does a failover or a return go on? */
bool vm_member_is_settling(const struct vm_member *);

/* In bit/s, never 0: what was configured, else the speed of the link, else
 * VM_DEFAULT_CAPACITY. */
uint64_t vm_member_capacity(const struct vm_member *);

/* "new", "usable", "failover", "lost", "returned". */
const char *vm_member_state_to_string(enum vm_member_state);

#endif /* vm-member.h */
