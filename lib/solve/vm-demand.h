/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_DEMAND_H
#define VM_DEMAND_H 1

/* Estimates what a sender would send if it could, from what it sent (claim C3,
 * rule 8).
 *
 * A policed sender cannot show its demand: a flood shows up as drops, but TCP
 * backs off and settles just below the rate that it is given.  So a sender is
 * in one of two states:
 *
 *                  dropped, or passed >= 95 % of the rate in force
 *            .----------------------------------------------------->.
 *        satisfied                                              backlogged
 *            `<-----------------------------------------------------'
 *                  nothing dropped and passed < 85 % of the rate
 *
 *   - A backlogged sender would take anything; its limit and shares will bound
 *     it.  But if more than 1/16 of what it offers is dropped, twice in a row,
 *     then it does not back off, and what it offers is what it wants.
 *   - A satisfied sender wants what it sends, and some room to grow: a twelfth
 *     of its rate if it sends steadily, up to a quarter if its rate rose
 *     lately, and a small amount that does not depend on its rate, so that an
 *     idle sender can begin at all.
 *
 * A steady satisfied sender uses at most 92 % of its rate, below the
 * threshold, so it does not flap.  A sender of next to nothing, or one that is
 * not policed, is never backlogged.  A sender that stops is detected by the
 * next sample, and one that starts again is backlogged in the next sample, so
 * a share is lent and returned within two intervals, whatever the phase.
 *
 * On one member, vm_demand_allocate() distinguishes:
 *
 *   - No contention: less than 3/4 is used.  No sender is policed.
 *   - Near contention: everything fits, but TCP that fills the device's own
 *     queue looks just like this, because it backs off together.  Every sender
 *     gets what it sends and all that is left, so that any one of them may
 *     take all the room at once, and nothing is dropped as long as there is
 *     room.  A sender that takes more than that runs into its meter, not into
 *     the device's queue, where shares do not count, and becomes backlogged.
 *   - Contention: more is wanted than fits, or a backlogged sender had drops.
 *     Rates are weighted max-min (see vm-rates) of what senders send.  A
 *     satisfied one gets its room to grow besides, so that a backlogged one
 *     can use that room until it grows; the headroom of vm-rates suffices for
 *     both.
 *   - A full member: more passed than is ever granted, so the device's queue
 *     limits the senders, and none shows its demand.  A satisfied sender is
 *     assumed to want twice what it sends, until the next sample: senders
 *     above their share are limited to it, the queue drains, and those below
 *     it show what they want.  Without this, TCP that settles in the device's
 *     queue would keep the shares that it happened to get there.
 *
 * The estimate of a metered sender is the higher of the last sample and the
 * mean of the last two, or the last sample alone if that fell below half.  The
 * counters of unmetered flows are read at uneven times: one sample may see
 * nothing and the next one twice as much.  So the estimate of an unmetered
 * sender is the mean of the last two samples, and a sample that fell by more
 * than a quarter weighs only a quarter: a late reading, and the double one
 * after it, leave the estimate where it was, and the second sample shows a
 * flood.
 *
 * While there is contention, or nearly so, meters are read more often than
 * rates are judged.  An early sample counts for the next regular one.  Before
 * that, it has these effects alone:
 *
 *   - A sender that grew by more than an eighth sends what the early sample
 *     says.  Until the next regular sample, it claims the whole of its
 *     guarantee, so that the others give way to a sender that begins.
 *   - A satisfied sender that has drops is backlogged.
 *   - A sender that has sent less for VM_DEMAND_N_EARLY early samples leaves
 *     more to others near contention, or at once if something was dropped
 *     in one of them although all that was offered fits.
 *   - Contention may begin, if all senders offered more in this sample than
 *     fits, but it does not end.
 *
 * States and estimates do not follow early samples otherwise, because TCP
 * sends in bursts that are as long as these samples.
 *
 * The thresholds and the smoothing are ours.  That a flow which fills its
 * allocation has to be assumed to want more, and that what one flow cannot use
 * is shared again, is max-min fairness: D. Bertsekas and R. Gallager, Data
 * Networks, 2nd edition (1992), section 6.5.2.
 *
 * The module reads no counters and enforces no rates.
 *
 * Thread-safety: functions of their arguments.  Any thread may call them, but
 * the caller that owns a struct vm_demand must serialize access to it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vm_rate_claim;
struct vm_rate_grant;

/* Samples that come sooner than this, in ms, are added to the next one: frames
 * are too big for an accurate rate in less time. */
#define VM_DEMAND_MIN_INTERVAL 50

