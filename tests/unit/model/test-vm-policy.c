/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-sample-engine.h"
#include "vm-sample-policy.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_policy_commands[];

/* policy-parse KEY=VALUE...: keys of an interface; those of a profile are the
 * bond's. */
static int
run_parse(int argc, char *argv[])
{
    struct ds bond = DS_EMPTY_INITIALIZER;
    struct ds interface = DS_EMPTY_INITIALIZER;

    for (int i = 1; i < argc; i++) {
        if (!strchr(argv[i], '=')) {
            fprintf(stderr, "%s: not KEY=VALUE\n", argv[i]);
            return 1;
        }
        ds_put_format(!strncmp(argv[i], "vm-aware-", 9) ? &bond : &interface,
                      "%s;", argv[i]);
    }
    char *got = vm_sample_parse_policy(ds_cstr(&bond), ds_cstr(&interface));
    fputs(got, stdout);
    free(got);
    ds_destroy(&bond);
    ds_destroy(&interface);
    return 0;
}

struct policy_case {
    const char *bond;           /* Port:other_config. */
    const char *interface;      /* Interface:external_ids. */
    const char *result;
};

static const struct policy_case policy_cases[] = {
    { "", "", "" },
    { "", "vm-id=1;vm-name=web;vm-priority=6;vm-uplinks=eth0,*",
      "vm-name=web\nvm-priority=6\nvm-uplinks=eth0,*\n" },

    /* One bad key does not touch the others. */
    { "", "vm-priority=9;vm-shares=80",
      "vm-shares=80\n"
      "vnet0: vm-priority=9: not in 0..7, default 3 used\n" },
    { "", "vm-on-loss=sleep",
      "vnet0: vm-on-loss=sleep: not one of drop, suspend, migrate, "
      "default drop used\n" },
    { "", "vm-prioriti=6",
      "vnet0: vm-prioriti=6: unknown key, ignored; did you mean "
      "vm-priority?\n" },
    { "", "vm-uplinks=", "vnet0: vm-uplinks=: names no member, default * "
                         "used\n" },
    { "", "vm-uplinks=eth0,eth0",
      "vm-uplinks=eth0\nvnet0: vm-uplinks=eth0,eth0: second eth0 ignored\n" },
    { "", "attached-mac=x",
      "vnet0: attached-mac=x: not a MAC address such as 52:54:00:12:34:56, "
      "ignored\n" },
    { "", "vm-id=host",
      "vnet0: vm-id=host: reserved for the host itself, ignored\n" },

    /* Without an identity. */
    { "", "vm-id=none", "" },
    { "", "vm-id=none;vm-identify=mac", "vm-identify=mac\n" },
    { "", "vm-id=none;vm-priority=9",
      "vnet0: vm-priority=9: not in 0..7, default 3 used\n" },
    { "", "vm-id=none;vm-priority=4;vm-uplinks=eth0",
      "vm-priority=4\nvm-uplinks=eth0\n"
      "vnet0: vm-priority, vm-uplinks: no effect without an identity such as "
      "vm-id\n" },
    { "", "vm-id=host;vm-shares=9",
      "vm-shares=9\n"
      "vnet0: vm-id=host: reserved for the host itself, ignored\n"
      "vnet0: vm-shares: no effect without an identity such as vm-id\n" },

    /* Values that contradict each other. */
    { "", "vm-min-rate=2G;vm-max-rate=1.5G",
      "vm-min-rate=1.5G\nvm-max-rate=1.5G\n"
      "vnet0: vm-min-rate=2G: above vm-max-rate=1.5G, guarantee lowered to "
      "it\n" },
    { "", "vm-min-rate=1G;vm-max-rate=1G",
      "vm-min-rate=1G\nvm-max-rate=1G\n" },

    /* Profiles. */
    { "vm-aware-profile-gold=priority=6 shares=80 uplinks=eth0,*",
      "port-profile=gold",
      "vm-priority=6\nvm-shares=80\nvm-uplinks=eth0,*\n" },
    { "vm-aware-profile-gold=priority=6 shares=80",
      "port-profile=gold;vm-priority=1",
      "vm-priority=1\nvm-shares=80\n" },
    { "vm-aware-profile-gold=priority=6", "port-profile=gold;vm-priority=9",
      "vm-priority=6\n"
      "vnet0: vm-priority=9: not in 0..7, 6 of profile gold used\n" },
    { "vm-aware-profile-gold=max-rate=1G",
      "port-profile=gold;vm-max-rate=none", "" },
    { "vm-aware-profile-gold=max-rate=1G",
      "port-profile=gold;vm-min-rate=2G",
      "vm-min-rate=1G\nvm-max-rate=1G\n"
      "vnet0: vm-min-rate=2G: above vm-max-rate=1G, guarantee lowered to "
      "it\n" },
    { "vm-aware-profile-silver=;vm-aware-profile-bronze=priority=1",
      "port-profile=gold",
      "vnet0: port-profile=gold: no such profile, the bond has: bronze, "
      "silver\n" },
    { "", "port-profile=gold",
      "vnet0: port-profile=gold: no such profile, the bond has none\n" },
    { "vm-aware-profile-gold=priority=6", "port-profile=",
      "vnet0: port-profile=: empty, ignored\n" },

    /* Problems in a profile are reported for the bond. */
    { "vm-aware-profile-gold=priority=8 shares=80", "port-profile=gold",
      "vm-shares=80\n"
      "bond0: vm-aware-profile-gold: priority=8: not in 0..7, default 3 "
      "used\n" },
    { "vm-aware-profile-gold=min-rate=2G max-rate=1G", "",
      "bond0: vm-aware-profile-gold: vm-min-rate=2G: above vm-max-rate=1G, "
      "guarantee lowered to it\n" },
    { "vm-aware-profile-=priority=1", "",
      "bond0: vm-aware-profile-: profile without a name, ignored\n" },
};

