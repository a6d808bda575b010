/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_WHATIF_H
#define VM_WHATIF_H 1

/* Answers questions about the future: tries the event of which the operator
 * asks on a copy of the engine (vm-clone), and compares the two
 * (vm-prediction).  The original does not change.
 *
 * Keys and values that the switch would ignore are an error, since the answer
 * would be about another event than the operator has in mind.
 *
 * A forecast owns its strings until vm_forecasts_destroy().
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

#include <stdbool.h>
#include <stddef.h>

#include "report/vm-prediction.h"

struct vm_engine;

struct vm_forecasts {
    struct vm_forecast *list;
    size_t n;
    bool each;                  /* One for each usable member: "lose=each". */
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
