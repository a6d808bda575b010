/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_LEARNING_H
#define VM_AWARE_LEARNING_H 1

/* Learned addresses of one bond, from the queue of all threads to the engine
 * and to the map of addresses.
 *
 * Whatever guests send, this is done once a second for an address that is new,
 * and once a minute for one that is in use.  The decision for a frame that
 * leaves depends on no learned address, so nothing is published.
 *
 * What an interface has reported before it was told to stop is not passed on.
 *
 * If several interfaces have an address, it matters which one had it last.  So
 * when it is learned for one of them, the others may report it again at once.
 *
 * Thread-safety: only the main thread may call these functions. */

#include <stdbool.h>

#include "vm-aware-address.h"

struct shash;
struct vm_aware_learned_queue;
struct vm_aware_owners;
struct vm_engine;

struct vm_aware_learning {
    struct vm_aware_learned_queue *queue;
    long long int take_at;      /* When to take what was learned, ms. */
    long long int age_at;       /* When to remove those that aged out, ms. */
    long long int forget_at;    /* When to learn all addresses anew, ms. */
    bool stale;                 /* Flows are to be revalidated at
                                 * 'age_at'. */
};

void vm_aware_learning_init(struct vm_aware_learning *, long long int now);
void vm_aware_learning_destroy(struct vm_aware_learning *);

/* Returns the time (ms) by which vm_aware_learning_run() must be called: some
 * time after it is due, as it is called whenever all flows have been counted.
 * vm_aware_learning_expedite() makes it due then, if it will be soon. */
long long int vm_aware_learning_deadline(const struct vm_aware_learning *);
void vm_aware_learning_expedite(struct vm_aware_learning *,
                                long long int now);

/* Does what is due.  'accounts' maps the names of interfaces to their
 * accounts.  Returns true if flows that depend on addresses must be
 * revalidated: at once if an address of one interface was learned for another
 * one, else at most once in ten seconds, whatever guests do. */
bool vm_aware_learning_run(struct vm_aware_learning *,
                           const struct vm_aware_owners *,
                           const struct shash *accounts, long long int now);

/* Passes what waits to be taken to the engine at once. */
void vm_aware_learning_take(struct vm_aware_learning *,
                            const struct vm_aware_owners *,
                            const struct shash *accounts, long long int now);

/* Brings the addresses of the interface named 'name' in step with the
 * engine. */
enum vm_aware_address_change vm_aware_learning_update(
    struct vm_aware_addresses *, const struct vm_engine *, const char *name);

#endif /* vm-aware-learning.h */
