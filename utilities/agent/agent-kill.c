/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-kill.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* 'detail' may be null. */
void
agent_kill_at(const char *step, const char *detail)
{
    const char *where = getenv("OVS_VM_AGENT_KILL");
    size_t n = strlen(step);

    if (where && !strncmp(where, step, n)
        && (!where[n] || (where[n] == ' ' && detail
                          && !strcmp(where + n + 1, detail)))) {
        raise(SIGKILL);
    }
}
