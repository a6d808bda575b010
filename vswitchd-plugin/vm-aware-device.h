/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_DEVICE_H
#define VM_AWARE_DEVICE_H 1

/* What was read of the devices of members, kept for a while.
 *
 * 'devices' maps the names of members to what was read of their devices.  It
 * is the caller's; its elements are malloc()'d.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdint.h>

#include "vm-aware-speed.h"

struct netdev;
struct shash;

/* How long a reading is valid, ms: of a speed, unless the device reports a
 * change, and of a qdisc. */
#define VM_AWARE_SPEED_INTERVAL 5000
#define VM_AWARE_QDISC_INTERVAL 500

/* How often the link of a device of DPDK is looked at, ms.  The kernel knows
 * nothing of it, so that its loss does not wake up the main loop, in each
 * iteration of which bond.c asks for links. */
#define VM_AWARE_LINK_INTERVAL 50

/* Each returns what vm_aware_speed_read() or vm_aware_qdisc_read() tells of
 * 'netdev', the device of the member named 'name'. */
struct vm_aware_speed vm_aware_device_speed(struct shash *devices,
                                            const char *name,
                                            const struct netdev *netdev,
                                            long long int now);
uint64_t vm_aware_device_drops(struct shash *devices, const char *name,
                               const struct netdev *netdev,
                               long long int now);

/* Causes the next poll_block() to wake up when a link is to be looked at. */
void vm_aware_device_wait(const struct shash *devices);

#endif /* vm-aware-device.h */
