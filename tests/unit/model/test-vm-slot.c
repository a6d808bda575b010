/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "model/vm-slot.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_vm_slot_commands[];

static struct vm_slot *
create(const char *pref_text)
{
    struct vm_endpoint endpoint = { .id = CONST_CAST(char *, "web") };
    struct vm_pref pref = { NULL, 0, false };
    struct ds complaint = DS_EMPTY_INITIALIZER;

    if (!vm_pref_from_string(pref_text, &pref, &complaint)) {
        ovs_fatal(0, "%s: %s", pref_text, ds_cstr(&complaint));
    }
    struct vm_slot *slot = vm_slot_create(&endpoint, &pref);
    slot->endpoint = NULL;
    vm_pref_destroy(&pref);
    ds_destroy(&complaint);
    return slot;
}

/* Steps, one per second:
 *
 *     MEMBER REASON BECAUSE  a decision; "-" is none.  The present member is
 *                            usable unless BECAUSE begins with "!", and home
 *                            is usable unless BECAUSE ends in "?"
 *     was MEMBER HOME PIN    known from before a restart
 *     pin MEMBER
 *     preference PREF
 *
 * The result of a decision is "j" if it belongs into the journal and "t" if it
 * must be reported. */
static const struct {
    const char *what;
    const char *pref;
    const char *steps;
    const char *expected;
} cases[] = {
    { "the first decision is reported, even without a member", "*",
      "- all-lost -", "jt; - all-lost" },
    { "the first member", "*", "eth0 least-loaded -",
      "jt; eth0 least-loaded" },
    { "it stays", "*", "eth0 least-loaded -,eth0 stayed -",
      "jt .; eth0 least-loaded" },
    { "it moves", "*", "eth0 least-loaded -,eth1 overload eth0",
      "jt jt; eth1 overload eth0 from eth0" },

    /* Reasons. */
    { "the reason of a move is kept while it stays", "eth0,*",
      "eth0 first-choice -,eth1 failover !eth0?,eth1 next-choice eth0?",
      "jt jt .; eth1 failover eth0 from eth0 home eth0" },
    { "the reason to stay is updated", "eth0,*",
      "eth0 first-choice -,eth0 only-usable -", "jt .; eth0 only-usable" },
    { "pinned by the operator where it is", "*",
      "eth0 least-loaded -,eth0 manual -",
      "jt .; eth0 manual" },
    { "after the pin was removed", "*",
      "eth0 manual -,eth0 stayed -", "jt .; eth0 stayed" },
    { "another reason to drop is for the journal only", "eth0",
      "- only-uplink-lost eth0?,- displaced eth0?,- displaced eth0?",
      "jt j .; - displaced eth0" },

    /* Home. */
    { "the loss of the member leaves a home", "*",
      "eth0 least-loaded -,eth1 failover !eth0?",
      "jt jt; eth1 failover eth0 from eth0 home eth0" },
    { "the first home is kept", "*",
      "eth0 least-loaded -,eth1 failover !eth0?,eth2 failover !eth1?",
      "jt jt jt; eth2 failover eth1 from eth1 home eth0" },
    { "it is home again", "*",
      "eth0 least-loaded -,eth1 failover !eth0?,eth0 failback eth0",
      "jt jt jt; eth0 failback eth0 from eth1" },
    { "an exclusive VM preempts it", "*",
      "eth0 least-loaded -,eth1 preempted eth0",
      "jt jt; eth1 preempted eth0 from eth0 home eth0" },
    { "an exclusive VM displaces it", "eth0",
      "eth0 first-choice -,- displaced eth0",
      "jt jt; - displaced eth0 from eth0 home eth0" },
    { "a move by rebalancing leaves no home", "*",
      "eth0 least-loaded -,eth1 underused eth1",
      "jt jt; eth1 underused eth1 from eth0" },
    { "a pin leaves no home: it returns anyway", "*",
      "pin eth0,eth0 manual -,eth1 failover !eth0?",
      "jt jt; eth1 failover eth0 from eth0 pinned eth0" },
    { "a new pin removes the home", "*",
      "eth0 least-loaded -,eth1 failover !eth0?,pin eth2,eth2 manual -",
      "jt jt jt; eth2 manual from eth1 pinned eth2" },

    /* Preferences. */
    { "what a new preference does not allow is removed", "*",
      "pin eth2,eth0 least-loaded -,eth1 failover !eth0?,preference eth1",
      "jt jt; eth1 failover eth0 from eth0" },
    { "what it allows is kept", "*",
      "pin eth2,eth0 least-loaded -,eth1 failover !eth0?,preference eth2+eth0",
      "jt jt; eth1 failover eth0 from eth0 home eth0 pinned eth2" },

    /* Restart. */
    { "where it was", "*", "was eth1 - -,eth1 stayed -",
      "jt; eth1 restored" },
    { "where it was is not there yet", "*",
      "was eth1 - -,eth0 only-usable ?",
      "jt; eth0 only-usable home eth1 (restored)" },
    { "it returns, once", "*",
      "was eth1 - -,eth0 only-usable ?,eth1 stayed -",
      "jt jt; eth1 restored from eth0" },
    { "with its home of before", "*",
      "was eth1 eth2 -,eth0 only-usable ?,eth1 stayed -",
      "jt jt; eth1 restored from eth0 home eth2" },
    { "its home of before is preferred at once", "*",
      "was eth1 eth2 -,eth2 failback eth2", "jt; eth2 failback eth2" },
    { "its preference has another first choice by now", "eth0,*",
      "was eth1 - -,eth0 first-choice -", "jt; eth0 first-choice" },
    { "an exclusive VM has its member by now", "*",
      "was eth1 - -,eth0 preempted eth1",
      "jt; eth0 preempted eth1 home eth1" },
    { "its pin", "*", "was eth1 - eth1,eth1 manual -",
      "jt; eth1 manual pinned eth1" },
    { "not allowed by now", "eth0", "was eth1 eth2 eth3,eth0 first-choice -",
      "jt; eth0 first-choice" },
    { "only a home is known", "*", "was - eth2 -,- all-lost ?",
      "jt; - all-lost home eth2" },
};

