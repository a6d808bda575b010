/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_METER_H
#define VM_AWARE_METER_H 1

/* The datapath meters of one bond, by the names that the engine gives them.
 *
 * A meter is created, changed, read and freed as the engine requests.  This
 * module hides differences between datapaths from the engine:
 *
 *   - The datapath gets rates and bursts in kbit/s and kbit, rounded up, so
 *     that no VM is policed below its rate.  A rate of 0 becomes the minimum,
 *     1 kbit/s with a burst of 1 kbit.  A datapath refills buckets once per
 *     millisecond, so a burst is at least 5 ms of its rate.  Where packets of
 *     up to 64 KiB are segmented only after the datapath, a burst is at least
 *     one such packet.
 *
 *   - Some datapaths reset the counters of a meter that is changed.  The
 *     counters that the engine gets never decrease, from the creation of a
 *     meter until it is freed.  (The userspace datapath also refills the
 *     bucket of a changed meter, which cannot be avoided.)
 *
 *   - Translated flows may refer to a meter for a while after the engine has
 *     freed it, and the datapath would assign its number to the next VM.
 *     Therefore a freed meter rests until all flows have been revalidated with
 *     certainty, that is, while the revalidators visit all flows
 *     VM_AWARE_METER_REST times, about 2 seconds.  Those of a bond that is
 *     removed rest with another bond of the same datapath.  If there is none,
 *     they are deleted immediately, because there is no later call for it;
 *     datapaths pass packets of flows that still refer to one.
 *
 * Ownership: the meters of a bond own all datapath meters that they create.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/ofp-meter.h"
#include "openvswitch/shash.h"

struct ofproto_dpif;
struct vm_engine;

/* Rounds of the revalidators for which a freed meter rests.  One may have
 * begun before the flows were to be revalidated, another may have ended in the
 * same iteration of the main loop, a third meets a flow that a handler had
 * translated before and installed late.  The fourth is safe. */
#define VM_AWARE_METER_REST 4

struct vm_aware_meters {
    struct ofproto_dpif *ofproto;
    struct shash by_name;       /* To "struct vm_aware_meter *". */
    struct vm_aware_resting *resting;
    size_t n_resting, allocated_resting;
};

void vm_aware_meters_init(struct vm_aware_meters *, struct ofproto_dpif *);
void vm_aware_meters_destroy(struct vm_aware_meters *);

const char *vm_aware_meters_set(struct vm_aware_meters *, const char *name,
                                uint64_t rate, uint64_t burst);
void vm_aware_meters_free(struct vm_aware_meters *, const char *name);
void vm_aware_meters_rest(struct vm_aware_meters *, ofproto_meter_id);
void vm_aware_meters_hand_over(struct vm_aware_meters *,
                               struct vm_aware_meters *to);
void vm_aware_meters_revalidated(struct vm_aware_meters *);

uint32_t vm_aware_meters_find(const struct vm_aware_meters *,
                              const char *name);
void vm_aware_meters_tell(struct vm_aware_meters *, struct vm_engine *,
                          bool complete, long long int now);

#endif /* vm-aware-meter.h */
