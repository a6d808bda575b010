/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_RATES_H
#define VM_RATES_H 1

/* Allocates the capacity of one member to its senders (claims C2 and C3, rule
 * 8).
 *
 * A claim says what a sender is guaranteed, what it may have at most (its
 * limit), what it would send if it could (its demand) and how much it weighs
 * (its shares).  The answer is one grant per claim:
 *
 *   - If all that is wanted fits, no sender is policed: every rate is
 *     VM_RATE_NONE, and only limits apply, which the caller enforces anyway.
 *     What a sender wants is its demand, or its limit if that is less.
 *   - Otherwise every sender gets its guarantee, or what it wants if that is
 *     less.  The rest is shared by weighted max-min fairness: in proportion to
 *     shares among the senders that still want more, and what one sender does
 *     not want goes to the others.  All capacity is granted, to the last bit
 *     per second.
 *   - If even the guarantees exceed the capacity, they are served in the order
 *     of rule 2 (priority, guarantee, demand, all descending, then id) until
 *     nothing is left.  The grant of a sender that gets less says so, and no
 *     sender gets anything beyond its guarantee; a rate can be 0.
 *
 * A small part of the capacity stays unused so that a queue builds up at our
 * meters, where we choose which sender waits, and not in the device.  The
 * caller decides how much; VM_RATES_HEADROOM_PPM suits Ethernet: a meter does
 * not count the 24 bytes of preamble, check sequence and gap that each frame
 * takes on the wire, 1.6 % for the largest common frames, and a meter's rate
 * is not exact to the bit.
 *
 * Shares divide what lies above the guarantees, they do not include them: of
 * two backlogged senders of equal shares, one with a guarantee of 60 % gets
 * 80 %.
 *
 * Sources: max-min fair flow control, D. Bertsekas and R. Gallager, Data
 * Networks, 2nd edition (1992), section 6.5.2; proportional weights with a
 * reserved minimum or an absolute cap per virtual machine, Vega et al., US
 * 7,136,800; shares of 1 to 100, reservation and limit, VMware Network I/O
 * Control version 3.
 *
 * The module does not measure (see vm-demand), does not choose members and
 * does not decide which guarantees are admitted (see vm-admission: a guarantee
 * that is not to be kept is claimed as 0).  It keeps no state.
 *
 * All rates are bit/s.  The answer depends on the set of claims alone, not on
 * their order.  Costs O(n log n).
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vm-value.h"

/* Part of a capacity that is left unused, in parts per million. */
#define VM_RATES_HEADROOM_PPM 30000

/* Shares beyond this count as this, and 0 counts as 1. */
#define VM_RATES_MAX_SHARES 100

/* What one sender claims.  The caller owns the id. */
struct vm_rate_claim {
    const char *id;             /* Unique among the claims. */
    int priority;               /* 0..7, 7 is the most important. */
    unsigned int shares;        /* 1..VM_RATES_MAX_SHARES. */
    uint64_t guarantee;         /* 0 if none. */
    uint64_t limit;             /* VM_RATE_NONE if none. */
    uint64_t demand;            /* VM_RATE_NONE if backlogged. */
};

struct vm_rate_grant {
    uint64_t rate;              /* To be enforced, or VM_RATE_NONE. */
    bool limited;               /* Contention limits it below what it wants. */
    bool guarantee_unmet;       /* It wants its guarantee but gets less. */
};

/* Returns what may be granted of 'capacity' in total if 'headroom_ppm' of it
 * (at most a million) is left unused, rounded down. */
uint64_t vm_rates_usable(uint64_t capacity, unsigned int headroom_ppm);

/* Fills in grants[i] for claims[i], for all i < n.  'usable' is what may be
 * granted in total; rates add up to it exactly, or are all VM_RATE_NONE. */
void vm_rates_allocate(const struct vm_rate_claim *claims, size_t n,
                       uint64_t usable, struct vm_rate_grant *grants);

#endif /* vm-rates.h */
