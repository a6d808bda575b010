/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_POLICING_H
#define VM_POLICING_H 1

/* Policing (claims C2 to C4, rule 8): turns limits, guarantees and shares into
 * the rates of meters.  It samples senders (vm-sender), grants rates to them
 * (vm-grant) and makes meters of these (vm-metering).
 *
 * Counters are sampled every vm-aware-rate-interval while contention is
 * possible, that is, while there is a meter or a VM with a member.  While a
 * member is contended, or nearly so, the meters of its senders are sampled
 * every VM_DEMAND_MIN_INTERVAL.  Such an early sample only adjusts rates: it
 * makes no meter and changes no flow.
 *
 * For a caller that reports complete readings (vm-pace), samples are taken
 * with these, and only of those who send or have a state that has to settle
 * (vm-sender-rest).  A meter that nothing has passed is read again only when
 * one of its interfaces has sent something.
 *
 * The module makes no meter in a datapath: the engine turns its meters into
 * actions.  It owns senders and meters; in the inventory, which the engine
 * owns, it sets the meter of each slot and what polices each endpoint.
 *
 * Thread-safety: none; the engine owns its policing. */

#include <stdbool.h>

#include "engine/vm-meter.h"
#include "engine/vm-pace.h"
#include "engine/vm-sender.h"
#include "model/vm-inventory.h"

struct vm_actions;
struct vm_problems;

/* Time for which an endpoint that was policed counts as limited, ms, so that
 * one that is policed now and again does not change its state each time. */
#define VM_POLICING_HOLD 5000

struct vm_policing {
    struct vm_senders senders;
    struct vm_meters meters;
    struct vm_pace pace;        /* When counters are sampled. */
    long long int next_early;   /* Next early sample, ms, or LLONG_MAX. */
    unsigned int reservable_pct; /* As of the last vm_policing_decide(). */
    bool sampled;               /* Since the last vm_policing_decide(). */
    bool dirty;                 /* A meter failed, or a background is another
                                 * one: decide anew. */
};

void vm_policing_init(struct vm_policing *);
void vm_policing_destroy(struct vm_policing *);

/* Returns true if the next regular sample is due... */
bool vm_policing_is_due(const struct vm_policing *, long long int now);

/* ...or that or an early one. */
bool vm_policing_wants_counters(const struct vm_policing *, long long int now);

/* Returns true if the meter named 'meter' must be read for the sample that is
 * due, or, if 'complete', for a complete reading. */
bool vm_policing_wants_meter(const struct vm_policing *, const char *meter,
                             bool complete, long long int now);

/* Notes whether the new 'counters' of an interface show that it has sent
 * something. */
void vm_policing_note_news(struct vm_policing *, const struct vm_interface *,
                           const struct vm_counters *);

/* Ends the time without samples if there was news; otherwise, senders have
 * rested up to the last reading.  Must be called before each
 * vm_policing_sample() and vm_policing_decide(). */
void vm_policing_wake(struct vm_policing *, long long int now);

/* Samples the counters of the senders that are awake.  The slots must still be
 * on the members on which these counted. */
void vm_policing_sample(struct vm_policing *, struct vm_inventory *,
                        const struct vm_bond_config *, long long int now);

/* Grants rates and declares the wanted meters, for the present members of the
 * slots of those endpoints that are awake (vm-sender-rest) or have changed.
 * Updates 'meter' of slots and 'policed', 'limited', 'metered' and 'rate' of
 * endpoints.  Then the caller clears 'slots_changed' and 'place' of the
 * inventory, by which these functions form the senders anew. */
void vm_policing_decide(struct vm_policing *, struct vm_inventory *,
                        const struct vm_bond_config *, long long int now);

/* If nothing else is due, does what is due for early samples: takes one and
 * adjusts the rates of meters to it, with a METER for each change.  Inventory
 * and configuration must be those of the last vm_policing_decide().  Returns
 * false if vm_policing_sample() or vm_policing_decide() must be called. */
bool vm_policing_run_early(struct vm_policing *, struct vm_inventory *,
                           long long int now, struct vm_actions *);

/* Returns the time (ms) by which one of these functions must be called,
 * LLONG_MIN for immediately. */
long long int vm_policing_deadline(const struct vm_policing *);

/* Stores in '*traffic' that of 'endpoint', with what its meters have dropped
 * up to their last reading, whether or not that was sampled. */
void vm_policing_get_traffic(const struct vm_policing *,
                             const struct vm_endpoint *,
                             struct vm_traffic *);

/* Events; see vm-engine.h. */
void vm_policing_meter_failed(struct vm_policing *, const char *meter,
                              const char *why, long long int now);

/* Adds a problem for each meter that failed: to the first interface of a VM,
 * and to 'bond' for the host. */
void vm_policing_problems(const struct vm_policing *,
                          const struct vm_inventory *,
                          const char *bond, struct vm_problems *);

#endif /* vm-policing.h */
