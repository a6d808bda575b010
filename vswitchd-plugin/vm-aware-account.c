/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-account.h"

#include "dpif.h"
#include "hash.h"
#include "model/vm-entity.h"
#include "ovs-rcu.h"
#include "util.h"
#include "vm-aware-learned.h"

/* Pairs remembered as reported, per interface.  A power of two. */
#define CACHE_SIZE 16

/* The most pairs that one interface reports before the main thread calls
 * vm_aware_account_renew(). */
#define MAX_REPORTS 64

struct side {
    struct vm_aware_account *account;
    atomic_ullong packets;
    atomic_ullong bytes;
};

struct vm_aware_account {
    char *interface;            /* Immutable. */
    struct vm_aware_learned_queue *queue; /* Immutable. */
    struct ovs_refcount ref_cnt;

    /* The main thread's. */
    struct vm_aware_part part;
    struct vm_counters told;    /* By vm_aware_account_read_news(), */
    bool any_told;              /* if that was called. */

    struct side sides[VM_AWARE_N_SIDES];
    atomic_bool learning;       /* Reports its addresses. */
    atomic_uint32_t n_reports;  /* Since the last renewal. */
    atomic_uint64_t reported[CACHE_SIZE]; /* MAC << 16 | VLAN, 0 if none. */
};

/* Creates the account of 'interface', which reports what it learns to
 * 'queue'. */
struct vm_aware_account *
vm_aware_account_create(struct vm_aware_learned_queue *queue,
                        const char *interface)
{
    struct vm_aware_account *account = xzalloc(sizeof *account);

    account->interface = xstrdup(interface);
    account->queue = queue;
    vm_aware_learned_queue_ref(queue);
    ovs_refcount_init(&account->ref_cnt);
    for (size_t i = 0; i < VM_AWARE_N_SIDES; i++) {
        account->sides[i].account = account;
        atomic_init(&account->sides[i].packets, 0);
        atomic_init(&account->sides[i].bytes, 0);
    }
    atomic_init(&account->learning, false);
    atomic_init(&account->n_reports, 0);
    for (size_t i = 0; i < CACHE_SIZE; i++) {
        atomic_init(&account->reported[i], 0);
    }
    return account;
}

static void
account_unref(struct vm_aware_account *account)
{
    if (ovs_refcount_unref(&account->ref_cnt) == 1) {
        vm_aware_learned_queue_unref(account->queue);
        free(account->interface);
        free(account);
    }
}

/* Gives up the creator's reference when no translation that is under way now
 * can find the account any more. */
void
vm_aware_account_postpone_unref(struct vm_aware_account *account)
{
    ovsrcu_postpone(account_unref, account);
}

static void
read_side(const struct side *side, uint64_t *packets, uint64_t *bytes)
{
    unsigned long long int value;

    atomic_read_relaxed(&CONST_CAST(struct side *, side)->packets, &value);
    *packets = value;
    atomic_read_relaxed(&CONST_CAST(struct side *, side)->bytes, &value);
    *bytes = value;
}

/* Stores in '*counters' all that has been credited to 'account' so far. */
void
vm_aware_account_read(const struct vm_aware_account *account,
                      struct vm_counters *counters)
{
    uint64_t reverse_mismatch_bytes;

    read_side(&account->sides[VM_AWARE_SENT],
              &counters->tx_packets, &counters->tx_bytes);
    read_side(&account->sides[VM_AWARE_DROPPED],
              &counters->dropped_packets, &counters->dropped_bytes);
    read_side(&account->sides[VM_AWARE_REVERSE_MISMATCH],
              &counters->reverse_mismatch_packets, &reverse_mismatch_bytes);
}

/* The same.  Returns false if nothing was credited since the last call. */
bool
vm_aware_account_read_news(struct vm_aware_account *account,
                           struct vm_counters *counters)
{
    struct vm_counters *told = &account->told;
    bool changed;

    vm_aware_account_read(account, counters);
    changed = (!account->any_told
               || counters->tx_packets != told->tx_packets
               || counters->dropped_packets != told->dropped_packets
               || (counters->reverse_mismatch_packets
                   != told->reverse_mismatch_packets));
    *told = *counters;
    account->any_told = true;
    return changed;
}

/* Returns the part that the interface has in what meters dropped. */
struct vm_aware_part *
vm_aware_account_part(struct vm_aware_account *account)
{
    return &account->part;
}

/* Lets the interface report pairs again: new ones, and, if 'forget', those
 * that it has reported already. */
void
vm_aware_account_renew(struct vm_aware_account *account, bool forget)
{
    atomic_store_relaxed(&account->n_reports, 0);
    for (size_t i = 0; forget && i < CACHE_SIZE; i++) {
        atomic_store_relaxed(&account->reported[i], 0);
    }
}

/* Sets whether the interface reports its addresses.  At first it does not. */
void
vm_aware_account_set_learning(struct vm_aware_account *account, bool learning)
{
    atomic_store_relaxed(&account->learning, learning);
}

void *
vm_aware_account_side(struct vm_aware_account *account,
                      enum vm_aware_side side)
{
    return account ? &account->sides[side] : NULL;
}

void
vm_aware_side_ref(void *side_)
{
    struct side *side = side_;

    ovs_refcount_ref(&side->account->ref_cnt);
}

void
vm_aware_side_unref(void *side_)
{
    struct side *side = side_;

    account_unref(side->account);
}

/* Reports that the far end now knows 'account' as 'mac' in 'vlan', unless that
 * was reported lately or the interface has reported too much. */
static void
report(struct vm_aware_account *account, struct eth_addr mac, uint16_t vlan)
{
    uint64_t pair = eth_addr_to_uint64(mac) << 16 | vlan;
    size_t slot = hash_uint64(pair) & (CACHE_SIZE - 1);
    uint64_t known;
    uint32_t n;

    atomic_read_relaxed(&account->reported[slot], &known);
    if (known == pair) {
        return;
    }
    atomic_read_relaxed(&account->n_reports, &n);
    if (n < MAX_REPORTS) {
        atomic_store_relaxed(&account->n_reports, n + 1);
        atomic_store_relaxed(&account->reported[slot], pair);
        vm_aware_learned_put(account->queue, account->interface, mac, vlan);
    }
}

/* Credits one side of an account with the frames of a flow, which left from
 * 'src' in 'vlan'; 'src' is zero if that is not the interface's own. */
void
vm_aware_side_credit(void *side_, struct eth_addr src, uint16_t vlan,
                     const struct dpif_flow_stats *stats)
{
    struct side *side = side_;
    struct vm_aware_account *account = side->account;
    unsigned long long int orig;
    bool learning;

    atomic_add_relaxed(&side->packets, stats->n_packets, &orig);
    atomic_add_relaxed(&side->bytes, stats->n_bytes, &orig);
    atomic_read_relaxed(&account->learning, &learning);
    if (learning && side == &account->sides[VM_AWARE_SENT] && stats->n_packets
        && !eth_addr_is_zero(src)) {
        report(account, src, vlan);
    }
}
