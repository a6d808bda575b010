/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_PRIOR_H
#define VM_PRIOR_H 1

/* The load of a slot that was not measured yet, for placement (rule 3).
 *
 * A VM that arrives has sent nothing.  If it counted with nothing, all VMs
 * that arrive together would be placed on the member that happens to be loaded
 * least.  So such a slot counts with what the measured VMs of the bond send on
 * average, in proportion to shares:
 *
 *   - Each VM counts in the average as far as it was measured
 *     (vm_slot_guess_ppm()), also one that was measured as idle.  A slot
 *     without a member cannot send and does not count, nor does the host.
 *   - A VM with several slots has its part of the average on each of them.
 *   - A slot counts with no more than the limit of its VM leaves beside the
 *     other slots.  A guarantee need not be considered here: placement counts
 *     a slot with its guarantee if that is more.
 *   - The prior fades while the slot is measured, and ends after five
 *     half-lives of the load.  As soon as the slot sends more than that, it
 *     counts with what it sends.
 *   - As long as no VM was measured that sends, as after a restart, the
 *     average is not known.  Then a slot with 50 shares counts with as much as
 *     the host and the background send on any member, so that these do not
 *     decide alone.  If they send nothing, placement goes by shares.
 *
 * Rebalancing uses what was measured alone, so that no VM that was measured is
 * moved because of a guess.
 *
 * A prior refers to nothing.
 *
 * Thread-safety: none; the caller is the thread that owns the inventory. */

#include <stddef.h>
#include <stdint.h>

struct vm_inventory;
struct vm_slot;

struct vm_prior {
    uint64_t load;              /* Sum of measured loads, bit/s... */
    uint64_t shares;            /* ...and of the shares of their VMs, in
                                 * thousandths. */
};

/* Computes the average over the 'n' slots of the inventory at 'now'. */
void vm_prior_init(struct vm_prior *, const struct vm_inventory *,
                   struct vm_slot *const *, size_t n, long long int now);

/* Returns the load of a slot at 'now', as placement counts it, bit/s. */
uint64_t vm_prior_expect(const struct vm_prior *, const struct vm_slot *,
                         long long int now);

/* Returns the same, with the average over all of the inventory. */
uint64_t vm_prior_of(const struct vm_inventory *, const struct vm_slot *,
                     long long int now);

#endif /* vm-prior.h */
