/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-mode.h"

#include "base/vm-problem.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-sample-engine.h"
#include "vm-sample-policy.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_mode_commands[];

struct mode_case {
    const char *other_config;
    const char *bond_mode, *lacp;
    size_t n_interfaces;
    const char *problems;
};

#define UNKNOWN "unknown key, ignored; did you mean bond-vm-aware?\n"

/* Ports that are no vm-aware bonds. */
static const struct mode_case others[] = {
    { "", NULL, NULL, 2, "" },
    { "bond-vm-aware=false", "balance-slb", NULL, 2, "" },
    { "bond-vm-aware=yes", "balance-slb", NULL, 2,
      "bond0: bond-vm-aware=yes: not one of false, true, default false "
      "used\n" },
    { "bond-vm-aware=TRUE", NULL, NULL, 1,
      "bond0: bond-vm-aware=TRUE: not one of false, true, default false "
      "used\n" },
    { "bond_vm_aware=true", NULL, NULL, 2,
      "bond0: bond_vm_aware=true: " UNKNOWN },
    { "vm-aware=true", NULL, NULL, 2, "bond0: vm-aware=true: " UNKNOWN },
    { "bond-primary=eth0;lacp-time=fast;vm-aware-dwell=3", NULL, NULL, 2, "" },
};

#define ONE "bond0: bond-vm-aware=true: the port has one interface, so that " \
            "no VM can fail over; add one to Port:interfaces, or remove the " \
            "key from a port that is no bond\n"
#define TCP "bond0: bond-vm-aware=true: bond_mode=balance-tcp, to which an " \
            "ovs-vswitchd without this mode falls back, does not work with " \
            "lacp=off; set bond_mode to balance-slb or active-backup\n"

/* vm-aware bonds. */
static const struct mode_case bonds[] = {
    { "", "vm-aware", NULL, 2, "" },
    { "", "vm-aware", NULL, 1, "" },
    { "bond-vm-aware=true", "vm-aware", NULL, 2, "" },
    { "bond-vm-aware=false", "vm-aware", NULL, 2,
      "bond0: bond-vm-aware=false: no effect with bond_mode=vm-aware; set "
      "bond_mode to another mode\n" },
    { "bond-vm-aware=true", NULL, NULL, 2, "" },
    { "bond-vm-aware=true", "balance-slb", NULL, 2, "" },
    { "bond-vm-aware=true", "active-backup", NULL, 2, "" },
    { "bond-vm-aware=true", "balance-slb", NULL, 1, ONE },
    { "bond-vm-aware=true", "balance-tcp", NULL, 2, TCP },
    { "bond-vm-aware=true", "balance-tcp", "off", 1, ONE TCP },
    { "bond-vm-aware=true", "balance-tcp", "active", 2, "" },
    { "bond-vm-aware=true", "balance-tcp", "passive", 2, "" },
};

typedef void check_func(const struct vm_mode_port *, struct vm_problems *);

static void
run_case(const struct mode_case *c, check_func *check)
{
    struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
    struct ds got = DS_EMPTY_INITIALIZER;
    struct smap map;

    vm_sample_map(&map, c->other_config, ';');

    const struct vm_mode_port port = {
        .name = "bond0", .bond_mode = c->bond_mode, .lacp = c->lacp,
        .n_interfaces = c->n_interfaces, .other_config = &map,
    };
    check(&port, &problems);
    vm_sample_format_problems(&problems, &got);
    vm_expect_text(c->other_config, c->problems, ds_cstr(&got));
    ds_destroy(&got);
    vm_problems_destroy(&problems);
    smap_destroy(&map);
}

/* Something that is no port. */
static void
run_misplaced(const char *other_config, const char *expected)
{
    struct vm_problems problems = VM_PROBLEMS_INITIALIZER;
    struct ds got = DS_EMPTY_INITIALIZER;
    struct smap map;

    vm_sample_map(&map, other_config, ';');
    vm_mode_check_misplaced("interface", "eth0", &map, &problems);
    vm_sample_format_problems(&problems, &got);
    vm_expect_text(other_config, expected, ds_cstr(&got));
    ds_destroy(&got);
    vm_problems_destroy(&problems);
    smap_destroy(&map);
}

static int
run_mode(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        run_case(&others[i], vm_mode_check_other);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bonds); i++) {
        run_case(&bonds[i], vm_mode_check_bond);
    }
    run_misplaced("vm-aware-standby=true", "");
    run_misplaced("bond-vm-aware=false",
                  "interface eth0: bond-vm-aware=false: no effect here, "
                  "belongs to other_config of the bond's Port\n");
    return vm_expect_result();
}

const struct vm_test_command test_vm_mode_commands[] = {
    { "mode-table", "", 0, 0, run_mode },
    { NULL, NULL, 0, 0, NULL },
};
