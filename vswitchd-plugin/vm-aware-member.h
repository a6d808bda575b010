/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_MEMBER_H
#define VM_AWARE_MEMBER_H 1

/* Passes the state of the members of a bond to its engine: which members exist
 * and are enabled, from bond.c; speed and counters, from their devices.
 *
 * The module has no state.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdbool.h>
#include <stddef.h>

struct bond;
struct bond_member_view;
struct ofproto_dpif;
struct shash;
struct smap;
struct vm_engine;

/* What is configured: 'configs' maps the name of a member to a "struct smap",
 * which it owns, of the member's Interface:other_config. */
void vm_aware_members_configure(struct shash *configs, const char *name,
                                const struct smap *other_config);
void vm_aware_members_clear(struct shash *configs);

/* Updates the members of the engine.  'configs' is as above, 'devices' that of
 * vm-aware-device.
 *
 * 'handles' maps the name of a member to its handle (bond_member_view), as of
 * the last call.  Returns true if that has changed: a member that was created
 * anew under its name has another one, of which the engine knows nothing, and
 * what refers to the old one must be published again. */
bool vm_aware_members_tell(const struct bond *, struct ofproto_dpif *,
                           const struct shash *configs, struct shash *devices,
                           struct shash *handles, struct vm_engine *,
                           long long int now);

/* Passes the counters of sent bytes and dropped frames to the engine.
 * 'devices' is that of vm-aware-device. */
void vm_aware_members_count(const struct bond *, struct shash *devices,
                            struct vm_engine *, long long int now);

/* Returns the handle of the member named 'name' among the 'n' in 'views', or
 * null if there is none or 'name' is null. */
void *vm_aware_members_find(const struct bond_member_view *views, size_t n,
                            const char *name);

#endif /* vm-aware-member.h */
