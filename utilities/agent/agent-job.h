/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_JOB_H
#define AGENT_JOB_H 1

/* One request that is being carried out: what each step does when it begins,
 * and what follows from the result of its call.  agent-vm.h draws the steps.
 *
 * Pure: no I/O, no clock.
 *
 * Ownership: as agent-vm-state.h.
 *
 * Thread-safety: none; one thread at a time. */

#include "agent-vm-state.h"

#define AGENT_WITHDRAWN "the request was withdrawn"

void agent_job_enter(struct agent_vm *, struct agent_context *,
                     enum agent_step);
void agent_job_result(struct agent_vm *, struct agent_context *,
                      const struct agent_result *);
void agent_job_abort(struct agent_vm *, struct agent_context *,
                     const char *why);
void agent_job_finish(struct agent_vm *, struct agent_context *,
                      enum agent_outcome, const char *note);
void agent_job_repeat(struct agent_vm *, const struct agent_context *);
bool agent_job_is_withdrawn(const struct agent_vm *);

#endif /* agent-job.h */
