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
 * kernel tells the answer to all sockets that monitor qdiscs, so that a
 * reading is kept for VM_AWARE_QDISC_INTERVAL.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdint.h>

struct netdev;
struct shash;

/* How long a reading is valid, ms. */
#define VM_AWARE_QDISC_INTERVAL 500

/* Returns the frames that the root qdisc of 'netdev', the device of the member
 * named 'name', has dropped since it was made, 0 if 'netdev' is no kernel
 * device of this network namespace or has no qdisc that counts.  'cache' maps
 * names to what was read before. */
uint64_t vm_aware_qdisc_drops(struct shash *cache, const char *name,
                              const struct netdev *, long long int now);

#endif /* vm-aware-qdisc.h */
