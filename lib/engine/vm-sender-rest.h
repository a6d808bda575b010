/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_SENDER_REST_H
#define VM_SENDER_REST_H 1

/* Which senders are awake, so that thousands of VMs that send nothing cost
 * nothing.
 *
 * The senders of an endpoint go to rest together, when the sample that comes
 * with a complete reading (vm-pace) leaves nothing to be computed for any of
 * them: no demand, no contention, no meter but that of a limit, and the
 * endpoint does not count as limited any more.  They wake together when
 *
 *   - a reading shows that one of their interfaces has sent something;
 *   - a fact of their endpoint, or of all, has changed, such as the background
 *     of a member;
 *   - others bring contention to the member of one of them, where each sender
 *     has a share;
 *   - and in each round while any meter has failed.
 *
 * One that wakes is as if it had been sampled all the time, with nothing sent
 * up to the last sample, or up to the last reading if nobody is awake.  If it
 * woke without having sent anything, and has nothing to compute after the
 * round, it goes to rest again at once.
 *
 * Thread-safety: none; the engine owns its senders. */

#include <stdbool.h>
#include <stddef.h>

struct vm_endpoint;
struct vm_member;
struct vm_meters;
struct vm_senders;
struct vm_slot;

/* Notes that an interface of 'slot' has sent something: its senders wake with
 * the next vm_senders_update(). */
void vm_senders_note_traffic(struct vm_senders *, const struct vm_slot *);

/* Notes that nobody has sent anything until 'at'. */
void vm_senders_rested(struct vm_senders *, long long int at);

/* Wakes the senders of the 'n' endpoints in 'changed', and those that have
 * been noted. */
void vm_senders_wake_changed(struct vm_senders *,
                             struct vm_endpoint *const *changed, size_t n);

/* Wakes all senders. */
void vm_senders_wake_all(struct vm_senders *);

/* Wakes all senders on 'member'.  Returns true if one of them was at rest. */
bool vm_senders_wake_member(struct vm_senders *, const struct vm_member *);

/* Ends a round at 'now': lays to rest those that may rest.  'sampled' tells
 * that all were sampled with a complete reading. */
void vm_senders_settle(struct vm_senders *, const struct vm_meters *,
                       bool sampled, long long int now);

#endif /* vm-sender-rest.h */
