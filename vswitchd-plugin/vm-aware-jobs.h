/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_JOBS_H
#define VM_AWARE_JOBS_H 1

/* Questions of "vm-aware/what-if" that wait for their answers.
 *
 * The answer to a question about many VMs takes so long that the main thread
 * may not make it in one go: links would not be noticed and flows not be set
 * up meanwhile.  So it is a job: in one iteration of the main loop one step of
 * vm-whatif is done, and the command replies after the last one.  The jobs of
 * all bonds take turns: first come, first served, so that there is one step in
 * an iteration however many there are.  A copy of the bond is made in that of
 * the question, so only a few may wait.
 *
 * An answer is about the state of the bond at the time of the question, of
 * which the job has a copy.  If the bond is gone before the answer is
 * complete, the reply is an error: the answer would be about something that
 * the operator cannot ask about any more.  A bond that gets another name is
 * another bond.
 *
 * A caller that goes away is not noticed before the reply: a connection of
 * unixctl lives at least until the command has replied.
 *
 * Ownership: a job owns its copy of the state, and owes a reply.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdbool.h>

struct unixctl_conn;
struct vm_aware_bond;

/* Replies to 'conn' with the answer to 'question' about the bond, in JSON or
 * in text: at once if that is cheap or if the question is wrong, otherwise
 * later. */
void vm_aware_jobs_ask(const struct vm_aware_bond *, const char *question,
                       bool json, struct unixctl_conn *conn);

/* To be called in each iteration of the main loop, for each bond. */
void vm_aware_jobs_run(const struct vm_aware_bond *);
void vm_aware_jobs_wait(const struct vm_aware_bond *);

/* The bond is about to go: replies to the questions about it. */
void vm_aware_jobs_end(const struct vm_aware_bond *);

#endif /* vm-aware-jobs.h */
