/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_LOG_H
#define VM_AWARE_LOG_H 1

/* Logs the engine's actions: moves and lost pins at INFO, problems at WARN,
 * requests and failovers at either.  At most 60 lines of each are logged per
 * minute, after a burst of 120.  A pin that the operator sets, or that ends
 * with its bond, is always logged.
 *
 * Ownership: a log owns the lines of moves until they are written.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdbool.h>

#include "svec.h"

struct vm_action;
struct vm_engine;
struct vm_problem;
struct vm_told;

struct vm_aware_log {
    struct svec lines;          /* Of moves, not written yet. */
};

void vm_aware_log_init(struct vm_aware_log *);
void vm_aware_log_destroy(struct vm_aware_log *);
bool vm_aware_log_is_empty(const struct vm_aware_log *);

/* Adds a line about the move of a slot, which vm_aware_log_run() writes later:
 * a line takes about 50 us, and the loss of a member may cause many moves. */
void vm_aware_log_move(struct vm_aware_log *, const struct vm_action *);
void vm_aware_log_run(struct vm_aware_log *, const char *bond);

/* Writes a line about a request or a failover. */
void vm_aware_log_told(const char *bond, const struct vm_told *);

void vm_aware_log_problem(const char *bond, const struct vm_problem *);

/* The same for a problem of something that is no vm-aware bond. */
void vm_aware_log_other_problem(const struct vm_problem *);

/* Pins: one that was lost, at INFO, as a move; one that the operator has set;
 * and all those that end with the bond of 'engine'. */
void vm_aware_log_note(struct vm_aware_log *, const char *note);
void vm_aware_log_pin(const char *bond, const char *vm, const char *member);
void vm_aware_log_pins(struct vm_aware_log *, const struct vm_engine *engine);

#endif /* vm-aware-log.h */
