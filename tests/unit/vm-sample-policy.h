/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SAMPLE_POLICY_H
#define VM_SAMPLE_POLICY_H 1

/* Policies and their problems as text, for tests.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include "base/vm-problem.h"
#include "model/vm-key.h"

struct ds;

/* Appends a line for each key of 'scope' whose value is not the default. */
void vm_sample_format_keys(enum vm_key_scope, const void *object,
                           struct ds *);
void vm_sample_format_problems(const struct vm_problems *, struct ds *);

/* Returns what becomes of the keys of an interface "vnet0" on a bond "bond0"
 * with the given keys: what is not default, then the problems.  The interface
 * has an identity unless that is "none". */
char *vm_sample_parse_policy(const char *other_config,
                             const char *external_ids);

#endif /* vm-sample-policy.h */
