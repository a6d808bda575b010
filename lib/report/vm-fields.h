/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_FIELDS_H
#define VM_FIELDS_H 1

/* The reported fields of members, interfaces, problems and journal entries.
 * (VMs and their slots: vm-endpoint-fields.h.)
 *
 * Each array belongs to one structure, named beside it, to which its getters
 * take a pointer.  A property that is reported, in text, in JSON or in both,
 * is one row here.  JSON names are a contract: rows are added and never
 * renamed.
 *
 * Thread-safety: the arrays are constant. */

#include "base/vm-reason.h"
#include "model/vm-inventory.h"
#include "report/vm-table.h"

struct vm_journal_entry;

extern const struct vm_field vm_member_fields[]; /* vm_member_view */
extern const struct vm_field vm_interface_fields[]; /* vm_interface_view */
extern const struct vm_field vm_mac_fields[]; /* vm_mac */
extern const struct vm_field vm_problem_fields[]; /* vm_problem */
extern const struct vm_field vm_event_fields[]; /* vm_event */

/* An entry of the journal, and the time from which its age counts. */
struct vm_event {
    const struct vm_journal_entry *entry;
    long long int now;          /* ms. */
};

/* For getters. */
void vm_value_set_nonzero(struct vm_value *, uint64_t); /* 0: absent. */
void vm_value_set_capacity(struct vm_value *, uint64_t); /* 0: unknown. */
void vm_value_set_reason(struct vm_value *, enum vm_reason,
                         const char *because, enum vm_down);

/* "forwarding", "limited", or "dropping" if 'member' is null. */
const char *vm_slot_state(const char *member, enum vm_policed);

#endif /* vm-fields.h */
