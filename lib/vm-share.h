/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SHARE_H
#define VM_SHARE_H 1

/* Who is held to which rate (claims C2 to C4, rule 8): limits, guarantees and
 * shares become meters.
 *
 *   - An endpoint with vm-max-rate has one meter for all its slots, on
 *     whatever uplinks they are, with or without contention.
 *   - Without it, each sender (vm-sender) has a meter of its own while there
 *     is contention on its uplink, or nearly so (vm-demand).  The meter stays
 *     for VM_SHARE_LINGER after that, at the capacity of the uplink, so that
 *     an uplink on the border of contention doesn't have all its flows
 *     revalidated again and again.
 *   - A limit's meter is at the limit, or at what the endpoint's senders are
 *     granted together if that is less; a sender that nobody holds counts with
 *     the limit.
 *
 * On each usable uplink the senders, of which the host is one, are granted
 * what its capacity gives, less VM_RATES_HEADROOM_PPM, less the background
 * (vm-background, of which at most VM_SHARE_BACKGROUND_PCT of the capacity is
 * believed: somebody must be able to send).  A guarantee that was not admitted
 * is not claimed.
 *
 * The burst of a limit is what it passes in 250 ms, that of a share what it
 * passes in 200 ms, or in 20 ms for one that doesn't back off, or vm-burst if
 * that is less; and none is less than VM_METER_LEAST_BURST.  An operator's
 * vm-burst is taken as it is, and not less than VM_METER_FEW_FRAMES.
 *
 * Counters are looked at every vm-aware-rate-interval while anybody can be in
 * contention: there is a VM with an uplink, or a meter.
 *
 * The room does nothing: the engine turns its meters into actions.  It works
 * on an inventory, whose slots learn which meter they go through, and whose
 * endpoints, what holds them.  Only the engine that owns it may enter. */

#include <stdbool.h>

#include "vm-background.h"
#include "vm-inventory.h"
#include "vm-meter.h"
#include "vm-sender.h"

struct ds;
struct vm_problems;

/* ms. */
#define VM_SHARE_LINGER 10000

#define VM_SHARE_BACKGROUND_PCT 90

struct vm_share {
    struct vm_senders senders;
    struct vm_meters meters;
    struct vm_background background;
    bool needed;                /* Counters are to be looked at... */
    long long int next;         /* ...again then, ms. */
    long long int decided;      /* Last vm_share_decide(), ms. */
    bool dirty;                 /* A meter failed: decide anew. */
};

void vm_share_init(struct vm_share *);
void vm_share_destroy(struct vm_share *);

/* Is it time to look at counters? */
bool vm_share_is_due(const struct vm_share *, long long int now);

/* Looks at counters, while all slots are still where they were when these
 * counted. */
void vm_share_look(struct vm_share *, const struct vm_inventory *,
                   const struct vm_bond_config *, long long int now);

/* Grants rates and wants meters, with all slots where they are to be.  Brings
 * 'meter' of slots and 'held', 'metered' and 'rate' of endpoints in step. */
void vm_share_decide(struct vm_share *, const struct vm_inventory *,
                     const struct vm_bond_config *, long long int now);

/* When to look or to decide at the latest, ms; LLONG_MIN is at once. */
long long int vm_share_deadline(const struct vm_share *);

/* Events; see vm-engine.h. */
void vm_share_meter_failed(struct vm_share *, const char *meter,
                           const char *why, long long int now);

/* Adds a problem for each meter that failed.  Problems of a VM are those of
 * its first interface, those of the host are those of 'bond'. */
void vm_share_problems(const struct vm_share *, const struct vm_inventory *,
                       const char *bond, struct vm_problems *);

/* For vm-check: appends a line for each grant and each meter that is not what
 * follows from what is known of the senders. */
void vm_share_check(const struct vm_share *, const struct vm_inventory *,
                    struct ds *differences);

#endif /* vm-share.h */
