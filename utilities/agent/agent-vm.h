/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_VM_H
#define AGENT_VM_H 1

/* One VM: the state machine that carries out one request after the other.
 *
 *   idle -> look -> claim -> mark -> act -> idle
 *    ^       |^ |                     |
 *    |  queue'| `-> choose -> claim   `-> look (after an error)
 *    `--------'`-> probe -> act
 *
 *   idle     nothing to do, or the request has been answered
 *   queue    as many migrations as are allowed go on
 *   look     libvirt is asked for the domain; agent-verdict.h judges
 *   choose   the target of a migration is chosen
 *   claim    "doing" is written, and committed, before libvirt is called
 *   mark     the mark of the request is written into the domain
 *   act      libvirt suspends, resumes or migrates
 *   probe    after a migration that was interrupted: is the VM at the target?
 *   stuck    a call has not returned in time; its request has failed
 *
 * Whenever the agent is killed, the next one begins in "look" and learns from
 * the mark what has been done.  The mark of a request that failed goes only
 * when the answer is in the database, so that no request is begun twice.
 *
 * An agent that is idle looks after two more things.  A domain that runs and
 * bears a mark was resumed by its owner, so the mark is removed.  A domain
 * that the agent suspended, with no request that justifies it any more, is
 * resumed after a while.
 *
 * Pure: events in, actions out; time is an argument.
 *
 * Ownership: a VM owns its strings.  The caller owns the actions.
 *
 * Thread-safety: none; one thread at a time. */

#include "agent-vm-state.h"

void agent_vm_run(struct agent_vm *, struct agent_context *);
void agent_vm_result(struct agent_vm *, struct agent_context *,
                     const struct agent_result *);
void agent_vm_written(struct agent_vm *, struct agent_context *, bool ok);
void agent_vm_cancel(struct agent_vm *, struct agent_context *,
                     const char *why);
long long int agent_vm_deadline(const struct agent_vm *,
                                const struct agent_settings *);

#endif /* agent-vm.h */
