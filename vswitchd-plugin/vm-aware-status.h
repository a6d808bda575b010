/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_STATUS_H
#define VM_AWARE_STATUS_H 1

/* Interface:status of the VMs' interfaces, for users and, after a restart, for
 * the switch itself.
 *
 * The module stores the wanted keys of each interface that has an identity.
 * If several bonds have the interface, the keys are those of one of them: the
 * bond on the interface's own bridge, otherwise the bond over which the
 * interface has sent most, otherwise the first bond by name.  The caller takes
 * the interfaces whose keys have changed, one by one, writes them, and reports
 * the outcome.  After a failure all interfaces are to be written again, after
 * a pause that doubles with each further failure.
 *
 * The module does not access the database.
 *
 * Ownership: a status owns its maps.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdbool.h>

#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "sset.h"

struct smap;

struct vm_aware_status {
    struct shash wanted;        /* Interface name to "struct smap *". */
    struct sset news;           /* Interfaces to be written. */
    unsigned int n_failures;    /* In a row. */
    long long int not_before;   /* When to try again, ms. */
};

#define VM_AWARE_STATUS_INITIALIZER(STATUS)                             \
    { SHASH_INITIALIZER(&(STATUS)->wanted),                             \
      SSET_INITIALIZER(&(STATUS)->news), 0, 0 }

/* Updates the wanted keys.  'bonds' is a list of "struct vm_aware_bond"s,
 * 'bridges' maps the name of each interface to that of its bridge. */
void vm_aware_status_update(struct vm_aware_status *,
                            const struct ovs_list *bonds,
                            const struct smap *bridges);

/* Makes the keys of 'iface' be written again if they are not those in
 * 'written', as after a restart of ovsdb-server, which does not store them. */
void vm_aware_status_compare(struct vm_aware_status *, const char *iface,
                             const struct smap *written);

/* Returns the time (ms) to write, LLONG_MAX if there is nothing to write. */
long long int vm_aware_status_due(const struct vm_aware_status *);

/* Returns the next interface to be written and stores its keys, or returns
 * null.  A key with an empty value is to be removed. */
const char *vm_aware_status_next(struct vm_aware_status *, struct smap *keys);
void vm_aware_status_written(struct vm_aware_status *, bool success,
                             long long int now);

/* Adds the wanted keys of 'iface' to 'keys', which are about to replace 'old'.
 * Right after a start, before the first decision, those are the old ones. */
void vm_aware_status_get(const struct vm_aware_status *, const char *iface,
                         const struct smap *old, struct smap *keys);

/* Returns true if 'keys' were written for 'bond' and the VM with identity
 * 'vm'.  v0.1.0 did not write the latter, and is believed. */
bool vm_aware_status_is_of(const struct smap *keys, const char *bond,
                           const char *vm);

/* Returns the member that is the value of "vm_aware_" followed by 'key', or
 * null. */
const char *vm_aware_status_member(const struct smap *keys, const char *key);

#endif /* vm-aware-status.h */
