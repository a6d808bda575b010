/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_PAST_H
#define VM_AWARE_PAST_H 1

/* Meters that an ovs-vswitchd of the past has left in a datapath.
 *
 * The datapath of the kernel keeps flows and meters when ovs-vswitchd is
 * killed.  Nobody knows these meters any more, and OVS would give their
 * numbers to other VMs while flows of the past still refer to them, which is
 * so during a restart that keeps flows (flow-restore-wait).  The first bond of
 * a datapath therefore adopts them as meters that the engine has freed: their
 * numbers are taken, they police flows of the past as before, and they are
 * deleted when all flows have been revalidated.
 *
 * A meter of the past is one that the datapath has and whose number this
 * process has not given out, be it ours or one of OpenFlow.
 *
 * Thread-safety: only the main thread may call these functions. */

struct vm_aware_meters;

/* To be called for the first bond of a datapath. */
void vm_aware_past_adopt(struct vm_aware_meters *);

#endif /* vm-aware-past.h */
