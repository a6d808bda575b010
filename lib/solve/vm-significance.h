/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SIGNIFICANCE_H
#define VM_SIGNIFICANCE_H 1

/* Decides whether a change that vm-balance found is worth its moves.
 *
 * Loads vary by themselves.  With every measurement another assignment is
 * slightly better than the present one, and a balancer that followed would
 * move VMs forever.  So a change has to gain more than a part of the
 * utilization that it lowers, and more than independent variation of all loads
 * could explain: the difference between the utilization before and that of
 * every member that gets a slot must exceed several times its standard
 * deviation, or what it would be if all loads varied to the worse side.  A
 * load that is in both utilizations cancels out.
 *
 * A load varies by 'variation' of its slot, if that is known, but never by
 * more than the caller expects: a load that has just begun would otherwise
 * seem to vary by all of it.  The background of a full member may vary by all
 * of it: what passes of it is what the slots there leave, so that other slots
 * would change it.
 *
 * The module moves nothing and keeps no state.  Only vm-balance uses it.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>
#include <stdint.h>

struct vm_bins;

/* Returns true if the change from 'where_before', which has the member of each
 * slot before it, to the bins is worth its moves.  'gain_ppm' and 'noise_ppm'
 * are those of struct vm_balance_options. */
bool vm_is_significant(const struct vm_bins *, const int *where_before,
                       uint32_t gain_ppm, uint32_t noise_ppm);

#endif /* vm-significance.h */
