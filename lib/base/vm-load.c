/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "base/vm-load.h"

#include <limits.h>

#include "util.h"

/* Numbers between 0 and 1 are fixed-point, in parts of 2^32. */
#define ONE (UINT64_C(1) << 32)

/* Longest interval, 34 years in ms.  A longer one is reduced to it, so that
 * intervals can be multiplied without overflow. */
#define MAX_INTERVAL (INT64_C(1) << 40)

/* 2^(-1/2), 2^(-1/4), 2^(-1/8), ..., rounded to the nearest part of 2^32. */
static const uint32_t roots[] = {
    0xb504f334, 0xd744fccb, 0xeac0c6e8, 0xf5257d15,
    0xfa83b2db, 0xfd3e0c0d, 0xfe9e115c, 0xff4ecb59,
    0xffa75652, 0xffd3a752, 0xffe9d2b3, 0xfff4e91c,
    0xfffa747f, 0xfffd3a3b, 0xfffe9d1d, 0xffff4e8e,
    0xffffa747, 0xffffd3a3, 0xffffe9d2, 0xfffff4e9,
    0xfffffa74, 0xfffffd3a, 0xfffffe9d, 0xffffff4f,
    0xffffffa7, 0xffffffd4, 0xffffffea, 0xfffffff5,
    0xfffffffa, 0xfffffffd, 0xffffffff, 0xffffffff,
};

/* Returns a * b, both in parts of 2^32 and at most 1, to the nearest part. */
static uint64_t
multiply_parts(uint64_t a, uint64_t b)
{
    return a >= ONE ? b : b >= ONE ? a : (a * b + ONE / 2) >> 32;
}

/* Returns 2^(-interval / half_life) in parts of 2^32.  The result is less than
 * 1 for every interval except 0, so that a rate that is updated with zeros
 * reaches zero. */
static uint64_t
decay(unsigned int half_life, long long int interval)
{
    if (!half_life || interval / half_life >= 32) {
        return 0;
    } else if (interval <= 0) {
        return ONE;
    }

    uint64_t result = ONE >> (interval / half_life);
    uint32_t exponent = ((uint64_t) (interval % half_life) << 32) / half_life;
    while (exponent) {
        int bit = log_2_floor(exponent);

        result = multiply_parts(result, roots[31 - bit]);
        exponent ^= UINT32_C(1) << bit;
    }
    return MIN(result, ONE - 1);
}

/* Returns the integer part of x * parts / 2^32 and adds the fractional part,
 * in parts of 2^32, to '*remainder'. */
static uint64_t
scale(uint64_t x, uint64_t parts, uint64_t *remainder)
{
    if (parts >= ONE) {
        return x;
    }

    uint64_t low = (x & UINT32_MAX) * parts;
    *remainder += low & UINT32_MAX;
    return (x >> 32) * parts + (low >> 32);
}

/* Returns the rate, in bit/s, of 'bytes' in 'interval' ms. */
static uint64_t
rate_of(uint64_t bytes, long long int interval)
{
    const uint64_t factor = 8 * 1000;
    uint64_t whole = bytes / interval;
    uint64_t part = bytes % interval * factor / interval;

    return (whole > (UINT64_MAX - part) / factor
            ? UINT64_MAX
            : whole * factor + part);
}

/* Returns how many bytes are sent at 'rate' bit/s in 'interval' ms. */
static uint64_t
bytes_of(uint64_t rate, long long int interval)
{
    uint64_t per_s = rate / 8;
    uint64_t s = interval / 1000 + 1;

    return (per_s > UINT64_MAX / s / 2
            ? UINT64_MAX
            : per_s * (s - 1) + per_s / 1000 * (interval % 1000));
}

void
vm_load_init(struct vm_load *load)
{
    *load = (struct vm_load) { .when = LLONG_MIN, .past = ONE };
}

/* Blends 'sample', the rate of the last 'interval' ms, into the smoothed
 * rate. */
