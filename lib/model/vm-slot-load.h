/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SLOT_LOAD_H
#define VM_SLOT_LOAD_H 1

/* The load of a slot: the one definition that placement, rebalancing, what-if
 * and all reports use (rule 3).
 *
 * The load is the rate at which the interfaces of the slot send, as far as the
 * limit of their VM (vm-max-rate) lets it pass:
 *
 *   - Without a limit, it is what the counters of flows tell.  That includes
 *     what the VM's share of a member drops, because the VM would send it over
 *     another member.
 *   - With a limit, it is what passes the VM's meter, and what that drops only
 *     because the VM's share is below its limit.  vm-limited counts it.
 *   - All slots of a VM together have a load of no more than the limit.  If
 *     their readings add up to more, because the limit was lowered or because
 *     of a burst, each slot has its part in proportion to its reading.  A
 *     limit that is not enforced, for want of a meter, limits no load.
 *
 * The readings are kept per interface and added up per slot.  So an interface
 * takes its load along when it joins another slot of its VM, and an interface
 * that is removed takes its load away.
 *
 * The window of an interface is the time over which rebalancing measures it:
 * from vm_slot_begin_window(), or from its first reading if that is later, to
 * its last reading, without the time before it began to send.
 *
 * The module meters nothing and does not know what an interface that was never
 * read would send: see vm-prior.
 *
 * Thread-safety: only the engine that owns the inventory may call these
 * functions. */

#include <stdbool.h>
#include <stdint.h>

#include "model/vm-entity.h"

/* Half-life of a load, ms. */
#define VM_SLOT_HALF_LIFE 2000

void vm_interface_load_init(struct vm_interface_load *);

/* Counts 'bytes' that flows counted since the last call, until 'now': what the
 * interface offered, and what it sent unless vm-limited counts that.  The time
 * in which an interface cannot send, for want of a member, does not count as
 * measured. */
void vm_interface_count_load(struct vm_interface *, uint64_t bytes,
                             long long int now);

/* Counts that the flows of an interface whose counters did not change have
 * counted nothing until 'at', as a reading at that time. */
void vm_interface_rest(struct vm_interface *, long long int at);

/* Returns true if the load is nothing, and its next readings change nothing
 * that is told or decided as long as they count nothing. */
bool vm_interface_load_is_still(const struct vm_interface_load *);

/* Adds 'bytes' that passed since the last call to the load, as a reading at
 * 'now'. */
void vm_interface_load_count(struct vm_interface_load *, uint64_t bytes,
                             long long int now);

/* Makes an interface that was not read yet one that has been sending at 'rate'
 * bit/s for long, for what-if. */
void vm_interface_load_assume(struct vm_interface_load *, uint64_t rate,
                              long long int now);

/* Returns the rate at which an interface of a VM with a limit offers, before
 * its limit, bit/s. */
uint64_t vm_interface_offered(const struct vm_interface_load *,
                              long long int now);

/* Returns the load at 'now', bit/s. */
uint64_t vm_slot_rate(const struct vm_slot *, long long int now);

/* Returns the average load over the window, bit/s, so that bursts within the
 * window count for their sum, or 0 if the window has no length yet. */
uint64_t vm_slot_window_rate(const struct vm_slot *);
void vm_slot_begin_window(struct vm_slot *);

/* Returns by how much the load varies by itself, as vm_load_variation() does,
 * or 0 if that is not known of all interfaces. */
uint64_t vm_slot_variation(const struct vm_slot *);

/* Returns the weight, in parts per million, that a guess has beside what was
 * measured: a million before the first interval was measured, half after a
 * half-life, and finally 0. */
uint32_t vm_slot_guess_ppm(const struct vm_slot *);

#endif /* vm-slot-load.h */
