/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-member.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_member_commands[];

/* Events are "u"p, "d"own and "s"ettled; one comes every second.  Each event
 * yields the state, the time of its transition, and "!" if the state has
 * changed. */
static const struct {
    const char *events;
    const char *expected;
} machine_cases[] = {
    { "", "new@0" },
    { "d", "new@0 new@0" },
    { "s", "new@0 new@0" },
    { "u", "new@0 usable@1!" },
    { "us", "new@0 usable@1! usable@1" },
    { "uu", "new@0 usable@1! usable@1" },

    /* A whole failover and return. */
    { "udsus",
      "new@0 usable@1! failover@2! lost@3! returned@4! usable@5!" },

    /* It returns before the failover has ended, and is lost before the return
     * has. */
    { "udud",
      "new@0 usable@1! failover@2! returned@3! failover@4!" },

    /* Repeated events change nothing. */
    { "udd", "new@0 usable@1! failover@2! failover@2" },
    { "udsd", "new@0 usable@1! failover@2! lost@3! lost@3" },
    { "udss", "new@0 usable@1! failover@2! lost@3! lost@3" },
    { "udsuu", "new@0 usable@1! failover@2! lost@3! returned@4! returned@4" },
};

static void
format_state(const struct vm_member *member, bool changed, struct ds *s)
{
    ds_put_format(s, "%s%s@%lld%s", s->length ? " " : "",
                  vm_member_state_to_string(member->state),
                  member->since / 1000, changed ? "!" : "");
}

static int
run_machine(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(machine_cases); i++) {
        struct vm_member *member = vm_member_create("eth0", 0);
        struct ds got = DS_EMPTY_INITIALIZER;
        long long int now = 0;

        format_state(member, false, &got);
        for (const char *e = machine_cases[i].events; *e; e++) {
            enum vm_member_event event = (*e == 'u' ? VM_MEMBER_UP
                                          : *e == 'd' ? VM_MEMBER_DOWN
                                          : VM_MEMBER_SETTLED);
            now += 1000;
            format_state(member, vm_member_event(member, event, now), &got);
        }
        vm_expect_text(machine_cases[i].events, machine_cases[i].expected,
                       ds_cstr(&got));
        ds_destroy(&got);
        vm_member_destroy(member);
    }
    return vm_expect_result();
}

/* What each state means. */
static int
run_states(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const struct {
        enum vm_member_state state;
        const char *expected;
    } cases[] = {
        { VM_MEMBER_NEW, "new" },
        { VM_MEMBER_USABLE, "usable may-carry" },
        { VM_MEMBER_FAILOVER, "failover settling" },
        { VM_MEMBER_LOST, "lost" },
        { VM_MEMBER_RETURNED, "returned may-carry settling" },
    };

    BUILD_ASSERT_DECL(ARRAY_SIZE(cases) == VM_N_MEMBER_STATES);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct vm_member *member = vm_member_create("eth0", 0);
        const char *name = vm_member_state_to_string(cases[i].state);

        member->state = cases[i].state;
        char *got = xasprintf("%s%s%s", name,
                              vm_member_is_usable(member) ? " may-carry" : "",
                              vm_member_is_settling(member) ? " settling"
                                                            : "");
        vm_expect_text(name, cases[i].expected, got);
        free(got);
        vm_member_destroy(member);
    }
    return vm_expect_result();
}

/* The time of the last loss or return, which settling does not touch. */
static int
run_changed(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const struct {
        enum vm_member_event event;
        long long int changed;
    } steps[] = {
        { VM_MEMBER_UP, 1 }, { VM_MEMBER_DOWN, 2 }, { VM_MEMBER_SETTLED, 2 },
        { VM_MEMBER_UP, 4 }, { VM_MEMBER_SETTLED, 4 }, { VM_MEMBER_UP, 4 },
    };
    struct vm_member *member = vm_member_create("eth0", 0);

    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        char *input = xasprintf("step %"PRIuSIZE, i + 1);
        char *expected = xasprintf("%lld", steps[i].changed);

        vm_member_event(member, steps[i].event, i + 1);
        char *got = xasprintf("%lld", member->changed);
        vm_expect_text(input, expected, got);
        free(input);
        free(expected);
        free(got);
    }
    vm_member_destroy(member);
    return vm_expect_result();
}

