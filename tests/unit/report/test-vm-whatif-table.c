/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "report/vm-whatif.h"

#include <stdlib.h>

#include "openvswitch/dynamic-string.h"
#include "report/vm-forecast.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-stage.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_whatif_table_commands[];

/* Answers as text. */

static const char *const setup[] = {
    "member eth0 speed=1G", "member eth1 speed=1G",
    "vm web vnet0 uplinks=eth0,* min-rate=600M priority=6",
    "vm db vnet1 uplinks=eth1 min-rate=400M", "vm batch vnet2 uplinks=eth1,*",
    "traffic web 300M", "traffic batch 200M", "advance 4s",

    /* Without a device, they change no answer. */
    "vm dead tap0 no-device uplinks=eth0,* min-rate=700M priority=7",
    "vm closed tap1 no-device uplinks=eth0 exclusive=true priority=6",
    "vm batch tap2 no-device uplinks=eth0 min-rate=500M max-rate=1M",
};

/* A VM is added on eth1. */
#define ADDED(KEYS, THEN, SENDS)                                        \
    { "add=vm-uplinks=eth1," KEYS,                                      \
      "add vm-uplinks=eth1," KEYS ": 1 move\n"                          \
      "  member  usable  capacity  load now        then\n"              \
      "  eth0    true    1 Gbit/s  300 Mbit/s 30%  300 Mbit/s 30%\n"    \
      "  eth1    true    1 Gbit/s  200 Mbit/s 20%  " THEN "\n\n"        \
      "  VM       from  to    sends       step     reason\n"            \
      "  what-if  none  eth1  " SENDS "  at-once  first choice of "      \
      "vm-uplinks\n  safe: true\n" }

static const struct {
    const char *question;
    const char *text;
} answers[] = {
    { "lose=eth1",
      "lose eth1: 3 moves\n"
      "  member  usable  capacity  load now        then\n"
      "  eth0    true    1 Gbit/s  300 Mbit/s 30%  500 Mbit/s 50%\n"
      "  eth1    false   1 Gbit/s  200 Mbit/s 20%  none\n"
      "\n"
      "  VM     from  to    sends       step     reason\n"
      "  batch  eth1  eth0  200 Mbit/s  at-once  eth1 was lost\n"
      "  db     eth1  none  0 bit/s     at-once  its only member eth1 is "
      "lost\n"
      "  host   eth1  eth0  0 bit/s     at-once  eth1 was lost\n"
      "  safe: false\n"
      "    VM db: frames are dropped\n" },
    { "lose=eth2", "error: bond bond0 has no usable member \"eth2\" to lose, "
      "it has: eth0, eth1, or say \"each\"\n" },
    { "gain=eth0", "error: member eth0 of bond bond0 is usable already; say "
      "gain=eth0:SPEED for another speed, or the name of a new one\n" },
    { "gain=eth2:fast", "error: gain=eth2:fast: \"fast\" is not a speed such "
      "as 10G\n" },
    { "gain=", "error: gain= needs the name of a member, such as "
      "gain=eth2:10G\n" },
    /* A VM counts with what its limit lets pass, and, without a demand, with
     * what VMs of its shares send on average. */
    ADDED("vm-max-rate=100M,demand=3G", "300 Mbit/s 30%", "100 Mbit/s"),
    ADDED("vm-shares=60", "400 Mbit/s 40%", "200 Mbit/s"),
    { "gain=eth9:none", "error: gain=eth9:none: \"none\" is not a speed such "
      "as 10G\n" },
    { "gain=eth9:0", "error: gain=eth9:0: \"0\" is not a speed such as "
      "10G\n" },
    { "gain=*", "error: gain=*: no member can have that name\n" },
    { "gain=a,b:1G", "error: gain=a,b:1G: no member can have that name\n" },
    { "add=demand=none", "error: add=demand=none: demand=none is not a rate "
      "such as 800M\n" },
    { "add=demand=18446744073G", "error: add=demand=18446744073G: "
      "demand=18446744073G is not a rate such as 800M\n" },
    { "add=vm-min-rate=20X", "error: add=vm-min-rate=20X: the switch would "
      "warn: vm-min-rate=20X: not a number in 0..10000G, default 0 used\n" },
    { "add=vm-shares=1,vm-shares=2", "error: add=vm-shares=1,vm-shares=2: "
      "vm-shares is given twice\n" },
    { "add=vm-uplinks=eth9,*,demand=1G",
      "add vm-uplinks=eth9,*,demand=1G: 2 moves\n"
      "  member  usable  capacity  load now        then\n"
      "  eth0    true    1 Gbit/s  300 Mbit/s 30%  300 Mbit/s 30%\n"
      "  eth1    true    1 Gbit/s  200 Mbit/s 20%  1.2 Gbit/s 120%\n"
      "\n"
      "  VM       from  to    sends     step         reason\n"
      "  what-if  none  eth0  1 Gbit/s  at-once      next choice of "
      "vm-uplinks, eth9 is not available\n"
      "  what-if  eth0  eth1  1 Gbit/s  rebalancing  moved away from eth0, "
      "which was overloaded\n"
      "\n"
      "  VM       member  wants     gets        guarantee\n"
      "  what-if  eth1    1 Gbit/s  770 Mbit/s  none\n"
      "  safe: false\n"
      "    VM what-if: gets 770 Mbit/s of the 1 Gbit/s that it sends\n"
      "  warning: vm-uplinks=eth9,*: eth9 is no member of bond0, members are: "
      "eth0, eth1\n" },
    { "add=vm-id", "error: add=vm-id: \"vm-id\" is not KEY=VALUE, such as "
      "vm-uplinks=eth0,* or demand=1G\n" },
    { "add=demand=much", "error: add=demand=much: demand=much is not a rate "
      "such as 800M\n" },
    { "add=vm-priority=9", "error: add=vm-priority=9: the switch would warn: "
      "vm-priority=9: not in 0..7, default 3 used\n" },
    { "add=vm-priorty=5", "error: add=vm-priorty=5: the switch would warn: "
      "vm-priorty=5: unknown key, ignored; did you mean vm-priority?\n" },
    { "add=demand=1G,min-rate=1G", "error: add=demand=1G,min-rate=1G: no key "
      "\"min-rate\"; did you mean vm-min-rate?\n" },
    { "add=foo=1", "error: add=foo=1: no key \"foo\"; the keys are those of "
      "Interface:external_ids, such as vm-uplinks, and demand\n" },
    { "explode=eth0", "error: \"explode=eth0\": not a question; possible are "
      "lose=MEMBER, lose=each, gain=MEMBER[:SPEED] and add=KEY=VALUE,...\n" },
};

static int
run_table(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_stage stage;

    vm_stage_begin(&stage, setup, ARRAY_SIZE(setup));
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        struct ds s = DS_EMPTY_INITIALIZER;
        struct vm_forecasts forecasts;
        char *error = vm_whatif(stage.engine, answers[i].question, stage.now,
                                &forecasts);

        if (error) {
            ds_put_format(&s, "error: %s\n", error);
            free(error);
        } else {
            vm_forecasts_format(&forecasts, &s);
        }
        vm_expect_text(answers[i].question, answers[i].text, ds_cstr(&s));
        vm_forecasts_destroy(&forecasts);
        ds_destroy(&s);
    }
    vm_stage_destroy(&stage);
    return vm_expect_result();
}

const struct vm_test_command test_vm_whatif_table_commands[] = {
    { "whatif-table", "", 0, 0, run_table },
    { NULL, NULL, 0, 0, NULL },
};
