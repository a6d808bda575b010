/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_LOCAL_SEARCH_H
#define VM_LOCAL_SEARCH_H 1

/* Searches for exchanges that lower the highest utilization of a set of bins.
 *
 * From the most utilized member it tries, in this order, to move one item, to
 * swap two, and to make up to four moves at once that depend on each other
 * (two for one, chains, circles).  The first two are searched completely, the
 * last within a fixed number of steps.  If a member cannot be relieved, the
 * search goes on with the next most utilized one.
 *
 * The search terminates for every input.  Let a member be at 'ppm' when its
 * turn comes.  An exchange is taken only if it brings that member below 'ppm',
 * by at least one, and no member that it touches to 'ppm' or above, except
 * those that were there and do not rise.  So the utilizations of all members,
 * sorted from the highest, descend in lexicographic order with each exchange;
 * as there are finitely many ways to put the items on the members, there are
 * finitely many exchanges.  Between two of them each member gets stuck once at
 * most, and the number of passes is bounded.  That does not depend on how
 * ideals are computed: for rates so high that the utilization is cut off at
 * UINT64_MAX, the search finds nothing lower and stops.
 *
 * The module prefers the exchange that lowers most, then the one with fewer
 * moves.  It does not judge whether the result is worth its moves: vm-balance,
 * which alone uses it, does.
 *
 * Ownership: the bins belong to the caller.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>
#include <stdint.h>

struct vm_bins;

/* Moves items until no exchange helps.  Does not relieve a member at or below
 * 'threshold_ppm' unless it is the most utilized one.  Does nothing if the
 * best possible gain is less than 'gain_ppm' of the utilization.  The caller
 * makes 'n_runs' calls for the same bins, with more and more items; each gets
 * an equal part of the steps. */
void vm_local_search_relieve(struct vm_bins *, uint64_t threshold_ppm,
                             uint32_t gain_ppm, unsigned int n_runs);

/* Moves single items from the most utilized member to those that are marked,
 * as long as that helps, but never the last slot of a member.  'marked' has
 * one element per member. */
void vm_local_search_fill(struct vm_bins *, const bool *marked);

#endif /* vm-local-search.h */