/* Facts: what is new, and the capacity that they make. */
static const struct {
    const char *capacity;   /* vm-aware-capacity, or null. */
    bool enabled;
    uint64_t speed, max_rate;
    const char *expected;
} fact_steps[] = {
    { NULL, false, 0, 0, "new 10000000000 assumed" },
    { NULL, false, 0, 0, "old 10000000000 assumed" },
    { NULL, true, 0, 0, "new 10000000000 assumed" },
    { NULL, true, 1000000000, 0, "new 1000000000" },
    { "2.5G", true, 1000000000, 0, "new 2500000000" },
    { "2.5G", true, 1000000000, 0, "old 2500000000" },
    { "much", true, 1000000000, 0, "new 1000000000 problem" },
    { "much", true, 1000000000, 0, "old 1000000000 problem" },
    { NULL, true, 1000000000, 0, "new 1000000000" },

    /* Other speeds, also while it is up. */
    { NULL, true, UINT64_C(2500000000), 0, "new 2500000000" },
    { NULL, true, UINT64_C(25000000000), 0, "new 25000000000" },
    { NULL, true, UINT64_C(400000000000), 0, "new 400000000000" },

    /* A link that is down has no speed. */
    { NULL, false, 0, 0, "new 400000000000" },
    { NULL, true, 0, 0, "new 10000000000 assumed" },

    /* Its QoS. */
    { NULL, true, 0, 300000000, "new 300000000" },
    { NULL, true, 1000000000, 300000000, "new 300000000" },
    { NULL, true, 1000000000, 3000000000, "new 1000000000" },
    { "2G", true, 1000000000, 300000000, "new 2000000000" },
};

static int
run_facts(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_member *member = vm_member_create("eth0", 0);

    for (size_t i = 0; i < ARRAY_SIZE(fact_steps); i++) {
        struct smap config = SMAP_INITIALIZER(&config);
        char *input = xasprintf("step %"PRIuSIZE, i + 1);
        const struct vm_member_facts facts = {
            .enabled = fact_steps[i].enabled,
            .link_speed = fact_steps[i].speed,
            .max_rate = fact_steps[i].max_rate,
            .other_config = &config,
        };

        if (fact_steps[i].capacity) {
            smap_add(&config, "vm-aware-capacity", fact_steps[i].capacity);
        }
        bool changed = vm_member_configure(member, &facts);
        char *got = xasprintf("%s %"PRIu64"%s%s", changed ? "new" : "old",
                              vm_member_capacity(member),
                              vm_member_known_capacity(member)
                              ? "" : " assumed",
                              member->problems.n ? " problem" : "");
        vm_expect_text(input, fact_steps[i].expected, got);
        free(got);
        free(input);
        smap_destroy(&config);
    }
    vm_expect_that("all steps", "facts alone do not change the state",
                   member->state == VM_MEMBER_NEW);
    vm_member_destroy(member);
    return vm_expect_result();
}