static int
run_cases(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(policy_cases); i++) {
        const struct policy_case *c = &policy_cases[i];
        char *input = xasprintf("%s | %s", c->bond, c->interface);
        char *got = vm_sample_parse_policy(c->bond, c->interface);

        vm_expect_text(input, c->result, got);
        free(got);
        free(input);
    }
    return vm_expect_result();
}

/* Identities. */

static const struct policy_case identity_cases[] = {
    { "", "", NULL },
    { "", "vm-id=a;vm-uuid=b;xs-vm-uuid=c;iface-id=d", "a" },
    { "", "vm-uuid=b;xs-vm-uuid=c;iface-id=d", "b" },
    { "", "xs-vm-uuid=c;iface-id=d", "c" },
    { "", "iface-id=d", "d" },
    { "", "vm-id=;iface-id=d", "d" },
    { "", "vm-id=host;vm-uuid=b", "b" },
    { "", "vm-name=web;attached-mac=52:54:00:00:00:01", NULL },
};

static int
run_identity(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(identity_cases); i++) {
        const struct policy_case *c = &identity_cases[i];
        struct smap map;

        vm_sample_map(&map, c->interface, ';');
        vm_expect_text(c->interface, c->result, vm_policy_identity(&map));
        smap_destroy(&map);
    }
    vm_expect_text("no map", NULL, vm_policy_identity(NULL));
    return vm_expect_result();
}

/* Merging. */

enum { MAX_MERGED = 12 };

struct merge_case {
    const char *interfaces[MAX_MERGED]; /* Of vnet0, vnet1 and so on. */
    const char *result;
};

