/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_STAGE_TIME_H
#define VM_STAGE_TIME_H 1

/* Simulated time on a stage, and the traffic that is sent meanwhile.
 *
 * This module implements the commands "advance", "flap" and "traffic" of
 * vm-stage.h.
 * Time advances to the next deadline of the engine, which runs then.  Counters
 * are read every 500 ms and whenever the engine wants them.  Nothing here
 * waits in real time.
 *
 * Thread-safety: only the thread that uses the stage may call these functions.
 *
 * They return null if successful, otherwise an error message that the caller
 * must free. */

#include <stdbool.h>

struct ds;
struct svec;
struct vm_actions;
struct vm_stage;

char *vm_stage_traffic(struct vm_stage *, const struct svec *words);
char *vm_stage_advance(struct vm_stage *, const struct svec *words);
char *vm_stage_flap(struct vm_stage *, const struct svec *words);

/* Creates, changes and removes meters according to the actions.  If a meter
 * cannot be created, tells the engine and returns false. */
bool vm_stage_set_meters(struct vm_stage *, const struct vm_actions *);

/* Appends a line for each decision that refers to a meter that does not exist,
 * and for each meter that no decision refers to. */
void vm_stage_check_meters(const struct vm_stage *, struct ds *differences);

#endif /* vm-stage-time.h */
