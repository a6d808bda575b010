/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SIM_RECORD_H
#define VM_SIM_RECORD_H 1

/* What is kept of a simulation: moves, and at every step what uplinks and
 * interfaces did (vm-sim.h).
 *
 * Whoever owns a record fills in the names, sorts them, and adds none once the
 * first step is recorded.  The record owns all that is in it.  It is for
 * vm-sim alone. */

#include <stddef.h>

#include "svec.h"

struct vm_action;
struct vm_sim_flow_point;
struct vm_sim_move;
struct vm_sim_point;
struct vm_sim_world;

struct vm_sim_record {
    struct vm_sim_move *moves;
    size_t n_moves, allocated_moves;
    struct svec uplinks;        /* Names. */
    struct svec interfaces;
    long long int *when;        /* ms. */
    struct vm_sim_point *points; /* Step after step. */
    struct vm_sim_flow_point *flows; /* Step after step. */
    size_t n_steps, allocated_steps;
};

void vm_sim_record_init(struct vm_sim_record *);
void vm_sim_record_destroy(struct vm_sim_record *);

/* Notes a MOVE of the engine. */
void vm_sim_record_move(struct vm_sim_record *, const struct vm_action *,
                        long long int now);

/* Notes what the last 'ms' have brought, and has the world count anew. */
void vm_sim_record_step(struct vm_sim_record *, struct vm_sim_world *,
                        long long int ms, long long int now);

#endif /* utilities/vm-sim-record.h */
