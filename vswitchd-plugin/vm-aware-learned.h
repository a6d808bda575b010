/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_LEARNED_H
#define VM_AWARE_LEARNED_H 1

/* A queue of learned addresses, from any thread to the main thread.
 *
 * Any thread that credits an account puts addresses into the queue of the
 * bond.  They do not wake the main thread, which wakes once a second to take
 * all of them, however many there are.  Accounts limit what they put, so the
 * length of the queue is bounded.
 *
 * Ownership: a queue is reference-counted.  Each account has a reference,
 * because translation may use an account for longer than its bond exists.
 *
 * Thread-safety: any thread may call these functions. */

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