static const struct merge_case merge_cases[] = {
    { { "vm-priority=5", "vm-priority=5" }, "vm-priority=5\n" },
    { { "vm-priority=5", "vm-priority=6" },
      "vm-priority=6\n"
      "vnet0: vm-priority: 6 used: vnet0 has 5, vnet1 has 6\n" },
    { { "vm-shares=10", "vm-shares=90" },
      "vm-shares=90\n"
      "vnet0: vm-shares: 90 used: vnet0 has 10, vnet1 has 90\n" },
    { { "vm-min-rate=1G", "vm-min-rate=500M" },
      "vm-min-rate=1G\n"
      "vnet0: vm-min-rate: 1G used: vnet0 has 1G, vnet1 has 500M\n" },
    { { "vm-max-rate=1G", "vm-max-rate=500M" },
      "vm-max-rate=500M\n"
      "vnet0: vm-max-rate: 500M used: vnet0 has 1G, vnet1 has 500M\n" },
    { { "vm-max-rate=none", "vm-max-rate=500M" },
      "vm-max-rate=500M\n"
      "vnet0: vm-max-rate: 500M used: vnet0 has none, vnet1 has 500M\n" },
    { { "vm-burst=1M", "vm-burst=2M" },
      "vm-burst=1M\n"
      "vnet0: vm-burst: 1M used: vnet0 has 1M, vnet1 has 2M\n" },
    { { "vm-exclusive=false", "vm-exclusive=true" },
      "vm-exclusive=true\n"
      "vnet0: vm-exclusive: true used: vnet0 has false, vnet1 has true\n" },
    { { "vm-announce=true", "vm-announce=false" },
      "vm-announce=false\n"
      "vnet0: vm-announce: false used: vnet0 has true, vnet1 has false\n" },
    { { "vm-on-loss=migrate", "vm-on-loss=suspend", "vm-on-loss=drop" },
      "vm-on-loss=migrate\n"
      "vnet0: vm-on-loss: migrate used: vnet0 has migrate, vnet1 has suspend, "
      "vnet2 has drop\n" },
    { { "vm-on-overload=drop", "vm-on-overload=suspend" },
      "vm-on-overload=suspend\n"
      "vnet0: vm-on-overload: suspend used: vnet0 has drop, vnet1 has "
      "suspend\n" },
    { { "vm-on-failover=suspend", "vm-on-failover=forward" },
      "vm-on-failover=suspend\n"
      "vnet0: vm-on-failover: suspend used: vnet0 has suspend, vnet1 has "
      "forward\n" },
    { { "vm-name=web", "vm-name=www" },
      "vm-name=web\n"
      "vnet0: vm-name: web used: vnet0 has web, vnet1 has www\n" },

    /* Only interfaces that set a key count, even if the default is
     * stricter. */
    { { "vm-priority=1", "" }, "vm-priority=1\n" },
    { { "", "vm-priority=1" }, "vm-priority=1\n" },
    { { "", "vm-shares=10", "" }, "vm-shares=10\n" },
    { { "", "vm-name=www" }, "vm-name=www\n" },
    { { "", "vm-burst=1M" }, "vm-burst=1M\n" },
    { { "vm-priority=x", "vm-priority=1" }, "vm-priority=1\n" },

    /* Per vNIC. */
    { { "vm-uplinks=eth0", "vm-uplinks=eth1" }, "vm-uplinks=eth0\n" },
    { { "vm-identify=mac", "" }, "vm-identify=mac\n" },

    /* Together they contradict each other. */
    { { "vm-min-rate=2G", "vm-max-rate=1G" },
      "vm-min-rate=1G\nvm-max-rate=1G\n"
      "vnet0: vm-min-rate=2G: above vm-max-rate=1G, guarantee lowered to "
      "it\n" },

    /* Many. */
    { { "vm-priority=1", "vm-priority=1", "vm-priority=1", "vm-priority=1",
        "vm-priority=1", "vm-priority=1", "vm-priority=1", "vm-priority=1",
        "vm-priority=1", "vm-priority=1", "vm-priority=2", "vm-priority=1" },
      "vm-priority=2\n"
      "vnet0: vm-priority: 2 used: vnet0 has 1, vnet1 has 1, vnet2 has 1, "
      "vnet3 has 1, vnet4 has 1, vnet5 has 1, vnet6 has 1, vnet7 has 1, "
      "vnet8 has 1, vnet9 has 1, and 2 more\n" },
};

/* Parses the interfaces of 'c'; returns how many there are. */
static size_t
parse_interfaces(const struct merge_case *c, struct vm_policy policies[],
                 char *names[])
{
    struct vm_problems ignored = VM_PROBLEMS_INITIALIZER;
    size_t n = 0;

    for (; n < MAX_MERGED && c->interfaces[n]; n++) {
        struct smap map;

        names[n] = xasprintf("vnet%"PRIuSIZE, n);
        vm_sample_map(&map, c->interfaces[n], ';');
        vm_policy_parse(&policies[n], names[n], &map, NULL, &ignored);
        smap_destroy(&map);
    }
    vm_problems_destroy(&ignored);
    return n;
}

/* Merging one after the other gives the same values. */
static void
check_pairwise(const struct vm_policy policies[], char *names[], size_t n,
               const struct vm_policy *merged)
{
    struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
    struct vm_policy policy;

    vm_policy_clone(&policy, &policies[0]);
    vm_expect_that(names[0], "equal its copy",
                   vm_policy_equal(&policy, &policies[0]));
    for (size_t i = 1; i < n; i++) {
        const struct vm_policy *pair[] = { &policy, &policies[i] };
        const char *pair_names[] = { names[0], names[i] };
        struct vm_policy both;

        vm_policy_merge_all(&both, pair, pair_names, 2, &problems);
        vm_policy_destroy(&policy);
        policy = both;
    }
    vm_expect_that(names[n - 1], "merge in pairs as all at once",
                   vm_policy_equal(&policy, merged));
    vm_policy_destroy(&policy);
    vm_problems_destroy(&problems);
}

static int
run_merge(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(merge_cases); i++) {
        const struct merge_case *c = &merge_cases[i];
        struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
        struct vm_policy policies[MAX_MERGED];
        const struct vm_policy *pointers[MAX_MERGED];
        struct vm_policy merged;
        char *names[MAX_MERGED];
        struct ds got = DS_EMPTY_INITIALIZER;

        size_t n = parse_interfaces(c, policies, names);
        for (size_t j = 0; j < n; j++) {
            pointers[j] = &policies[j];
        }
        vm_policy_merge_all(&merged, pointers, (const char **) names, n,
                            &problems);
        check_pairwise(policies, names, n, &merged);
        vm_sample_format_keys(VM_SCOPE_VM, &merged, &got);
        vm_sample_format_problems(&problems, &got);
        vm_expect_text(c->interfaces[0], c->result, ds_cstr(&got));

        ds_destroy(&got);
        vm_policy_destroy(&merged);
        for (size_t j = 0; j < n; j++) {
            vm_policy_destroy(&policies[j]);
            free(names[j]);
        }
        vm_problems_destroy(&problems);
    }
    return vm_expect_result();
}

