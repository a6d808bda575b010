/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_ACCOUNT_H
#define VM_AWARE_ACCOUNT_H 1

/* What one interface has sent over one bond: counters, and its source
 * addresses, which upstream switches learn.
 *
 * Revalidators credit an account several times a second for every flow, so
 * crediting takes no lock: counters are atomic, and a (MAC, VLAN) pair that
 * was reported lately is found in a small cache of atomic words.  Only a pair
 * that is not in it is put into the queue of learned addresses, which has a
 * mutex, and each interface may report only a limited number at a time.  The
 * host's interfaces report nothing.
 *
 * Whoever credits also sets a flag, unless it is set: while nobody sends, the
 * main thread need not walk over the accounts.  The flag and the counters are
 * accessed in sequential consistency, so that nothing is missed.
 *
 * The cache is direct-mapped, so that a pair may be evicted from it; the pair
 * is then reported twice, which is harmless.  The main thread clears the cache
 * once a minute, so that a pair that is still in use is reported again and
 * does not age out in the engine.
 *
 * When the VLANs of an interface have changed, what is credited to it by flows
 * that were translated before still counts, but their VLAN is not believed any
 * more: vm_aware_account_begin() separates them from those that follow.
 *
 * Ownership: an account is reference-counted.  It exists as long as the bond
 * or any entry of the translation cache refers to it.
 *
 * Thread-safety: any thread may credit, ref and unref; only the main thread
 * may call the other functions. */

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/types.h"
#include "ovs-atomic.h"
#include "packets.h"
#include "solve/vm-drops.h"

struct dpif_flow_stats;
struct shash;
struct sset;
struct vm_aware_account;
struct vm_aware_learned_queue;
struct vm_counters;
struct vm_engine;

/* One interface's part of the drops of its VM, and what it had sent when they
 * were divided. */
struct vm_aware_part {
    struct vm_drops drops;
    uint64_t sent_packets, sent_bytes;
};

/* The sides of an account. */
enum vm_aware_side {
    VM_AWARE_SENT,              /* Left over the bond. */
    VM_AWARE_DROPPED,           /* Had no member. */
    VM_AWARE_REVERSE_MISMATCH,  /* Came in for the interface over another
                                 * member than its own. */
    VM_AWARE_N_SIDES
};

struct vm_aware_account *vm_aware_account_create(
    struct vm_aware_learned_queue *, const char *interface);
void vm_aware_account_postpone_unref(struct vm_aware_account *);
void vm_aware_account_read(const struct vm_aware_account *,
                           struct vm_counters *);
void vm_aware_accounts_tell(const struct shash *accounts, bool all,
                            struct vm_engine *, long long int now);
void vm_aware_accounts_tell_news(const struct shash *accounts,
                                 unsigned int *seqno, struct vm_engine *,
                                 struct sset *senders, long long int now);
struct vm_aware_part *vm_aware_account_part(struct vm_aware_account *);
void vm_aware_account_renew(struct vm_aware_account *, bool forget);
void vm_aware_account_set_learning(struct vm_aware_account *, bool learning);
bool vm_aware_account_is_learning(const struct vm_aware_account *);
void vm_aware_account_begin(struct vm_aware_account *);

/* What the class's account, account_ref and account_unref are called with. */
void *vm_aware_account_side(struct vm_aware_account *, enum vm_aware_side);
void vm_aware_side_credit(void *side, struct eth_addr src, uint16_t vlan,
                          const struct dpif_flow_stats *);
void vm_aware_side_ref(void *side);
void vm_aware_side_unref(void *side);

#endif /* vm-aware-account.h */