/* What is assumed of a member: the highest capacity that is known. */
static int
run_assumed(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const struct {
        uint64_t speeds[3];     /* Gbit/s, 0 if unknown. */
        uint64_t assumed;       /* Gbit/s. */
    } cases[] = {
        { { 0, 0, 0 }, 10 },
        { { 1, 0, 1 }, 1 },
        { { 0, 25, 10 }, 25 },
        { { 100, 25, 0 }, 100 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct vm_member *members[ARRAY_SIZE(cases[i].speeds)];
        char *input = xasprintf("case %"PRIuSIZE, i + 1);

        for (size_t j = 0; j < ARRAY_SIZE(members); j++) {
            const struct vm_member_facts facts = {
                .link_speed = cases[i].speeds[j] * 1000000000,
            };

            members[j] = vm_member_create("eth", 0);
            vm_member_configure(members[j], &facts);
        }
        vm_members_assume(members, ARRAY_SIZE(members));
        for (size_t j = 0; j < ARRAY_SIZE(members); j++) {
            uint64_t speed = cases[i].speeds[j];

            vm_expect_that(input, "its capacity is as expected",
                           vm_member_capacity(members[j])
                           == (speed ? speed : cases[i].assumed)
                           * 1000000000);
            vm_member_destroy(members[j]);
        }
        free(input);
    }
    return vm_expect_result();
}

/* What a device sends in each of so many half seconds, what of that slots
 * sent, behind their meters, and the background after the last, Mbit/s. */
static const struct {
    const char *what;
    size_t n;
    uint64_t device, slots;
    uint64_t background;
} background_stages[] = {
    { "first reading", 1, 0, 0, 0 },
    { "only slots", 12, 16, 16, 0 },
    { "others, one period", 6, 24, 16, 0 },
    { "others, two periods", 6, 24, 16, 8 },
    { "more of others", 6, 32, 16, 8 },
    { "more of others, longer", 6, 32, 16, 16 },
    { "less for one period", 6, 20, 16, 4 },
    { "that is past", 12, 24, 16, 8 },
    { "others have stopped", 6, 16, 16, 0 },
    { "a slot begins and is counted late", 2, 32, 16, 0 },
    { "its flows are read", 4, 32, 32, 0 },
    { "unevenly", 1, 32, 0, 0 },
    { "and what was late as well", 5, 32, 40, 0 },
};

static int
run_background(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    const uint64_t bytes = 1000000 / 8 / 2; /* In half a second. */
    struct vm_member *member = vm_member_create("eth0", 0);
    uint64_t counter = 5000;
    long long int now = 0;

    for (size_t i = 0; i < ARRAY_SIZE(background_stages); i++) {
        const char *what = background_stages[i].what;

        for (size_t j = 0; j < background_stages[i].n; j++) {
            counter += background_stages[i].device * bytes;
            member->slots_bytes += background_stages[i].slots * bytes;
            vm_member_count(member, counter, 0, 0, now);
            now += 500;
        }
        for (int use = 0; use < VM_N_BACKGROUND_USES; use++) {
            vm_expect_that(what, "background",
                           vm_member_background(member, use)
                           == background_stages[i].background * 1000000);
        }
    }
    vm_member_destroy(member);
    return vm_expect_result();
}

/* The very first period: it may choose a place, but no rate is withheld. */
static int
run_first_background(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_member *member = vm_member_create("eth0", 0);

    vm_member_count(member, 1000, 0, 0, 0);
    vm_expect_that("first reading", "nothing is known",
                   !vm_member_background(member, VM_BACKGROUND_FOR_PLACEMENT)
                   && !vm_member_background(member, VM_BACKGROUND_FOR_RATES));
    vm_expect_that("first period", "there is news",
                   vm_member_count(member, 3001000, 0, 0, 3000));
    vm_expect_that("first period", "placement believes it",
                   vm_member_background(member, VM_BACKGROUND_FOR_PLACEMENT)
                   == 8000000);
    vm_expect_that("first period", "it costs no rate",
                   !vm_member_background(member, VM_BACKGROUND_FOR_RATES));
    vm_expect_that("counter began anew", "that is no news",
                   !vm_member_count(member, 0, 0, 0, 6000));
    vm_expect_that("second period", "it is known",
                   vm_member_count(member, 3000000, 0, 0, 9000)
                   && vm_member_background(member, VM_BACKGROUND_FOR_RATES)
                   == 8000000);
    vm_member_destroy(member);
    return vm_expect_result();
}

const struct vm_test_command test_vm_member_commands[] = {
    { "member-machine", "", 0, 0, run_machine },
    { "member-states", "", 0, 0, run_states },
    { "member-changed", "", 0, 0, run_changed },
    { "member-facts", "", 0, 0, run_facts },
    { "member-assumed", "", 0, 0, run_assumed },
    { "member-background", "", 0, 0, run_background },
    { "member-first-background", "", 0, 0, run_first_background },
    { NULL, NULL, 0, 0, NULL },
};
