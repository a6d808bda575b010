/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-stage-random.h"

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-random.h"

static const char *
pick(struct vm_random *random, const char *const *words, size_t n)
{
    return words[vm_random_below(random, n)];
}

#define PICK(RANDOM, WORDS) pick(RANDOM, WORDS, ARRAY_SIZE(WORDS))

const char *const vm_stage_members[VM_STAGE_N_MEMBERS] = {
    "eth0", "eth1", "eth2", "eth3",
};
const char *const vm_stage_vms[VM_STAGE_N_VMS] = {
    "a", "b", "c", "d", "e", "f", "g", "-", "host",
};
static const char *const prefs[] = {
    "*", "*", "eth0", "eth1", "eth0,*", "eth1,*", "eth2,eth1", "eth3,eth0,*",
    "eth9", "eth9,*", ",eth0,,", "*,eth1",
};
static const char *const bond_settings[] = {
    "vm-aware-failback=false", "vm-aware-failback=",
    "vm-aware-announce=0", "vm-aware-announce=1", "vm-aware-announce=",
    "vm-aware-reverse-path=drop", "vm-aware-reverse-path=",
    "vm-aware-unidentified=drop", "vm-aware-unidentified=",
    "vm-aware-tunnels=split", "vm-aware-tunnels=host",
    "vm-aware-host=\"priority=2 uplinks=eth1,*\"", "vm-aware-host=",
    "vm-aware-profile-gold=\"priority=6 uplinks=eth0,* exclusive=true\"",
    "vm-aware-profile-gold=\"priority=1 min-rate=2G\"",
    "vm-aware-profile-gold=", "vm-aware-reservable=30",
    "vm-aware-reservable=200", "unrelated=key",
    "bond-rebalance-interval=0", "bond-rebalance-interval=",
    "bond-rebalance-interval=2000", "vm-aware-dwell=0", "vm-aware-dwell=5",
    "vm-aware-dwell=", "vm-aware-load-threshold=0",
    "vm-aware-load-threshold=",
    "vm-aware-host=\"max-rate=500M shares=10\"",
    "vm-aware-rate-interval=100", "vm-aware-rate-interval=",
    "vm-aware-request-delay=0", "vm-aware-request-delay=",
    "vm-aware-request-rate=0", "vm-aware-request-rate=100",
    "vm-aware-request-rate=", "vm-aware-suspend-max=7",
    "vm-aware-suspend-max=",
};
static const char *const settings[] = {
    "priority=0", "priority=7", "priority=6", "priority=9", "shares=100",
    "shares=7", "min-rate=1G", "min-rate=4G", "min-rate=700M", "max-rate=2G",
    "max-rate=300M", "burst=1M", "exclusive=true",
    "exclusive=maybe", "name=Web", "identify=mac", "profile=gold",
    "profile=silver", "vlan=10", "vlan=-1", "internal", "was=eth1",
    "was-home=eth0", "was-pinned=eth2", "mac=52:54:00:00:00:01",
    "mac=52:54:00:00:00:02", "mac=rubbish", "no-device", "no-device",
    "announce=false",
    "on-loss=suspend", "on-loss=suspend", "on-loss=migrate",
    "on-overload=suspend", "on-overload=suspend", "on-overload=migrate",
    "on-failover=suspend", "on-failover=suspend",
};
static const char *const answers[] = {
    "doing", "doing", "done", "done", "failed", "refused", "none",
};
static const char *const rates[] = { "0", "10M", "800M", "5G", "20G" };
static const char *const meters[] = { "0", "3", "8", "1000" };
static const char *const capacities[] = { "1G", "4G", "10G" };
static const char *const durations[] = { "1ms", "300ms", "500ms", "2s" };
static const char *const restarts[] = { "restart", "restart db" };

static const char *
any_member(struct vm_random *random)
{
    return PICK(random, vm_stage_members);
}

static const char *
any_vm(struct vm_random *random)
{
    return PICK(random, vm_stage_vms);
}

static void
random_vm(struct vm_random *random, struct ds *line)
{
    ds_put_format(line, "vm %s vnet%d uplinks=%s", any_vm(random),
                  (int) vm_random_below(random, VM_STAGE_N_INTERFACES),
                  PICK(random, prefs));
    for (size_t n = vm_random_below(random, 4); n; n--) {
        ds_put_format(line, " %s", PICK(random, settings));
    }
}

static void
random_member(struct vm_random *random, struct ds *line)
{
    ds_put_format(line, "member %s%s%s%s", any_member(random),
                  vm_random_chance(random, 30) ? " standby" : "",
                  vm_random_chance(random, 20) ? " drain" : "",
                  vm_random_chance(random, 30) ? " capacity=1G" : "");
}

/* A member or the datapath can do more or less. */
static void
random_limit(struct vm_random *random, struct ds *line)
{
    if (vm_random_chance(random, 60)) {
        ds_put_format(line, "capacity %s %s", any_member(random),
                      PICK(random, capacities));
    } else {
        ds_put_format(line, "meters %s", PICK(random, meters));
    }
}

/* The agent answers, or the switch is restarted. */
static void
random_answer(struct vm_random *random, struct ds *line)
{
    if (vm_random_chance(random, 10)) {
        ds_put_cstr(line, PICK(random, restarts));
    } else {
        ds_put_format(line, "agent %s %s",
                      vm_random_chance(random, 30) ? "*" : any_vm(random),
                      PICK(random, answers));
    }
}

void
vm_stage_random_command(struct vm_random *random, struct ds *line)
{
    switch (vm_random_below(random, 17)) {
    case 0:
    case 1:
    case 2:
        random_vm(random, line);
        break;
    case 3:
        ds_put_format(line, "remove vnet%d",
                      (int) vm_random_below(random, VM_STAGE_N_INTERFACES));
        break;
    case 4:
    case 5:
        ds_put_format(line, "link %s %s", any_member(random),
                      vm_random_chance(random, 60) ? "up" : "down");
        break;
    case 6:
        random_member(random, line);
        break;
    case 7:
        ds_put_format(line, "%s %s",
                      vm_random_chance(random, 20) ? "remove" : "explain",
                      vm_random_chance(random, 20) ? any_member(random)
                                                   : any_vm(random));
        break;
    case 8:
        ds_put_format(line, "bond %s", PICK(random, bond_settings));
        break;
    case 9:
        ds_put_format(line, "migrate %s %s", any_vm(random),
                      vm_random_chance(random, 40) ? "auto"
                                                   : any_member(random));
        break;
    case 10:
        ds_put_format(line, "mac vnet%d 52:54:00:00:00:%02x %d",
                      (int) vm_random_below(random, VM_STAGE_N_INTERFACES),
                      (unsigned int) vm_random_below(random, 256),
                      (int) vm_random_below(random, 3));
        break;
    case 11:
    case 12:
    case 13:
        ds_put_format(line, "traffic %s %s",
                      vm_random_chance(random, 20) ? any_member(random)
                                                   : any_vm(random),
                      PICK(random, rates));
        break;
    case 14:
        random_limit(random, line);
        break;
    case 15:
    case 16:
        random_answer(random, line);
        break;
    }
}

const char *
vm_stage_random_pref(struct vm_random *random)
{
    return PICK(random, prefs);
}

const char *
vm_stage_random_setting(struct vm_random *random)
{
    return PICK(random, settings);
}

const char *
vm_stage_random_duration(struct vm_random *random)
{
    return PICK(random, durations);
}
