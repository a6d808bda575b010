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
 * one device; it costs as much as to read the counters of the device.  The
 * kernel tells the answer to all sockets that monitor qdiscs, so that
 * vm-aware-device keeps it for a while.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdint.h>

struct netdev;

/* Returns the frames that the root qdisc of the device has dropped since it
 * was made, 0 if that is no kernel device of this network namespace or has no
 * qdisc that counts. */
uint64_t vm_aware_qdisc_read(const struct netdev *);

#endif /* vm-aware-qdisc.h */
