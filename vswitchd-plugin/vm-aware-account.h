/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_ACCOUNT_H
#define VM_AWARE_ACCOUNT_H 1

/* What one interface has sent over one bond: counters, and the addresses under
 * which the far end knows it.
 *
 * Revalidators credit an account several times a second for every flow, so
 * crediting takes no lock: counters are atomic, and a (MAC, VLAN) pair that
 * was reported lately is found in a small cache of atomic words.  Only a pair
 * that is not in it goes to the mailbox, which has a mutex, and from there to
 * the engine by the main thread.
 *
 * The cache is direct-mapped and may forget; a pair is then reported twice,
 * which does no harm.  The main thread clears it now and then, so that a pair
 * that is still in use is reported again and does not grow old in the engine.
 *
 * Threads: credit, ref and unref from any thread; the rest from the main
 * thread.  An account lives as long as the table of the main thread or any
 * entry of the translation cache refers to it. */

#include <stdint.h>

#include "openvswitch/types.h"
#include "ovs-atomic.h"
#include "packets.h"
#include "vm-aware-drops.h"

struct dpif_flow_stats;
struct vm_aware_account;
struct vm_counters;

/* The sides of an account. */
enum vm_aware_side {
    VM_AWARE_SENT,              /* Left over the bond. */
    VM_AWARE_DROPPED,           /* Was not let out. */
    VM_AWARE_WRONG_LEG,         /* Came in for the interface over another
                                 * uplink than its own. */
    VM_AWARE_N_SIDES
};

struct vm_aware_account *vm_aware_account_create(const char *bond,
                                                 const char *interface);
void vm_aware_account_postpone_unref(struct vm_aware_account *);
void vm_aware_account_read(const struct vm_aware_account *,
                           struct vm_counters *);
struct vm_aware_part *vm_aware_account_part(struct vm_aware_account *);
void vm_aware_account_forget_macs(struct vm_aware_account *);

/* What the class's account, account_ref and account_unref are called with. */
void *vm_aware_account_side(struct vm_aware_account *, enum vm_aware_side);
void vm_aware_side_credit(void *side, struct eth_addr src, uint16_t vlan,
                          const struct dpif_flow_stats *);
void vm_aware_side_ref(void *side);
void vm_aware_side_unref(void *side);

/* The mailbox. */
struct vm_aware_sighting {
    char *bond;
    char *interface;
    struct eth_addr mac;
    uint16_t vlan;
};

size_t vm_aware_sightings_take(struct vm_aware_sighting **);
void vm_aware_sightings_free(struct vm_aware_sighting *, size_t n);
void vm_aware_sightings_wait(void);

#endif /* vm-aware-account.h */
