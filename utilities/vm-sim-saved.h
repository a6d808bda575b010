/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SIM_SAVED_H
#define VM_SIM_SAVED_H 1

/* A bond saved by "vm-aware/show --json" as events of ovs-vm-sim(1), with
 * which a simulation goes on where the bond was.  With a journal of the same
 * bond it begins where the bond was when the journal begins (vm-sim-journal).
 *
 * The room changes nothing but the list of events.  It is for vm-sim alone. */

#include <stdbool.h>

struct json;
struct vm_sim_journal;

/* Finds the only bond in what "vm-aware/'command' --json" told.  Returns null,
 * or a malloc()'d sentence that says what is wrong. */
char *vm_sim_saved_bond(const struct json *saved, const char *command,
                        const struct json **bond);

/* Appends to 'events'; 'journal' may be null.  Returns as above. */
char *vm_sim_saved_to_events(const struct json *bond,
                             const struct vm_sim_journal *,
                             struct json *events);

/* Whether a saved uplink may carry frames. */
bool vm_sim_saved_usable(const struct json *uplink);

#endif /* utilities/vm-sim-saved.h */
