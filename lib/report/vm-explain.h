/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_EXPLAIN_H
#define VM_EXPLAIN_H 1

/* Explains the placement of one VM: for each slot and each member of the bond,
 * the reason why the member was chosen or not.
 *
 * vm-placement computes the verdicts on the members at the time of the call.
 * The slot's own member has the reason of the last decision instead, which
 * states how the slot came to be on it.
 *
 * The module reads an engine and changes nothing.  The caller owns the JSON.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

struct ds;
struct json;
struct vm_endpoint;
struct vm_engine;
struct vm_slot;

void vm_explain_text(const struct vm_engine *, const struct vm_endpoint *,
                     struct ds *);
struct json *vm_explain_json(const struct vm_engine *,
                             const struct vm_endpoint *, long long int now);

/* Returns what was decided for a slot, with the names of its interfaces. */
struct json *vm_slot_to_json(const struct vm_slot *);

#endif /* vm-explain.h */
