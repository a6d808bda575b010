/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SIM_RESULT_H
#define VM_SIM_RESULT_H 1

/* What comes of a simulation: moves, and loads over time.
 *
 * Structures alone.  vm-sim-record fills them in and owns them. */

#include <stdbool.h>
#include <stdint.h>

#include "base/vm-reason.h"

/* A slot that moved to another member, or was added. */
struct vm_sim_move {
    long long int when;         /* ms since the beginning. */
    char *who;                  /* Slot's id. */
    char *name;                 /* The VM's name, else its identity. */
    char *from, *to;            /* Members; null is none. */
    enum vm_reason reason;
    char *text;                 /* See vm_describe_move(). */
    bool more;                  /* The saved journal should contain it, and
                                 * does not. */
};

/* One member at one time. */
struct vm_sim_point {
    uint64_t load;              /* Offered to it, bit/s. */
    uint64_t wanted;            /* What it would be without meters. */
    uint64_t capacity;          /* bit/s. */
    bool usable;
};

/* What one interface offered in a step, and what of that passed its meter,
 * bit/s. */
struct vm_sim_flow_point {
    uint64_t offered, passed;
};

#endif /* vm-sim-result.h */
