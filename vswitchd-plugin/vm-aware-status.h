/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_STATUS_H
#define VM_AWARE_STATUS_H 1

/* Interface:status of the VMs' interfaces, for users and, after a restart, for
 * the switch itself.
 *
 * If several bonds have an interface, its keys are those of one of them: the
 * bond on the interface's own bridge, otherwise the bond over which the
 * interface has sent most, otherwise the first bond by name.
 *
 * The module does not access the database.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdbool.h>

#include "openvswitch/list.h"

struct smap;
struct sset;
struct vm_aware_column;

/* All keys of Interface:status and of Port:status. */
enum {
    VM_AWARE_KEY_BOND,
    VM_AWARE_KEY_VM,
    VM_AWARE_KEY_UPLINK,
    VM_AWARE_KEY_STATE,
    VM_AWARE_KEY_REASON,
    VM_AWARE_KEY_REQUEST,
    VM_AWARE_KEY_REQUEST_ID,
    VM_AWARE_KEY_REQUEST_REASON,
    VM_AWARE_KEY_REQUEST_DEMAND,
    VM_AWARE_KEY_FAILOVER,
    VM_AWARE_KEY_HOME,
    VM_AWARE_KEY_PINNED,
    VM_AWARE_KEY_SILENT,
    VM_AWARE_N_INTERFACE_KEYS
};
#define VM_AWARE_N_PORT_KEYS 4

extern const char *const vm_aware_interface_keys[VM_AWARE_N_INTERFACE_KEYS];
extern const char *const vm_aware_port_keys[VM_AWARE_N_PORT_KEYS];

/* Updates the wanted keys of interfaces: of those in 'names', or, if that is
 * null, of all of vm-aware-rows.  Those without an identity get none.  'bonds'
 * is a list of "struct vm_aware_bond"s. */
void vm_aware_status_set_interfaces(struct vm_aware_column *,
                                    const struct ovs_list *bonds,
                                    const struct sset *names);

/* Returns true if the status of any of the interfaces in 'senders', which have
 * sent something, should be about another bond than the one that is wanted. */
bool vm_aware_status_is_of_other(const struct vm_aware_column *,
                                 const struct ovs_list *bonds,
                                 const struct sset *senders);

/* Returns true if 'keys' were written for 'bond' and the VM with identity
 * 'vm'.  v0.1.0 did not write the latter, and is believed. */
bool vm_aware_status_is_of(const struct smap *keys, const char *bond,
                           const char *vm);

/* Returns the member that is the value of "vm_aware_" followed by 'key', or
 * null. */
const char *vm_aware_status_member(const struct smap *keys, const char *key);

#endif /* vm-aware-status.h */
