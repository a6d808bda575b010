/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_STAGE_WORDS_H
#define VM_STAGE_WORDS_H 1

/* What happens on a stage, in words.
 *
 * The form of the words is told in vm-stage.h.  They go to the stage's
 * 'output' and the room does nothing else: no command is understood here, and
 * no engine is run. */

struct vm_actions;
struct vm_stage;

/* Appends what came of one run, and what it changed at uplinks and
 * interfaces. */
void vm_stage_tell(struct vm_stage *, const struct vm_actions *);

/* Appends the answer to "show", "traffic", "macs", "problems", "explain" or
 * "log".  Returns null, or a malloc()'d sentence if 'about' does not exist. */
char *vm_stage_answer(struct vm_stage *, const char *question,
                      const char *about);

#endif /* tests/vm-stage-words.h */
