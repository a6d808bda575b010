/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-qdisc.h"

#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "netdev.h"
#include "netlink.h"
#include "netlink-socket.h"
#include "openvswitch/ofpbuf.h"
#include "tc.h"
#include "util.h"
#include "vm-aware-speed.h"

/* Returns the drops in 'stats2', the attribute TCA_STATS2, or 0. */
static uint64_t
parse_stats2(const struct nlattr *stats2)
{
    static const struct nl_policy policy[] = {
        [TCA_STATS_QUEUE] = { .type = NL_A_UNSPEC, .optional = true,
                              .min_len = sizeof(struct gnet_stats_queue) },
    };
    struct nlattr *attrs[ARRAY_SIZE(policy)];
    const struct gnet_stats_queue *queue;

    if (!nl_parse_nested(stats2, policy, attrs, ARRAY_SIZE(attrs))
        || !attrs[TCA_STATS_QUEUE]) {
        return 0;
    }
    queue = nl_attr_get(attrs[TCA_STATS_QUEUE]);
    return queue->drops;
}

/* Returns the count in 'reply', a message of type RTM_NEWQDISC. */
static uint64_t
parse_drops(const struct ofpbuf *reply)
{
    static const struct nl_policy policy[] = {
        [TCA_STATS2] = { .type = NL_A_NESTED, .optional = true },
    };
    struct nlattr *attrs[ARRAY_SIZE(policy)];

    return (nl_policy_parse(reply, NLMSG_HDRLEN + sizeof(struct tcmsg), policy,
                            attrs, ARRAY_SIZE(attrs)) && attrs[TCA_STATS2]
            ? parse_stats2(attrs[TCA_STATS2]) : 0);
}

uint64_t
vm_aware_qdisc_read(const struct netdev *netdev)
{
    int ifindex = vm_aware_kernel_ifindex(netdev);
    struct ofpbuf request, *reply;
    uint64_t drops = 0;

    if (!ifindex) {
        return 0;
    }
    tc_make_request(ifindex, RTM_GETQDISC, NLM_F_ECHO, &request)->tcm_parent
        = TC_H_ROOT;
    if (!nl_transact(NETLINK_ROUTE, &request, &reply)) {
        drops = parse_drops(reply);
        ofpbuf_delete(reply);
    }
    ofpbuf_uninit(&request);
    return drops;
}
