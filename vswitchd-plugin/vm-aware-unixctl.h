/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_UNIXCTL_H
#define VM_AWARE_UNIXCTL_H 1

/* The commands "ovs-appctl vm-aware/...".
 *
 * All arguments are checked before a command does or prints anything; an error
 * names the choices.  The report layer of lib/ formats the output.
 *
 * Thread-safety: only the main thread may call this function. */

void vm_aware_unixctl_register(void);

#endif /* vm-aware-unixctl.h */
