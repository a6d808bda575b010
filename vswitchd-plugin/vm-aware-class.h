/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_CLASS_H
#define VM_AWARE_CLASS_H 1

/* The bond class "vm-aware": a table of functions, and no more.
 *
 * It is registered by a constructor, so nothing has to be called.
 *
 * Thread-safety: see bond-provider.h. */

#endif /* vm-aware-class.h */
