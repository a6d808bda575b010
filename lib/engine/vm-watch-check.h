/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_WATCH_CHECK_H
#define VM_WATCH_CHECK_H 1

/* Checks that who is left alone may be left alone: that the sets of vm-watch
 * are what a walk over all endpoints finds, and that loads that are not
 * brought up to date any more are still.  For vm-self-check.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

struct ds;
struct vm_inventory;

/* Appends a line to 'differences' for each endpoint that is in a set and does
 * not belong there, or the reverse, and for each load that is not still, after
 * a run at 'ran'. */
void vm_watch_check(const struct vm_inventory *, long long int ran,
                    struct ds *differences);

#endif /* vm-watch-check.h */
