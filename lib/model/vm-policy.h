/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_POLICY_H
#define VM_POLICY_H 1

/* The policy of the operator: from keys in the database to the structures of
 * vm-config.h.
 *
 * This module parses the keys of interfaces, bonds and members, applies
 * profiles, and merges the policies of the interfaces of one VM.  Each key is
 * a row of vm-key.def, with its type, range, default and documentation.  An
 * invalid value never stops anything: the default or the value of the profile
 * is used instead, and a problem says so.
 *
 * The module works on text and values only.  It does not know which members
 * and endpoints exist, and does not read the clock.
 *
 * Ownership: a structure owns its strings until its destroy function is
 * called.  A parse function overwrites the structure without freeing it.  A
 * map may be null if nothing is configured.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vm-problem.h"
#include "model/vm-config.h"

struct smap;

/* Returns the identity of an Interface: the value of the first of vm-id,
 * vm-uuid, xs-vm-uuid and iface-id that has a valid one, or null.  The string
 * belongs to 'external_ids'.  vm_policy_identity_key() returns the key, a
 * constant. */
const char *vm_policy_identity(const struct smap *external_ids);
const char *vm_policy_identity_key(const struct smap *external_ids);

/* Parses the keys of 'interface'.  Its own keys take precedence over those of
 * its profile.  'profiles' maps the name of each profile to its list of
 * keys. */
void vm_policy_parse(struct vm_policy *, const char *interface,
                     const struct smap *external_ids,
                     const struct smap *profiles, struct vm_problems *);
void vm_policy_init_default(struct vm_policy *);
void vm_policy_clone(struct vm_policy *, const struct vm_policy *);
bool vm_policy_equal(const struct vm_policy *, const struct vm_policy *);
void vm_policy_destroy(struct vm_policy *);

/* Merges the policies of the 'n' interfaces of one VM, whose names are in
 * 'names', into 'merged'.  'n' must be at least 1.
 *
 * For each key the strictest value is used: the highest priority, shares and
 * guarantee, the lowest limit and burst, exclusive rather than not, migrate
 * rather than suspend rather than drop rather than forward, and the first
 * name.  Only interfaces that set a key count, so that it is sufficient to set
 * a key on one of them.  If interfaces set different values, a problem of
 * names[0] lists the interfaces and their values.  The uplink preference and
 * vm-identify are not merged: the result has those of the first interface. */
void vm_policy_merge_all(struct vm_policy *merged,
                         const struct vm_policy *const policies[],
                         const char *const names[], size_t n,
                         struct vm_problems *);

void vm_bond_config_parse(struct vm_bond_config *, const char *bond,
                          const struct smap *other_config,
                          struct vm_problems *);
void vm_bond_config_destroy(struct vm_bond_config *);
void vm_member_config_parse(struct vm_member_config *, const char *interface,
                            const struct smap *other_config,
                            struct vm_problems *);

#endif /* vm-policy.h */
