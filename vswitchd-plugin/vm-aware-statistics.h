/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_STATISTICS_H
#define VM_AWARE_STATISTICS_H 1

/* Interface:statistics: the sums of what all bonds have counted for an
 * interface.  From a start of ovs-vswitchd until it is known to which bonds
 * interfaces belong, what the database has is kept.
 *
 * Thread-safety: only the main thread may call this function. */

#include <stddef.h>
#include <stdint.h>

/* A function of the bond class. */
size_t vm_aware_iface_statistics(const char *iface, char *const old_keys[],
                                 const int64_t old_values[], size_t n_old,
                                 const char *keys[], int64_t values[]);

#endif /* vm-aware-statistics.h */
