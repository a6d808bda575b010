/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_METER_H
#define VM_AWARE_METER_H 1

/* The datapath meters of one bond, by the names that the engine gives them.
 *
 * Nothing is decided here: a meter is made, changed, read and freed when the
 * engine asks for it.  What a datapath does differently from what the engine
 * expects is smoothed out:
 *
 *   - Rates and bursts go to the datapath in kbit/s and kbit, rounded up, so
 *     that nobody is held below his rate.  A rate of 0 becomes 1 kbit/s with a
 *     burst of 1 kbit, the least there is.  Buckets are filled by the
 *     millisecond, so a burst is at least 5 ms of its rate, and where packets
 *     can be as large as 64 KiB, because they are cut up only behind the
 *     datapath, it has room for one.
 *
 *   - A datapath that begins to count anew when a meter is changed does not
 *     show: counters only go up, from the first meter of a name until it is
 *     freed.  (The bucket of the userspace datapath is full again then, which
 *     cannot be helped.)
 *
 *   - Translated flows may refer to a meter for a while after the engine has
 *     freed it, and the datapath would give its number to the next VM.  So a
 *     freed meter rests until all flows have been revalidated for sure: while
 *     the revalidators have gone VM_AWARE_METER_REST times through all flows.
 *     That takes about 2 seconds.  Only the meters of a bond that goes away
 *     are deleted at once, since nobody is there any more to wait for; flows
 *     that still refer to one then pass it, as datapaths have it.
 *
 * Threads: the main thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
bool vm_aware_meters_revalidated(struct vm_aware_meters *);

uint32_t vm_aware_meters_find(const struct vm_aware_meters *,
                              const char *name);
void vm_aware_meters_tell(struct vm_aware_meters *, struct vm_engine *,
                          long long int now);

#endif /* vm-aware-meter.h */
