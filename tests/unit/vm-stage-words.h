/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_STAGE_WORDS_H
#define VM_STAGE_WORDS_H 1

/* Text output of a stage: vm-stage-words.c tells what happens, and
 * vm-stage-answers.c answers questions.
 *
 * This module appends lines in the form that vm-stage.h describes to the
 * stage's 'output'.  It does not parse commands, and does not run the engine.
 *
 * Thread-safety: only the thread that uses the stage may call these
 * functions. */

#include "compiler.h"

struct ds;
struct vm_actions;
struct vm_mac;
struct vm_stage;

/* Appends a line, with the time if the command began earlier. */
void tell(struct vm_stage *, const char *format, ...)
    OVS_PRINTF_FORMAT(2, 3);

/* Appends an address and its VLAN. */
void format_mac(const struct vm_mac *, struct ds *);

/* Returns 'name', or "none" if it is null. */
const char *or_none(const char *name);

/* Appends the actions of a run and its changes of members and interfaces. */
void vm_stage_tell(struct vm_stage *, const struct vm_actions *);

/* Appends the answer to "show", "traffic", "macs", "problems", "explain",
 * "log" or "balance".  Returns null if successful.  If 'about' does not exist,
 * returns an error message that the caller must free. */
char *vm_stage_answer(struct vm_stage *, const char *question,
                      const char *about);

#endif /* vm-stage-words.h */
