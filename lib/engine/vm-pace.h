/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_PACE_H
#define VM_PACE_H 1

/* When counters are sampled.
 *
 * A sample is taken every vm-aware-rate-interval.  A caller that reports its
 * complete readings of all counters (vm_pace_counted()) has less to do:
 *
 *   - If readings come about as often as samples, a sample is taken with a
 *     reading, up to a quarter of the interval early or half of it late, so
 *     that both are done together.
 *   - When nobody has sent anything and nothing is left to be computed, the
 *     pace is quiet: no sample is taken until a reading brings news.  Each
 *     reading before counts as a sample of nothing.
 *
 * The module reads no counters and does not know whose they are.
 *
 * Thread-safety: none; the engine owns its pace. */

#include <stdbool.h>

struct vm_pace {
    bool needed;                /* Counters must be sampled... */
    long long int next;         /* ...at this time, ms. */
    unsigned int interval;      /* Between samples, ms. */

    long long int counted;      /* Last complete reading, ms, or LLONG_MIN. */
    bool paced;                 /* Readings come as often as samples... */
    bool ready;                 /* ...and the last one is to be sampled; never
                                 * without 'needed'. */
    bool news;                  /* Something was sent since the last sample. */

    bool quiet;                 /* No sample is taken until there is news. */
    long long int quiet_at;     /* If so: nothing was sent until then, ms. */
};

void vm_pace_init(struct vm_pace *);

/* Events: a counter tells that something was sent; all counters were read at
 * 'now'; a sample was taken at 'now'. */
void vm_pace_note_news(struct vm_pace *);
void vm_pace_counted(struct vm_pace *, long long int now);
void vm_pace_sampled(struct vm_pace *, unsigned int interval,
                     long long int now);

/* Plans the next sample if samples are 'needed' every 'interval' ms. */
void vm_pace_plan(struct vm_pace *, bool needed, unsigned int interval,
                  long long int now);

/* Returns true if the pace may become quiet at 'now', because the last reading
 * was sampled then. */
bool vm_pace_may_rest(const struct vm_pace *, long long int now);
void vm_pace_rest(struct vm_pace *, long long int now);

/* Ends the quiet time: the next sample counts from 'quiet_at' on. */
void vm_pace_wake(struct vm_pace *, long long int now);

/* Returns true if nothing is to be read until there is news. */
bool vm_pace_is_quiet(const struct vm_pace *);

/* Returns the time of the next sample, ms, LLONG_MIN for immediately. */
long long int vm_pace_deadline(const struct vm_pace *);

#endif /* vm-pace.h */
