/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_LOAD_H
#define VM_LOAD_H 1

/* Smoothed rates from byte counters.
 *
 * Counters are read at uneven intervals: sometimes twice within a millisecond,
 * sometimes seconds apart.  This module turns such readings into a smoothed
 * rate that does not depend on the intervals.  A reading after dt ms has the
 * weight 1 - 2^(-dt / half_life), so that many short intervals and one long
 * interval at the same rate yield the same smoothed rate.  The time before the
 * first reading has no weight: after the first interval the smoothed rate is
 * the rate of that interval, instead of rising slowly from zero.
 *
 * A counter that decreases has been reset, because its device was removed and
 * added again or another device has taken its name.  The bytes that were
 * counted between the last reading and the reset are lost.  The interval
 * counts for the present value of the counter, but at most for the smoothed
 * rate before it.  Thus a reset neither raises the rate nor underflows into a
 * huge one (openvswitch/ovs-issues #319).  A counter that wraps, at 2^32 or at
 * 2^64, cannot be told from one that was reset and is treated in the same way,
 * which loses at most the bytes of one interval.
 *
 * A reading at the time of the previous one, or before it, takes no interval
 * of its own: its bytes count for the next interval.
 *
 * All arithmetic is in integers, so that results are the same on every
 * machine.  Rates are exact to one part in 100,000 plus 1 bit/s and saturate
 * at UINT64_MAX.
 *
 * The module does not know what a load belongs to, and does not read the
 * clock.
 *
 * Ownership: a load owns no memory; it may be copied by assignment.
 *
 * Thread-safety: a load has no lock.  Any thread may call these functions with
 * a load that no other thread uses at the same time. */

#include <stdbool.h>
#include <stdint.h>

/* For vm_load_variation(), in half-lives of the rate: half-life of the
 * variation, and how long a counter must have been read until its variation is
 * known. */
#define VM_LOAD_MEMORY 100
#define VM_LOAD_PROBATION 15

struct vm_load {
    uint64_t bytes;             /* Last reading. */
    long long int when;         /* Time of last reading, ms, or LLONG_MIN. */
    uint64_t rate;              /* Smoothed, bit/s. */
    uint64_t last_rate;         /* Of the last interval alone, bit/s. */
    unsigned int resets;        /* Number of times the counter was reset. */

    /* Private to vm-load.c. */
    uint32_t fraction;          /* Fraction of 'rate', parts of 2^32 bit/s. */
    uint64_t variation;         /* See vm_load_variation(). */
    long long int first;        /* Time of the first reading, ms. */
    uint64_t past;              /* Weight of the time before the first
                                 * reading, parts of 2^32. */
    long long int interval;     /* Between the last two readings, ms. */
};

void vm_load_init(struct vm_load *);

/* Updates the load with a reading of 'bytes' at 'now'.  With a half-life of 0,
 * the rate is that of the last interval. */
void vm_load_update(struct vm_load *, uint64_t bytes,
                    unsigned int half_life_ms, long long int now);

/* Returns the smoothed rate at 'now', in bit/s.  The rate is constant until
 * the next reading is overdue, that is, for a half-life or for the length of
 * the last interval, whichever is longer.  From then on it decays with the
 * half-life, so that a counter that is no longer read ends as no load. */
uint64_t vm_load_rate(const struct vm_load *, unsigned int half_life_ms,
                      long long int now);

/* Returns the largest difference, in bit/s, between the rate of a recent
 * interval and the smoothed rate before it.  A difference decays with a
 * half-life of VM_LOAD_MEMORY half-lives.  The result is at least 1, or 0
 * while the counter has been read for less than VM_LOAD_PROBATION half-lives,
 * so that its variation is not known. */
uint64_t vm_load_variation(const struct vm_load *, unsigned int half_life_ms);

/* Returns true if the rate is known, that is, after the first interval. */
bool vm_load_is_known(const struct vm_load *);

/* Returns true if the rate is nothing and further readings of the same bytes
 * change nothing that the other functions return. */
bool vm_load_is_still(const struct vm_load *, unsigned int half_life_ms);

/* Returns the weight, in parts per million, that a guess of the rate from
 * before the first reading has beside the smoothed rate: a million until the
 * rate is known, half after a half-life, and so on. */
uint32_t vm_load_guess_ppm(const struct vm_load *);

#endif /* vm-load.h */
