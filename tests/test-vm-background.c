/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-background.h"

#include <stdlib.h>

#include "util.h"
#include "vm-expect.h"
#include "vm-member.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_background_commands[];

/* What a device and the senders on it send in each of so many intervals of
 * half a second, bytes, and the background after the last, bit/s. */
static const struct {
    const char *what;
    size_t n;
    uint64_t device, senders;
    uint64_t expected;
} stages[] = {
    { "nothing sent", 2, 0, 0, 0 },
    { "only senders", 9, 1000000, 1000000, 0 },
    { "others, too short", 7, 1500000, 1000000, 0 },
    { "others, long enough", 1, 1500000, 1000000, 8000000 },
    { "more of others", 7, 2000000, 1000000, 8000000 },
    { "more of others, longer", 1, 2000000, 1000000, 16000000 },
    { "once less", 1, 1000000, 1000000, 0 },
    { "once less, past", 7, 1250000, 1000000, 0 },
    { "the least counts", 1, 2000000, 1000000, 4000000 },
    { "flows counted late", 1, 0, 1000000, 0 },
};

static int
run_background(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_member *member = vm_member_create("eth0", 0);
    struct vm_background background;
    uint64_t bytes = 5000;
    long long int now = 0;

    vm_background_init(&background);
    vm_background_look(&background, member, 1, now);
    vm_expect_that("no reading", "nothing is known",
                   !vm_background_get(&background, "eth0"));
    for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
        for (size_t j = 0; j < stages[i].n; j++) {
            now += 500;
            bytes += stages[i].device;
            vm_load_update(&member->tx, bytes, 0, now);
            vm_background_look(&background, member, stages[i].senders, now);
        }
        vm_expect_that(stages[i].what, "background",
                       vm_background_get(&background, "eth0")
                       == stages[i].expected);
    }
    vm_expect_that("eth1", "an unknown uplink has none",
                   !vm_background_get(&background, "eth1"));
    vm_background_destroy(&background);
    vm_member_destroy(member);
    return vm_expect_result();
}

const struct vm_test_command test_vm_background_commands[] = {
    { "background", "", 0, 0, run_background },
    { NULL, NULL, 0, 0, NULL },
};
