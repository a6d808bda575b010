/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_RATES_H
#define VM_RATES_H 1

/* Who may send how much over one uplink (claims C2 and C3, rule 8).
 *
 * A claim says what a sender is guaranteed, what it may have at most (its
 * limit), what it would send if it could (its demand) and how much it weighs
 * (its shares).  The answer is one grant per claim:
 *
 *   - If all that is wanted fits, nobody is held: every rate is VM_RATE_NONE,
 *     and only the limits that the caller enforces anyway apply.  What a
 *     sender wants is its demand, or its limit if that is less.
 *   - Else everyone gets its guarantee, or what it wants if that is less.  The
 *     rest is shared by weighted max-min fairness: in proportion to shares
 *     among those who still want more, and what one doesn't want goes to the
 *     others.  All capacity is given away, to the last bit per second.
 *   - If even the guarantees are too much, they are served in the order of
 *     rule 2 (priority, guarantee, demand, all descending, then id) as long
 *     as there is something left.  Who got less is told, and nobody gets
 *     anything beyond its guarantee; a rate can be 0.
 *
 * A little of the capacity stays unused so that a queue builds up at our
 * meters, where we choose who waits, and not in the device.  How much is the
 * caller's decision; VM_RATES_HEADROOM_PPM suits Ethernet: a meter doesn't
 * count the 24 bytes of preamble, check sequence and gap that each frame takes
 * on the wire, 1.6 % for the largest common frames, and a meter's rate is not
 * exact to the bit.
 *
 * Shares divide what lies above the guarantees, they don't include them: of
 * two hungry senders of equal shares the one with a guarantee of 60 % gets
 * 80 %.
 *
 * Sources: max-min fair flow control, D. Bertsekas and R. Gallager, Data
 * Networks, 2nd edition (1992), section 6.5.2; proportional weights with a
 * reserved minimum or an absolute cap per virtual machine, Vega et al., US
 * 7,136,800; shares of 1 to 100, reservation and limit, VMware Network I/O
 * Control version 3.
 *
 * The room doesn't measure (see vm-demand), doesn't choose uplinks and doesn't
 * decide whose guarantees are admitted (see vm-admission: a guarantee that is
 * not to be kept is claimed as 0).  It has no state.  Any thread may enter.
 *
 * All rates are bit/s.  The answer depends on the set of claims alone, not on
 * the order in which they come.  Costs O(n log n). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm-value.h"

/* Part of a capacity that is left unused, in parts per million. */
#define VM_RATES_HEADROOM_PPM 30000

/* Shares beyond this count as this, and 0 counts as 1. */
#define VM_RATES_MAX_SHARES 100

/* One sender.  The caller owns the id. */
struct vm_rate_claim {
    const char *id;             /* Unique among the claims. */
    int priority;               /* 0..7, 7 is the most important. */
    unsigned int shares;        /* 1..VM_RATES_MAX_SHARES. */
    uint64_t guarantee;         /* 0 if none. */
    uint64_t limit;             /* VM_RATE_NONE if none. */
    uint64_t demand;            /* VM_RATE_NONE if hungry. */
};

struct vm_rate_grant {
    uint64_t rate;              /* To be enforced, or VM_RATE_NONE. */
    bool limited;               /* Others hold it below what it wants. */
    bool guarantee_broken;      /* It wants its guarantee and gets less. */
};

/* What may be granted in all of 'capacity', if 'headroom_ppm' of it (at most a
 * million) is left unused.  Rounds down. */
uint64_t vm_rates_usable(uint64_t capacity, unsigned int headroom_ppm);

/* Fills in grants[i] for claims[i], for all i < n.  'usable' is what may be
 * granted in all; rates add up to it exactly, or are all VM_RATE_NONE. */
void vm_rates_allocate(const struct vm_rate_claim *claims, size_t n,
                       uint64_t usable, struct vm_rate_grant *grants);

#endif /* vm-rates.h */
