/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_QUANTILE_H
#define VM_QUANTILE_H 1

/* Medians and other quantiles of what benches measure.
 *
 * The caller owns the lists.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stddef.h>

/* Sorts a list in ascending order. */
void vm_quantile_sort(double *, size_t n);

/* Returns the 'q' quantile of a sorted list, from 0, the least element, to 1,
 * the greatest one; 0 if the list is empty. */
double vm_quantile(const double *sorted, size_t n, double q);

#endif /* vm-quantile.h */
