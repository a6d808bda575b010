/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_DB_H
#define VM_AWARE_DB_H 1

/* Between the database and the engines.
 *
 * In: when bridges have been reconfigured, all Interfaces are told to all
 * engines, which see for themselves what is new.  A change of
 * Interface:external_ids alone does not reconfigure bridges: it comes by
 * change tracking, and only that Interface is told.
 *
 * Out: Interface:status is written in transactions of its own, and only those
 * keys of those rows that differ.  Bridges replace the whole column now and
 * then and ask for our keys by vm_aware_db_iface_status(), likewise for
 * Interface:statistics.
 *
 * An Interface can be seen by several bonds, but its status has room for one:
 * the bond of its own bridge, else the one over which it has sent most, else
 * the first by name.
 *
 * Threads: the main thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ovsdb_idl;
struct ovsrec_interface;
struct smap;
struct vm_aware;

/* Slots of the bond class. */
void vm_aware_db_init(struct ovsdb_idl *);
void vm_aware_db_reconfigured(struct ovsdb_idl *);
void vm_aware_db_run(struct ovsdb_idl *);
void vm_aware_db_wait(struct ovsdb_idl *);
void vm_aware_db_iface_status(const struct ovsrec_interface *, struct smap *);
size_t vm_aware_db_iface_statistics(const char *iface, const char *keys[],
                                    int64_t values[]);

/* From vm-aware. */
void vm_aware_db_changed(void);
void vm_aware_db_forget(struct vm_aware *);

#endif /* vm-aware-db.h */
