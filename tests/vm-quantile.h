/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_QUANTILE_H
#define VM_QUANTILE_H 1

/* Medians and other quantiles of what benches measure.
 *
 * Lists are the caller's; nothing is kept, and any thread may enter. */

#include <stddef.h>

void vm_quantile_sort(double *, size_t n);

/* Of a sorted list, 0 if it is empty; 'q' is from 0, the least, to 1, the
 * greatest. */
double vm_quantile(const double *sorted, size_t n, double q);

#endif /* tests/vm-quantile.h */
