/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_OVERLOAD_H
#define VM_OVERLOAD_H 1

/* Which VMs offer more than they may send, and which members are flooded, from
 * the last samples of vm-policing.
 *
 *   - A VM is above its allocation if it offers more than its vm-max-rate, or
 *     more than its share of a member, by more than 1/16.  A sender that backs
 *     off, such as TCP, fills its allocation and loses less than that.
 *   - A member is flooded if its senders offer more than it carries, by more
 *     than 1/16, whatever their allocations are.  What a sender offers above
 *     its vm-max-rate does not count: the limit drops it in any case.  A
 *     member whose capacity is not known is flooded only while its device
 *     drops.
 *   - A demand fits on a member if the member carries it besides what it is
 *     offered now, with a margin of 1/8.  One of more than 3/4 of what it
 *     carries needs no margin, or it would not even fit alone.
 *
 * The module decides nothing and has no state.
 *
 * Thread-safety: functions of their arguments; the caller is the thread that
 * owns the engine. */

#include <stdbool.h>
#include <stdint.h>

struct vm_endpoint;
struct vm_inventory;
struct vm_member;
struct vm_senders;

/* Returns true if 'offered' exceeds 'allowed' by more than 1/16. */
bool vm_overload_is_excess(uint64_t offered, uint64_t allowed);

/* Returns what 'endpoint' offers to 'member', or to all members if it is null,
 * bit/s, up to the limit of its policy. */
uint64_t vm_overload_offered(const struct vm_senders *,
                             const struct vm_endpoint *,
                             const struct vm_member *);

/* Returns what 'endpoint' would send if it ran: what it offers, up to its
 * limit unless it exceeds that, bit/s. */
uint64_t vm_overload_demand(const struct vm_senders *,
                            const struct vm_endpoint *);

/* Returns true if 'endpoint' offers more than its vm-max-rate. */
bool vm_overload_exceeds_limit(const struct vm_senders *,
                               const struct vm_endpoint *);

/* Returns true if 'endpoint' offers more than its share of a member. */
bool vm_overload_exceeds_share(const struct vm_senders *,
                               const struct vm_endpoint *);

/* Returns the flooded member to which 'endpoint' offers a considerable part of
 * the load, at least 1/64 of what the member carries, or null. */
const struct vm_member *vm_overload_flooded(const struct vm_senders *,
                                            const struct vm_inventory *,
                                            const struct vm_endpoint *,
                                            long long int now);

/* Returns what is offered to 'member' by all others than slots of 'except', in
 * bit/s. */
uint64_t vm_overload_load(const struct vm_senders *, const struct vm_member *,
                          const struct vm_endpoint *except);

/* Returns true if 'demand' fits on 'member', which is offered 'load'. */
bool vm_overload_fits(const struct vm_member *, uint64_t load,
                      uint64_t demand, long long int now);

#endif /* vm-overload.h */
