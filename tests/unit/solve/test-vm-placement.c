/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "solve/vm-placement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vm-reason.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-sample.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_placement_commands[];

/* Named cases.  Expected: "SLOT MEMBER REASON [BECAUSE]", with "!" before the
 * member where the guarantee is unmet, in the order of rule 2. */
struct placement_case {
    const char *what;
    const char *members;
    const char *slots;
    const char *expected;
};

#define C8_SLOTS(WEB, BATCH) \
    "web:pref=eth0/*" WEB " batch:pref=eth1/*" BATCH
#define C30_SLOTS(WEB, BATCH) \
    "web:priority=6,pref=eth0/*" WEB " batch:priority=1,pref=eth1" BATCH

static const struct placement_case placement_cases[] = {
    /* Claim 8. */
    { "C8: each on its own", "eth0:10G eth1:10G", C8_SLOTS("", ""),
      "batch eth1 first-choice, web eth0 first-choice" },
    { "C8: each on its own, whatever the load",
      "eth0:10G,background=9G eth1:10G", C8_SLOTS(",demand=5G", ""),
      "web eth0 first-choice, batch eth1 first-choice" },
    { "C8: the first is lost", "eth0:10G,down eth1:10G",
      C8_SLOTS(",at=eth0", ",at=eth1"),
      "batch eth1 first-choice, web eth1 failover eth0" },
    { "C8: the first stays lost", "eth0:10G,down eth1:10G",
      C8_SLOTS(",at=eth1,home=eth0", ",at=eth1"),
      "batch eth1 first-choice, web eth1 next-choice eth0" },
    { "C8: the first is up again", "eth0:10G eth1:10G",
      C8_SLOTS(",at=eth1,home=eth0", ",at=eth1"),
      "batch eth1 first-choice, web eth0 failback eth0" },
    { "C8: the second is lost", "eth0:10G eth1:10G,down",
      C8_SLOTS(",at=eth0", ",at=eth1"),
      "batch eth0 failover eth1, web eth0 first-choice" },
    { "C8: both are lost", "eth0:10G,down eth1:10G,down",
      C8_SLOTS(",at=eth0", ",at=eth1"),
      "batch none all-lost, web none all-lost" },
    { "C8: one comes back after both were lost", "eth0:10G,down eth1:10G",
      C8_SLOTS(",home=eth0", ",home=eth1"),
      "batch eth1 failback eth1, web eth1 next-choice eth0" },

    /* Claim 30. */
    { "C30: each on its own", "eth0:10G eth1:10G", C30_SLOTS("", ""),
      "web eth0 first-choice, batch eth1 first-choice" },
    { "C30: the second is lost, its frames are discarded",
      "eth0:10G eth1:10G,down", C30_SLOTS(",at=eth0", ",at=eth1"),
      "web eth0 first-choice, batch none only-uplink-lost eth1" },
    { "C30: the second is back", "eth0:10G eth1:10G",
      C30_SLOTS(",at=eth0", ",home=eth1"),
      "web eth0 first-choice, batch eth1 failback eth1" },
    { "C30: exclusive, the second VM is kept off",
      "eth0:10G eth1:10G,down",
      "web:priority=6,pref=eth0/*,exclusive,at=eth0 "
      "batch:priority=1,pref=eth1/*,at=eth1",
      "web eth0 first-choice, batch none displaced eth0" },
    { "C30: exclusive, the first VM displaces the second",
      "eth0:10G,down eth1:10G",
      "web:priority=6,pref=eth0/*,exclusive,at=eth0 "
      "batch:priority=1,pref=eth1/*,at=eth1",
      "web eth1 failover eth0, batch none displaced eth1" },
    { "C30: exclusive, the first VM returns, and the second one",
      "eth0:10G eth1:10G",
      "web:priority=6,pref=eth0/*,exclusive,at=eth1,home=eth0 "
      "batch:priority=1,pref=eth1/*,home=eth1",
      "web eth0 failback eth0, batch eth1 failback eth1" },

    /* Exclusive. */
    { "an exclusive VM of equal priority closes nothing", "eth0:10G",
      "a:exclusive,priority=5 b:priority=5 c:priority=4",
      "a eth0 only-usable, b eth0 only-usable, c none displaced eth0" },
    { "a VM is preempted", "eth0:10G eth1:10G",
      "a:priority=5,exclusive,pref=eth0 b:at=eth0",
      "a eth0 first-choice, b eth1 preempted eth0" },
    { "priority 6 does not preempt the host", "eth0:10G",
      "host:priority=7,at=eth0 a:priority=6,exclusive",
      "host eth0 stayed, a eth0 only-usable" },
    { "preempted, now waits for its home", "eth0:10G eth1:10G",
      "a:priority=5,exclusive,pref=eth0,at=eth0 b:at=eth1,home=eth0",
      "a eth0 first-choice, b eth1 stayed" },

    /* The preference. */
    { "three names, the second is lost", "eth0:10G,down eth1:10G,down eth2:1G",
      "a:pref=eth0/eth1/eth2,at=eth1", "a eth2 failover eth1" },
    { "all names of a list without '*' are lost",
      "eth0:10G,down eth1:10G,down eth2:10G",
      "a:pref=eth0/eth1,at=eth1", "a none uplinks-lost" },
    { "a VM waits for a name that is no member", "eth0:10G eth1:10G",
      "a:pref=eth9", "a none no-such-uplink" },
    { "a name that is no member, and others", "eth0:10G eth1:10G",
      "a:pref=eth9/eth1 b:pref=eth9/*",
      "a eth1 next-choice, b eth0 next-choice" },
    { "a name that is no member, and one that is lost",
      "eth0:10G eth1:10G,down",
      "a:pref=eth9/eth1,at=eth1", "a none only-uplink-lost eth1" },
    { "a new preference moves the VM", "eth0:10G eth1:10G",
      "a:pref=eth1,at=eth0",
      "a eth1 first-choice" },
    { "a new order of the preference", "eth0:10G eth1:10G",
      "a:pref=eth1/eth0,at=eth0", "a eth1 first-choice" },
    { "a bond without members", "", "a: b:pref=eth0",
      "a none all-lost, b none no-such-uplink" },

    /* Standby. */
    { "a standby member is not used",
      "eth0:10G,background=9G eth1:10G,standby",
      "a:demand=5G b:pref=eth1/* c:pref=eth1",
      "a eth0 only-usable, b eth0 next-choice eth1, "
      "c none standby-not-needed eth1" },
    { "a standby member is used when no other one is usable",
      "eth0:10G,down eth1:10G,standby", "a:at=eth0 b:",
      "a eth1 failover eth0, b eth1 standby" },
    { "a standby member is left when another one is usable again",
      "eth0:10G eth1:10G,standby", "a:at=eth1,home=eth0 b:at=eth1",
      "a eth0 failback eth0, b eth0 failback eth0" },
    { "a standby member is left with failback off, too",
      "failback=false eth0:10G eth1:10G,standby", "a:at=eth1",
      "a eth0 failback eth0" },

    /* Held off and drained. */
    { "a member that is held off is not used",
      "eth0:10G,background=9G eth1:10G,held-off",
      "a:demand=5G b:pref=eth1/* c:pref=eth1 d:home=eth1",
      "a eth0 only-usable, b eth0 next-choice eth1, c eth1 first-choice, "
      "d eth0 only-usable" },
    { "a slot that is there stays", "eth0:10G eth1:10G,held-off", "a:at=eth1",
      "a eth1 stayed" },
    { "a drained member is left, whatever its state",
      "failback=false eth0:10G eth1:10G,drained",
      "a:at=eth1 b:pref=eth1,at=eth1 c:pref=eth1/*,at=eth1 d:pin=eth1",
      "a eth0 drained eth1, b eth1 first-choice, c eth0 drained eth1, "
      "d eth0 only-usable" },
    { "drained for a standby member", "eth0:10G,standby eth1:10G,drained",
      "a:at=eth1", "a eth0 drained eth1" },
    { "rather held off than drained", "eth0:10G,held-off eth1:10G,drained",
      "a:at=eth1 b:", "a eth0 drained eth1, b eth0 only-usable" },

    /* Failback off. */
    { "failback off: stays on a member that it does not name",
      "failback=false eth0:10G eth1:10G", "a:pref=eth0/*,at=eth1,home=eth0",
      "a eth1 stayed" },
    { "failback off: first choice is first choice",
      "failback=false eth0:10G eth1:10G", "a:pref=eth0/*,at=eth0",
      "a eth0 first-choice" },
    { "failback off: stays away from home",
      "failback=false eth0:10G eth1:10G", "a:at=eth1,home=eth0",
      "a eth1 stayed" },
    { "failback off: returns home if it has no member",
      "failback=false eth0:10G eth1:10G", "a:home=eth1",
      "a eth1 failback eth1" },
    { "failback on: returns home", "eth0:10G eth1:10G", "a:at=eth0,home=eth1",
      "a eth1 failback eth1" },

    /* Pinned by the operator. */
    { "pinned by the operator, whatever the preference names",
      "eth0:10G eth1:10G",
      "a:pref=eth0/*,at=eth0,pin=eth1", "a eth1 manual" },
    { "pinned by the operator, but lost", "eth0:10G eth1:10G,down",
      "a:at=eth1,pin=eth1", "a eth0 failover eth1" },
    { "pinned by the operator against the preference", "eth0:10G eth1:10G",
      "a:pref=eth0,at=eth0,pin=eth1", "a eth0 first-choice" },
    { "returns to where the operator pinned it", "eth0:10G eth1:10G",
      "a:at=eth0,home=eth1,pin=eth1", "a eth1 manual" },

    /* Load. */
    { "utilization, not bytes",
      "eth0:1G,background=200M eth1:10G,background=1G",
      "a:", "a eth1 least-loaded" },
    { "utilization after the move", "eth0:1G eth1:10G,background=1G",
      "a:demand=500M", "a eth1 least-loaded" },
    { "one heavy VM and two light ones", "eth0:10G eth1:10G",
      "a:demand=5G b:demand=1G c:demand=1G",
      "a eth0 least-loaded, b eth1 least-loaded, c eth1 least-loaded" },
    { "VMs that stay count before their turn", "eth0:10G eth1:10G",
      "a:priority=5,demand=1G b:priority=2,demand=3G,at=eth0",
      "a eth1 least-loaded, b eth0 stayed" },
    { "without loads: by guarantees", "eth0:10G eth1:10G",
      "a:guarantee=2G b:guarantee=1G c:guarantee=1G d:guarantee=1G",
      "a eth0 least-loaded, b eth1 least-loaded, c eth1 least-loaded, "
      "d eth0 least-loaded" },
    { "without guarantees: by shares per capacity", "eth0:10G eth1:20G",
      "a:shares=100 b:shares=90 c:shares=60",
      "a eth1 least-loaded, b eth0 least-loaded, c eth1 least-loaded" },
    { "without loads and with equal shares: by count per capacity",
      "eth0:10G eth1:10G", "a:shares=50,at=eth0 b:shares=25,at=eth1 "
      "c:shares=25,at=eth1 d:shares=25",
      "a eth0 stayed, b eth1 stayed, c eth1 stayed, d eth0 least-loaded" },
    { "all equal: by name", "eth0:10G eth1:10G eth2:10G", "a: b: c: d:",
      "a eth0 least-loaded, b eth1 least-loaded, c eth2 least-loaded, "
      "d eth0 least-loaded" },
    { "a VM stays, whatever the load",
      "eth0:10G,background=9G eth1:10G", "a:at=eth0,demand=3G",
      "a eth0 stayed" },

    /* Guarantees. */
    { "where the guarantee fits", "eth0:10G,background=5G eth1:10G",
      "a:priority=5,guarantee=4G,at=eth1 b:guarantee=4G,demand=1G",
      "a eth1 stayed, b eth0 guarantee-fits" },
    { "the guarantees of VMs that stay count, too",
      "eth0:10G,background=5G eth1:10G",
      "b:priority=6,guarantee=4G a:priority=5,guarantee=4G,at=eth1",
      "b eth0 guarantee-fits, a eth1 stayed" },
    { "guarantees that fit nowhere together: the lower priority loses",
      "eth0:10G,down eth1:10G",
      "a:priority=6,guarantee=5G,at=eth0 b:priority=5,guarantee=4G,at=eth1 "
      "c:priority=4,guarantee=2G,at=eth1",
      "a eth1 failover eth0, b !eth1 stayed, c eth1 stayed" },
    { "reservable part", "reservable=50 eth0:10G", "a:guarantee=5G",
      "a eth0 only-usable" },
    { "more than the reservable part", "reservable=49 eth0:10G",
      "a:guarantee=5G", "a !eth0 only-usable" },
    { "no member, no guarantee", "eth0:10G,down", "a:guarantee=1G",
      "a !none all-lost" },
};

