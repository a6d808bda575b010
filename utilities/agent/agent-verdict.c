/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-verdict.h"

#include <string.h>

#include "util.h"

/* How a domain is marked, seen from a request. */
enum marked {
    UNMARKED,
    MARKED_OTHER,               /* By the agent, for another request. */
    MARKED_SAME                 /* By the agent, for this request. */
};

/* One bit for each value of enum marked. */
#define NO (1u << UNMARKED)
#define OTHER (1u << MARKED_OTHER)
#define SAME (1u << MARKED_SAME)
#define ANY (NO | OTHER | SAME)

/* Whether "doing" has been written to the database. */
enum claimed { FRESH, CLAIMED, EITHER };

struct rule {
    enum agent_request request;
    enum agent_domain_state state;
    unsigned int marks;
    enum claimed claimed;
    enum agent_verdict verdict;
    const char *note;
};

#define INTERRUPTED "interrupted: ovs-vm-agent was restarted meanwhile; the " \
                    "VM is as it was"
#define OWNER "the VM was suspended by its owner"

static const struct rule rules[] = {
    { AGENT_SUSPEND, AGENT_RUNNING, NO | OTHER, EITHER, AGENT_V_GO, NULL },
    { AGENT_SUSPEND, AGENT_RUNNING, SAME, EITHER, AGENT_V_FAIL, INTERRUPTED },
    { AGENT_SUSPEND, AGENT_PAUSED, SAME, EITHER, AGENT_V_DONE, "suspended" },
    { AGENT_SUSPEND, AGENT_PAUSED, OTHER, EITHER, AGENT_V_DONE,
      "the agent suspended the VM earlier" },
    { AGENT_SUSPEND, AGENT_PAUSED, NO, EITHER, AGENT_V_REFUSE, OWNER },

    { AGENT_RESUME, AGENT_RUNNING, SAME, EITHER, AGENT_V_DONE, "resumed" },
    { AGENT_RESUME, AGENT_RUNNING, NO | OTHER, EITHER, AGENT_V_DONE,
      "the VM runs" },
    { AGENT_RESUME, AGENT_PAUSED, OTHER, EITHER, AGENT_V_GO, NULL },
    { AGENT_RESUME, AGENT_PAUSED, SAME, EITHER, AGENT_V_FAIL, INTERRUPTED },
    { AGENT_RESUME, AGENT_PAUSED, NO, EITHER, AGENT_V_DONE,
      OWNER ", and is left alone" },

    { AGENT_MIGRATE, AGENT_RUNNING, NO | OTHER, EITHER, AGENT_V_GO, NULL },
    { AGENT_MIGRATE, AGENT_RUNNING, SAME, EITHER, AGENT_V_FAIL, INTERRUPTED },
    { AGENT_MIGRATE, AGENT_PAUSED, ANY, EITHER, AGENT_V_REFUSE,
      "the VM is suspended; only a VM that runs is migrated" },
    { AGENT_MIGRATE, AGENT_STALLED, SAME, EITHER, AGENT_V_RECOVER,
      "a migration was interrupted" },
    { AGENT_MIGRATE, AGENT_ABSENT, ANY, CLAIMED, AGENT_V_DONE,
      "the VM is no longer on this host" },
    { AGENT_MIGRATE, AGENT_OFF, ANY, CLAIMED, AGENT_V_DONE,
      "the VM no longer runs on this host" },

    /* All requests. */
    { AGENT_NONE, AGENT_STALLED, ANY, EITHER, AGENT_V_WAIT,
      "a migration of the VM was interrupted" },
    { AGENT_NONE, AGENT_BUSY, ANY, EITHER, AGENT_V_WAIT,
      "libvirt has a job for the VM, such as a migration" },
    { AGENT_NONE, AGENT_HELD, ANY, EITHER, AGENT_V_REFUSE,
      "the VM is paused, and not by a suspension" },
    { AGENT_NONE, AGENT_OFF, ANY, EITHER, AGENT_V_REFUSE,
      "the VM does not run" },
    { AGENT_NONE, AGENT_ABSENT, ANY, EITHER, AGENT_V_REFUSE,
      "libvirt has no domain with this UUID" },
};

static bool
rule_applies(const struct rule *rule, enum agent_request request,
             enum agent_domain_state state, enum marked marked, bool claimed)
{
    return (rule->request == request || rule->request == AGENT_NONE)
           && rule->state == state
           && rule->marks & (1u << marked)
           && (rule->claimed == EITHER
               || (rule->claimed == CLAIMED) == claimed);
}

static enum marked
get_marked(const struct agent_order *order, const struct agent_mark *mark)
{
    if (mark->request == AGENT_NONE) {
        return UNMARKED;
    }
    return order->id && !strcmp(order->id, mark->id) ? MARKED_SAME
           : MARKED_OTHER;
}

/* Returns true if the domain is suspended, and by the agent. */
bool
agent_holds(const struct agent_domain *domain)
{
    return domain->state == AGENT_PAUSED && domain->mark.suspended;
}

/* 'claimed' tells whether "doing" was written for the order. */
struct agent_ruling
agent_judge(const struct agent_order *order, bool claimed,
            const struct agent_domain *domain)
{
    enum marked marked = get_marked(order, &domain->mark);

    if (domain->state == AGENT_PAUSED && !agent_holds(domain)) {
        marked = UNMARKED;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        if (rule_applies(&rules[i], order->request, domain->state, marked,
                         claimed)) {
            return (struct agent_ruling) { rules[i].verdict, rules[i].note };
        }
    }
    OVS_NOT_REACHED();
}

const char *
agent_verdict_to_string(enum agent_verdict verdict)
{
    static const char *const names[] = {
        [AGENT_V_GO] = "go",
        [AGENT_V_DONE] = "done",
        [AGENT_V_REFUSE] = "refuse",
        [AGENT_V_FAIL] = "fail",
        [AGENT_V_WAIT] = "wait",
        [AGENT_V_RECOVER] = "recover",
    };

    BUILD_ASSERT(ARRAY_SIZE(names) == AGENT_N_VERDICTS);
    return names[verdict];
}
