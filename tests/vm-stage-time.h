/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_STAGE_TIME_H
#define VM_STAGE_TIME_H 1

/* Time on a stage, and what is sent while it goes by.
 *
 * The two commands of vm-stage.h that have to do with time.  Time stops at
 * every deadline of the engine, which runs there, and every 500 ms counters
 * are read.  Nothing here waits: a minute takes as long as its runs do.
 *
 * Both return null, or a malloc()'d sentence if the words make no sense. */

struct svec;
struct vm_stage;

char *vm_stage_traffic(struct vm_stage *, const struct svec *words);
char *vm_stage_advance(struct vm_stage *, const struct svec *words);

#endif /* tests/vm-stage-time.h */
