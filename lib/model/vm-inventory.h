/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_INVENTORY_H
#define VM_INVENTORY_H 1

/* The inventory of a bond: its members, the interfaces that send over it, and
 * the endpoints and slots that these form (see vm-entity.h).
 *
 * The inventory stores facts, which the functions below receive, the present
 * assignment of slots to members, and that of slots that are gone
 * (vm-places).  Endpoints and slots follow from the interfaces: vm_regroup()
 * creates them with their first interface and removes them with their last.
 * The module decides nothing: which member carries a slot is up to the engine.
 *
 * Endpoint "host" always exists.  It has exactly one slot, whatever keys its
 * interfaces have, because its policy is "vm-aware-host" of the bond.
 *
 * All lists are sorted by name or identity, so that iteration has the same
 * order on every machine.
 *
 * Ownership: the inventory owns everything in it.  A pointer into it is valid
 * until the next change.
 *
 * Thread-safety: only the engine that owns the inventory may change it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/vm-entity.h"
#include "model/vm-interface.h"
#include "packets.h"

void vm_inventory_init(struct vm_inventory *);
void vm_inventory_destroy(struct vm_inventory *);

/* Facts.  Each function returns true if it changed anything.  Null facts
 * remove the interface; facts with another identity replace it by a new one.
 * Endpoints and slots follow in vm_regroup(). */
bool vm_inventory_set_interface(struct vm_inventory *, const char *name,
                                const struct vm_interface_facts *,
                                const struct vm_bond_config *);
bool vm_inventory_set_host(struct vm_inventory *,
                           const struct vm_bond_config *);
bool vm_inventory_mac_learned(struct vm_inventory *, const char *interface,
                              struct eth_addr, uint16_t vlan,
                              long long int now);

/* Ages out learned addresses, every ten seconds. */
void vm_inventory_age_macs(struct vm_inventory *, long long int now);

/* Takes away what was published of an interface that is gone, or is not in a
 * slot any more. */
void vm_inventory_unpublish(struct vm_inventory *, struct vm_interface *);

/* Parses the keys of all interfaces again, after a change of profiles. */
void vm_inventory_reparse(struct vm_inventory *,
                          const struct vm_bond_config *);

/* Members.  vm_inventory_add_member() returns the existing member if there is
 * one.  vm_inventory_remove_member() returns false if there is none. */
struct vm_member *vm_inventory_add_member(struct vm_inventory *,
                                          const char *name,
                                          long long int now);
bool vm_inventory_remove_member(struct vm_inventory *, const char *name);

/* Find by name.  They return null, or -1 for an index, if there is none.  The
 * name of a member may be null, as that of a slot without one. */
struct vm_interface *vm_inventory_find_interface(const struct vm_inventory *,
                                                 const char *name);
struct vm_member *vm_inventory_find_member(const struct vm_inventory *,
                                           const char *name);
int vm_inventory_member_index(const struct vm_inventory *, const char *name);

/* Finds an endpoint by its identity, otherwise by its "vm-name".  Among
 * several with the same name, returns the one with the lowest identity. */
struct vm_endpoint *vm_inventory_find_endpoint(const struct vm_inventory *,
                                               const char *id_or_name);

/* Return sorted arrays of '*n' elements: endpoints by identity, interfaces by
 * name, slots by endpoint and then by id.  The caller must free the array, but
 * not the objects. */
struct vm_endpoint **vm_inventory_endpoints(const struct vm_inventory *,
                                            size_t *n);
struct vm_interface **vm_inventory_interfaces(const struct vm_inventory *,
                                              size_t *n);
struct vm_slot **vm_inventory_slots(const struct vm_inventory *,
                                    size_t *n);

/* Replaces the problems about keys of ours in columns that the engine does not
 * know. */
void vm_inventory_set_misplaced(struct vm_inventory *,
                                const struct vm_problems *);

/* Appends the problems of all members, then of all interfaces, then of all
 * endpoints, each sorted by name, and then those of misplaced keys. */
void vm_inventory_problems(const struct vm_inventory *,
                           struct vm_problems *all);

#endif /* vm-inventory.h */