static int
run_cases(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(placement_cases); i++) {
        const struct placement_case *c = &placement_cases[i];
        struct ds got = DS_EMPTY_INITIALIZER;
        struct vm_sample sample;

        vm_sample_from_text(&sample, c->members, c->slots);
        struct vm_choice *choices = xcalloc(sample.snapshot.n_slots,
                                            sizeof *choices);
        vm_placement_run(&sample.snapshot, choices);
        vm_sample_format_choices(&sample, choices, &got);
        if (strcmp(ds_cstr(&got), c->expected)) {
            fprintf(stderr, "%s: members %s, slots %s\n"
                    "  expected %s\n  got      %s\n", c->what, c->members,
                    c->slots, c->expected, ds_cstr(&got));
            n_wrong++;
        }
        free(choices);
        vm_sample_destroy(&sample);
        ds_destroy(&got);
    }
    return n_wrong > 0;
}

/* "MEMBER REASON PPM" for the slot that is named "it". */
static const struct placement_case explain_cases[] = {
    { "all reasons not to be chosen",
      "eth0:10G,down eth1:10G,background=1G eth2:10G,standby "
      "eth3:10G,background=2G eth4:10G eth5:10G eth6:10G,background=1G",
      "lord:priority=7,pref=eth4,exclusive "
      "king:pref=eth5,guarantee=7G,at=eth5 it:guarantee=1G,demand=2G",
      "eth0 down 200000, eth1 least-loaded 300000, "
      "eth2 standby-not-needed 200000, eth3 more-loaded 400000, "
      "eth4 closed 200000, eth5 guarantee-does-not-fit 900000, "
      "eth6 less-preferred 300000" },
    { "a named member", "eth0:10G eth1:10G eth2:10G",
      "it:pref=eth1/eth0,demand=1G",
      "eth0 less-preferred 100000, eth1 first-choice 100000, "
      "eth2 not-in-uplinks 100000" },
    { "staying", "eth0:10G,background=5G eth1:10G", "it:at=eth0,demand=1G",
      "eth0 stayed 600000, eth1 no-need 100000" },
    { "without a member", "eth0:10G,down eth1:10G", "it:pref=eth0",
      "eth0 down 0, eth1 not-in-uplinks 0" },
};

