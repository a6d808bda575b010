/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_GUARANTEE_H
#define VM_GUARANTEE_H 1

/* Divides the guarantee of each endpoint among its slots.
 *
 * A slot without a member sends nothing, so a part of the guarantee would be
 * lost there.  Therefore the guarantee is divided equally among the slots that
 * can be placed: those whose preference allows a usable member, which is no
 * standby one unless all usable members are, or are drained or held off.  If
 * it turns out that one of them gets no member nevertheless, because VMs of
 * higher priority have theirs for themselves, the guarantee is divided again.
 * If no slot can be placed, or if the larger parts fit nowhere, each slot of
 * the endpoint has an equal part, so that those parts are met that fit.
 *
 * The module chooses no member and admits no guarantee (see vm-admission).
 *
 * Thread-safety: only the engine that owns the inventory may call these
 * functions. */

#include <stdbool.h>
#include <stddef.h>

#include "model/vm-inventory.h"

/* Divides the guarantees of the 'n' endpoints by the state of the members at
 * 'now'. */
void vm_guarantees_divide(const struct vm_inventory *,
                          struct vm_endpoint *const *endpoints, size_t n,
                          long long int now);

/* Takes the part of 'slot', which gets no member, away from it, in favor of
 * the other slots of its endpoint that can be placed.  Returns true if that
 * changes a part. */
bool vm_guarantee_withdraw(struct vm_slot *slot);

/* Divides the guarantee equally among all slots of an endpoint, one of whose
 * parts is unmet.  Returns true if that is a change. */
bool vm_guarantee_divide_equally(struct vm_endpoint *);

#endif /* vm-guarantee.h */
