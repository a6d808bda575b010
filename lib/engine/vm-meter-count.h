/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_METER_COUNT_H
#define VM_METER_COUNT_H 1

/* What meters count.
 *
 * A reading of a meter is noted when it comes; a sample takes what has been
 * counted since the last sample.  A meter that nothing has passed since then
 * is idle: it counts as read, until an interface in front of it has sent
 * something.
 *
 * The module reads no counters; it changes those of vm-meter's meters that
 * tell what was counted.
 *
 * Thread-safety: none; the engine owns its meters. */

#include <stdbool.h>

struct vm_meter;
struct vm_meter_counters;
struct vm_meters;
struct vm_traffic;

/* Notes a reading.  Returns false if the name is unknown. */
bool vm_meters_count(struct vm_meters *, const char *name,
                     const struct vm_meter_counters *);

/* Stores in 'delta' what the meter has counted since the last sample, and
 * clears 'n_users' and 'offered'. */
void vm_meter_sample(struct vm_meter *);

/* The same for a regular sample: a meter that has counted nothing becomes idle
 * if it 'may_idle'. */
void vm_meter_sample_regularly(struct vm_meter *, bool may_idle);

/* Returns true if early samples read the meter. */
bool vm_meter_is_sampled_early(const struct vm_meter *);

/* Add to '*traffic' what the meter has dropped: between the last two samples,
 * or since the last one. */
void vm_meter_add_drops(const struct vm_meter *, struct vm_traffic *);
void vm_meter_add_unsampled(const struct vm_meter *, struct vm_traffic *);

#endif /* vm-meter-count.h */
