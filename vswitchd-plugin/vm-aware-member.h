/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_MEMBER_H
#define VM_AWARE_MEMBER_H 1

/* What bond.c and the devices say about the members of a bond, for its engine:
 * which there are, which may carry frames, their speed and their counters.
 *
 * Thread-safety: the main thread. */

struct bond;
struct shash;
struct vm_engine;

/* Tells which members there are.  'configs' maps the name of a member to the
 * "struct smap" of its Interface:other_config. */
void vm_aware_members_tell(const struct bond *, const struct shash *configs,
                           struct vm_engine *, long long int now);

/* Tells what they have sent and dropped. */
void vm_aware_members_count(const struct bond *, struct vm_engine *,
                            long long int now);

#endif /* vm-aware-member.h */
