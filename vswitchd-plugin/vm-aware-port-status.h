/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_PORT_STATUS_H
#define VM_AWARE_PORT_STATUS_H 1

/* When the status of a bond (vm-bond-status) is computed anew: when slots were
 * placed, or what is published has changed; its load, every
 * VM_AWARE_LOAD_INTERVAL.
 *
 * Ownership: the caller owns the status and the engine.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdbool.h>

#include "report/vm-bond-status.h"

struct vm_engine;

/* In ms. */
#define VM_AWARE_LOAD_INTERVAL 5000

struct vm_aware_port_status {
    struct vm_bond_status status;
    bool known;                 /* Computed at least once. */
    unsigned int seqno, n_placed; /* Of the engine, then. */
    long long int next_load;    /* When to measure the load again, ms. */
};

/* Returns true if 'status' may have changed. */
bool vm_aware_port_status_run(struct vm_aware_port_status *,
                              const struct vm_engine *, long long int now);

#endif /* vm-aware-port-status.h */
