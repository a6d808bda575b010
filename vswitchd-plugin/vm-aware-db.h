/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_DB_H
#define VM_AWARE_DB_H 1

/* Connects the bonds with the database, which bridge.c reads and writes.
 *
 * In: all interfaces with their keys after a reconfiguration, or those whose
 * external_ids have changed.  An interface belongs to a bond if it is on the
 * bond's own bridge, or on a bridge that reaches it over patch ports or by a
 * tunnel.  An interface whose name had another row before is another
 * interface.
 *
 * Out: Interface:status and Port:status (vm-aware-status).
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bond-provider.h"

struct smap;

/* Returns true if all interfaces have been passed since the start. */
bool vm_aware_db_knows_all(void);

/* Functions of the bond class. */
void vm_aware_db_set_ifaces(const struct bond_iface *, size_t n, bool all);
long long int vm_aware_db_status_due(void);
bool vm_aware_db_next_status(enum bond_row *, struct uuid *,
                             struct smap *keys);
void vm_aware_db_status_written(bool success);
void vm_aware_db_row_status(enum bond_row, const struct uuid *,
                            const char *name, const struct smap *old,
                            struct smap *keys);
size_t vm_aware_db_row_n_keys(enum bond_row, const struct uuid *,
                              const char *name);

#endif /* vm-aware-db.h */
