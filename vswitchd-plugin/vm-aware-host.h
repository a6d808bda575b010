/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_HOST_H
#define VM_AWARE_HOST_H 1

/* All vm-aware bonds of this machine, and what is known about interfaces
 * whatever their bonds: their rows, and what their status should say.
 *
 * The only state of the plugin that belongs to no bond is here.
 *
 * Thread-safety: the main thread. */

#include "openvswitch/list.h"
#include "vm-aware-bond.h"

struct vm_aware_status;

extern struct ovs_list vm_aware_bonds;

#define VM_AWARE_FOR_EACH_BOND(VA) LIST_FOR_EACH (VA, list_node, \
                                                  &vm_aware_bonds)

void vm_aware_host_add(struct vm_aware_bond *);
void vm_aware_host_remove(struct vm_aware_bond *);

/* The bond named 'name', or null. */
struct vm_aware_bond *vm_aware_host_find(const char *name);

/* Changes whenever that of a bond does, and when bonds come and go. */
unsigned int vm_aware_host_seqno(void);

/* The status of all interfaces. */
struct vm_aware_status *vm_aware_host_status(void);

/* Notes that the row of 'iface', on 'bridge', is 'uuid'.  Returns false if it
 * was another one before, so that this is another interface of the same
 * name. */
bool vm_aware_host_note_row(const char *iface, const char *bridge,
                            const struct uuid *);

/* The bridge of 'iface', null if it has no row. */
const char *vm_aware_host_bridge(const char *iface);

/* Forgets the rows of interfaces that are not in 'names'. */
void vm_aware_host_forget_rows(const struct sset *names);

#endif /* vm-aware-host.h */