static const char *
name(const char *word)
{
    return strcmp(word, "-") ? word : NULL;
}

/* Carries out the decision "MEMBER REASON BECAUSE". */
static void
decide(struct vm_slot *slot, const char *member, const char *token,
       char *because, long long int now, struct ds *got)
{
    struct vm_place place = {
        .member = name(member), .present_usable = true, .home_usable = true,
    };
    size_t n = strlen(because);

    if (n && because[n - 1] == '?') {
        because[n - 1] = '\0';
        place.home_usable = false;
    }
    if (because[0] == '!') {
        because++;
        place.present_usable = false;
    }
    place.because = because[0] ? name(because) : NULL;
    if (!vm_reason_from_token(token, &place.reason)) {
        ovs_fatal(0, "%s: not a reason", token);
    }

    slot->untold = false;
    bool journal = vm_slot_place(slot, &place, now);
    ds_put_format(got, "%s%s%s%s", got->length ? " " : "",
                  journal ? "j" : "", slot->untold ? "t" : "",
                  journal || slot->untold ? "" : ".");
}

static void
do_step(struct vm_slot *slot, const char *step, long long int now,
        struct ds *got)
{
    char a[32], b[32], c[32], d[32];
    int n = sscanf(step, "%31s %31s %31s %31s", a, b, c, d);

    if (n == 4 && !strcmp(a, "was")) {
        vm_slot_restore(slot, name(b), name(c), name(d));
    } else if (n == 2 && !strcmp(a, "pin")) {
        vm_slot_pin(slot, b);
    } else if (n == 2 && !strcmp(a, "preference")) {
        for (char *p = b; *p; p++) {
            *p = *p == '+' ? ',' : *p;
        }
        struct vm_slot *other = create(b);
        vm_slot_set_pref(slot, &other->pref);
        vm_slot_destroy(other);
    } else if (n == 3) {
        decide(slot, a, b, c, now, got);
    } else {
        ovs_fatal(0, "%s: not a step", step);
    }
}

