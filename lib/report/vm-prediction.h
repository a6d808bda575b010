/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_PREDICTION_H
#define VM_PREDICTION_H 1

/* Predicts what an engine would do after an event, given a copy of it that got
 * the event, by comparing the two.
 *
 * The copy has the facts and the state of the original, so the engine's own
 * code makes the prediction.  Loads are the present ones.
 *
 * A forecast has two steps: what is done at once, and what rebalancing does
 * next with the present loads, unless rebalancing is off.  Then it tells the
 * loads of the members and, where the senders want more than there is, what
 * each of them gets (vm-outlook).
 *
 * A VM counts as limited by the event if what it gets is less by more than one
 * percent than what it gets now, or than what it wants if it is new.
 *
 * Thread-safety: none; the caller is the thread that owns the engines. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vm-problem.h"
#include "base/vm-reason.h"
#include "report/vm-asked.h"
#include "report/vm-outlook.h"
#include "simap.h"

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

/* What is worse for a VM after the event. */
enum vm_forecast_effect {
    VM_FORECAST_DROPPED,        /* A slot has no member. */
    VM_FORECAST_UNMET,          /* The guarantee of a slot is unmet. */
    VM_FORECAST_LIMITED         /* The VM gets a lower rate. */
};

struct vm_forecast_affected {
    char *who, *name;           /* 'who' is the id of a slot, or of the VM if
                                 * it is limited. */
    enum vm_forecast_effect effect;
    uint64_t guarantee;         /* bit/s. */
    uint64_t granted;           /* If it is limited, the sum of what it gets,
                                 * bit/s. */
    uint64_t wants;             /* What it would send, bit/s. */
};

/* What a sender gets of a member on which the senders want more than there
 * is. */
struct vm_forecast_rate {
    char *who;                  /* The VM's identity. */
    char *name;                 /* The VM's name, else its identity. */
    char *member;
    uint64_t wants;             /* What it would send, bit/s. */
    uint64_t granted;           /* Less than that, bit/s. */
    uint64_t guarantee;         /* As far as it is met, bit/s. */
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
    struct vm_forecast_rate *rates; /* By member, then by VM. */
    size_t n_rates, allocated_rates;
    struct vm_forecast_member *members; /* By name. */
    size_t n_members;
    struct vm_asked asked;      /* VMs that would be asked for. */
    struct vm_problems warnings; /* About the VM that is added. */
};

/* What an engine does before the event, with which predictions compare.  It is
 * the same for any event. */
struct vm_present {
    struct simap causes;        /* See vm_asked_note(). */
    struct vm_outlook outlook;
};

/* Notes what a copy of 'engine' would not have.  Then vm_present_measure(),
 * for 'engine' or for a copy of it, does the rest; the result points into the
 * latter. */
void vm_present_init(struct vm_present *, const struct vm_engine *engine);
void vm_present_measure(struct vm_present *, const struct vm_engine *,
                        long long int now);
void vm_present_destroy(struct vm_present *);

/* Predicts what follows from an event in four parts: '*forecast' must have
 * only 'what' and 'warnings'.  'then' is a copy of 'engine' that got the
 * event.
 *
 * vm_prediction_run() runs it and vm_prediction_find_moves() stores the moves,
 * vm_prediction_rebalance() those of a rebalancing.  vm_prediction_compare()
 * stores the rest. */
void vm_prediction_run(struct vm_engine *then, long long int now);
void vm_prediction_find_moves(const struct vm_engine *,
                              const struct vm_engine *then, long long int now,
                              struct vm_forecast *forecast);
void vm_prediction_rebalance(struct vm_engine *then, long long int now,
                             struct vm_forecast *forecast);
void vm_prediction_compare(const struct vm_present *,
                           const struct vm_engine *engine,
                           const struct vm_engine *then, long long int now,
                           struct vm_forecast *forecast);
void vm_forecast_destroy(struct vm_forecast *);

#endif /* vm-prediction.h */
