/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_XLATE_H
#define VM_AWARE_XLATE_H 1

/* At translation: who sent this, and where does it go.
 *
 * These are the slots 'output' and 'admit' of the bond class.  Handlers and
 * revalidators run them for every flow they translate: one RCU read, one hash
 * look-up (a second one behind a trunk), no lock, no allocation, except for
 * the sentence when somebody traces.  Nothing is decided here; the published
 * table says it all.
 *
 * Threads: any. */

#include "bond-provider.h"

struct bond_decision vm_aware_output(const struct bond_impl *,
                                     const struct bond_frame *,
                                     struct ds *why);
struct bond_decision vm_aware_admit(const struct bond_impl *,
                                    const void *member,
                                    const struct bond_frame *,
                                    struct ds *why);

#endif /* vm-aware-xlate.h */
