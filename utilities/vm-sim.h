/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SIM_H
#define VM_SIM_H 1

/* Simulates a bond: the engine of the switch, with members and interfaces that
 * follow a scenario in simulated time.
 *
 * A scenario is JSON; ovs-vm-sim(1) describes it.  It may consist of several
 * pieces, each of which adds to the ones before it.  A state saved by
 * "vm-aware/show --json" and a journal saved by "vm-aware/log --json" come
 * before all others, in whatever order they are loaded.
 *
 * Limits and shares police interfaces as the meters of a datapath do.  A
 * member drops what it is offered beyond its capacity, as the queue of a
 * device does; the engine counts what reaches the meters, as in the switch.
 *
 * The module reads no files and prints nothing.  It records every move and, at
 * every step, the load of every member.  The simulation owns everything that
 * its functions return, except error messages.
 *
 * Thread-safety: safe for any thread with its own simulations. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm-sim-result.h"

struct json;
struct vm_engine;
struct vm_sim_journal;
struct vm_sim;

struct vm_sim *vm_sim_create(void);
void vm_sim_destroy(struct vm_sim *);

/* Adds a piece of the scenario.  This and vm_sim_run() return null, or a
 * malloc()'d sentence that states what is wrong. */
char *vm_sim_load(struct vm_sim *, const struct json *);

/* Runs the simulation, once. */
char *vm_sim_run(struct vm_sim *);

/* The results. */
const struct vm_engine *vm_sim_engine(const struct vm_sim *);
long long int vm_sim_duration(const struct vm_sim *); /* ms. */
size_t vm_sim_moves(const struct vm_sim *, const struct vm_sim_move **);

/* All members that the bond had at any time, by name. */
size_t vm_sim_members(const struct vm_sim *, const char *const **names);

/* The number of recorded steps, and their times, ms. */
size_t vm_sim_steps(const struct vm_sim *, const long long int **when);

/* All members at one step, in the order of vm_sim_members(). */
const struct vm_sim_point *vm_sim_points(const struct vm_sim *, size_t step);

/* The same for interfaces. */
size_t vm_sim_interfaces(const struct vm_sim *, const char *const **names);
const struct vm_sim_flow_point *vm_sim_flow_points(const struct vm_sim *,
                                                   size_t step);

/* The saved journal, null if none was loaded. */
const struct vm_sim_journal *vm_sim_journal(const struct vm_sim *);

#endif /* utilities/vm-sim.h */
