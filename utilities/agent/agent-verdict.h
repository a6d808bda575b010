/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_VERDICT_H
#define AGENT_VERDICT_H 1

/* What a request means for a domain that is in a given state: a table.
 *
 * A request is carried out at most once.  The mark, which the agent writes
 * into the domain before it changes anything, tells what has happened to a
 * request whose agent was killed: without the mark of the request, nothing
 * was done yet; with it, libvirt may have been called, and is not called
 * again.
 *
 * Only a domain that bears a mark was suspended by the agent.  One that is
 * paused without a mark was suspended by its owner, and stays as it is.
 *
 * Pure: no I/O, no state, no clock.
 *
 * Thread-safety: none is needed. */

#include "agent-types.h"

enum agent_verdict {
    AGENT_V_GO,                 /* Call libvirt. */
    AGENT_V_DONE,               /* As asked for already. */
    AGENT_V_REFUSE,             /* Not for the agent to do. */
    AGENT_V_FAIL,               /* Was tried, or may have been. */
    AGENT_V_WAIT,               /* Look again later. */
    AGENT_V_RECOVER,            /* Find out where the VM runs. */
    AGENT_N_VERDICTS
};

struct agent_ruling {
    enum agent_verdict verdict;
    const char *note;           /* For people, null for AGENT_V_GO. */
};

bool agent_holds(const struct agent_domain *);
struct agent_ruling agent_judge(const struct agent_order *, bool claimed,
                                const struct agent_domain *);
const char *agent_verdict_to_string(enum agent_verdict);

#endif /* agent-verdict.h */
