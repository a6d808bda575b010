/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "utilities/agent/agent-verdict.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "vm-expect.h"
#include "vm-test.h"

extern const struct vm_test_command test_agent_verdict_commands[];

/* What libvirt tells, and which verdicts "suspend", "resume" and "migrate"
 * get, each without mark, with that of another request, and with its own. */
static const struct {
    enum agent_domain_state state;
    bool claimed;
    const char *verdicts;
} verdicts[] = {
    { AGENT_RUNNING, false, "go go fail / done done done / go go fail" },
    { AGENT_RUNNING, true, "go go fail / done done done / go go fail" },
    { AGENT_PAUSED, false,
      "refuse done done / done go fail / refuse refuse refuse" },
    { AGENT_HELD, false,
      "refuse refuse refuse / refuse refuse refuse / refuse refuse refuse" },
    { AGENT_BUSY, true, "wait wait wait / wait wait wait / wait wait wait" },
    { AGENT_STALLED, true,
      "wait wait wait / wait wait wait / wait wait recover" },
    { AGENT_OFF, false,
      "refuse refuse refuse / refuse refuse refuse / refuse refuse refuse" },
    { AGENT_OFF, true,
      "refuse refuse refuse / refuse refuse refuse / done done done" },
    { AGENT_ABSENT, false,
      "refuse refuse refuse / refuse refuse refuse / refuse refuse refuse" },
    { AGENT_ABSENT, true,
      "refuse refuse refuse / refuse refuse refuse / done done done" },
};

static const char *
judge(enum agent_request request, const char *mark_id,
      enum agent_domain_state state, bool claimed, bool held)
{
    struct agent_order order = {
        .request = request,
        .id = CONST_CAST(char *, "own"),
    };
    struct agent_domain domain = {
        .state = state,
        .mark = {
            .request = mark_id ? AGENT_SUSPEND : AGENT_NONE,
            .id = CONST_CAST(char *, mark_id),
            .suspended = held ? CONST_CAST(char *, mark_id) : NULL,
        },
    };

    return agent_verdict_to_string(agent_judge(&order, claimed,
                                               &domain).verdict);
}

static int
run_verdicts(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const char *const marks[] = { NULL, "other", "own" };

    for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
        char *got = xstrdup("");

        for (int request = AGENT_SUSPEND; request <= AGENT_MIGRATE;
             request++) {
            for (size_t m = 0; m < ARRAY_SIZE(marks); m++) {
                char *more = xasprintf(
                    "%s%s%s", got, m ? " " : request > 1 ? " / " : "",
                    judge(request, marks[m], verdicts[i].state,
                          verdicts[i].claimed, true));
                free(got);
                got = more;
            }
        }
        vm_expect_text(agent_domain_state_to_string(verdicts[i].state),
                       verdicts[i].verdicts, got);
        free(got);
    }
    vm_expect_text("paused with the mark of a migration", "done",
                   judge(AGENT_RESUME, "other", AGENT_PAUSED, false, false));
    return vm_expect_result();
}

static void
check_mark(const char *what, const char *xml, const char *expected)
{
    struct agent_mark mark;
    char *got = NULL;

    if (agent_mark_from_xml(&mark, xml)) {
        got = agent_mark_to_xml(&mark);
    }
    vm_expect_text(what, expected, got);
    agent_mark_destroy(&mark);
    free(got);
}

static int
run_marks(int argc OVS_UNUSED, char *argv[] OVS_UNUSED)
{
    static const char plain[] = "<request action='suspend' id='a-1' "
                                "suspended='a-1'/>";
    static const char odd[] = "<request action='migrate' id='m' "
                              "target='q:?a=1&amp;b=&apos;&lt; id=&quot;'/>";

    check_mark("as it was written", plain, plain);
    check_mark("with double quotes", "<request action=\"suspend\" id=\"a-1\" "
               "suspended=\"a-1\"/>", plain);
    check_mark("in a namespace", "<ovs-vm-agent:request "
               "xmlns:ovs-vm-agent=\"urn:x\" action=\"suspend\" id=\"a-1\" "
               "suspended=\"a-1\"/>", plain);
    check_mark("special characters", odd, odd);
    check_mark("no id", "<request action='suspend'/>", NULL);
    check_mark("unknown action", "<request action='sing' id='x'/>", NULL);
    check_mark("another element", "<policy/>", NULL);
    check_mark("empty", "", NULL);
    vm_expect_that("5a-1.2_x:y", "is an id", agent_id_is_valid("5a-1.2_x:y"));
    vm_expect_that("a b", "is no id", !agent_id_is_valid("a b"));
    vm_expect_that("suspend-bond'0&-1-2", "is an id",
                   agent_id_is_valid("suspend-bond'0&-1-2"));
    vm_expect_that("nothing", "is no id", !agent_id_is_valid(""));
    return vm_expect_result();
}

const struct vm_test_command test_agent_verdict_commands[] = {
    { "agent-verdict", "", 0, 0, run_verdicts },
    { "agent-mark", "", 0, 0, run_marks },
    { NULL, NULL, 0, 0, NULL },
};
