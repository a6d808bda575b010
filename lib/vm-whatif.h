/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_WHATIF_H
#define VM_WHATIF_H 1

/* What would happen if: a copy of an engine lives through it, and tells.
 *
 * The copy is told the same facts and given the same memory, and then the
 * event.  So it is the engine's own code that answers, whatever it becomes,
 * and the engine that was asked does not change.  Loads are as they are now.
 *
 * An answer has two steps: what is done at once, and what rebalancing does
 * next with the loads of now (unless the bond has it turned off).
 *
 * A forecast owns its strings until vm_forecasts_destroy().  Whoever may enter
 * the engine may enter here. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm-reason.h"

struct vm_engine;

/* A slot that would have another uplink, or appear. */
struct vm_forecast_move {
    char *who;                  /* Slot's id. */
    char *name;                 /* Name for people. */
    char *from, *to;            /* Uplinks; null is none. */
    uint64_t sends;             /* bit/s. */
    enum vm_reason reason;
    char *because;              /* Uplink of which 'reason' speaks, or
                                 * null. */
    bool rebalances;            /* In the second step. */
};

/* A slot that would be worse off at the end than it is now: it loses its
 * uplink, or its guarantee. */
struct vm_forecast_victim {
    char *who, *name;
    bool dropped;               /* Else its guarantee is broken. */
    uint64_t guarantee;         /* bit/s. */
};

struct vm_forecast_uplink {
    char *name;
    bool usable;                /* Then. */
    uint64_t capacity;          /* bit/s. */
    uint64_t load_before;       /* bit/s: background and all slots on it. */
    uint64_t load_after;        /* Predicted, at the end. */
};

struct vm_forecast {
    char *what;                 /* Such as "lose eth1". */
    struct vm_forecast_move *moves; /* First step first, each by VM, slot. */
    size_t n_moves, allocated_moves;
    struct vm_forecast_victim *victims; /* By VM, then slot. */
    size_t n_victims, allocated_victims;
    struct vm_forecast_uplink *uplinks; /* By name. */
    size_t n_uplinks;
};

struct vm_forecasts {
    struct vm_forecast *list;
    size_t n;
};

/* Answers 'question':
 *
 *     lose=MEMBER               the member is lost
 *     lose=each                 one answer for each usable member
 *     gain=MEMBER[:SPEED]       a lost member returns, or a new one comes
 *     add=KEY=VALUE,...         a VM with these external_ids and, as
 *                               demand=RATE, what it would send
 *
 * Returns null, or a malloc()'d sentence that names the choices, and no
 * forecasts. */
char *vm_whatif(const struct vm_engine *, const char *question,
                long long int now, struct vm_forecasts *);
void vm_forecasts_destroy(struct vm_forecasts *);

#endif /* vm-whatif.h */
