/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

/* Texts and JSON of the engines of vm-sample-engine, through all modules that
 * produce them: vm-describe, vm-explain, vm-view, vm-fields and
 * vm-endpoint-fields. */

#include "report/vm-describe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/vm-engine.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-sample-engine.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_describe_commands[];

/* Appends 'json', flat, and destroys it. */
static void
put_json(struct json *json, struct ds *s)
{
    if (json) {
        vm_sample_flatten(json, "", s);
        json_destroy(json);
    }
}

/* Calls the function of vm-describe.h that 'what' names, with argument 'arg'.
 * Returns false if there is no such function. */
static bool
describe(const struct vm_engine *engine, const char *what, const char *arg,
         struct ds *s)
{
    const long long int now = VM_SAMPLE_NOW;
    char *error = NULL;

    if (!strcmp(what, "show")) {
        vm_describe_show(engine, now, s);
    } else if (!strcmp(what, "show-json")) {
        put_json(vm_describe_show_json(engine, now), s);
    } else if (!strcmp(what, "explain")) {
        error = vm_describe_explain(engine, arg, s);
    } else if (!strcmp(what, "explain-json")) {
        struct json *json;

        error = vm_describe_explain_json(engine, arg, 14000, &json);
        put_json(json, s);
    } else if (!strcmp(what, "log")) {
        vm_describe_log(engine, now, s);
    } else if (!strcmp(what, "log-json")) {
        put_json(vm_describe_log_json(engine, now), s);
    } else if (!strcmp(what, "member")) {
        vm_describe_member(engine, arg, now, s);
    } else {
        return false;
    }
    if (error) {
        ds_put_format(s, "error: %s\n", error);
        free(error);
    }
    return true;
}

static struct vm_engine *
create(const char *sample)
{
    return (!strcmp(sample, "small") ? vm_sample_small_engine()
            : vm_sample_large_engine());
}

struct description {
    const char *sample;
    const char *what;
    const char *arg;
    const char *text;
};

