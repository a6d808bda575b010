/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-speed.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>

#include "base/vm-value.h"
#include "netdev.h"
#include "smap.h"
#include "socket-util.h"
#include "util.h"
#include "vm-release.h"

#define MBPS UINT64_C(1000000)

/* Size of the largest answer to ETHTOOL_GLINKSETTINGS, which ends with three
 * masks of link modes. */
#define LINK_SETTINGS_SIZE (sizeof(struct ethtool_link_settings) + 3 * 127 * 4)

/* Asks the kernel.  The first request only returns how many words a mask of
 * link modes has, as a negative number. */
static uint64_t
read_from_kernel(const char *device)
{
    struct ethtool_link_settings *settings = xzalloc(LINK_SETTINGS_SIZE);
    struct ifreq ifr = { .ifr_data = (void *) settings };
    uint64_t speed = 0;

    ovs_strzcpy(ifr.ifr_name, device, sizeof ifr.ifr_name);
    settings->cmd = ETHTOOL_GLINKSETTINGS;
    if (!af_inet_ioctl(SIOCETHTOOL, &ifr)
        && settings->link_mode_masks_nwords < 0) {
        settings->cmd = ETHTOOL_GLINKSETTINGS;
        settings->link_mode_masks_nwords = -settings->link_mode_masks_nwords;
        if (!af_inet_ioctl(SIOCETHTOOL, &ifr)
            && settings->speed != (uint32_t) SPEED_UNKNOWN) {
            speed = settings->speed * MBPS;
        }
    }
    free(settings);
    return speed;
}

int
vm_aware_kernel_ifindex(const struct netdev *netdev)
{
    int index = netdev_get_ifindex(netdev);

    return (index > 0 && if_nametoindex(netdev_get_name(netdev)) == index
            ? index : 0);
}

/* Parses the "link_speed" in the status of a DPDK device, such as
 * "25Gbps". */
static uint64_t
read_from_status(const struct netdev *netdev)
{
    struct smap status = SMAP_INITIALIZER(&status);
    uint64_t speed = 0;

    if (!netdev_get_status(netdev, &status)) {
        char *text = xstrdup(smap_get_def(&status, "link_speed", ""));
        char *unit = strstr(text, "bps");

        if (unit) {
            *unit = '\0';
            if (!vm_rate_from_string(text, &speed)) {
                speed = 0;
            }
        }
        free(text);
    }
    smap_destroy(&status);
    return speed;
}

/* The kernel first: Open vSwitch keeps what it has read of a device until its
 * link changes. */
static uint64_t
read_link(const struct netdev *netdev)
{
    uint64_t speed = 0;

    if (vm_aware_kernel_ifindex(netdev)) {
        speed = read_from_kernel(netdev_get_name(netdev));
    }
    if (!speed) {
        speed = vm_netdev_speed(netdev) * MBPS;
    }
    if (!speed && !strncmp(netdev_get_type(netdev), "dpdk", 4)) {
        speed = read_from_status(netdev);
    }
    return speed ? speed : vm_netdev_features_speed(netdev);
}

/* "max-rate" is that of linux-htb and linux-hfsc, bit/s.  DPDK's policers say
 * bytes/s: egress-policer passes "cir", trtcm-policer also "eir" above it. */
static uint64_t
read_max_rate(const struct netdev *netdev)
{
    struct smap details = SMAP_INITIALIZER(&details);
    const char *type;
    uint64_t rate = 0;

    if (!netdev_get_qos(netdev, &type, &details)) {
        rate = (smap_get_ullong(&details, "max-rate", 0)
                + smap_get_ullong(&details, "cir", 0) * 8
                + smap_get_ullong(&details, "eir", 0) * 8);
    }
    smap_destroy(&details);
    return rate;
}

struct vm_aware_speed
vm_aware_speed_read(const struct netdev *netdev)
{
    return (struct vm_aware_speed) {
        .link = read_link(netdev),
        .max_rate = read_max_rate(netdev),
    };
}
