/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SIM_H
#define VM_SIM_H 1

/* A bond played off line: the engine of the switch, with uplinks that carry
 * and interfaces that send as a scenario says, in simulated time.
 *
 * A scenario is JSON; ovs-vm-sim(1) describes it.  It may come in several
 * pieces: each piece adds to what came before.  A state that was saved by
 * "vm-aware/show --json", and a journal saved by "vm-aware/log --json", come
 * before all others wherever they stand.
 *
 * Limits and shares hold interfaces as the meters of the datapath do.  What an
 * uplink is offered beyond its capacity is lost there, as by the queue of a
 * device; the engine counts what comes to the meters, as in the switch.
 *
 * The room reads no files and prints nothing.  It records every move and, at
 * every step, the load of every uplink.  All it returns belongs to the
 * simulation. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm-reason.h"

struct json;
struct vm_engine;
struct vm_sim_journal;
struct vm_sim;

/* A slot came to another uplink, or appeared. */
struct vm_sim_move {
    long long int when;         /* ms since the beginning. */
    char *who;                  /* Slot's id. */
    char *name;                 /* Name for people. */
    char *from, *to;            /* Uplinks; null is none. */
    enum vm_reason reason;
    char *text;                 /* A sentence. */
    bool more;                  /* A saved journal should have it, and has it
                                 * not. */
};

/* One uplink at one time. */
struct vm_sim_point {
    uint64_t load;              /* Offered to it, bit/s. */
    uint64_t wanted;            /* The same if no meter held anybody. */
    uint64_t capacity;          /* bit/s. */
    bool usable;
};

/* What one interface has offered in a step, and what of that has left for an
 * uplink, less for a meter in between, bit/s. */
struct vm_sim_flow_point {
    uint64_t offered, passed;
};

struct vm_sim *vm_sim_create(void);
void vm_sim_destroy(struct vm_sim *);

/* Adds a piece of the scenario.  All return null, or a malloc()'d sentence
 * that says what is wrong. */
char *vm_sim_load(struct vm_sim *, const struct json *);

/* Plays it, once. */
char *vm_sim_run(struct vm_sim *);

/* What came of it. */
const struct vm_engine *vm_sim_engine(const struct vm_sim *);
long long int vm_sim_duration(const struct vm_sim *); /* ms. */
size_t vm_sim_moves(const struct vm_sim *, const struct vm_sim_move **);

/* Uplinks, by name, that there were at any time. */
size_t vm_sim_uplinks(const struct vm_sim *, const char *const **names);

/* How many steps were recorded, and their times, ms. */
size_t vm_sim_steps(const struct vm_sim *, const long long int **when);

/* All uplinks at one step, in the order of vm_sim_uplinks(). */
const struct vm_sim_point *vm_sim_points(const struct vm_sim *, size_t step);

/* The same for interfaces. */
size_t vm_sim_interfaces(const struct vm_sim *, const char *const **names);
const struct vm_sim_flow_point *vm_sim_flow_points(const struct vm_sim *,
                                                   size_t step);

/* The journal that was compared with, null if none was given. */
const struct vm_sim_journal *vm_sim_journal(const struct vm_sim *);

#endif /* utilities/vm-sim.h */