static const struct description descriptions[] = {
    { "large", "show", "",
      "bond bond0: 3 members, 5 VMs, next rebalance in 6.0 s\n"
      "  last rebalance 4.0 s ago: nothing moved: no member is loaded above "
      "the threshold\n"
      "  failover 1 of eth1 since 4.0 s: 1 VM moved, 1 without member\n"
      "  member  state           capacity   load            reserved        "
      "VMs\n"
      "  eth0    usable          10 Gbit/s  3.1 Gbit/s 31%  1.5 Gbit/s 15%  "
      "3\n"
      "  eth1    failover 4.0 s  10 Gbit/s  none            none            "
      "0\n"
      "  eth2    usable standby  10 Gbit/s  none            none            "
      "0\n\n"
      "  VM           priority  uplink  state       sends        limit     "
      "guarantee   dropped  reason\n"
      "  1b           1         none    dropping    74.2 Mbit/s  none      "
      "none        210 kB   its only member eth1 is lost\n"
      "  1d           3         eth0    forwarding  0 bit/s      none      9 "
      "Gbit/s    none     lowest predicted utilization (its guarantee is "
      "unmet)\n"
      "  1e           3         none    dropping    0 bit/s      none      20 "
      "Gbit/s   none     its only member eth1 is lost (its guarantee is "
      "unmet)\n"
      "  db           3         eth0    forwarding  1 Mbit/s     none      "
      "500 Mbit/s  1 kB     see below\n"
      "    eth0                 eth0    forwarding  0 bit/s                "
      "250 Mbit/s  none     first choice of vm-uplinks\n"
      "    eth1,eth0            eth0    forwarding  1 Mbit/s               "
      "250 Mbit/s  1 kB     eth1 was lost\n"
      "  host         7         eth0    forwarding  0 bit/s      none      "
      "none        none     lowest predicted utilization\n"
      "  web          6         eth0    forwarding  1.2 Gbit/s   2 Gbit/s  1 "
      "Gbit/s    1.2 MB   first choice of vm-uplinks\n"
      "warning: bond bond0: vm-aware-dwel=9: unknown key, ignored; "
      "did you mean vm-aware-dwell?\n"
      "warning: interface eth1: vm-aware-standby=maybe: not one of false, "
      "true, default false used\n"
      "warning: interface vnet4: vm-priority=9: not in 0..7, default 3 used"
      "\nwarning: interface vnet5: vm-name=batch: VM 1b has it, too; reports "
      "and commands use the identity, 1e\n"
      "warning: interface vnet5: vm-min-rate=20 Gbit/s is not guaranteed: "
      "nothing about a single member would help\n"
      "warning: interface vnet4: vm-min-rate=9 Gbit/s is not guaranteed: "
      "needs 3 Gbit/s more on eth0\n" },
    { "large", "explain", "db",
      "VM db (1c): priority 3, shares 50, guarantee 500 Mbit/s, limit none, "
      "exclusive false\n"
      "  vm-uplinks eth0, interface vnet2\n"
      "    member  chosen  predicted  why\n"
      "    eth0    true    109%       first choice of vm-uplinks\n"
      "    eth1    false   none       down\n"
      "    eth2    false   4%         not in vm-uplinks\n"
      "    carried by eth0: first choice of vm-uplinks\n"
      "  vm-uplinks eth1,eth0, interface vnet3\n"
      "    member  chosen  predicted  why\n"
      "    eth0    true    109%       eth1 was lost\n"
      "    eth1    false   none       down\n"
      "    eth2    false   3%         not in vm-uplinks\n"
      "    carried by eth0: eth1 was lost; its home is eth1\n" },
    { "large", "explain", "1b",
      "VM batch (1b): priority 1, shares 50, guarantee none, limit none, "
      "exclusive false\n"
      "  vm-uplinks eth1, interface vnet1\n"
      "    member  chosen  predicted  why\n"
      "    eth0    false   114%       not in vm-uplinks\n"
      "    eth1    false   none       down\n"
      "    eth2    false   6%         not in vm-uplinks\n"
      "    dropped: its only member eth1 is lost\n" },
    { "large", "explain", "nobody",
      "error: bond bond0 has no VM \"nobody\", it has: 1b, 1d, 1e, db, host, "
      "web\n" },
    { "large", "log", "",
      "bond bond0: 10 decisions\n"
      "  when        VM              from  to    cause             reason\n"
      "  14.0 s ago  host            none  eth0  least-loaded      lowest "
      "predicted utilization\n"
      "  14.0 s ago  web             none  eth0  first-choice      first "
      "choice of vm-uplinks\n"
      "  14.0 s ago  batch           none  eth1  first-choice      first "
      "choice of vm-uplinks\n"
      "  14.0 s ago  1d              none  eth0  least-loaded      lowest "
      "predicted utilization\n"
      "  14.0 s ago  db (eth0)       none  eth0  first-choice      first "
      "choice of vm-uplinks\n"
      "  14.0 s ago  db (eth1,eth0)  none  eth1  first-choice      first "
      "choice of vm-uplinks\n"
      "  14.0 s ago  batch           none  none  displaced         displaced "
      "from eth1 by an exclusive VM of higher priority\n"
      "  4.0 s ago   batch           eth1  none  only-uplink-lost  its only "
      "member eth1 is lost\n"
      "  4.0 s ago   db (eth1,eth0)  eth1  eth0  failover          eth1 was "
      "lost\n"
      "  4.0 s ago   batch           none  none  only-uplink-lost  its only "
      "member eth1 is lost\n" },
    { "large", "member", "eth0",
      "  VM 1d: 0 bit/s\n"
      "  VM db (eth0): 0 bit/s\n"
      "  VM db (eth1,eth0): 1 Mbit/s\n"
      "  host: 0 bit/s\n"
      "  VM web: 1.2 Gbit/s\n" },
    { "large", "member", "eth1",
      "" },
    { "small", "show", "",
      "bond bond1: 1 member, 1 VM, next rebalance in 9.0 s\n"
      "  last rebalance 1.0 s ago: nothing moved: only one member is "
      "usable\n"
      "  member  state   capacity  load            reserved        VMs\n"
      "  eth0    usable  1 Gbit/s  200 Mbit/s 20%  500 Mbit/s 50%  1\n"
      "\n"
      "  VM    priority  uplink  state       sends       limit  guarantee   "
      "dropped  reason\n"
      "  host  7         eth0    forwarding  0 bit/s     none   none        "
      "none     the only usable member\n"
      "  web   6         eth0    forwarding  100 Mbit/s  none   500 Mbit/s  "
      "100 kB   first choice of vm-uplinks\n"
      "warning: interface vnet0: vm-shares=x: not a number in 1..100, default "
      "50 used\n" },
    { "small", "show-json", "",
      "failovers = []\n"
      "members[0].assumed_bps = null\n"
      "members[0].capacity_bps = 1000000000\n"
      "members[0].down = null\n"
      "members[0].drain = false\n"
      "members[0].full = false\n"
      "members[0].held_off_ms = null\n"
      "members[0].load_bps = 200000000\n"
      "members[0].load_ppm = 200000\n"
      "members[0].name = \"eth0\"\n"
      "members[0].reserved_bps = 500000000\n"
      "members[0].since_ms = 14000\n"
      "members[0].slots = 2\nmembers[0].standby = false\n"
      "members[0].state = \"usable\"\n"
      "members[0].vms = 1\n"
      "name = \"bond1\"\n"
      "rebalance.interval_ms = 10000\n"
      "rebalance.last_moves = 0\n"
      "rebalance.last_ms = 1000\n"
      "rebalance.last_reason = \"one-usable\"\n"
      "rebalance.next_ms = 9000\n"
      "rebalance.ppm_after = 100000\n"
      "rebalance.ppm_before = 100000\n"
      "unidentified = []\n"
      "vms[0].dropped_limit_bytes = 0\n"
      "vms[0].dropped_limit_packets = 0\n"
      "vms[0].dropped_share_bytes = 0\n"
      "vms[0].dropped_share_packets = 0\n"
      "vms[0].dropped_uplink_bytes = 0\n"
      "vms[0].dropped_uplink_packets = 0\n"
      "vms[0].exclusive = false\n"
      "vms[0].failover = null\n"
      "vms[0].host = true\n"
      "vms[0].id = \"host\"\n"
      "vms[0].interfaces = []\n"
      "vms[0].max_rate_bps = null\n"
      "vms[0].metered = false\n"
      "vms[0].min_rate_bps = 0\n"
      "vms[0].name = \"host\"\n"
      "vms[0].offered_bytes = 0\n"
      "vms[0].offered_packets = 0\n"
      "vms[0].passed_bytes = 0\n"
      "vms[0].passed_packets = 0\n"
      "vms[0].policed_by = null\n"
      "vms[0].priority = 7\n"
      "vms[0].rate_bps = null\n"
      "vms[0].reason = \"only-usable\"\n"
      "vms[0].reason_text = \"the only usable member\"\n"
      "vms[0].request = null\n"
      "vms[0].sends_bps = 0\n"
      "vms[0].shares = 50\n"
      "vms[0].slots[0].guarantee_bps = 0\n"
      "vms[0].slots[0].guarantee_unmet = false\n"
      "vms[0].slots[0].home = null\n"
      "vms[0].slots[0].id = \"host\"\n"
      "vms[0].slots[0].interfaces = []\n"
      "vms[0].slots[0].pinned = null\n"
      "vms[0].slots[0].preference = \"*\"\n"
      "vms[0].slots[0].reason = \"only-usable\"\n"
      "vms[0].slots[0].reason_text = \"the only usable member\"\n"
      "vms[0].slots[0].sends_bps = 0\n"
      "vms[0].slots[0].state = \"forwarding\"\n"
      "vms[0].slots[0].uplink = \"eth0\"\n"
      "vms[0].state = \"forwarding\"\n"
      "vms[0].uplink = \"eth0\"\n"
      "vms[1].dropped_limit_bytes = 0\n"
      "vms[1].dropped_limit_packets = 0\n"
      "vms[1].dropped_share_bytes = 0\n"
      "vms[1].dropped_share_packets = 0\n"
      "vms[1].dropped_uplink_bytes = 100000\n"
      "vms[1].dropped_uplink_packets = 100\n"
      "vms[1].exclusive = false\n"
      "vms[1].failover = null\n"
      "vms[1].host = false\n"
      "vms[1].id = \"1a\"\n"
      "vms[1].interfaces[0].dropped_bytes = 100000\n"
      "vms[1].interfaces[0].dropped_packets = 100\n"
      "vms[1].interfaces[0].kernel_tunnel = false\n"
      "vms[1].interfaces[0].macs[0].attached = true\n"
      "vms[1].interfaces[0].macs[0].mac = \"52:54:00:00:00:01\"\n"
      "vms[1].interfaces[0].macs[0].vlan = 10\n"
      "vms[1].interfaces[0].meter = null\n"
      "vms[1].interfaces[0].name = \"vnet0\"\n"
      "vms[1].interfaces[0].reason = \"first-choice\"\n"
      "vms[1].interfaces[0].reason_text = \"first choice of vm-uplinks\"\n"
      "vms[1].interfaces[0].reverse_mismatch_packets = 3\n"
      "vms[1].interfaces[0].state = \"forwarding\"\n"
      "vms[1].interfaces[0].tx_bytes = 12500000\n"
      "vms[1].interfaces[0].tx_packets = 12500\n"
      "vms[1].interfaces[0].uplink = \"eth0\"\n"
      "vms[1].max_rate_bps = null\n"
      "vms[1].metered = false\n"
      "vms[1].min_rate_bps = 500000000\n"
      "vms[1].name = \"web\"\n"
      "vms[1].offered_bytes = 12600000\n"
      "vms[1].offered_packets = 12600\n"
      "vms[1].passed_bytes = 12500000\n"
      "vms[1].passed_packets = 12500\n"
      "vms[1].policed_by = null\n"
      "vms[1].priority = 6\n"
      "vms[1].rate_bps = null\n"
      "vms[1].reason = \"first-choice\"\n"
      "vms[1].reason_text = \"first choice of vm-uplinks\"\n"
      "vms[1].request = null\n"
      "vms[1].sends_bps = 100000000\n"
      "vms[1].shares = 50\n"
      "vms[1].slots[0].guarantee_bps = 500000000\n"
      "vms[1].slots[0].guarantee_unmet = false\n"
      "vms[1].slots[0].home = null\n"
      "vms[1].slots[0].id = \"1a\"\n"
      "vms[1].slots[0].interfaces[0] = \"vnet0\"\n"
      "vms[1].slots[0].pinned = null\n"
      "vms[1].slots[0].preference = \"eth0\"\n"
      "vms[1].slots[0].reason = \"first-choice\"\n"
      "vms[1].slots[0].reason_text = \"first choice of vm-uplinks\"\n"
      "vms[1].slots[0].sends_bps = 100000000\n"
      "vms[1].slots[0].state = \"forwarding\"\n"
      "vms[1].slots[0].uplink = \"eth0\"\n"
      "vms[1].state = \"forwarding\"\n"
      "vms[1].uplink = \"eth0\"\n"
      "warnings[0].text = \"vm-shares=x: not a number in 1..100, default 50 "
      "used\"\n"
      "warnings[0].where = \"vnet0\"\n" },
    { "small", "explain-json", "x",
      "error: bond bond1 has no VM \"x\", it has: host, web\n" },
    { "small", "log-json", "",
      "log[0].age_ms = 14000\nlog[0].down = null\n"
      "log[0].event = null\n"
      "log[0].from = null\n"
      "log[0].name = \"host\"\n"
      "log[0].reason = \"only-usable\"\n"
      "log[0].reason_text = \"the only usable member\"\n"
      "log[0].serial = 1\n"
      "log[0].to = \"eth0\"\nlog[0].when_ms = 0\n"
      "log[0].who = \"host\"\n"
      "log[1].age_ms = 14000\nlog[1].down = null\n"
      "log[1].event = null\n"
      "log[1].from = null\n"
      "log[1].name = \"web\"\n"
      "log[1].reason = \"first-choice\"\n"
      "log[1].reason_text = \"first choice of vm-uplinks\"\n"
      "log[1].serial = 2\n"
      "log[1].to = \"eth0\"\n"
      "log[1].when_ms = 0\n"
      "log[1].who = \"1a\"\n"
      "name = \"bond1\"\n" },
};

