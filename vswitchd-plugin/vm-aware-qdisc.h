/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_QDISC_H
#define VM_AWARE_QDISC_H 1

/* What the root qdisc of a kernel device has dropped.
 *
 * A device that is full drops frames in its driver, which its own counters
 * show, or in its qdisc (tbf, htb, fq_codel), which they do not, and for which
 * OVS has no function.  One request to the kernel asks for the root qdisc of
 * one device; it costs as much as to read the counters of the device.
 *
 * The module has no state.
 *
 * Thread-safety: any thread may call these functions. */

#include <stdint.h>

struct netdev;
struct ofpbuf;

/* Returns the frames that the root qdisc of 'netdev' has dropped since it was
 * made, 0 if 'netdev' is no kernel device of this network namespace or has no
 * qdisc that counts. */
uint64_t vm_aware_qdisc_drops(const struct netdev *);

/* Returns the count in 'reply', a message of type RTM_NEWQDISC. */
uint64_t vm_aware_qdisc_parse_drops(const struct ofpbuf *reply);

#endif /* vm-aware-qdisc.h */
