/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_SPEED_H
#define VM_AWARE_SPEED_H 1

/* How fast the devices of members are: the speed of the link, and the limit of
 * the Port's QoS, which OVS applies to each member.
 *
 * OpenFlow's feature bits name only some speeds.  So the speed of a link is
 * read where it is known best: from netdev_get_speed(), in releases of OVS
 * that have it; from the kernel, if the device is one of this network
 * namespace; from the status of a DPDK device; and from the feature bits only
 * if nothing else is known.  Whatever none of them tells is unknown.
 *
 * Reading may cost a system call; vm-aware-device keeps what was read.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdint.h>

struct netdev;

/* In bit/s; 0 for an unknown speed, and for no limit. */
struct vm_aware_speed {
    uint64_t link;
    uint64_t max_rate;
};

struct vm_aware_speed vm_aware_speed_read(const struct netdev *);

/* Returns the interface index of 'netdev' if that is a device of the kernel in
 * this network namespace, otherwise 0. */
int vm_aware_kernel_ifindex(const struct netdev *);

#endif /* vm-aware-speed.h */
