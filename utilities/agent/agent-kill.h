/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_KILL_H
#define AGENT_KILL_H 1

/* For tests: the agent kills itself, by SIGKILL, at the step that the
 * environment variable OVS_VM_AGENT_KILL names, such as "suspend-before" or
 * "write-after doing".  Without it nothing happens.
 *
 * Thread-safety: any thread may call it. */

void agent_kill_at(const char *step, const char *detail);

#endif /* agent-kill.h */
