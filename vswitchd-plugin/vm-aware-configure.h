/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_CONFIGURE_H
#define VM_AWARE_CONFIGURE_H 1

/* Configures a bond, as the database has it: its port, its members and the
 * interfaces that send over it.
 *
 * An interface has an account as long as it exists.  What was seen of one that
 * is gone, or whose VLANs change, is not believed any more.
 *
 * The bond acts on all this in vm_aware_bond_update().
 *
 * Thread-safety: only the main thread may call these functions. */

struct smap;
struct vm_aware_bond;
struct vm_interface_facts;
struct vm_tag_port;

/* Members are those of vm_aware_configure_member() since the last
 * vm_aware_configure_port(). */
void vm_aware_configure_port(struct vm_aware_bond *,
                             const struct smap *other_config,
                             const struct vm_tag_port *, long long int now);
void vm_aware_configure_member(struct vm_aware_bond *, const char *name,
                               const struct smap *other_config);

/* The interface exists, or is gone. */
void vm_aware_configure_interface(struct vm_aware_bond *, const char *name,
                                  const struct vm_interface_facts *,
                                  long long int now);
void vm_aware_configure_gone(struct vm_aware_bond *, const char *name,
                             long long int now);

#endif /* vm-aware-configure.h */
