/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_WHATIF_H
#define VM_WHATIF_H 1

/* Predicts what the engine would do after an event, by trying the event on a
 * copy of the engine.
 *
 * The copy (vm-clone) has the facts and the state of the original and then
 * gets the event.  So the engine's own code makes the prediction, and the
 * original does not change.  Loads are the present ones.
 *
 * A forecast has two steps: what is done at once, and what rebalancing does
 * next with the present loads, unless rebalancing is off.
 *
 * A forecast owns its strings until vm_forecasts_destroy().
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vm-reason.h"

struct vm_engine;

/* A slot that would have another member, or be new. */
struct vm_forecast_move {
    char *who;                  /* Slot's id. */
    char *name;                 /* The VM's name, else its identity. */
    char *from, *to;            /* Members; null is none. */
    uint64_t sends;             /* bit/s. */
    enum vm_reason reason;
    char *because;              /* Member of which 'reason' speaks, or
                                 * null. */
    bool rebalances;            /* In the second step. */
};

/* A slot that would be worse off after the event: it would have no member, or
 * its guarantee would be unmet. */
struct vm_forecast_affected {
    char *who, *name;
    bool dropped;               /* Else its guarantee is unmet. */
    uint64_t guarantee;         /* bit/s. */
};

struct vm_forecast_member {
    char *name;
    bool usable;                /* After the event. */
    uint64_t capacity;          /* bit/s, 0 if it is not known. */
    uint64_t load_before;       /* Background and all slots on it, bit/s. */
    uint64_t load_after;        /* Predicted, after both steps. */
};

struct vm_forecast {
    char *what;                 /* Such as "lose eth1". */
    struct vm_forecast_move *moves; /* First step first, each by VM, slot. */
    size_t n_moves, allocated_moves;
    struct vm_forecast_affected *affected; /* By VM, then slot. */
    size_t n_affected, allocated_affected;
    struct vm_forecast_member *members; /* By name. */
    size_t n_members;
};

struct vm_forecasts {
    struct vm_forecast *list;
    size_t n;
};

/* Predicts what would happen after the event in 'question':
 *
 *     lose=MEMBER               the member is lost
 *     lose=each                 one forecast for each usable member
 *     gain=MEMBER[:SPEED]       a lost member returns, or one is added
 *     add=KEY=VALUE,...         a VM is added, with these external_ids and,
 *                               as demand=RATE, the rate that it sends
 *
 * Returns null, or a malloc()'d sentence that names the choices, and no
 * forecasts. */
char *vm_whatif(const struct vm_engine *, const char *question,
                long long int now, struct vm_forecasts *);
void vm_forecasts_destroy(struct vm_forecasts *);

#endif /* vm-whatif.h */
