/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_DEMAND_H
#define VM_DEMAND_H 1

/* What a sender would send if it could, from what it sent (claim C3, rule 8).
 *
 * A held sender can't show its demand: a flood shows up as drops, but TCP
 * backs off and settles just below the rate that it is given.  So a sender is
 * in one of two states:
 *
 *                 dropped, or passed >= 95 % of the rate in force
 *               .------------------------------------------------>.
 *             sated                                             hungry
 *               `<------------------------------------------------'
 *                 nothing dropped and passed < 85 % of the rate
 *
 *   - A hungry sender would take anything; limit and shares will bound it.
 *     But if more than 1/16 of it was dropped, twice in a row, then it doesn't
 *     back off, and what it offers is what it wants.
 *   - A sated sender wants what it sends, and some room to grow: a twelfth of
 *     its rate if it sends steadily, up to a quarter if its rate rose lately,
 *     and a little that does not depend on its rate, so that an idle sender
 *     can begin at all.
 *
 * A steady sated sender uses at most 92 % of its rate, below the threshold, so
 * it doesn't flutter.  A sender of next to nothing, or one that nothing holds,
 * is never hungry.  Who stops is noticed at the next look and who comes back
 * is hungry at the next look, so a share is lent and returned within two
 * intervals, whatever the phase.
 *
 * On one uplink, vm_demand_allocate() distinguishes:
 *
 *   - No contention: less than 3/4 is used.  Nobody is held.
 *   - Near contention: it all fits, but TCP that fills the device's own queue
 *     looks just like this, because it backs off together.  Everyone gets what
 *     it sends and a part of what is left.  Senders that keep their rate don't
 *     notice; those that grow run into our meters and not into the device's
 *     queue, where shares count for nothing, and become hungry.
 *   - Contention: more is wanted than fits, or a hungry sender lost something.
 *     Rates are weighted max-min (see vm-rates).  The room of the sated, about
 *     a twelfth of what they send, is not used by anyone meanwhile: that is
 *     the price of telling them from the hungry.
 *   - A full uplink: more passed than is ever granted, so it is the
 *     device's queue that holds the senders, and nobody shows its demand.  A
 *     sated sender is taken to want twice what it sends, until the next look:
 *     those above their share are held to it, the queue drains, and those
 *     below it show what they want.  Without this, TCP that settles in the
 *     device's queue would keep the shares it happened to get there.
 *
 * The estimate of a metered sender is the higher of the last look and the mean
 * of the last two, or the last look alone if that fell below half.  The
 * counters of unmetered flows are renewed at uneven times: one look may see
 * nothing and the next one twice as much.  So an unmetered sender's estimate
 * is the mean of the last two looks, and a look that fell by more than a
 * quarter weighs only a quarter: a late reading, and the double one after it,
 * leave the estimate where it was, and a flood is seen at the second look.
 *
 * The thresholds and the smoothing are ours.  That a flow which fills its
 * allocation has to be taken as wanting more, and that what one can't use goes
 * round again, is max-min fairness: D. Bertsekas and R. Gallager, Data
 * Networks, 2nd edition (1992), section 6.5.2.
 *
 * The room reads no counters and has no lock; who owns a struct vm_demand
 * updates it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vm_rate_claim;
struct vm_rate_grant;

/* Looks that come sooner, in ms, are added to the next one: frames are too big
 * for an honest rate in less time. */
#define VM_DEMAND_MIN_INTERVAL 50

/* Who offers less than this, bit/s, is never hungry.  Also the most that an
 * idle sender has as room. */
#define VM_DEMAND_SMALL 128000

struct vm_demand {
    bool hungry;
    bool dropping;              /* Hungry, and dropped at the last look. */
    unsigned int floods;        /* Looks in a row with many drops... */
    unsigned int steady;        /* ...and with all of its rate used. */
    uint64_t rate;              /* Estimate of what it offers, bit/s. */
    uint64_t offered;           /* At the last look alone, bit/s... */
    uint64_t sent;              /* ...and what passed of that. */
    uint64_t rise;              /* Recent growth per look, bit/s. */

    uint64_t passed, dropped;   /* Bytes not yet looked at. */
    long long int when;         /* Last look, ms. */
};

void vm_demand_init(struct vm_demand *, long long int now);

/* Tells what passed and what was dropped for lack of rate, in bytes since the
 * last call, and the rate that was in force meanwhile: the lower of grant and
 * limit, bit/s, or VM_RATE_NONE.  To be called before the rate is changed, at
 * least VM_DEMAND_MIN_INTERVAL apart.  Drops for another cause (no uplink,
 * wrong leg) don't belong here. */
void vm_demand_update(struct vm_demand *, uint64_t passed, uint64_t dropped,
                      uint64_t rate, long long int now);

/* Does it lose much of what it sends, and not back off at all?  TCP may lose
 * as much for some looks, but does not fill its rate meanwhile. */
bool vm_demand_floods(const struct vm_demand *);

/* What it sends now, bit/s, or VM_RATE_NONE if it would take anything and lost
 * something at the last look. */
uint64_t vm_demand_now(const struct vm_demand *);

/* What it would take, bit/s, or VM_RATE_NONE for anything.  'room' is for an
 * idle sender to begin, see vm_demand_room(). */
uint64_t vm_demand_get(const struct vm_demand *, uint64_t room);

/* The room for each of 'n' senders on one uplink, bit/s: so little that all
 * of them together make up at most 2 % of the uplink's capacity. */
uint64_t vm_demand_room(uint64_t capacity, size_t n);

enum vm_contention {
    VM_CONTENTION_NONE,
    VM_CONTENTION_NEAR,
    VM_CONTENTION_FULL,
    VM_CONTENTION_BEYOND        /* A full uplink. */
};

/* Fills in grants[i] for the sender with claims[i], whose 'demand' is ignored,
 * and demands[i], for all i < n: all senders of one uplink, of which 'usable'
 * bit/s may be granted (see vm_rates_usable()).  Unless there is contention,
 * nobody counts as limited.  The caller keeps everything it passes. */
enum vm_contention vm_demand_allocate(const struct vm_rate_claim *claims,
                                      const struct vm_demand *const *demands,
                                      size_t n, uint64_t usable,
                                      struct vm_rate_grant *grants);

#endif /* vm-demand.h */
