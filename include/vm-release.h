/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_RELEASE_H
#define VM_RELEASE_H 1

/* What differs between releases of Open vSwitch that we support.  m4/ovs.m4
 * defines a HAVE_* for what only some of them have.
 *
 * Thread-safety: same as the functions of Open vSwitch. */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "daemon.h"
#ifdef HAVE_DPIF_OFFLOAD
#include "dpif-offload.h"
#else
#include "netdev-offload.h"
#endif
#include "netdev.h"
#include "openvswitch/json.h"
#include "ovs-rcu.h"
#include "unixctl.h"
#include "util.h"

/* Elements of a JSON array. */
static inline size_t
vm_json_array_size(const struct json *array)
{
#ifdef HAVE_JSON_ARRAY_SIZE
    return json_array_size(array);
#else
    return array->array.n;
#endif
}

static inline const struct json *
vm_json_array_at(const struct json *array, size_t i)
{
#ifdef HAVE_JSON_ARRAY_SIZE
    return json_array_at(array, i);
#else
    return array->array.elems[i];
#endif
}

/* Returns true if flows may be in tc, or in hardware. */
static inline bool
vm_offload_enabled(void)
{
#ifdef HAVE_DPIF_OFFLOAD
    return dpif_offload_enabled();
#else
    return netdev_is_flow_api_enabled();
#endif
}

/* The speed that a device tells, in Mbit/s; 0 if it is unknown, or if the
 * release has no function for that. */
static inline uint32_t
vm_netdev_speed(const struct netdev *netdev OVS_UNUSED)
{
#ifdef HAVE_NETDEV_GET_SPEED
    uint32_t current, max;

    return (netdev_get_speed(CONST_CAST(struct netdev *, netdev), &current,
                             &max) ? 0 : current);
#else
    return 0;
#endif
}

/* The speed that the features of a device tell, in bit/s; 0 if it is unknown,
 * or if vm_netdev_speed() has already looked at them. */
static inline uint64_t
vm_netdev_features_speed(const struct netdev *netdev OVS_UNUSED)
{
#ifdef HAVE_NETDEV_GET_SPEED
    return 0;
#else
    enum netdev_features current;
    int error = netdev_get_features(netdev, &current, NULL, NULL, NULL);

    return error ? 0 : netdev_features_to_bps(current, 0);
#endif
}

/* Becomes a daemon that needs no privileges. */
static inline void
vm_daemonize_start(void)
{
#ifdef HAVE_ACCESS_HARDWARE_PORTS
    daemonize_start(false, false);
#else
    daemonize_start(false);
#endif
}

/* Returns true if the client of a command wants JSON: "ovs-appctl --format
 * json". */
static inline bool
vm_unixctl_wants_json(struct unixctl_conn *conn OVS_UNUSED)
{
#ifdef HAVE_UNIXCTL_FORMAT
    return (unixctl_command_get_output_format(conn)
            == UNIXCTL_OUTPUT_FMT_JSON);
#else
    return false;
#endif
}

/* Replies with 'json', which is destroyed: as text, unless the client wants
 * JSON.  To destroy what tells of thousands of VMs takes long: with 'later',
 * that is left to the thread of RCU, in a program in which no thread blocks
 * without being quiescent. */
static inline void
vm_unixctl_reply_json(struct unixctl_conn *conn, struct json *json, bool later)
{
    char *s;

#ifdef HAVE_UNIXCTL_FORMAT
    if (vm_unixctl_wants_json(conn)) {
        unixctl_command_reply_json(conn, json);
        return;
    }
#endif
    s = json_to_string(json, JSSF_PRETTY | JSSF_SORT);
    unixctl_command_reply(conn, s);
    free(s);
    if (later) {
        ovsrcu_postpone(json_destroy, json);
    } else {
        json_destroy(json);
    }
}

#endif /* vm-release.h */
