/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_LIMIT_H
#define VM_LIMIT_H 1

/* Divides the limit of a VM among its senders on several members.
 *
 * While a member is contended, one meter for all of them would not do: what
 * one member grants the VM could pass over another one.  So each sender has a
 * meter of its own then, and the parts add up to the limit:
 *
 *   - Each sender gets what it is guaranteed.
 *   - The rest is divided by max-min fairness of what they want, up to what
 *     their members grant them (see vm-rates).
 *   - What no sender wants now is divided equally, so that a sender that
 *     begins has some of it at once.
 *
 * If the members grant less than the limit in total, then each sender gets
 * what its member grants.
 *
 * The module keeps no state.  All rates are bit/s.
 *
 * Thread-safety: functions of their arguments; any thread may call them. */

#include <stddef.h>
#include <stdint.h>

/* What one sender claims of the limit.  The caller owns the id. */
struct vm_limit_claim {
    const char *id;             /* Unique among the claims. */
    uint64_t guarantee;         /* All of them together: at most the limit. */
    uint64_t demand;            /* VM_RATE_NONE if it would take anything. */
    uint64_t most;              /* What its member grants, VM_RATE_NONE if that
                                 * is not limited. */
};

/* Stores the part of each of 'n' claims in 'parts'.  The sum is at most
 * 'limit'. */
void vm_limit_divide(const struct vm_limit_claim *claims, size_t n,
                     uint64_t limit, uint64_t *parts);

#endif /* vm-limit.h */
