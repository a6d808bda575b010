/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_HOST_H
#define VM_AWARE_HOST_H 1

/* All vm-aware bonds of this machine, and the status of interfaces, which is
 * about several of them.
 *
 * All state of the plugin that does not belong to a single bond is here.
 *
 * Ownership: the class creates and destroys bonds; this module only lists
 * them.
 *
 * Thread-safety: only the main thread may call these functions, except for
 * vm_aware_host_is_trunk(). */

#include "openvswitch/list.h"
#include "vm-aware-bond.h"

struct vm_aware_column;
struct vm_problems;

extern struct ovs_list vm_aware_bonds;

#define VM_AWARE_FOR_EACH_BOND(VA) LIST_FOR_EACH (VA, list_node, \
                                                  &vm_aware_bonds)

void vm_aware_host_add(struct vm_aware_bond *);
void vm_aware_host_remove(struct vm_aware_bond *);

/* Returns true if the source MAC identifies the senders behind 'iface', for
 * any bond.  Any thread may call this, as a reader of RCU. */
bool vm_aware_host_is_trunk(const char *iface);

/* Returns the bond number 'i' from 0, or null.  Any thread may call this, as a
 * reader of RCU. */
const struct vm_aware_bond *vm_aware_host_get(size_t i);

/* Returns a bond on the datapath of 'ofproto', or null if there is none. */
struct vm_aware_bond *vm_aware_host_on_datapath(
    const struct ofproto_dpif *ofproto);

/* Returns a number that changes whenever a bond comes or goes. */
unsigned int vm_aware_host_bond_changes(void);

/* Returns the number of bonds that have something to announce, for 'asking',
 * one of them: counted when a bond asks that has asked since the last count,
 * that is, once in each iteration of the main loop, so that their parts of a
 * budget are not more than all of it. */
size_t vm_aware_host_count_announcing(struct vm_aware_bond *asking);

/* Returns the bond named 'name', or null. */
struct vm_aware_bond *vm_aware_host_find(const char *name);

/* The status of all interfaces and bonds.  vm_aware_host_update_status()
 * brings it up to date: that of interfaces, if something about a bond has
 * changed, and that of bonds, see vm-aware-port-status. */
struct vm_aware_column *vm_aware_host_column(enum bond_row);
void vm_aware_host_update_status(void);

/* What is wrong with ports that are not vm-aware bonds, and was probably meant
 * to make them ones.  The former takes over what is in '*problems', and logs
 * what is new. */
void vm_aware_host_set_problems(struct vm_problems *problems);
const struct vm_problems *vm_aware_host_problems(void);

/* Returns the queue of vm-aware-jobs. */
struct ovs_list *vm_aware_host_jobs(void);

#endif /* vm-aware-host.h */
