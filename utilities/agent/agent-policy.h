/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef AGENT_POLICY_H
#define AGENT_POLICY_H 1

/* The policy of VMs that travels with their domains: in the metadata of a
 * domain, namespace "urn:ovs-vm-aware:policy:1", an element whose attributes
 * are keys without the prefix "vm-", as in a profile of a bond:
 *
 *   <policy uplinks='eth0,*' min-rate='1G'/>
 *
 * Every interface of the VM gets these keys, and vm-name from the name of the
 * domain.  external_ids:vm-agent-keys lists the keys that came from here, so
 * that one that is no longer in the metadata is removed.  A key that is not
 * in the metadata and was set by another program stays, and so does such a
 * vm-name.
 *
 * Pure: no I/O.
 *
 * Ownership: arguments are copied.
 *
 * Thread-safety: none; the main thread alone. */

#include <stdbool.h>

struct agent_policies;
struct smap;
struct sset;

struct agent_policies *agent_policies_create(void);
void agent_policies_destroy(struct agent_policies *);

void agent_policies_begin(struct agent_policies *);
void agent_policies_set(struct agent_policies *, const char *uuid,
                        const char *name, const char *xml);
bool agent_policies_end(struct agent_policies *);

bool agent_policies_diff(const struct agent_policies *, const char *uuid,
                         const struct smap *ids, struct smap *set,
                         struct sset *del);

#endif /* agent-policy.h */