static void
describe(const struct vm_slot *slot, struct ds *s)
{
    ds_put_format(s, "; %s %s", slot->member ? slot->member : "-",
                  vm_reason_to_token(slot->reason));
    if (slot->because) {
        ds_put_format(s, " %s", slot->because);
    }
    if (slot->from) {
        ds_put_format(s, " from %s", slot->from);
    }
    if (slot->home) {
        ds_put_format(s, " home %s%s", slot->home,
                      slot->home_restored ? " (restored)" : "");
    }
    if (slot->pinned) {
        ds_put_format(s, " pinned %s", slot->pinned);
    }
}

static int
run_place(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct vm_slot *slot = create(cases[i].pref);
        char *steps = xstrdup(cases[i].steps);
        struct ds got = DS_EMPTY_INITIALIZER;
        char *save_ptr = NULL;
        long long int now = 0;

        for (char *step = strtok_r(steps, ",", &save_ptr); step;
             step = strtok_r(NULL, ",", &save_ptr)) {
            now += 1000;
            do_step(slot, step, now, &got);
        }
        describe(slot, &got);
        vm_expect_text(cases[i].what, cases[i].expected, ds_cstr(&got));
        ds_destroy(&got);
        free(steps);
        vm_slot_destroy(slot);
    }
    return vm_expect_result();
}

/* Announcements: at which of the times 0, 100, 200, ... one is made. */
static int
run_announce(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const struct {
        unsigned int count;
        const char *expected;
    } announce_cases[] = {
        { 0, "" }, { 1, " 0" }, { 2, " 0 500" }, { 3, " 0 500 1000" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(announce_cases); i++) {
        struct vm_slot *slot = create("*");
        struct ds got = DS_EMPTY_INITIALIZER;

        vm_slot_start_announcing(slot, announce_cases[i].count, 0);
        for (long long int now = 0; now < 5000; now += 100) {
            if (vm_slot_announce(slot, 500, now)) {
                ds_put_format(&got, " %lld", now);
            }
        }
        vm_expect_text("announcements", announce_cases[i].expected,
                       ds_cstr(&got));
        vm_expect_that("after the last one", "none is due",
                       slot->next_announce == LLONG_MAX
                       && !slot->announces_left);
        ds_destroy(&got);
        vm_slot_destroy(slot);
    }

    /* After a delay, one announcement is made, not all that were missed. */
    struct vm_slot *slot = create("*");
    vm_slot_start_announcing(slot, 3, 0);
    vm_expect_that("late", "one is made", vm_slot_announce(slot, 500, 7000));
    vm_expect_that("late", "only one", !vm_slot_announce(slot, 500, 7000));
    vm_expect_that("late", "the next in time", slot->next_announce == 7500);
    vm_slot_destroy(slot);
    return vm_expect_result();
}

/* What still concerns a member. */
static int
run_settling(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    struct vm_slot *slot = create("*");
    struct ds got = DS_EMPTY_INITIALIZER;

    do_step(slot, "eth0 least-loaded -", 1000, &got);
    do_step(slot, "eth1 failover !eth0?", 2000, &got);
    vm_expect_that("nothing to announce", "it is settled",
                   !vm_slot_is_settling(slot, "eth0", 2000));
    vm_slot_start_announcing(slot, 2, 2000);
    vm_expect_that("the member it left", "it concerns it",
                   vm_slot_is_settling(slot, "eth0", 2000));
    vm_expect_that("another member", "it does not concern it",
                   !vm_slot_is_settling(slot, "eth2", 2000));
    vm_expect_that("a later loss", "it has nothing to do with it",
                   !vm_slot_is_settling(slot, "eth0", 2001));
    ds_destroy(&got);
    vm_slot_destroy(slot);
    return vm_expect_result();
}

const struct vm_test_command test_vm_slot_commands[] = {
    { "slot-place", "", 0, 0, run_place },
    { "slot-announce", "", 0, 0, run_announce },
    { "slot-settling", "", 0, 0, run_settling },
    { NULL, NULL, 0, 0, NULL },
};
