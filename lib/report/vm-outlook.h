/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_OUTLOOK_H
#define VM_OUTLOOK_H 1

/* What each sender gets of its member, given the present loads.
 *
 * The rates are those of vm-rates for the capacity that vm-policing divides.
 * A sender claims what was measured of its slots, without the prior that
 * placement uses (vm-prior).  In contrast to vm-policing, which follows
 * demands that change all the time and leaves room for them to grow, this is
 * the state in which policing settles if the loads remain as they are.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/shash.h"

struct vm_endpoint;
struct vm_engine;
struct vm_member;

struct vm_outlook_rate {
    const struct vm_endpoint *endpoint;
    const struct vm_member *member;
    uint64_t wants;             /* bit/s, at most its limit. */
    uint64_t granted;           /* bit/s. */
    uint64_t guarantee;         /* As far as it is met, bit/s. */
    bool limited;               /* 'granted' is less than 'wants'. */
};

/* By member, then by endpoint.  Points into the inventory of the engine, and
 * is valid until that changes. */
struct vm_outlook {
    struct vm_outlook_rate *list;
    size_t n, allocated;
    uint64_t *loads;            /* Of the members, by index: the background and
                                 * all slots, as measured, bit/s. */
    struct shash sums;          /* Identity to "struct vm_outlook_rate *": the
                                 * sum over all members. */
};

void vm_outlook_init(struct vm_outlook *, const struct vm_engine *,
                     long long int now);
void vm_outlook_destroy(struct vm_outlook *);

/* Returns the sum of the grants of the endpoint with that identity over all
 * members, null if it has none. */
const struct vm_outlook_rate *vm_outlook_find(const struct vm_outlook *,
                                              const char *id);

#endif /* vm-outlook.h */
