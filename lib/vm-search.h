/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SEARCH_H
#define VM_SEARCH_H 1

/* Looks for exchanges that lower the highest utilization on a scale.
 *
 * From the most utilized uplink it tries, in this order, to move one item, to
 * swap two, and to do up to four moves at once that depend on each other (two
 * for one, chains, circles).  The first two are searched completely, the last
 * within a fixed number of steps.  When an uplink can't be relieved the search
 * goes on with the next most utilized one.
 *
 * The search comes to an end for every input.  Let an uplink be at 'ppm' when
 * its turn comes.  An exchange is taken only if it brings that uplink below
 * 'ppm', by at least one, and no uplink that it touches to 'ppm' or above, but
 * for those that were there and don't rise.  So the utilizations of all
 * uplinks, the highest first, descend in the order of the alphabet with each
 * exchange; as there are finitely many ways to put the items on the uplinks,
 * there are finitely many exchanges.  Between two of them each uplink gets
 * stuck once at most, and the passes are counted.  That doesn't depend on what
 * ideals are computed from: rates beyond all reason, whose utilization is cut
 * off at UINT64_MAX, find nothing that is lower, and stop.
 *
 * The room prefers what lowers most, and then the fewer moves.  Whether all of
 * it was worth the trouble is for vm-balance to judge.  It is for vm-balance
 * alone. */

#include <stdbool.h>
#include <stdint.h>

struct vm_scale;

/* Moves items until no exchange helps.  An uplink at or below 'threshold_ppm'
 * is left alone unless it is the most utilized one.  Does not even begin if
 * what can be gained at best is less than 'gain_ppm' of the utilization.  Of
 * 'n_runs' for the same scale, with more and more items, each gets its part of
 * the steps. */
void vm_search_relieve(struct vm_scale *, uint64_t threshold_ppm,
                       uint32_t gain_ppm, unsigned int n_runs);

/* Moves single items from the most utilized uplink to those that are marked,
 * as long as that helps, but never takes the last slot of an uplink.  'marked'
 * has one element per uplink. */
void vm_search_fill(struct vm_scale *, const bool *marked);

#endif /* vm-search.h */
