/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_STAGE_TIME_H
#define VM_STAGE_TIME_H 1

/* Time on a stage, and what is sent while it goes by.
 *
 * The two commands of vm-stage.h that have to do with time.  Time stops at
 * every deadline of the engine, which runs there, and every 500 ms, or when
 * the engine wants them, counters are read.  Nothing here waits: a minute
 * takes as long as its runs do.
 *
 * Both return null, or a malloc()'d sentence if the words make no sense. */

#include <stdbool.h>

struct ds;
struct svec;
struct vm_actions;
struct vm_stage;

char *vm_stage_traffic(struct vm_stage *, const struct svec *words);
char *vm_stage_advance(struct vm_stage *, const struct svec *words);

/* Makes, changes and frees meters as the actions say.  Returns false if one
 * could not be made, which the engine is told. */
bool vm_stage_set_meters(struct vm_stage *, const struct vm_actions *);

/* Appends a line for each decision that refers to a meter which is not there,
 * and for each meter to which none refers. */
void vm_stage_check_meters(const struct vm_stage *, struct ds *differences);

#endif /* tests/vm-stage-time.h */
