/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_GRANT_H
#define VM_GRANT_H 1

/* Grants: what each sender may send over its member.
 *
 * On each member, the senders, of which the host is one, share the capacity
 * less VM_RATES_HEADROOM_PPM, less the background (vm-member).  No more than
 * VM_GRANT_BACKGROUND_PCT of the capacity counts as background, so that
 * senders can send in any case.  A guarantee that was not admitted is not
 * claimed.
 *
 * What one sender of an endpoint does not use of its guarantee, another one
 * may claim on its own member, as far as there is room in what may be reserved
 * there beside all guarantees that were admitted.
 *
 * The limit of an endpoint that has several senders is divided among them by
 * demand (vm-limit): a sender claims no more of its member than its part.  A
 * part that the member does not grant goes to the others.
 *
 * The module makes no meter of a grant: vm-metering does.
 *
 * Thread-safety: none; the engine owns senders and inventory. */

#include <stdbool.h>
#include <stdint.h>

#include "engine/vm-sender.h"
#include "model/vm-inventory.h"

struct ds;

#define VM_GRANT_BACKGROUND_PCT 90

/* Returns the sum of what the senders on 'member' may be granted, if its
 * capacity is known. */
uint64_t vm_grant_usable(const struct vm_member *);

/* Sets 'grant', 'part', 'claimed', 'lent', 'capacity' and 'contention' of the
 * senders that are awake, and of all on a member with contention, which wake
 * (vm-sender-rest).  Those of the others stay.  Contention only ends if it is
 * judged 'anew', after a regular sample. */
void vm_grant_all(struct vm_senders *, const struct vm_inventory *,
                  unsigned int reservable_pct, bool anew);

/* The same for senders on contended members, after an early sample. */
void vm_grant_early(struct vm_senders *, const struct vm_inventory *,
                    unsigned int reservable_pct);

/* For vm-self-check: appends a line for each grant that does not follow from
 * the state of the senders. */
void vm_grant_check(const struct vm_senders *, const struct vm_inventory *,
                    struct ds *differences);

#endif /* vm-grant.h */
