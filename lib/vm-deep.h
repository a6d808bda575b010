/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_DEEP_H
#define VM_DEEP_H 1

/* Looks for up to four moves that depend on each other: two for one, chains,
 * circles.
 *
 * Item after item is taken from an uplink that carries too much to one where
 * it may shift the problem, until there is none or the moves are used up;
 * first with two moves, then with three, then with four.  So the answer has as
 * few moves as possible.  The number of steps is bounded by the caller, and
 * with it the time.
 *
 * It changes nothing.  It is for vm-search alone. */

#include <stdbool.h>
#include <stdint.h>

struct vm_exchange;
struct vm_scale;

/* Looks for moves that bring the utilization of 'from' to 'ppm' at most
 * without bringing that of any other uplink above 'ppm', unless it is above
 * now: then it doesn't rise.  Returns true and fills in the exchange if it
 * found them.  Takes what it used from '*steps_left'. */
bool vm_deep_find(const struct vm_scale *, int from, uint64_t ppm,
                  unsigned int *steps_left, struct vm_exchange *);

#endif /* vm-deep.h */
