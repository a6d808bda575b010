/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-slot-load.h"

#include <inttypes.h>
#include <limits.h>

#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_slot_load_commands[];

#define MEGA UINT64_C(1000000)
#define N_SLOTS 2
#define N_INTERFACES 3

/* A VM with two slots of three interfaces each. */
struct sample {
    struct vm_endpoint endpoint;
    struct vm_slot slots[N_SLOTS], *slot_list[N_SLOTS];
    struct vm_interface interfaces[N_SLOTS][N_INTERFACES];
    struct vm_interface *interface_lists[N_SLOTS][N_INTERFACES];
};

static void
sample_init(struct sample *sample, uint64_t limit)
{
    memset(sample, 0, sizeof *sample);
    sample->endpoint.policy.max_rate = limit;
    sample->endpoint.slots = sample->slot_list;
    sample->endpoint.n_slots = N_SLOTS;
    for (size_t i = 0; i < N_SLOTS; i++) {
        struct vm_slot *slot = &sample->slots[i];

        sample->slot_list[i] = slot;
        slot->endpoint = &sample->endpoint;
        slot->interfaces = sample->interface_lists[i];
        slot->n_interfaces = N_INTERFACES;
        for (size_t j = 0; j < N_INTERFACES; j++) {
            struct vm_interface *iface = &sample->interfaces[i][j];

            slot->interfaces[j] = iface;
            iface->endpoint = &sample->endpoint;
            iface->slot = slot;
            iface->grouped = true;
            vm_interface_load_init(&iface->load);
        }
    }
}

/* Lets each interface of slot 'i' send 'rate' bit/s from 'since' until 'until'
 * (ms), with a reading every half second. */
static void
let_send(struct sample *sample, size_t i, uint64_t rate, long long int since,
         long long int until)
{
    for (long long int now = since + 500; now <= until; now += 500) {
        for (size_t j = 0; j < N_INTERFACES; j++) {
            vm_interface_count_load(&sample->interfaces[i][j], rate / 16, now);
        }
    }
}

static void
set_members(struct sample *sample, char *member)
{
    for (size_t i = 0; i < N_SLOTS; i++) {
        for (size_t j = 0; j < N_INTERFACES; j++) {
            sample->interfaces[i][j].tx_member = member;
        }
    }
}

static void
expect_rate(const char *input, uint64_t expected, uint64_t got)
{
    char *expected_text = xasprintf("%"PRIu64, expected);
    char *text = xasprintf("%"PRIu64, got);

    vm_expect_text(input, expected_text, text);
    free(text);
    free(expected_text);
}

/* What each interface of either slot offers, the limit of the VM, and the
 * loads of the slots, Mbit/s. */
static const struct {
    const char *what;
    uint64_t offers[N_SLOTS];
    uint64_t limit;             /* 0 is none. */
    bool failed;
    uint64_t loads[N_SLOTS];
} limits[] = {
    { "no limit", { 10, 20 }, 0, false, { 30, 60 } },
    { "below the limit", { 10, 20 }, 91, false, { 30, 60 } },
    { "at the limit", { 10, 20 }, 90, false, { 30, 60 } },
    { "above it, in proportion", { 10, 20 }, 45, false, { 15, 30 } },
    { "far above it", { 10000, 20000 }, 45, false, { 15, 30 } },
    { "one slot alone", { 0, 3000 }, 45, false, { 0, 45 } },
    { "a limit without meter", { 10, 20 }, 45, true, { 30, 60 } },
    { "nothing", { 0, 0 }, 45, false, { 0, 0 } },
};

static int
run_limits(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    char eth0[] = "eth0";

    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        const char *what = limits[i].what;
        struct sample sample;

        sample_init(&sample,
                    limits[i].limit ? limits[i].limit * MEGA : VM_RATE_NONE);
        sample.endpoint.limit_failed = limits[i].failed;
        set_members(&sample, eth0);
        for (size_t j = 0; j < N_SLOTS; j++) {
            let_send(&sample, j, limits[i].offers[j] * MEGA, -500, 20000);
        }
        for (size_t j = 0; j < N_SLOTS; j++) {
            expect_rate(what, limits[i].loads[j] * MEGA,
                        vm_slot_rate(&sample.slots[j], 20000));
            expect_rate(what, limits[i].loads[j] * MEGA,
                        vm_slot_window_rate(&sample.slots[j]));
        }
    }
    return vm_expect_result();
}

/* Behind the meter of a limit, the counters of flows tell what is offered, and
 * no load. */
