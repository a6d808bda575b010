/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "engine/vm-uncounted.h"

#include <inttypes.h>
#include <stdlib.h>

#include "engine/vm-meter.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_uncounted_commands[];

/* Readings of one meter, one after the other, and the bytes dropped that each
 * of them should say in the end. */
static const struct reading {
    const char *what;
    bool offloaded;
    struct vm_meter_counters counters;
    uint64_t dropped_bytes;
} readings[] = {
    { "the datapath counts all", false, { 100, 100000, 10, 10000 }, 10000 },
    { "nothing new", true, { 100, 100000, 10, 10000 }, 10000 },
    { "tc has dropped half of 500 bytes each",
      true, { 200, 150000, 60, 10000 }, 35000 },
    { "the datapath has dropped smaller packets",
      true, { 300, 250000, 70, 16000 }, 41000 },
    { "tc and the datapath have dropped 10 each of 1000 bytes and less",
      true, { 400, 350000, 90, 25000 }, 61000 },
    { "drops without a packet", true, { 400, 350000, 95, 25000 }, 61000 },
    { "without offload nothing is estimated, and what was stays",
      false, { 500, 450000, 195, 25000 }, 61000 },
    { "nor is that made up for", true, { 500, 450000, 195, 25000 }, 61000 },
    { "counters begin anew", true, { 10, 1000, 5, 0 }, 36500 },
    { "and go on", true, { 20, 2000, 5, 0 }, 36500 },
};

static void
check_number(const char *what, uint64_t expected, uint64_t got)
{
    char *expected_text = xasprintf("%"PRIu64, expected);
    char *got_text = xasprintf("%"PRIu64, got);

    vm_expect_text(what, expected_text, got_text);
    free(got_text);
    free(expected_text);
}

static int
run_uncounted(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_uncounted uncounted = { .packets = 0 };

    for (size_t i = 0; i < ARRAY_SIZE(readings); i++) {
        const struct reading *reading = &readings[i];
        struct vm_meter_counters counters = reading->counters;

        vm_uncounted_complete(&uncounted, reading->offloaded, &counters);
        check_number(reading->what, reading->dropped_bytes,
                     counters.dropped_bytes);
        vm_expect_that(reading->what, "the rest is as it was read",
                       counters.packets == reading->counters.packets
                       && counters.bytes == reading->counters.bytes
                       && (counters.dropped_packets
                           == reading->counters.dropped_packets));
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_uncounted_commands[] = {
    { "uncounted", "", 0, 0, run_uncounted },
    { NULL, NULL, 0, 0, NULL },
};
