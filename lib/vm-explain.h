/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_EXPLAIN_H
#define VM_EXPLAIN_H 1

/* Why one VM is where it is: slot by slot, every member of the bond with the
 * reason why it is the one or why it is not.
 *
 * The members' verdicts are asked from vm-placement as of now; the uplink that
 * carries the slot has the reason of the last decision, which tells how the
 * slot came there.  The room decides nothing and changes nothing.  Whoever may
 * enter the engine may enter here. */

struct ds;
struct json;
struct vm_endpoint;
struct vm_engine;
struct vm_slot_state;

void vm_explain_text(const struct vm_engine *, const struct vm_endpoint *,
                     struct ds *);
struct json *vm_explain_json(const struct vm_engine *,
                             const struct vm_endpoint *);

/* What was decided for a slot, with the names of its interfaces. */
struct json *vm_slot_to_json(const struct vm_slot_state *);

#endif /* vm-explain.h */