static int
run_metered(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    char eth0[] = "eth0";
    struct sample sample;

    sample_init(&sample, 45 * MEGA);
    set_members(&sample, eth0);
    sample.slots[0].meter = sample.slots[1].meter = "web";
    sample.slots[0].load_metered = true;
    let_send(&sample, 0, 100 * MEGA, -500, 20000);
    let_send(&sample, 1, 5 * MEGA, -500, 20000);
    expect_rate("metered", 0, vm_slot_rate(&sample.slots[0], 20000));
    expect_rate("metered", 100 * MEGA,
                vm_interface_offered(&sample.interfaces[0][0].load, 20000));
    expect_rate("the meter is not read", 15 * MEGA,
                vm_slot_rate(&sample.slots[1], 20000));

    for (long long int now = 0; now <= 20000; now += 500) {
        vm_interface_load_count(&sample.interfaces[0][1].load,
                                30 * MEGA / 16, now);
    }
    expect_rate("passed", 30 * MEGA, vm_slot_rate(&sample.slots[0], 20000));

    sample.endpoint.policy.max_rate = VM_RATE_NONE;
    let_send(&sample, 0, 50 * MEGA, 20000, 60000);
    expect_rate("a share's meter", 150 * MEGA,
                (vm_slot_rate(&sample.slots[0], 60000) + 500) / 1000 * 1000);
    return vm_expect_result();
}

/* The window begins with vm_slot_begin_window() or the first reading, and
 * leaves out the time before the first frame. */
static int
run_window(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    const long long int hour = 3600 * 1000;
    char eth0[] = "eth0";
    struct sample sample;

    sample_init(&sample, VM_RATE_NONE);
    set_members(&sample, eth0);
    expect_rate("no reading", 0, vm_slot_window_rate(&sample.slots[0]));
    let_send(&sample, 0, 10 * MEGA, hour, hour + 500);
    expect_rate("one reading", 0, vm_slot_window_rate(&sample.slots[0]));
    let_send(&sample, 0, 10 * MEGA, hour + 500, hour + 5500);
    expect_rate("5 s", 30 * MEGA, vm_slot_window_rate(&sample.slots[0]));

    vm_slot_begin_window(&sample.slots[0]);
    expect_rate("new window", 0, vm_slot_window_rate(&sample.slots[0]));
    let_send(&sample, 0, 0, hour + 5500, hour + 9500);
    expect_rate("silent", 0, vm_slot_window_rate(&sample.slots[0]));
    let_send(&sample, 0, 20 * MEGA, hour + 9500, hour + 10500);
    expect_rate("begins late", 60 * MEGA,
                vm_slot_window_rate(&sample.slots[0]));
    let_send(&sample, 0, 0, hour + 10500, hour + 11500);
    expect_rate("falls silent", 30 * MEGA,
                vm_slot_window_rate(&sample.slots[0]));

    vm_slot_begin_window(&sample.slots[1]);
    let_send(&sample, 1, 20 * MEGA, hour, hour + 5500);
    expect_rate("window before the first reading", 60 * MEGA,
                vm_slot_window_rate(&sample.slots[1]));
    return vm_expect_result();
}

/* How much a guess weighs, and whether the variation is known. */
static int
run_guess(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const struct {
        long long int ms;
        uint32_t ppm;
    } weights[] = {
        { 0, 1000000 }, { 2000, 500000 }, { 4000, 250000 }, { 8000, 62500 },
        { 10000, 31250 }, { 10500, 0 }, { 60000, 0 },
    };
    char eth0[] = "eth0";

    for (size_t i = 0; i < ARRAY_SIZE(weights); i++) {
        char *input = xasprintf("%lld ms", weights[i].ms);
        struct sample sample;

        sample_init(&sample, VM_RATE_NONE);
        let_send(&sample, 0, 0, -10000, 0);
        vm_expect_that(input, "without a member nothing is measured",
                       vm_slot_guess_ppm(&sample.slots[0]) == 1000000);
        set_members(&sample, eth0);
        let_send(&sample, 0, MEGA, -500, weights[i].ms);

        uint32_t ppm = vm_slot_guess_ppm(&sample.slots[0]);
        vm_expect_that(input, "the guess has its weight",
                       ppm <= weights[i].ppm && ppm + 2 >= weights[i].ppm);
        vm_expect_that(input, "the variation is known after 30 s",
                       (vm_slot_variation(&sample.slots[0]) > 0)
                       == (weights[i].ms >= 30000));

        vm_interface_load_init(&sample.interfaces[0][1].load);
        vm_expect_that(input, "one interface was measured",
                       vm_slot_guess_ppm(&sample.slots[0]) == ppm);
        vm_expect_that(input, "the variation of one is not known",
                       !vm_slot_variation(&sample.slots[0]));
        free(input);
    }
    return vm_expect_result();
}

const struct vm_test_command test_vm_slot_load_commands[] = {
    { "slot-load-limits", "", 0, 0, run_limits },
    { "slot-load-metered", "", 0, 0, run_metered },
    { "slot-load-window", "", 0, 0, run_window },
    { "slot-load-guess", "", 0, 0, run_guess },
    { NULL, NULL, 0, 0, NULL },
};