/* Bonds and members. */

static const struct policy_case bond_cases[] = {
    { "", "", "vm-priority=7\n" },
    { "vm-aware-dwell=60;vm-aware-failback=false;lacp-time=fast", "",
      "vm-aware-dwell=60\nvm-aware-failback=false\nvm-priority=7\n" },
    { "bond-rebalance-interval=0", "",
      "bond-rebalance-interval=0\nvm-priority=7\n" },
    { "bond-rebalance-interval=1", "",
      "bond-rebalance-interval=1000\nvm-priority=7\n"
      "bond0: bond-rebalance-interval=1: less than 1000, 1000 used\n" },
    { "vm-aware-reverse-path=reject", "",
      "vm-priority=7\nbond0: vm-aware-reverse-path=reject: not one of accept, "
      "drop, default accept used\n" },
    { "vm-aware-dwel=1", "",
      "vm-priority=7\n"
      "bond0: vm-aware-dwel=1: unknown key, ignored; did you mean "
      "vm-aware-dwell?\n" },
    { "vm-aware-host=priority=6 shares=80 min-rate=1G uplinks=eth0,*", "",
      "vm-priority=6\nvm-shares=80\nvm-min-rate=1G\nvm-uplinks=eth0,*\n" },
    { "vm-aware-host=priority=8", "",
      "vm-priority=7\n"
      "bond0: vm-aware-host: priority=8: not in 0..7, default 7 used\n" },
    { "vm-aware-host=on-loss=suspend identify=mac priority=3", "",
      "bond0: vm-aware-host: on-loss=suspend: has no meaning here, ignored\n"
      "bond0: vm-aware-host: identify=mac: has no meaning here, ignored\n" },
};

static int
run_bond(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(bond_cases); i++) {
        const struct policy_case *c = &bond_cases[i];
        struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
        struct ds got = DS_EMPTY_INITIALIZER;
        struct vm_bond_config config;
        struct smap map;

        vm_sample_map(&map, c->bond, ';');
        vm_bond_config_parse(&config, "bond0", &map, &problems);
        vm_sample_format_keys(VM_SCOPE_BOND, &config, &got);
        vm_sample_format_keys(VM_SCOPE_VM, &config.host, &got);
        vm_sample_format_problems(&problems, &got);
        vm_expect_text(c->bond, c->result, ds_cstr(&got));
        ds_destroy(&got);
        vm_bond_config_destroy(&config);
        smap_destroy(&map);
        vm_problems_destroy(&problems);
    }
    return vm_expect_result();
}

static const struct policy_case member_cases[] = {
    { "", "", "" },
    { "", "vm-aware-capacity=1G;vm-aware-standby=true;mtu=9000",
      "vm-aware-capacity=1G\nvm-aware-standby=true\n" },
    { "", "vm-aware-capacity=0",
      "eth0: vm-aware-capacity=0: not in 1k..10000G, default link speed "
      "used\n" },
    { "", "vm-aware-standbye=true",
      "eth0: vm-aware-standbye=true: unknown key, ignored; did you mean "
      "vm-aware-standby?\n" },
};

static int
run_member(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(member_cases); i++) {
        const struct policy_case *c = &member_cases[i];
        struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
        struct ds got = DS_EMPTY_INITIALIZER;
        struct vm_member_config config;
        struct smap map;

        vm_sample_map(&map, c->interface, ';');
        vm_member_config_parse(&config, "eth0", &map, &problems);
        vm_sample_format_keys(VM_SCOPE_MEMBER, &config, &got);
        vm_sample_format_problems(&problems, &got);
        vm_expect_text(c->interface, c->result, ds_cstr(&got));
        ds_destroy(&got);
        smap_destroy(&map);
        vm_problems_destroy(&problems);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_policy_commands[] = {
    { "policy-parse", "KEY=VALUE...", 0, 100, run_parse },
    { "policy-table", "", 0, 0, run_cases },
    { "policy-identity", "", 0, 0, run_identity },
    { "policy-merge", "", 0, 0, run_merge },
    { "policy-bond", "", 0, 0, run_bond },
    { "policy-member", "", 0, 0, run_member },
    { NULL, NULL, 0, 0, NULL },
};
