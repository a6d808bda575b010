/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_UNIXCTL_H
#define VM_AWARE_UNIXCTL_H 1

/* The commands "ovs-appctl vm-aware/...".
 *
 * All arguments are checked before anything is printed or done; an error names
 * what does exist.  What is printed comes from vm-describe.
 *
 * Threads: the main thread. */

void vm_aware_unixctl_register(void);

#endif /* vm-aware-unixctl.h */
