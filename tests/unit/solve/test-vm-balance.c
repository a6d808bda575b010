/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-balance.h"

#include <stdio.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-sample.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_balance_commands[];

/* Expected: "REASON BEFORE AFTER" in whole percent, and "SLOT FROM TO REASON
 * BECAUSE" for each move. */
struct balance_case {
    const char *what;
    const char *members;
    const char *slots;
    const char *expected;
};

static const struct balance_case balance_cases[] = {
    /* What moves. */
    { "two heavy VMs are separated", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0 b:demand=4G,at=eth0 c:demand=100M,at=eth0 "
      "d:demand=100M,at=eth0",
      "overload 82 41, b eth0 eth1 overload eth0, "
      "d eth0 eth1 overload eth0" },
    { "C6, C7: background traffic counts",
      "eth0:10G,background=5G eth1:10G",
      "a:demand=2G,at=eth0 b:demand=2G,at=eth0",
      "overload 90 50, a eth0 eth1 overload eth0, "
      "b eth0 eth1 overload eth0" },
    { "no swap for what background leaves on full members",
      "eth0:10G,background=5G,full eth1:10G,background=2G,full",
      "a:demand=9G,at=eth0,variation=1M b:demand=4G,at=eth1,variation=1M",
      "no-gain 140 140" },
    { "a swap if the members are not full",
      "eth0:10G,background=5G eth1:10G,background=2G",
      "a:demand=9G,at=eth0,variation=1M b:demand=4G,at=eth1,variation=1M",
      "overload 140 110, a eth0 eth1 swapped eth0, b eth1 eth0 swapped eth0" },
    { "a move from a full member to one that is not full",
      "eth0:10G,background=4G,full eth1:10G",
      "a:demand=6G,at=eth0 b:demand=6G,at=eth0",
      "overload 160 100, b eth0 eth1 overload eth0" },
    { "utilization, not bytes", "eth0:1G eth1:10G",
      "a:demand=400M,at=eth0 b:demand=500M,at=eth0 c:demand=2G,at=eth1",
      "overload 90 29, b eth0 eth1 overload eth0, "
      "a eth0 eth1 overload eth0" },
    { "a swap", "eth0:10G eth1:10G",
      "a:demand=6G,at=eth0 b:demand=3G,at=eth0 c:demand=2G,at=eth1 "
      "d:demand=1G,at=eth1 e:demand=4G,at=eth0,pin=eth0",
      "overload 130 80, a eth0 eth1 swapped eth0, d eth1 eth0 swapped eth0" },
    { "no swap if a move suffices", "eth0:1G eth1:10G",
      "a:demand=900M,at=eth0 b:demand=100M,at=eth1,priority=5",
      "overload 90 10, a eth0 eth1 overload eth0" },
    { "over a third member",
      "threshold=0 eth0:10G eth1:20G eth2:10G",
      "a:demand=8G,at=eth0 b:demand=1G,at=eth0,pin=eth0 c:demand=9G,at=eth1 "
      "d:demand=2G,at=eth1 e:demand=1G,at=eth2",
      "overload 90 80, a eth0 eth2 swapped eth0, "
      "d eth1 eth0 overload eth1, e eth2 eth0 swapped eth0" },
    { "the lower priority moves", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0,priority=6 b:demand=4G,at=eth0,priority=2",
      "overload 80 40, b eth0 eth1 overload eth0" },
    { "the higher priority moves if nothing else helps", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0,priority=6 "
      "b:demand=4G,at=eth0,priority=2,pref=eth0/*",
      "overload 80 40, a eth0 eth1 overload eth0" },
    { "the next highest, when the highest can't be lowered",
      "eth0:10G eth1:10G eth2:10G",
      "a:demand=9900M,at=eth0 b:demand=4G,at=eth1 c:demand=5G,at=eth1 "
      "d:demand=1G,at=eth2",
      "overload 99 99, b eth1 eth2 overload eth1" },

    /* What stays. */
    { "below the threshold", "eth0:10G eth1:10G",
      "a:demand=3G,at=eth0 b:demand=3G,at=eth0 c:demand=1G,at=eth1",
      "balanced 60 60" },
    { "above another threshold", "threshold=50 eth0:10G eth1:10G",
      "a:demand=3G,at=eth0 b:demand=3G,at=eth0 c:demand=1G,at=eth1",
      "overload 60 40, b eth0 eth1 overload eth0" },
    { "a slot larger than any member stays, another one leaves",
      "eth0:10G eth1:10G",
      "a:demand=12G,at=eth0 b:demand=2G,at=eth0",
      "overload 140 120, b eth0 eth1 overload eth0" },
    { "one slot alone", "eth0:10G eth1:10G", "a:demand=9G,at=eth0",
      "no-gain 90 90" },
    { "on a named member", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0,pref=eth0/* b:demand=5G,at=eth0,pref=eth0/eth1",
      "no-gain 90 90" },
    { "by '*', not on a named member", "eth0:10G eth1:10G eth2:10G,down",
      "a:demand=4G,at=eth0,pref=eth2/* b:demand=5G,at=eth0,pref=eth0/*",
      "overload 90 50, a eth0 eth1 overload eth0" },
    { "pinned by the operator", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0,pin=eth0 b:demand=5G,at=eth0,pin=eth0",
      "no-gain 90 90" },
    { "dwelling", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0,dwells b:demand=5G,at=eth0,dwells",
      "dwelling 90 90" },
    { "dwelling, but no move would help", "eth0:10G eth1:10G",
      "a:demand=9G,at=eth0,dwells", "no-gain 90 90" },
    { "one slot dwells, another one does not", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0,dwells b:demand=5G,at=eth0",
      "overload 90 50, b eth0 eth1 overload eth0" },
    { "with a home to return to", "eth0:10G eth1:10G eth2:10G",
      "a:demand=5G,at=eth0,home=eth2 b:demand=4G,at=eth0,pref=eth0/*",
      "no-gain 90 90" },
    { "its home is lost", "eth0:10G eth1:10G eth2:10G,down",
      "a:demand=5G,at=eth0,home=eth2 b:demand=4G,at=eth0,pref=eth0/*",
      "overload 90 50, a eth0 eth1 overload eth0" },
    { "not worth it: less than noise can explain",
      "threshold=0 eth0:10G eth1:10G",
      "a:demand=3G,at=eth0 b:demand=2300M,at=eth0 c:demand=2600M,at=eth1 "
      "d:demand=2300M,at=eth1", "no-gain 53 53" },
    { "lost and standby members get nothing",
      "eth0:10G eth1:10G,down eth2:10G,standby",
      "a:demand=4G,at=eth0 b:demand=5G,at=eth0", "no-gain 90 90" },

    /* Guarantees and exclusive slots. */
    { "no room for the guarantee", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0,guarantee=3G b:demand=5G,at=eth0,pref=eth0/* "
      "c:demand=100M,at=eth1,guarantee=5G,pref=eth1/*",
      "no-gain 90 90" },
    { "room for the guarantee", "eth0:10G eth1:10G",
      "a:demand=4G,at=eth0,guarantee=2G b:demand=5G,at=eth0,pref=eth0/* "
      "c:demand=100M,at=eth1,guarantee=5G,pref=eth1/*",
      "overload 90 50, a eth0 eth1 overload eth0" },
    { "closed by an exclusive slot", "eth0:10G eth1:10G",
      "x:priority=5,exclusive,at=eth1 a:demand=4G,at=eth0 b:demand=4G,at=eth0",
      "no-gain 80 80" },
    { "an exclusive slot preempts no slot", "eth0:10G eth1:10G",
      "x:priority=5,exclusive,demand=4G,at=eth0 "
      "y:priority=5,demand=4G,at=eth0 a:at=eth1,pref=eth1/*",
      "overload 80 40, y eth0 eth1 overload eth0" },

    /* Idle and empty members. */
    { "an idle member gets its share below the threshold",
      "eth0:10G eth1:10G",
      "a:demand=1G,at=eth0 b:demand=1G,at=eth0 c:demand=1G,at=eth0 "
      "d:demand=1G,at=eth0",
      "underused 40 20, c eth0 eth1 underused eth1, "
      "d eth0 eth1 underused eth1" },
    { "no member stays empty beside several slots, without any load",
      "eth0:10G eth1:10G eth2:10G", "a:at=eth0 b:at=eth0 c:at=eth0,priority=1",
      "underused 0 0, b eth0 eth2 underused eth2, "
      "c eth0 eth1 underused eth1" },
    { "a VM that sends nothing does not leave an overloaded member",
      "eth0:50M eth1:50M",
      "a:demand=21M,at=eth0,pref=eth0 b:demand=20M,at=eth0,pref=eth0 "
      "c:demand=10M,at=eth0,pref=eth0 host:at=eth0",
      "no-gain 102 102" },
    { "nor an idle member beside it", "eth0:50M eth1:50M eth2:50M",
      "a:demand=51M,at=eth0,pref=eth0 b:at=eth1 host:at=eth1",
      "no-gain 102 102" },
    { "nor does a VM that sends next to nothing", "eth0:50M eth1:50M",
      "a:demand=41M,at=eth0,pref=eth0 host:demand=100k,at=eth0",
      "no-gain 82 82" },
    { "but a VM that sends more does", "eth0:50M eth1:50M",
      "a:demand=41M,at=eth0,pref=eth0 host:demand=1M,at=eth0",
      "overload 84 82, host eth0 eth1 overload eth0" },
    { "a member with one slot gives nothing", "eth0:10G eth1:10G",
      "a:at=eth0", "balanced 0 0" },
    { "an empty member that is too slow stays empty",
      "threshold=0 eth0:10G eth1:1G",
      "a:demand=1G,at=eth0 b:demand=1G,at=eth0", "no-gain 20 20" },
    { "nothing at all", "", "", "balanced 0 0" },
};

static int
run_cases(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(balance_cases); i++) {
        const struct balance_case *c = &balance_cases[i];
        struct ds got = DS_EMPTY_INITIALIZER;
        struct vm_sample sample;
        struct vm_plan plan;

        vm_sample_from_text(&sample, c->members, c->slots);
        vm_balance_run(&sample.snapshot, NULL, &plan);
        vm_sample_format_plan(&sample, &plan, &got);
        if (strcmp(ds_cstr(&got), c->expected)) {
            fprintf(stderr, "%s: members %s, slots %s\n"
                    "  expected %s\n  got      %s\n", c->what, c->members,
                    c->slots, c->expected, ds_cstr(&got));
            n_wrong++;
        }
        vm_plan_destroy(&plan);
        vm_sample_destroy(&sample);
        ds_destroy(&got);
    }
    return n_wrong > 0;
}

const struct vm_test_command test_vm_balance_commands[] = {
    { "balance-cases", "", 0, 0, run_cases },
    { NULL, NULL, 0, 0, NULL },
};
