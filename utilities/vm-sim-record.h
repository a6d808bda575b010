/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SIM_RECORD_H
#define VM_SIM_RECORD_H 1

/* The record of a simulation: its moves, and at every step the rates of
 * members and interfaces (vm-sim.h).
 *
 * The caller fills in the names, sorts them, and adds none after the first
 * step is recorded.  A record owns everything in it.  Part of vm-sim.
 *
 * Thread-safety: safe for any thread with its own records. */

#include <stddef.h>

#include "svec.h"

struct vm_action;
struct vm_sim_flow_point;
struct vm_sim_move;
struct vm_sim_point;
struct vm_sim_model;

struct vm_sim_record {
    struct vm_sim_move *moves;
    size_t n_moves, allocated_moves;
    struct svec members;        /* Names. */
    struct svec interfaces;
    long long int *when;        /* ms. */
    struct vm_sim_point *points; /* Step after step. */
    struct vm_sim_flow_point *flows; /* Step after step. */
    size_t n_steps, allocated_steps;
};

void vm_sim_record_init(struct vm_sim_record *);
void vm_sim_record_destroy(struct vm_sim_record *);

/* Records a MOVE of the engine. */
void vm_sim_record_move(struct vm_sim_record *, const struct vm_action *,
                        long long int now);

/* Records the rates of the last 'ms', and clears the counters of the model. */
void vm_sim_record_step(struct vm_sim_record *, struct vm_sim_model *,
                        long long int ms, long long int now);

#endif /* utilities/vm-sim-record.h */
