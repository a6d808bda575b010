/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_LOAD_H
#define VM_LOAD_H 1

/* From byte counters to rates.
 *
 * Counters are read when somebody has time to read them: at uneven intervals,
 * sometimes twice in a millisecond, sometimes after seconds.  This room makes
 * from such readings a smoothed rate that is right for any interval: a reading
 * after dt ms weighs 1 - 2^(-dt / half_life), so that many short intervals and
 * one long interval at the same rate end in the same rate.  The time before
 * the first reading weighs nothing: the first interval is believed in full,
 * and a rate never has to climb from zero.
 *
 * A counter that goes down began anew: a device that was taken away and came
 * back, or another device of the same name.  Nobody knows what was counted
 * before it did, so the interval counts for what the counter shows now, but
 * never for more than the rate that was known: a reset can't make a load, nor
 * underflow into a huge one (openvswitch/ovs-issues #319).  A counter that
 * wraps looks the same and is treated so, at 2^64 (at 400 Gbit/s after 11
 * years) as at 2^32, which at worst costs the bytes of one interval.
 *
 * A second reading at the same time, or at an earlier one, waits for the next:
 * its bytes are part of the next interval.
 *
 * All arithmetic is in integers and hence the same on every machine.  Rates
 * are exact to one part in 100,000 and 1 bit/s; a rate beyond 64 bits is the
 * largest that there is.
 *
 * A load knows nothing about what it counts.  It owns no memory.  It has no
 * lock; who owns it updates it. */

#include <stdbool.h>
#include <stdint.h>

/* In half-lives. */
#define VM_LOAD_MEMORY 100
#define VM_LOAD_PROBATION 15

struct vm_load {
    uint64_t bytes;             /* Last reading. */
    long long int when;         /* Time of it, ms, LLONG_MIN before any. */
    uint64_t rate;              /* Smoothed, bit/s. */
    uint64_t last_rate;         /* Of the last interval alone, bit/s. */
    unsigned int resets;        /* How often the counter began anew. */

    /* For vm-load.c alone. */
    uint64_t variation;         /* See vm_load_variation(). */
    long long int first;        /* Time of the first reading, ms. */
    uint32_t fraction;          /* Of 'rate', parts of 2^32 bit/s. */
    uint64_t past;              /* Weight of the time before the first
                                 * reading, parts of 2^32. */
    long long int interval;     /* Between the last two readings, ms. */
};

void vm_load_init(struct vm_load *);

/* The counter shows 'bytes' at 'now'.  A half-life of 0 does not smooth. */
void vm_load_update(struct vm_load *, uint64_t bytes,
                    unsigned int half_life_ms, long long int now);

/* The smoothed rate, bit/s.  It stands until a reading is overdue, that is,
 * for a half-life or as long as it took from the last reading but one to the
 * last, whichever is longer.  From then on it decays with the half-life: a
 * counter that nobody reads any more is no load. */
uint64_t vm_load_rate(const struct vm_load *, unsigned int half_life_ms,
                      long long int now);

/* How far single intervals lately were from the smoothed rate, bit/s: the
 * most, which is forgotten with a half-life of VM_LOAD_MEMORY half-lives.  At
 * least 1; 0 as long as the counter was not watched for VM_LOAD_PROBATION
 * half-lives, as nobody knows then. */
uint64_t vm_load_variation(const struct vm_load *, unsigned int half_life_ms);

/* True once there was an interval to measure. */
bool vm_load_is_known(const struct vm_load *);

#endif /* vm-load.h */
