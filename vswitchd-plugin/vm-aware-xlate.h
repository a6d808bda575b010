/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_XLATE_H
#define VM_AWARE_XLATE_H 1

/* Looks up the sender of a frame and its member, at translation.
 *
 * These are the functions 'output' and 'admit' of the bond class.  Handlers
 * and revalidators call them for each flow that they translate.  'output'
 * takes one RCU read and one hash look-up; one more on a trunk, and one more
 * for a frame whose source the switch has set or that it makes itself.  It
 * takes no lock, and allocates nothing except under ofproto/trace.  The
 * decisions are those of the published table.
 *
 * Thread-safety: any thread may call these functions, as a reader of RCU. */

#include "bond-provider.h"

struct bond_decision vm_aware_output(const struct bond_impl *,
                                     const struct bond_frame *,
                                     struct ds *why);
struct vm_aware_entry;
struct vm_aware_table;

/* Returns the entry for the sender of the frame and stores whether its source
 * address had a say in it. */
const struct vm_aware_entry *vm_aware_find_sender(
    const struct vm_aware_table *, const struct bond_frame *,
    bool *uses_in_src);

struct bond_decision vm_aware_admit(const struct bond_impl *,
                                    const void *member,
                                    const struct bond_frame *,
                                    struct ds *why);

#endif /* vm-aware-xlate.h */