/* A sender that offers less than this, bit/s, is never backlogged.  This is
 * also the most room that an idle sender has. */
#define VM_DEMAND_SMALL 128000

/* Early samples over which a sender's least rate is measured: together 200 ms,
 * so that TCP is seen to send also with a long round-trip time. */
#define VM_DEMAND_N_EARLY 4

struct vm_demand {
    bool backlogged;
    bool dropping;              /* Backlogged, with drops in the last
                                 * sample. */
    bool begins;                /* Grew since the last regular sample. */
    bool unpoliced;             /* Since then, for some time no rate was in
                                 * force. */
    unsigned int floods;        /* Samples in a row with many drops... */
    unsigned int steady;        /* ...and with all of its rate used. */
    unsigned int early_drops;   /* One of so many early samples to come
                                 * remembers drops. */
    uint64_t rate;              /* Estimate of what it offers, bit/s. */
    uint64_t offered;           /* In the last sample alone, bit/s... */
    uint64_t sent;              /* ...and what passed of that. */
    uint64_t judged;            /* 'rate' after the last regular sample. */
    uint64_t rise;              /* Recent growth per sample, bit/s. */

    /* Since the last regular sample. */
    uint64_t passed, dropped;   /* Bytes. */
    uint64_t allowed;           /* Bits that the rates in force let pass. */
    long long int counted;      /* Last count, ms. */
    long long int when;         /* Last regular sample, ms. */

    /* Early samples. */
    uint64_t early_passed, early_dropped; /* Bytes since the last one... */
    long long int early_when;   /* ...which was then, ms. */
    uint64_t early[VM_DEMAND_N_EARLY]; /* What passed, bit/s, latest first. */
    size_t n_early;
    uint64_t early_offered;     /* In the latest one, bit/s. */
};

void vm_demand_init(struct vm_demand *, long long int now);

/* Adds a regular sample: what passed and what was dropped for lack of rate, in
 * bytes since the last call of this function or the next one, and the rate
 * that was in force meanwhile: the lower of grant and limit, bit/s, or
 * VM_RATE_NONE.  The caller must call this before it changes the rate, at
 * least VM_DEMAND_MIN_INTERVAL apart, and must not count drops for another
 * cause (no member, reverse-path mismatch). */
void vm_demand_update(struct vm_demand *, uint64_t passed, uint64_t dropped,
                      uint64_t rate, long long int now);

/* Returns true if a regular sample of nothing would change nothing but times.
 * Then vm_demand_rest() has the effect of such samples up to 'now'. */
bool vm_demand_is_at_rest(const struct vm_demand *);
void vm_demand_rest(struct vm_demand *, long long int now);

/* Adds an early sample. */
void vm_demand_update_early(struct vm_demand *, uint64_t passed,
                            uint64_t dropped, uint64_t rate,
                            long long int now);

/* Returns true if the sender loses much of what it sends and does not back off
 * at all.  TCP may lose as much in some samples, but does not fill its rate
 * meanwhile. */
bool vm_demand_floods(const struct vm_demand *);

/* Returns what the sender sends now, bit/s, or VM_RATE_NONE if it would take
 * anything and had drops in the last regular sample.  After an early sample,
 * returns what it offered in that. */
uint64_t vm_demand_now(const struct vm_demand *);

/* Returns what the sender would take, bit/s, or VM_RATE_NONE for anything.
 * 'room' lets an idle sender begin, see vm_demand_room(). */
uint64_t vm_demand_get(const struct vm_demand *, uint64_t room);

/* Returns the room for each of 'n' senders on one member, bit/s: together at
 * most 2 % of the member's capacity. */
uint64_t vm_demand_room(uint64_t capacity, size_t n);

enum vm_contention {
    VM_CONTENTION_NONE,
    VM_CONTENTION_NEAR,
    VM_CONTENTION_FULL,
    VM_CONTENTION_BEYOND        /* A full member. */
};

/* Fills in grants[i] for the sender with claims[i], whose 'demand' is ignored,
 * and demands[i], for all i < n: all senders of one member, of which 'usable'
 * bit/s may be granted (see vm_rates_usable()).  The contention is at least
 * 'at_least', that of the last regular sample for an early one.  Unless there
 * is contention, no sender counts as limited.  The caller keeps ownership of
 * all arguments. */
enum vm_contention vm_demand_allocate(const struct vm_rate_claim *claims,
                                      const struct vm_demand *const *demands,
                                      size_t n, uint64_t usable,
                                      enum vm_contention at_least,
                                      struct vm_rate_grant *grants);

#endif /* vm-demand.h */
