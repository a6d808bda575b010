/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SET_H
#define VM_SET_H 1

/* Sets of names that are large once, and small or empty most of the time.
 *
 * A hash table keeps its buckets when its elements go, and who walks over it,
 * or clears it, visits all of them.  These functions let go of buckets, so
 * that a walk takes as long as the set has elements, not as it once had.
 *
 * Thread-safety: none; who owns the set calls them. */

struct sset;

/* To be called after elements were removed.  Lets go of buckets if there are
 * many more than elements: if that is done after each removal, it takes
 * constant time on average. */
void vm_set_trim(struct sset *);

/* Removes all elements, and lets go of buckets. */
void vm_set_clear(struct sset *);

#endif /* vm-set.h */
