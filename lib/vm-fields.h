/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_FIELDS_H
#define VM_FIELDS_H 1

/* What there is to tell about uplinks, interfaces, problems and decisions,
 * once.  (VMs and their slots: vm-endpoint-fields.h.)
 *
 * Each array belongs to one structure, named beside it; a getter takes a
 * pointer to that.  Whatever is to be shown of it is a row here, and then is
 * in the text, in JSON, or in both.  JSON names are a contract: rows are added
 * and never renamed.
 *
 * The arrays are constant.  Any thread may enter. */

#include "vm-inventory.h"
#include "vm-reason.h"
#include "vm-table.h"

struct vm_journal_entry;

extern const struct vm_field vm_uplink_fields[]; /* vm_uplink_view */
extern const struct vm_field vm_interface_fields[]; /* vm_interface_view */
extern const struct vm_field vm_mac_fields[]; /* vm_mac */
extern const struct vm_field vm_problem_fields[]; /* vm_problem */
extern const struct vm_field vm_event_fields[]; /* vm_event */

/* An entry of the journal as seen at a time. */
struct vm_event {
    const struct vm_journal_entry *entry;
    long long int now;          /* ms. */
};

/* For getters. */
void vm_value_set_nonzero(struct vm_value *, uint64_t); /* 0: absent. */
void vm_value_set_reason(struct vm_value *, enum vm_reason,
                         const char *because);
const char *vm_forwarding(const char *uplink, enum vm_held); /* One word. */

#endif /* vm-fields.h */
