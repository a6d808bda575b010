/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_STATUS_H
#define VM_AWARE_STATUS_H 1

/* Interface:status of the VMs' interfaces: what the switch tells the world,
 * and what it remembers for itself over a restart.
 *
 * The room keeps a copy of what the column should say about every interface
 * that has an identity.  It is computed anew when decisions have changed, and
 * what is new is written in one transaction; a transaction that fails is tried
 * again.  The column is replaced as a whole by others now and then, who ask
 * for the copy.
 *
 * Threads: the main thread. */

#include <stdbool.h>

struct ovsdb_idl;
struct ovsrec_interface;
struct ovsrec_open_vswitch;
struct smap;
struct vm_aware;

bool vm_aware_status_note_held(struct vm_aware *);
void vm_aware_status_update(const struct ovsrec_open_vswitch *);
void vm_aware_status_run(struct ovsdb_idl *);
void vm_aware_status_wait(void);
void vm_aware_status_get(const struct ovsrec_interface *, struct smap *);

const char *vm_aware_status_uplink(const struct smap *, const char *key);

#endif /* vm-aware-status.h */
