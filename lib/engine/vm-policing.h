/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_POLICING_H
#define VM_POLICING_H 1

/* Policing (claims C2 to C4, rule 8): turns limits, guarantees and shares into
 * the rates of meters.
 *
 *   - An endpoint with vm-max-rate has one meter for all its slots, on
 *     whatever members they are, with or without contention.
 *   - Without it, each sender (vm-sender) has a meter of its own while there
 *     is contention on its member, or nearly so (vm-demand).  The meter stays
 *     for VM_POLICING_LINGER after that, at the capacity of the member, so
 *     that a member on the border of contention does not have all its flows
 *     revalidated again and again.
 *   - The rate of a limit's meter is the limit, or the sum of the grants of
 *     the endpoint's senders if that is less.  A sender without a grant counts
 *     with the limit.
 *
 * On each usable member, the senders, of which the host is one, share the
 * capacity less VM_RATES_HEADROOM_PPM, less the background (vm-member).
 * No more than VM_POLICING_BACKGROUND_PCT of the capacity counts as
 * background, so that senders can send in any case.  A guarantee that was not
 * admitted is not claimed.
 *
 * The burst of a limit is what its rate passes in 250 ms.  The burst of a
 * share is what its rate passes in 200 ms, or in 20 ms for a sender that does
 * not back off, or vm-burst if that is less.  No burst is less than
 * VM_METER_LEAST_BURST, except that an operator's vm-burst may be as low as
 * VM_METER_FEW_FRAMES.
 *
 * Counters are sampled every vm-aware-rate-interval while contention is
 * possible, that is, while there is a meter or a VM with a member.
 *
 * The module makes no meter: the engine turns its meters into actions.  It
 * owns senders and meters; in the inventory, which the engine owns, it sets
 * the meter of each slot and what polices each endpoint.
 *
 * Thread-safety: none; the engine owns its policing. */

#include <stdbool.h>

#include "engine/vm-meter.h"
#include "engine/vm-sender.h"
#include "model/vm-inventory.h"

struct ds;
struct vm_problems;

/* ms. */
#define VM_POLICING_LINGER 10000

#define VM_POLICING_BACKGROUND_PCT 90

/* Time for which an endpoint that was policed counts as limited, ms, so that
 * one that is policed now and again does not change its state each time. */
#define VM_POLICING_HOLD 5000

struct vm_policing {
    struct vm_senders senders;
    struct vm_meters meters;
    bool needed;                /* Counters must be sampled... */
    long long int next;         /* ...at this time, ms. */
    long long int decided;      /* Last vm_policing_decide(), ms. */
    unsigned int n_limited_changes; /* Changes of 'limited' of endpoints. */
    bool dirty;                 /* A meter failed, or a background is another
                                 * one: decide anew. */
};

void vm_policing_init(struct vm_policing *);
void vm_policing_destroy(struct vm_policing *);

/* Returns true if the next sample is due. */
bool vm_policing_is_due(const struct vm_policing *, long long int now);

/* Samples counters.  The slots must still be on the members on which these
 * counted. */
void vm_policing_sample(struct vm_policing *, const struct vm_inventory *,
                        const struct vm_bond_config *, long long int now);

/* Grants rates and declares the wanted meters, for the present members of the
 * slots.  Updates 'meter' of slots and 'policed', 'limited', 'metered' and
 * 'rate' of endpoints. */
void vm_policing_decide(struct vm_policing *, const struct vm_inventory *,
                        const struct vm_bond_config *, long long int now);

/* Returns the time (ms) by which vm_policing_sample() or vm_policing_decide()
 * must be called, LLONG_MIN for immediately. */
long long int vm_policing_deadline(const struct vm_policing *);

/* Events; see vm-engine.h. */
void vm_policing_meter_failed(struct vm_policing *, const char *meter,
                              const char *why, long long int now);

/* Adds a problem for each meter that failed: to the first interface of a VM,
 * and to 'bond' for the host. */
void vm_policing_problems(const struct vm_policing *,
                          const struct vm_inventory *,
                          const char *bond, struct vm_problems *);

/* For vm-self-check: appends a line for each grant and each meter that does
 * not follow from the state of the senders. */
void vm_policing_check(const struct vm_policing *, const struct vm_inventory *,
                       struct ds *differences);

#endif /* vm-policing.h */
