/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_MAP_H
#define VM_MAP_H 1

/* Maps of strings that are kept for long and seldom read: in one block of
 * memory, where a smap makes three for each pair.
 *
 * Ownership: a map belongs to who created it, and is freed with free().  An
 * empty map is a null pointer.
 *
 * Thread-safety: a map does not change. */

#include <stdbool.h>

struct smap;
struct vm_map;

/* Returns a copy of 'pairs'. */
struct vm_map *vm_map_create(const struct smap *pairs);

/* Adds all pairs to 'pairs', which has none of their keys. */
void vm_map_get_all(const struct vm_map *, struct smap *pairs);

/* Returns true if the map and 'pairs' are the same. */
bool vm_map_equal(const struct vm_map *, const struct smap *pairs);

/* Returns the value of 'key', or null.  It belongs to the map. */
const char *vm_map_get(const struct vm_map *, const char *key);

#endif /* vm-map.h */
