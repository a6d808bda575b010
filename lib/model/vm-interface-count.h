/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_INTERFACE_COUNT_H
#define VM_INTERFACE_COUNT_H 1

/* Counts what interfaces send: to their slots, to the members that they send
 * over, to their endpoints and to their loads (vm-slot-load).
 *
 * The module reads no counters, and does not know when they are read.
 *
 * Thread-safety: only the engine that owns the inventory may call these
 * functions. */

#include <stdbool.h>

#include "model/vm-entity.h"

/* Updates the interface's counters with a reading at 'now'.  What it has sent
 * since the last reading is added to its slot, to the member that it sends
 * over and to the traffic of its endpoint; what was dropped, to the latter
 * alone.  The first reading adds nothing to slot and member.  If the last
 * reading of all interfaces did not tell this one, it had not changed by
 * then.  Returns true if an exclusive VM may begin to exclude others, because
 * the interface was silent until now. */
bool vm_interface_count(struct vm_inventory *, struct vm_interface *,
                        const struct vm_counters *, long long int now);

/* To be called when the counters of all interfaces were read at 'now', and
 * those that have changed, or were never told, were counted. */
void vm_inventory_counted(struct vm_inventory *, long long int now);

/* Brings the load of an interface, or of all, up to the last reading of all,
 * and one that a meter counts of a slot at rest up to 'rested_at' of the
 * inventory.  The engine does so before it places slots by their loads and
 * before it rebalances them; a report between may tell a load that is a little
 * older.
 *
 * A load that is nothing and stays nothing is still: it is the same whether it
 * is brought up to date or not, so that it is left alone, until something is
 * counted or the interface is grouped anew. */
void vm_inventory_rest_load(const struct vm_inventory *,
                            struct vm_interface *);
void vm_inventory_rest_loads(struct vm_inventory *);

/* Brings the load of 'iface' up to date, and does so with all from now on.  To
 * be called before bytes are counted for it, and before what counts them may
 * become another meter, or none. */
void vm_interface_wake_load(struct vm_inventory *, struct vm_interface *);

#endif /* vm-interface-count.h */
