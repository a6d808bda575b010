/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-device.h"

#include <string.h>

#include "netdev.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "util.h"
#include "vm-aware-qdisc.h"

/* Of what, and until when, a reading is valid. */
struct reading {
    const struct netdev *netdev; /* Only compared. */
    uint64_t change_seq;        /* Of 'netdev'. */
    long long int until;        /* ms. */
};

struct device {
    struct reading speed_reading;
    struct vm_aware_speed speed;
    struct reading drops_reading;
    uint64_t drops;
    bool is_asked;              /* Only asking tells its link. */
};

static struct device *
find_or_add(struct shash *devices, const char *name)
{
    struct device *device = shash_find_data(devices, name);

    if (!device) {
        device = xzalloc(sizeof *device);
        shash_add(devices, name, device);
    }
    return device;
}

/* Returns true if 'netdev' must be read again.  Then the reading is taken to
 * be made now and to be valid for 'interval' ms, while the device reports
 * 'change_seq'. */
static bool
renew(struct reading *reading, const struct netdev *netdev,
      uint64_t change_seq, long long int interval, long long int now)
{
    if (reading->netdev == netdev && reading->change_seq == change_seq
        && now < reading->until) {
        return false;
    }
    reading->netdev = netdev;
    reading->change_seq = change_seq;
    reading->until = now + interval;
    return true;
}

struct vm_aware_speed
vm_aware_device_speed(struct shash *devices, const char *name,
                      const struct netdev *netdev, long long int now)
{
    struct device *device = find_or_add(devices, name);

    if (renew(&device->speed_reading, netdev, netdev_get_change_seq(netdev),
              VM_AWARE_SPEED_INTERVAL, now)) {
        device->speed = vm_aware_speed_read(netdev);
        device->is_asked = !strcmp(netdev_get_type(netdev), "dpdk");
    }
    return device->speed;
}

uint64_t
vm_aware_device_drops(struct shash *devices, const char *name,
                      const struct netdev *netdev, long long int now)
{
    struct device *device = find_or_add(devices, name);

    if (renew(&device->drops_reading, netdev, 0, VM_AWARE_QDISC_INTERVAL,
              now)) {
        device->drops = vm_aware_qdisc_read(netdev);
    }
    return device->drops;
}

void
vm_aware_device_wait(const struct shash *devices)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, devices) {
        const struct device *device = node->data;

        if (device->is_asked) {
            poll_timer_wait(VM_AWARE_LINK_INTERVAL);
            return;
        }
    }
}
