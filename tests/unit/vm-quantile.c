/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-quantile.h"

#include <stdlib.h>

static int
compare_doubles(const void *a_, const void *b_)
{
    double a = *(const double *) a_;
    double b = *(const double *) b_;

    return a < b ? -1 : a > b;
}

void
vm_quantile_sort(double *list, size_t n)
{
    qsort(list, n, sizeof *list, compare_doubles);
}

double
vm_quantile(const double *sorted, size_t n, double q)
{
    return n ? sorted[(size_t) ((n - 1) * q)] : 0;
}
