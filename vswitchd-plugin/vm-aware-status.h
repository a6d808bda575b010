/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_STATUS_H
#define VM_AWARE_STATUS_H 1

/* Interface:status of the VMs' interfaces: what the switch tells the world,
 * and what it remembers for itself over a restart.
 *
 * The module keeps what the column should say about every interface that has
 * an identity, once for a VM's interface, whatever bonds see it: that of the
 * bond of its own bridge, else of the one over which it has sent most, else of
 * the first by name.  Who writes it takes the interfaces about which there is
 * something new, one by one, and says whether that has been written; if not,
 * all are written again, after a pause that doubles.
 *
 * Thread-safety: the main thread. */

#include <stdbool.h>

#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "sset.h"

struct smap;

struct vm_aware_status {
    struct shash wanted;        /* Interface name to "struct smap *". */
    struct sset news;           /* Interfaces about which to write. */
    unsigned int n_failures;    /* In a row. */
    long long int not_before;   /* When to try again, ms. */
};

#define VM_AWARE_STATUS_INITIALIZER(STATUS)                             \
    { SHASH_INITIALIZER(&(STATUS)->wanted),                             \
      SSET_INITIALIZER(&(STATUS)->news), 0, 0 }

/* Works out anew what the column should say.  'bonds' is a list of "struct
 * vm_aware_bond"s, 'bridge_of' names the bridge of an interface. */
void vm_aware_status_update(struct vm_aware_status *,
                            const struct ovs_list *bonds,
                            const char *(*bridge_of)(const char *iface));

/* When to write, ms; LLONG_MAX if there is nothing. */
long long int vm_aware_status_due(const struct vm_aware_status *);

/* The next interface to be written, null if there is none, with its keys; one
 * with an empty value is to be removed. */
const char *vm_aware_status_next(struct vm_aware_status *, struct smap *keys);
void vm_aware_status_written(struct vm_aware_status *, bool success,
                             long long int now);

/* Adds to 'keys', which is about to replace 'old', what the column should say
 * about 'iface'.  Right after a start, when nothing has been decided, that is
 * what it said before. */
void vm_aware_status_get(const struct vm_aware_status *, const char *iface,
                         const struct smap *old, struct smap *keys);

/* The member that 'keys' name under "vm_aware_" and 'key', or null. */
const char *vm_aware_status_member(const struct smap *keys, const char *key);

#endif /* vm-aware-status.h */
