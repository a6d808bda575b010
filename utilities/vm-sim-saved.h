/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SIM_SAVED_H
#define VM_SIM_SAVED_H 1

/* Converts a bond saved by "vm-aware/show --json" to events of ovs-vm-sim(1),
 * so that a simulation continues from its state.  With a journal of the same
 * bond, the simulation begins with the state of the bond at the beginning of
 * the journal (vm-sim-journal).
 *
 * The module changes nothing but the list of events, which the caller owns.
 * Part of vm-sim.
 *
 * Thread-safety: safe for any thread with its own JSON. */

#include <stdbool.h>

struct json;
struct vm_sim_journal;

/* Appends the events to 'events'; the journal may be null.  Returns the same
 * as vm_sim_saved_bond(). */
char *vm_sim_saved_to_events(const struct json *bond,
                             const struct vm_sim_journal *,
                             struct json *events);

#endif /* utilities/vm-sim-saved.h */
