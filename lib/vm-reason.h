/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REASON_H
#define VM_REASON_H 1

/* Every reason that a decision can have, once.
 *
 * A reason is an enum for the code, a token for programs (JSON, status,
 * scenarios; tokens never change their meaning) and a sentence for people, in
 * which "%u" stands for the uplink that the reason speaks of.  All reasons are
 * rows of vm-reason.def.
 *
 * The room finds no reasons, it only words them.  Strings returned are
 * constant.  Any thread may enter. */

#include <stdbool.h>

struct ds;

enum vm_reason {
#define VM_REASON(ENUM, TOKEN, SENTENCE) VM_R_##ENUM,
#include "vm-reason.def"
#undef VM_REASON
    VM_N_REASONS
};

const char *vm_reason_to_token(enum vm_reason);

/* Returns false, and leaves the reason alone, if there is no such token. */
bool vm_reason_from_token(const char *token, enum vm_reason *);

/* Whether the sentence has a place for the name of an uplink. */
bool vm_reason_names_uplink(enum vm_reason);

/* Appends the sentence for people.  'uplink' may be null when the reason
 * speaks of none, or of one that has no name any more. */
void vm_reason_format(enum vm_reason, const char *uplink, struct ds *);

#endif /* vm-reason.h */
