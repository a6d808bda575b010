/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_REMEDY_H
#define VM_REMEDY_H 1

/* What would have to change for a guarantee to be admitted, when vm-admission
 * did not.
 *
 * Each remedy changes one thing about one uplink.  It is told only after it
 * was tried: vm_admission_run() on the changed world admits the slot.  That is
 * for explanations and warnings, not for every decision: it costs up to two
 * runs per uplink.
 *
 * The room has no state and changes nothing.  Any thread may enter. */

#include <stddef.h>
#include <stdint.h>

#include "vm-admission.h"
#include "vm-snapshot.h"

struct ds;

enum vm_remedy_type {
    VM_REMEDY_NONE,             /* Nothing about this uplink helps. */
    VM_REMEDY_ROOM,             /* More that can be reserved. */
    VM_REMEDY_RETURN,           /* It is usable again. */
    VM_REMEDY_WISH              /* The slot wishes it before others. */
};

struct vm_remedy {
    enum vm_remedy_type type;
    uint64_t room;              /* bit/s more to be reserved, for
                                 * VM_REMEDY_ROOM: enough, though not always
                                 * the least. */
};

/* What is missing on an uplink, bit/s that can be reserved, for the guarantee
 * of 'slot' beside those that are admitted there; 0 if it would fit.  Says
 * nothing about whether the slot may use that uplink. */
uint64_t vm_remedy_missing(const struct vm_snapshot *,
                           const struct vm_admission *, size_t slot,
                           size_t uplink);

/* Fills in one remedy per uplink for a slot that was not admitted. */
void vm_remedy_find(const struct vm_snapshot *, const struct vm_admission *,
                    size_t slot, struct vm_remedy *);

/* "needs 3 Gbit/s more on eth0 or eth1, or the return of eth2", by uplink;
 * "nothing about a single uplink would help" if that is so. */
void vm_remedy_format(const struct vm_snapshot *, const struct vm_remedy *,
                      struct ds *);

#endif /* vm-remedy.h */
