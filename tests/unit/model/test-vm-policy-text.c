/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "vm-expect.h"
#include "vm-sample-policy.h"
#include "vm-test.h"

/* Keys and values that contain anything. */

extern const struct vm_test_command test_vm_policy_text_commands[];

#define TEN_U "\303\274\303\274\303\274\303\274\303\274" \
              "\303\274\303\274\303\274\303\274\303\274"
#define TEN_EURO "\342\202\254\342\202\254\342\202\254\342\202\254" \
                 "\342\202\254\342\202\254\342\202\254\342\202\254" \
                 "\342\202\254\342\202\254"

static const struct {
    const char *bond;           /* Port:other_config. */
    const char *interface;      /* Interface:external_ids. */
    const char *result;
} cases[] = {
    /* Text that is cut remains UTF-8: 1 + 50 x 2, and 100 x 3 bytes. */
    { "", "vm-priority=a" TEN_U TEN_U TEN_U TEN_U TEN_U,
      "vnet0: vm-priority=a" TEN_U TEN_U TEN_U "\303\274\303\274\303\274"
      "\303\274\303\274\303\274\303\274\303\274\303\274...: not a number in "
      "0..7, default 3 used\n" },
    { "", "vm-id=" TEN_EURO TEN_EURO TEN_EURO TEN_EURO TEN_EURO TEN_EURO
      TEN_EURO TEN_EURO TEN_EURO TEN_EURO,
      "vnet0: vm-id=" TEN_EURO TEN_EURO "\342\202\254\342\202\254"
      "\342\202\254\342\202\254\342\202\254\342\202\254...: longer than 255 "
      "bytes, ignored\n" },
    { "", "vm-uplinks=" TEN_U TEN_U TEN_U TEN_U TEN_U ",eth0,"
      TEN_U TEN_U TEN_U TEN_U TEN_U,
      "vm-uplinks=" TEN_U TEN_U TEN_U TEN_U TEN_U ",eth0\n"
      "vnet0: vm-uplinks=" TEN_U TEN_U TEN_U TEN_U "...: second "
      TEN_U TEN_U TEN_U TEN_U "... ignored\n" },

    /* What may not be shown. */
    { "", "vm-priority=\342\200\256" "6\302\233",
      "vnet0: vm-priority=?6?: not a number in 0..7, default 3 used\n" },
    { "", "vm-priorit\303=6",
      "vnet0: vm-priorit?=6: unknown key, ignored; did you mean "
      "vm-priority?\n" },
    { "vm-aware-profile-\342\200\256=priority=1", "port-profile=gold",
      "vnet0: port-profile=gold: no such profile, the bond has: ?\n" },
};

static int
run_cases(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *got = vm_sample_parse_policy(cases[i].bond, cases[i].interface);

        vm_expect_text(cases[i].interface, cases[i].result, got);
        free(got);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_policy_text_commands[] = {
    { "policy-text", "", 0, 0, run_cases },
    { NULL, NULL, 0, 0, NULL },
};