/* describe [SAMPLE [WHAT [NAME]]]: without arguments, describes everything in
 * the table above. */
static int
run_describe(int argc, char *argv[])
{
    struct description one = { .text = NULL };
    size_t n = argc > 1 ? 1 : ARRAY_SIZE(descriptions);
    int retval = 0;

    if (argc > 1) {
        one.sample = argv[1];
        one.what = argc > 2 ? argv[2] : "show";
        one.arg = argc > 3 ? argv[3] : "";
    }
    for (size_t i = 0; i < n; i++) {
        const struct description *d = argc > 1 ? &one : &descriptions[i];
        struct vm_engine *engine = create(d->sample);
        struct ds s = DS_EMPTY_INITIALIZER;

        if (describe(engine, d->what, d->arg, &s)) {
            fputs(ds_cstr(&s), stdout);
        } else {
            fprintf(stderr, "%s: nothing to describe\n", d->what);
            retval = 1;
        }
        ds_destroy(&s);
        vm_engine_destroy(engine);
    }
    return retval;
}

static int
run_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(descriptions); i++) {
        const struct description *d = &descriptions[i];
        char *input = xasprintf("%s %s %s", d->sample, d->what, d->arg);
        struct vm_engine *engine = create(d->sample);
        struct ds s = DS_EMPTY_INITIALIZER;

        vm_expect_that(input, "be something to describe",
                       describe(engine, d->what, d->arg, &s));
        vm_expect_text(input, d->text, ds_cstr(&s));
        ds_destroy(&s);
        vm_engine_destroy(engine);
        free(input);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_describe_commands[] = {
    { "describe", "[SAMPLE [WHAT [NAME]]]", 0, 3, run_describe },
    { "describe-table", "", 0, 0, run_table },
    { NULL, NULL, 0, 0, NULL },
};
