/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_CHAINS_H
#define VM_CHAINS_H 1

/* Looks for up to four moves that depend on each other: two for one, chains,
 * circles.
 *
 * Item after item is taken from a member that carries too much to one where
 * it may shift the problem, until there is none or the moves are used up;
 * first with two moves, then with three, then with four.  So the answer has as
 * few moves as possible.  The number of steps is bounded by the caller, and
 * with it the time.
 *
 * It changes nothing.  It is for vm-local-search alone. */

#include <stdbool.h>
#include <stdint.h>

struct vm_exchange;
struct vm_bins;

/* Looks for moves that bring the utilization of 'from' to 'ppm' at most
 * without bringing that of any other member above 'ppm', unless it is above
 * now: then it does not rise.  Returns true and fills in the exchange if it
 * found them.  Takes what it used from '*steps_left'. */
bool vm_chains_find(const struct vm_bins *, int from, uint64_t ppm,
                    unsigned int *steps_left, struct vm_exchange *);

#endif /* vm-chains.h */
