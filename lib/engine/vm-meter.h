/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_METER_H
#define VM_METER_H 1

/* The meters of one bond: those wanted, those in the datapath, and their
 * counters.
 *
 * A meter has a name and, while it is wanted, a rate and a burst.  In every
 * round, between vm_meters_begin() and vm_meters_end(), the users of the
 * module declare which meters they want, and before that, that they do not
 * want those that may have changed.  A meter that is unwanted at the end is
 * freed, others stay.  The module turns the difference to the datapath into
 * actions.
 *
 *   - A rate that differs from the requested one by no more than 1 part in 128
 *     yields no action, unless it is wanted exactly, as a limit is.  Between
 *     rounds, when rates are adjusted to early samples (vm-demand), 1 part in
 *     8 yields none: some datapaths fill the bucket of a meter that changes.
 *   - A datapath may fail to make a meter.  Then the meter is not in force: no
 *     frame may be sent through it.  After VM_METER_RETRY, or VM_METER_FREED
 *     after another meter was freed (the switch frees a meter only when no
 *     flow refers to it any more), one of the failed meters is probed: it is
 *     requested alone, and no frame is sent through it.  If it has not failed
 *     VM_METER_PROBE later, the others are requested, too.
 *
 * The module makes no meter in a datapath and chooses no rate.  It owns its
 * meters; a name is valid until the next vm_meters_begin().
 *
 * Thread-safety: none; the engine owns its meters. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/vm-changes.h"
#include "openvswitch/shash.h"

struct vm_actions;

/* All in ms. */
#define VM_METER_RETRY 60000
#define VM_METER_FREED 10000
#define VM_METER_PROBE 100

/* The least burst of a meter, bits: one segment of 64 KiB, as TCP passes it to
 * a device, and some frames of 1,514 bytes.  A packet that is larger than the
 * burst never passes a meter. */
#define VM_METER_LEAST_BURST 600000

/* The least burst that an operator can configure, bits: eight frames of 1,514
 * bytes. */
#define VM_METER_FEW_FRAMES 96896

/* The counters of a datapath meter since it was made. */
struct vm_meter_counters {
    uint64_t packets, bytes;    /* That reached the meter. */
    uint64_t dropped_packets, dropped_bytes; /* Of those, the dropped ones. */
};

struct vm_meter {
    char *name;
    const char *owner;          /* The endpoint's identity.  Set, and owned,
                                 * by the user of this module. */

    /* Wanted. */
    bool wanted;
    bool unwanted;              /* It is in 'unwanted' of its meters. */
    bool by_share;              /* The rate is a share, or a limit lowered by
                                 * one. */
    bool early;                 /* One sender uses it alone, on a contended
                                 * member. */
    uint64_t rate;              /* bit/s. */
    uint64_t burst;             /* bits. */

    /* In the datapath, as far as known. */
    uint64_t requested_rate, requested_burst; /* If it is requested. */
    bool requested;             /* By METER. */
    bool made;                  /* Requested more than once, so it exists. */
    bool to_be_freed;           /* It failed after it had been made. */
    char *failure;              /* Why it is not in force, or null. */
    long long int retry;        /* If 'failure': time of the next probe, ms. */
    long long int probed;       /* If it is being probed: the time at which the
                                 * probe has succeeded, else LLONG_MAX. */

    /* Counters. */
    struct vm_meter_counters counters; /* Last reading. */
    struct vm_meter_counters sampled; /* The reading of the last sample. */
    struct vm_meter_counters delta; /* Between the last two samples. */
    size_t n_users;             /* Senders behind it, for vm-sender. */
    uint64_t offered;           /* Bytes that their flows counted, for
                                 * vm-sender. */
    bool fresh;                 /* Read since the last sample. */
    bool was_sampled;           /* At least once. */
    bool idle;                  /* Nothing passes it until an interface in
                                 * front of it sends: it counts as read. */
};

struct vm_meters {
    struct shash meters;        /* Name, which is the meter's own, to "struct
                                 * vm_meter *". */
    size_t n_failed;            /* Meters with a 'failure'. */
    struct vm_changes remetered; /* Endpoints with a slot that has got another
                                  * meter since decisions were published. */
    bool any_to_request;        /* Some meter may be to be requested... */
    bool any_to_free;           /* ...or to be freed though it is wanted. */
    struct vm_meter **unwanted; /* Those with 'unwanted'. */
    size_t n_unwanted, allocated_unwanted;
    struct vm_meter **freed;    /* Those of the last round, by name. */
    size_t n_freed, allocated_freed;
};

void vm_meters_init(struct vm_meters *);
void vm_meters_destroy(struct vm_meters *);

/* One round.  vm_meters_want() declares that a meter is wanted, and returns
 * it; 'exact' is described above.  If the rate does not change, the burst
 * changes only to more than twice as much, unless 'exact'.  Meters may be
 * declared unwanted before vm_meters_begin() as well. */
void vm_meters_begin(struct vm_meters *, long long int now);
void vm_meters_unwant(struct vm_meters *, struct vm_meter *);
void vm_meters_unwant_all(struct vm_meters *);
struct vm_meter *vm_meters_want(struct vm_meters *, const char *name,
                                uint64_t rate, uint64_t burst, bool exact);
void vm_meters_end(struct vm_meters *, long long int now);

/* Between rounds: changes the rate of a meter that is wanted already.  Returns
 * true if the rate changes, which a small difference does not do unless
 * 'exact'. */
bool vm_meters_adjust(struct vm_meters *, struct vm_meter *, uint64_t rate,
                      uint64_t burst, bool exact);

/* Append a METER, or an UNMETER, for each change of the last round. */
void vm_meters_add_meters(struct vm_meters *, struct vm_actions *);
void vm_meters_add_unmeters(struct vm_meters *, struct vm_actions *);

/* Returns true if frames may be sent through the meter. */
bool vm_meter_in_force(const struct vm_meter *);

/* Returns the time (ms) by which the next round must begin. */
long long int vm_meters_deadline(const struct vm_meters *);

/* Event: the datapath has failed to make a meter.  Returns false if the name
 * is unknown. */
bool vm_meters_failed(struct vm_meters *, const char *name, const char *why,
                      long long int now);

/* Returns null if there is no such meter. */
struct vm_meter *vm_meters_find(const struct vm_meters *, const char *name);

#endif /* vm-meter.h */
