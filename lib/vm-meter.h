/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_METER_H
#define VM_METER_H 1

/* The meters of one bond: which there are to be, which there are, and what
 * they counted.
 *
 * A meter has a name and, while it is wanted, a rate and a burst.  Whoever
 * decides says in every round which meters it wants, between
 * vm_meters_begin() and vm_meters_end(); those it does not mention are freed.
 * What follows for the datapath comes out as actions.
 *
 *   - A rate that differs from the one in force by less than 1 part in 128 is
 *     not worth an action, unless it is wanted exactly, as a limit is.
 *   - A datapath may fail to make a meter.  Then the meter is not in force:
 *     nobody is to be sent through it.  After VM_METER_RETRY, or
 *     VM_METER_FREED after another meter was freed (the switch frees a meter
 *     only when no flow refers to it any more), one of those that failed is
 *     tried alone and without anybody being sent through it.  If that has not
 *     failed VM_METER_PROBE later, the others are asked for as well.
 *
 * The room makes no meter and decides nothing about rates.  It owns its
 * meters; a name is good until the next vm_meters_begin().  Only the engine
 * that owns it may enter. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/shash.h"

struct vm_actions;

/* All in ms. */
#define VM_METER_RETRY 60000
#define VM_METER_FREED 10000
#define VM_METER_PROBE 100

/* The least burst that goes with a rate, bits: one segment of 64 KiB, as TCP
 * hands it to the device, and some frames of 1,514 bytes.  What is larger than
 * the burst never passes a meter at all. */
#define VM_METER_LEAST_BURST 600000

/* The least burst that an operator can ask for, bits: eight frames of 1,514
 * bytes. */
#define VM_METER_FEW_FRAMES 96896

/* What a datapath meter tells of itself, since it was made.  What went through
 * is what came less what was dropped. */
struct vm_meter_counters {
    uint64_t packets, bytes;    /* That came to the meter. */
    uint64_t dropped_packets, dropped_bytes; /* Of those. */
};

struct vm_meter {
    char *name;
    const char *owner;          /* Whoever wanted it says so, who keeps it. */

    /* Wanted. */
    bool wanted;
    uint64_t rate;              /* bit/s. */
    uint64_t burst;             /* bits. */
    bool by_share;              /* More than the limit makes it so low. */

    /* In the datapath, as far as we know. */
    bool told;                  /* Asked for... */
    uint64_t told_rate, told_burst; /* ...with these. */
    bool made;                  /* Asked for more than once. */
    bool to_be_freed;           /* It failed, after it had been made. */
    char *failure;              /* Why it is not in force, or null. */
    long long int retry;        /* If 'failure': when, ms. */
    long long int probed;       /* If it is being tried: when that has not
                                 * failed, else LLONG_MAX. */

    /* Counted. */
    struct vm_meter_counters counters; /* Last reading. */
    struct vm_meter_counters looked; /* The one of the last look. */
    bool fresh;                 /* Was read since the last look. */
    bool looked_at;             /* At least once. */
    struct vm_meter_counters delta; /* Between the last two looks. */
    size_t n_users;             /* For whoever looks. */
    uint64_t offered;           /* Likewise. */
};

struct vm_meters {
    struct shash meters;        /* Name to "struct vm_meter *". */
    struct vm_meter **freed;    /* In the last round, by name. */
    size_t n_freed, allocated_freed;
};

void vm_meters_init(struct vm_meters *);
void vm_meters_destroy(struct vm_meters *);

/* One round.  vm_meters_want() says that there is to be such a meter, and
 * returns it; 'exact' as above.  Without a change of the rate, and unless
 * 'exact', a burst is changed only to more than twice as much. */
void vm_meters_begin(struct vm_meters *, long long int now);
struct vm_meter *vm_meters_want(struct vm_meters *, const char *name,
                                uint64_t rate, uint64_t burst, bool exact);
void vm_meters_end(struct vm_meters *, long long int now);

/* Appends METER, or UNMETER, for all that the last round changed. */
void vm_meters_add_meters(struct vm_meters *, struct vm_actions *);
void vm_meters_add_unmeters(struct vm_meters *, struct vm_actions *);

/* May anybody be sent through it? */
bool vm_meter_in_force(const struct vm_meter *);

/* When there is to be another round at the latest, ms. */
long long int vm_meters_deadline(const struct vm_meters *);

/* Returns false if the name is unknown. */
bool vm_meters_failed(struct vm_meters *, const char *name, const char *why,
                      long long int now);
bool vm_meters_count(struct vm_meters *, const char *name,
                     const struct vm_meter_counters *);

/* Notes in 'delta' of all meters what they counted since the last look, and
 * clears 'n_users' and 'offered'. */
void vm_meters_look(struct vm_meters *);

/* Returns null if there is none. */
struct vm_meter *vm_meters_find(const struct vm_meters *, const char *name);

#endif /* vm-meter.h */
