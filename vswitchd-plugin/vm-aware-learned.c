/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-learned.h"

#include "coverage.h"
#include "ovs-atomic.h"
#include "ovs-thread.h"
#include "util.h"

COVERAGE_DEFINE(vm_aware_learned);
COVERAGE_DEFINE(vm_aware_learned_lost);

/* The most addresses that wait for the main thread. */
#define MAX_WAITING 8192

struct vm_aware_learned_queue {
    struct ovs_refcount ref_cnt;
    struct ovs_mutex mutex;
    struct vm_aware_learned *waiting OVS_GUARDED;
    size_t n OVS_GUARDED;
    size_t allocated OVS_GUARDED;
};

struct vm_aware_learned_queue *
vm_aware_learned_queue_create(void)
{
    struct vm_aware_learned_queue *queue = xzalloc(sizeof *queue);

    ovs_refcount_init(&queue->ref_cnt);
    ovs_mutex_init(&queue->mutex);
    return queue;
}

void
vm_aware_learned_queue_ref(struct vm_aware_learned_queue *queue)
{
    ovs_refcount_ref(&queue->ref_cnt);
}

void
vm_aware_learned_queue_unref(struct vm_aware_learned_queue *queue)
{
    if (ovs_refcount_unref(&queue->ref_cnt) == 1) {
        struct vm_aware_learned *waiting;
        size_t n = vm_aware_learned_take(queue, &waiting);

        vm_aware_learned_free(waiting, n);
        ovs_mutex_destroy(&queue->mutex);
        free(queue);
    }
}

void
vm_aware_learned_put(struct vm_aware_learned_queue *queue,
                     const char *interface, struct eth_addr mac,
                     uint16_t vlan)
{
    ovs_mutex_lock(&queue->mutex);
    if (queue->n < MAX_WAITING) {
        if (queue->n >= queue->allocated) {
            queue->waiting = x2nrealloc(queue->waiting, &queue->allocated,
                                        sizeof *queue->waiting);
        }
        queue->waiting[queue->n++] = (struct vm_aware_learned) {
            .interface = xstrdup(interface),
            .mac = mac,
            .vlan = vlan,
        };
        COVERAGE_INC(vm_aware_learned);
    } else {
        COVERAGE_INC(vm_aware_learned_lost);
    }
    ovs_mutex_unlock(&queue->mutex);
}

size_t
vm_aware_learned_take(struct vm_aware_learned_queue *queue,
                      struct vm_aware_learned **waiting)
{
    size_t n;

    ovs_mutex_lock(&queue->mutex);
    *waiting = queue->waiting;
    n = queue->n;
    queue->waiting = NULL;
    queue->n = queue->allocated = 0;
    ovs_mutex_unlock(&queue->mutex);

    return n;
}

void
vm_aware_learned_free(struct vm_aware_learned *learned, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(learned[i].interface);
    }
    free(learned);
}
