/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_LEARNED_H
#define VM_AWARE_LEARNED_H 1

/* Addresses that were learned at translation, on their way to the main thread.
 *
 * Any thread puts an address into the queue of its bond; the main thread takes
 * all of them out about once a second, which nothing waits for.  So a guest
 * that uses many addresses wakes nobody, and what it can put into the queue is
 * bounded.
 *
 * A queue lives as long as any account refers to it, since a translation that
 * is under way may outlive the bond.
 *
 * Thread-safety: all functions may be called from any thread. */

#include <stddef.h>
#include <stdint.h>

#include "packets.h"

struct vm_aware_learned_queue;

/* One address. */
struct vm_aware_learned {
    char *interface;
    struct eth_addr mac;
    uint16_t vlan;              /* 0 if untagged on the bond. */
};

struct vm_aware_learned_queue *vm_aware_learned_queue_create(void);
void vm_aware_learned_queue_ref(struct vm_aware_learned_queue *);
void vm_aware_learned_queue_unref(struct vm_aware_learned_queue *);

void vm_aware_learned_put(struct vm_aware_learned_queue *,
                          const char *interface, struct eth_addr,
                          uint16_t vlan);

/* Empties the queue.  The caller frees the array with
 * vm_aware_learned_free(). */
size_t vm_aware_learned_take(struct vm_aware_learned_queue *,
                             struct vm_aware_learned **);
void vm_aware_learned_free(struct vm_aware_learned *, size_t n);

#endif /* vm-aware-learned.h */
