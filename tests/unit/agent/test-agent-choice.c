/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "utilities/agent/agent-choice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_agent_choice_commands[];

/* Lists, and what is read from them: URI|DATABASE. */
static const struct {
    const char *list;
    const char *expected;
} lists[] = {
    { "", "" },
    { "qemu+ssh:h2", "qemu+ssh:h2|none" },
    { "qemu+tls:h2=ssl:h2:6640  qemu+tls:h3=ssl:h3:6640",
      "qemu+tls:h2|ssl:h2:6640 qemu+tls:h3|ssl:h3:6640" },
    { "qemu+unix:?socket=/s=unix:/db.sock",
      "qemu+unix:?socket=/s|unix:/db.sock" },
    { "qemu+unix:?socket=/s", "qemu+unix:?socket=/s|none" },
    { "q:?a=tcp=x=tcp:h:1", "q:?a=tcp=x|tcp:h:1" },
};

/* Candidates "NAME:STATE:ROOM" (u: usable, d: drained, n: no bond, x: not
 * connected, ?: no database), the guarantee of the VM, and who is chosen. */
static const struct {
    const char *candidates;
    uint64_t guarantee;
    const char *expected;
} choices[] = {
    { "", 0, "no target: neither external_ids:vm-migrate-targets of "
      "Open_vSwitch nor --migrate-to names one" },
    { "a:u:5 b:u:9", 0, "b" },
    { "b:u:9 a:u:9", 0, "a" },
    { "a:u:5 b:u:9", 9, "b" },
    { "a:u:5000 b:u:9000", 10000, "no target: a: it has room for 5 kbit/s, "
      "the VM needs 10 kbit/s; b: it has room for 9 kbit/s, the VM needs "
      "10 kbit/s" },
    { "a:d:50 b:u:1", 0, "b" },
    { "a:d:50", 0, "no target: a: its bond is drained or has no "
      "usable member (why)" },
    { "a:n:0", 0, "no target: a: it has no vm-aware bond that says "
      "vm_aware_room (why)" },
    { "a:x:0", 0, "wait: no target: a: its database db is not reachable "
      "(why)" },
    { "a:x:0 b:u:1", 0, "b" },
    { "a:?:0 b:u:1", 0, "b" },
    { "b:?:0 a:?:0", 99, "a" },
    { "a:?:0 b:u:1", 5, "a" },
};

static enum agent_host_state
state_from_letter(char letter)
{
    return letter == 'u' ? AGENT_HOST_USABLE
           : letter == 'd' ? AGENT_HOST_UNUSABLE
           : letter == 'n' ? AGENT_HOST_NO_BOND
           : letter == 'x' ? AGENT_HOST_UNREACHABLE
           : AGENT_HOST_UNKNOWN;
}

static void
check_choice(const char *text, uint64_t guarantee, const char *expected)
{
    struct agent_candidate c[4];
    char *copy = xstrdup(text), *save = NULL, *why;
    size_t n = 0;
    bool wait;

    memset(c, 0, sizeof c);
    for (char *word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        c[n].uri = strsep(&word, ":");
        c[n].ovsdb = CONST_CAST(char *, "db");
        c[n].state = state_from_letter(*strsep(&word, ":"));
        c[n].room = strtoull(word, NULL, 10);
        c[n].detail = CONST_CAST(char *, c[n].state == AGENT_HOST_USABLE
                                 ? NULL : "why");
        n++;
    }

    const struct agent_candidate *best = agent_choose(c, n, guarantee, &why,
                                                      &wait);
    char *got = best ? xstrdup(best->uri)
                : xasprintf("%s%s", wait ? "wait: " : "", why);
    vm_expect_text(text, expected, got);
    free(got);
    free(why);
    free(copy);
}

static int
run_choices(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        struct agent_candidate *c;
        size_t n = agent_candidates_parse(lists[i].list, &c);
        struct ds s = DS_EMPTY_INITIALIZER;

        for (size_t j = 0; j < n; j++) {
            ds_put_format(&s, "%s%s|%s", j ? " " : "", c[j].uri,
                          c[j].ovsdb ? c[j].ovsdb : "none");
        }
        vm_expect_text(lists[i].list, lists[i].expected, ds_cstr(&s));
        ds_destroy(&s);
        agent_candidates_destroy(c, n);
    }
    for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
        check_choice(choices[i].candidates, choices[i].guarantee,
                     choices[i].expected);
    }
    return vm_expect_result();
}

const struct vm_test_command test_agent_choice_commands[] = {
    { "agent-choice", "", 0, 0, run_choices },
    { NULL, NULL, 0, 0, NULL },
};
