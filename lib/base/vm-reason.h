/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REASON_H
#define VM_REASON_H 1

/* The reasons of decisions.
 *
 * Every decision has a reason, including the decision not to move anything.  A
 * reason is an enumerator for the code, a token for programs (in JSON, the
 * database and scenarios) and a sentence for the operator, in which "%u"
 * stands for the member that the reason refers to.  Each reason is a row of
 * vm-reason.def.
 *
 * The module only translates between these forms.  It does not determine the
 * reason of anything.
 *
 * Ownership: the strings that the functions return are constant.
 *
 * Thread-safety: functions of their arguments and of constant tables; any
 * thread may call them. */

#include <stdbool.h>

#include "base/vm-down.h"

struct ds;

enum vm_reason {
#define VM_REASON(ENUM, TOKEN, SENTENCE) VM_R_##ENUM,
#include "base/vm-reason.def"
#undef VM_REASON
    VM_N_REASONS
};

const char *vm_reason_to_token(enum vm_reason);

/* Stores the reason of 'token' and returns true.  If there is no such token,
 * returns false and stores nothing. */
bool vm_reason_from_token(const char *token, enum vm_reason *);

/* Returns true if the sentence contains the name of a member. */
bool vm_reason_names_member(enum vm_reason);

/* Appends the sentence.  'member' may be null if the reason refers to no
 * member, or to one whose name is no longer known. */
void vm_reason_format(enum vm_reason, const char *member, struct ds *);

/* The same, with the cause why the member is down if the reason is that it
 * is, such as "eth0 down: no carrier". */
void vm_reason_format_down(enum vm_reason, const char *member, enum vm_down,
                           struct ds *);

#endif /* vm-reason.h */
