/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_LOG_H
#define VM_AWARE_LOG_H 1

/* What of the engine's actions goes to the log: moves, at INFO, and problems,
 * at WARN; at most 60 lines a minute of each, after a burst of 120.
 *
 * Threads: the main thread. */

struct vm_action;
struct vm_aware;
struct vm_problem;

/* Has vm_aware_log_run() log a move: a line takes about 50 us, and a lost
 * uplink may be the cause of many. */
void vm_aware_log_move(struct vm_aware *, const struct vm_action *);
void vm_aware_log_run(struct vm_aware *);

void vm_aware_log_problem(const struct vm_aware *, const struct vm_problem *);

#endif /* vm-aware-log.h */
