/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_WHATIF_H
#define VM_WHATIF_H 1

/* Answers questions about the future (vm-question): tries each event of which
 * the operator asks on a copy of the engine (vm-clone), and compares the two
 * (vm-prediction).  The original does not change.
 *
 * An answer about many VMs takes long, so it is made in steps, and the caller
 * does other things between them:
 *
 *     error = vm_whatif_create(engine, "lose=each", now, &whatif);
 *     if (!error) {
 *         while (vm_whatif_run(whatif)) {
 *             ...the engine may change or be destroyed...
 *         }
 *         vm_forecasts_format(vm_whatif_forecasts(whatif), &s);
 *         vm_whatif_destroy(whatif);
 *     }
 *
 * All of the answer is about the state at the time of the question, of which a
 * copy is made: all of its forecasts are about the same VMs with the same
 * loads, also if those of the engine are only brought up to date by its next
 * decision.  The copy costs about as much as two steps.
 *
 * Forecasts own their strings.  Those of a "struct vm_whatif" are destroyed
 * with it.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

#include <stdbool.h>
#include <stddef.h>

#include "report/vm-prediction.h"

struct vm_engine;
struct vm_whatif;

struct vm_forecasts {
    struct vm_forecast *list;
    size_t n;
    bool each;                  /* One for each usable member: "lose=each". */
};

/* Parses 'question' and stores what is to be done in '*whatif'.  Returns null,
 * or a malloc()'d sentence that names the choices, and stores null. */
char *vm_whatif_create(const struct vm_engine *, const char *question,
                       long long int now, struct vm_whatif **whatif);
void vm_whatif_destroy(struct vm_whatif *);

/* Returns the number of forecasts, times that of interfaces. */
size_t vm_whatif_size(const struct vm_whatif *);

/* Does the next step.  Returns false if it was the last one. */
bool vm_whatif_run(struct vm_whatif *);

/* Returns the forecasts, all of them after the last step. */
const struct vm_forecasts *vm_whatif_forecasts(const struct vm_whatif *);

/* Does all at once.  Returns null, or an error and no forecasts. */
char *vm_whatif(const struct vm_engine *, const char *question,
                long long int now, struct vm_forecasts *);
void vm_forecasts_destroy(struct vm_forecasts *);

#endif /* vm-whatif.h */