static void
blend(struct vm_load *load, uint64_t sample, unsigned int half_life,
      long long int interval)
{
    if (!sample && !load->rate && !load->fraction && !load->past) {
        return;                 /* It stays 0. */
    }

    uint64_t old_weight = decay(half_life, interval);
    uint64_t new_weight = ONE - old_weight;

    /* The rate before the first reading is not known, so that time must not
     * weigh anything: scale the weights of the rest up to a sum of 1. */
    uint64_t past = multiply_parts(load->past, old_weight);
    bool stuck = past && past == load->past && old_weight < ONE;
    load->past = past - stuck;  /* It must reach zero. */
    uint64_t known = ONE - load->past;
    new_weight = known ? MIN(ONE, (new_weight << 31) / known << 1) : ONE;
    old_weight = ONE - new_weight;

    uint64_t remainder = 0;
    uint64_t fraction = (load->fraction * old_weight) >> 32;
    uint64_t rate = scale(load->rate, old_weight, &remainder);
    rate += scale(sample, new_weight, &remainder);
    remainder += fraction;
    load->rate = rate + (remainder >> 32);
    load->fraction = remainder & UINT32_MAX;
}

/* Updates the variation by the difference between 'sample' and the smoothed
 * rate before it. */
static void
note_variation(struct vm_load *load, uint64_t sample, unsigned int half_life,
               long long int interval)
{
    unsigned int memory = (MIN(half_life, UINT_MAX / VM_LOAD_MEMORY)
                           * VM_LOAD_MEMORY);
    uint64_t difference = (sample > load->rate
                           ? sample - load->rate : load->rate - sample);
    uint64_t remainder = 0;
    uint64_t old = (!load->variation ? 0
                    : scale(load->variation, decay(memory, interval),
                            &remainder));

    load->variation = MAX(old, difference);
}

void
vm_load_update(struct vm_load *load, uint64_t bytes,
               unsigned int half_life_ms, long long int now)
{
    if (load->when == LLONG_MIN) {
        load->bytes = bytes;
        load->when = load->first = now;
        return;
    }

    bool reset = bytes < load->bytes;
    load->resets += reset;
    if (now <= load->when) {
        /* No time has passed.  The bytes count for the next interval. */
        if (reset) {
            load->bytes = 0;
        }
        return;
    }

    long long int interval = MIN(now - load->when, MAX_INTERVAL);
    uint64_t n = (reset
                  ? MIN(bytes, bytes_of(load->rate, interval))
                  : bytes - load->bytes);
    load->last_rate = rate_of(n, interval);
    if (vm_load_is_known(load) && !reset) {
        note_variation(load, load->last_rate, half_life_ms, interval);
    }
    blend(load, load->last_rate, half_life_ms, interval);
    load->bytes = bytes;
    load->when = now;
    load->interval = interval;
}

uint64_t
vm_load_rate(const struct vm_load *load, unsigned int half_life_ms,
             long long int now)
{
    if (!load->rate || !vm_load_is_known(load) || now <= load->when) {
        return load->rate;
    }

    long long int validity = MAX(load->interval, half_life_ms);
    long long int overdue = MIN(now - load->when, MAX_INTERVAL) - validity;
    if (overdue <= 0) {
        return load->rate;
    }

    uint64_t remainder = 0;
    return scale(load->rate, decay(half_life_ms, overdue), &remainder);
}

uint64_t
vm_load_variation(const struct vm_load *load, unsigned int half_life_ms)
{
    if (!vm_load_is_known(load)
        || (load->when - load->first
            < (long long int) half_life_ms * VM_LOAD_PROBATION)) {
        return 0;
    }
    return MAX(1, load->variation);
}

bool
vm_load_is_known(const struct vm_load *load)
{
    return load->past < ONE;
}

bool
vm_load_is_still(const struct vm_load *load, unsigned int half_life_ms)
{
    return (!load->rate && !load->fraction && !load->variation && !load->past
            && vm_load_variation(load, half_life_ms));
}

uint32_t
vm_load_guess_ppm(const struct vm_load *load)
{
    return load->past * 1000000 / ONE;
}