static size_t
find_slot(const struct vm_sample *sample, const char *id)
{
    size_t i = 0;

    while (strcmp(sample->slots[i].id, id)) {
        i++;
    }
    return i;
}

static int
run_explain(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(explain_cases); i++) {
        const struct placement_case *c = &explain_cases[i];
        struct ds got = DS_EMPTY_INITIALIZER;
        struct vm_sample sample;

        vm_sample_from_text(&sample, c->members, c->slots);
        struct vm_verdict *verdicts = xcalloc(sample.snapshot.n_members,
                                              sizeof *verdicts);
        vm_placement_explain(&sample.snapshot, find_slot(&sample, "it"),
                             verdicts);
        for (size_t j = 0; j < sample.snapshot.n_members; j++) {
            ds_put_format(&got, "%s%s %s %"PRIu64, j ? ", " : "",
                          sample.members[j].name,
                          vm_reason_to_token(verdicts[j].reason),
                          verdicts[j].predicted_ppm);
        }
        if (strcmp(ds_cstr(&got), c->expected)) {
            fprintf(stderr, "%s: members %s, slots %s\n"
                    "  expected %s\n  got      %s\n", c->what, c->members,
                    c->slots, c->expected, ds_cstr(&got));
            n_wrong++;
        }
        free(verdicts);
        vm_sample_destroy(&sample);
        ds_destroy(&got);
    }
    return n_wrong > 0;
}

const struct vm_test_command test_vm_placement_commands[] = {
    { "placement-cases", "", 0, 0, run_cases },
    { "placement-explain", "", 0, 0, run_explain },
    { NULL, NULL, 0, 0, NULL },
};
