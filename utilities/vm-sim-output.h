/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SIM_OUTPUT_H
#define VM_SIM_OUTPUT_H 1

/* Reports the results of a simulation: text for people, JSON, CSV and a
 * picture.
 *
 * ovs-vm-sim(1) describes the formats.  The module appends to a string and
 * changes nothing else.
 *
 * Thread-safety: same as the simulation that it reads. */

struct ds;
struct vm_sim;

void vm_sim_to_text(const struct vm_sim *, struct ds *);
void vm_sim_to_json(const struct vm_sim *, struct ds *);
void vm_sim_to_csv(const struct vm_sim *, struct ds *);

/* One panel for each member with its utilization over time, and an arrow for
 * each move, from panel to panel. */
void vm_sim_to_svg(const struct vm_sim *, struct ds *);

#endif /* utilities/vm-sim-output.h */
