/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_DB_H
#define VM_AWARE_DB_H 1

/* Between the database and the bonds.
 *
 * In: interfaces with their keys, all of them after a reconfiguration, or
 * those whose external_ids have changed.  To a bond belong those on its own
 * bridge and on bridges that reach it over patch ports or by a tunnel.  A row
 * of a name that had another row before is another interface.
 *
 * Out: Interface:status (vm-aware-status), and the sums of what all bonds have
 * counted for Interface:statistics.
 *
 * Thread-safety: the main thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bond_iface;
struct smap;

/* Functions of the bond class. */
void vm_aware_db_set_ifaces(const struct bond_iface *, size_t n, bool all);
long long int vm_aware_db_status_due(void);
const char *vm_aware_db_next_status(struct smap *keys);
void vm_aware_db_status_written(bool success);
void vm_aware_db_iface_status(const char *iface, const struct smap *old,
                              struct smap *keys);
size_t vm_aware_db_iface_statistics(const char *iface, const char *keys[],
                                    int64_t values[]);

#endif /* vm-aware-db.h */
