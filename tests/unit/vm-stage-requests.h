/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_STAGE_REQUESTS_H
#define VM_STAGE_REQUESTS_H 1

/* Requests on a stage: the agent that answers them, and a restart of the
 * switch, after which they must be restored.
 *
 * This module implements the commands "agent", "expect", "requests",
 * "failovers", "log-lines", "report" and "restart" of vm-stage.h.
 *
 * Thread-safety: only the thread that uses the stage may call these
 * functions. */

struct smap;
struct svec;
struct vm_interface;
struct vm_stage;

/* Each executes a command.  They return null if successful, otherwise an error
 * message that the caller must free. */
char *vm_stage_agent(struct vm_stage *, const struct svec *words);
char *vm_stage_expect(struct vm_stage *, const struct svec *words);
char *vm_stage_requests(struct vm_stage *, const struct svec *words);
char *vm_stage_failovers(struct vm_stage *, const struct svec *words);
char *vm_stage_log_lines(struct vm_stage *, const struct svec *words);
char *vm_stage_report(struct vm_stage *, const struct svec *words);
char *vm_stage_restart(struct vm_stage *, const struct svec *words);

/* Lets the agent answer what was requested, if it acts by itself. */
void vm_stage_run_agent(struct vm_stage *);

/* Copies the agent's answer to 'external_ids', which an interface gets, from
 * 'before', what the interface was before, or null, unless that is another
 * VM's: the agent's keys are in the database until it changes them. */
void vm_stage_keep_answer(const struct vm_interface *before,
                          struct smap *external_ids);

/* Appends the requests that have changed. */
void vm_stage_tell_requests(struct vm_stage *);

#endif /* vm-stage-requests.h */
