/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_FAILOVER_H
#define VM_FAILOVER_H 1

/* The failovers of a bond: whether one is occurring, and what it did
 * (claim C10).
 *
 * A failover begins when a member that carried a slot is lost, or is removed
 * from the bond, or when the first slot is to leave one that is drained.  Each
 * slot that it carried refers to the failover by its serial ('failover' of
 * struct vm_slot), in a drain from the time on when it is to leave.  A member
 * that is lost again while its failover occurs continues it, so that a member
 * that flaps has one failover, not many; likewise one that is drained.
 *
 * It ends when
 *
 *   - VM_FAILOVER_LEAST has passed since the last loss,
 *   - no slot has yet to leave the member because it is drained,
 *   - all announcements of its moves have been made, and
 *   - each of its VMs that has no member has been asked for (vm-requests), if
 *     its policy says so.
 *
 * The module moves no slot and requests nothing.
 *
 * Ownership: the failovers own their strings.
 *
 * Thread-safety: none; the engine owns its failovers. */

#include <stdbool.h>
#include <stddef.h>

struct ds;
struct vm_endpoint;
struct vm_inventory;
struct vm_slot;

/* A failover lasts at least so long after the last loss, ms. */
#define VM_FAILOVER_LEAST 2000

/* Failovers that have ended are kept up to this number in total. */
#define VM_FAILOVER_HISTORY 8

struct vm_failover {
    unsigned long long int serial; /* From 1, never reused. */
    char *member;               /* That was lost, or is drained. */
    long long int began;        /* ms. */
    long long int lost;         /* Time of the last loss, ms.  If there was
                                 * none, VM_FAILOVER_LEAST before 'began'. */
    long long int ended;        /* ms, LLONG_MAX while it occurs. */
    size_t moved;               /* VMs that have a member again... */
    size_t without;             /* ...and those that have none. */
    size_t concerned;           /* VMs that vm_failovers_find() finds it
                                 * for. */
};

struct vm_failovers {
    struct vm_failover *list;   /* By serial. */
    size_t n;
    unsigned long long int last_serial;
};

/* Returns true if 'failover' has not ended. */
bool vm_failover_occurs(const struct vm_failover *);

/* Returns true if any occurs.  Meanwhile vm_failovers_find() may return
 * something else for a VM although nothing about that VM has changed. */
bool vm_failovers_occur(const struct vm_failovers *);

void vm_failovers_init(struct vm_failovers *);
void vm_failovers_destroy(struct vm_failovers *);

/* Begins or continues the failover of each member that is down and still has
 * slots.  To be called before the slots are placed. */
void vm_failovers_begin(struct vm_failovers *, struct vm_inventory *,
                        long long int now);

/* Begins or continues the failover of the member of 'slot', which is drained:
 * 'slot' is to leave it. */
void vm_failovers_begin_leaving(struct vm_failovers *, struct vm_slot *,
                                long long int now);

/* Returns true if a failover of 'member' occurs to which 'slot' belongs. */
bool vm_failovers_include(const struct vm_failovers *, const struct vm_slot *,
                          const char *member);

/* Continues a failover that occurred when the switch was stopped, according to
 * 'text', a result of vm_failover_to_string(); null is none.  It ends as soon
 * as all of its VMs are placed again or asked for. */
void vm_failovers_restore(struct vm_failovers *, const char *text,
                          long long int now);
char *vm_failover_to_string(const struct vm_failover *);

/* Makes the serials of new failovers continue those of 'old', to which slots
 * may refer. */
void vm_failovers_continue(struct vm_failovers *,
                           const struct vm_failovers *old);

/* Counts the VMs of each failover that occurs, and ends one that is over.
 * 'is_asked' returns true if nothing remains to be requested for an endpoint
 * that has no member.  Returns the one that ended, or null; there may be
 * more.  Sets '*news' to true if VMs are no longer concerned by one that
 * occurs, or others are. */
const struct vm_failover *
vm_failovers_run(struct vm_failovers *, const struct vm_inventory *,
                 bool (*is_asked)(const struct vm_endpoint *,
                                  const void *aux), const void *aux,
                 long long int now, bool *news);

/* Returns the failover that occurs and concerns 'endpoint' at 'now', the first
 * one if there are several, or null.  It does not concern an endpoint any more
 * whose moves have been made and announced, once VM_FAILOVER_LEAST has passed
 * since the last loss, although it may still occur for others. */
const struct vm_failover *
vm_failovers_find(const struct vm_failovers *, const struct vm_endpoint *,
                  long long int now);

/* Returns the time (ms) at which a failover may end. */
long long int vm_failovers_deadline(const struct vm_failovers *,
                                    long long int done);

/* Appends a line for each difference from what the slots say. */
void vm_failovers_check(const struct vm_failovers *,
                        const struct vm_inventory *, struct ds *differences);

#endif /* vm-failover.h */
