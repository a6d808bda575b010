/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-account.h"

#include <string.h>

#include "coverage.h"
#include "dpif.h"
#include "hash.h"
#include "ovs-rcu.h"
#include "ovs-thread.h"
#include "seq.h"
#include "util.h"
#include "vm-inventory.h"

COVERAGE_DEFINE(vm_aware_sighting);
COVERAGE_DEFINE(vm_aware_sighting_lost);

/* Pairs remembered as reported, per interface.  A power of two. */
#define CACHE_SIZE 16

/* Sightings that may wait for the main thread. */
#define MAX_SIGHTINGS 8192

struct side {
    struct vm_aware_account *account;
    atomic_ullong packets;
    atomic_ullong bytes;
};

struct vm_aware_account {
    char *bond;                 /* Immutable. */
    char *interface;            /* Immutable. */
    struct ovs_refcount ref_cnt;
    struct vm_aware_part part;  /* The main thread's. */
    struct side sides[VM_AWARE_N_SIDES];
    atomic_uint64_t reported[CACHE_SIZE]; /* MAC << 16 | VLAN, 0 if none. */
};

static struct ovs_mutex mailbox_mutex = OVS_MUTEX_INITIALIZER;
static struct vm_aware_sighting *mailbox OVS_GUARDED_BY(mailbox_mutex);
static size_t n_mailbox OVS_GUARDED_BY(mailbox_mutex);
static size_t allocated_mailbox OVS_GUARDED_BY(mailbox_mutex);

/* Changes when the mailbox gets its first letter. */
static struct seq *
mailbox_seq(void)
{
    static struct ovsthread_once once = OVSTHREAD_ONCE_INITIALIZER;
    static struct seq *seq;

    if (ovsthread_once_start(&once)) {
        seq = seq_create();
        ovsthread_once_done(&once);
    }
    return seq;
}

struct vm_aware_account *
vm_aware_account_create(const char *bond, const char *interface)
{
    struct vm_aware_account *account = xzalloc(sizeof *account);

    account->bond = xstrdup(bond);
    account->interface = xstrdup(interface);
    ovs_refcount_init(&account->ref_cnt);
    for (size_t i = 0; i < VM_AWARE_N_SIDES; i++) {
        account->sides[i].account = account;
        atomic_init(&account->sides[i].packets, 0);
        atomic_init(&account->sides[i].bytes, 0);
    }
    for (size_t i = 0; i < CACHE_SIZE; i++) {
        atomic_init(&account->reported[i], 0);
    }
    return account;
}

static void
account_unref(struct vm_aware_account *account)
{
    if (ovs_refcount_unref(&account->ref_cnt) == 1) {
        free(account->bond);
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
    uint64_t wrong_leg_bytes;

    read_side(&account->sides[VM_AWARE_SENT],
              &counters->tx_packets, &counters->tx_bytes);
    read_side(&account->sides[VM_AWARE_DROPPED],
              &counters->dropped_packets, &counters->dropped_bytes);
    read_side(&account->sides[VM_AWARE_WRONG_LEG],
              &counters->wrong_leg_packets, &wrong_leg_bytes);
}

/* Returns the part that the interface has in what meters dropped. */
struct vm_aware_part *
vm_aware_account_part(struct vm_aware_account *account)
{
    return &account->part;
}

/* Makes all pairs that are in use be reported again. */
void
vm_aware_account_forget_macs(struct vm_aware_account *account)
{
    for (size_t i = 0; i < CACHE_SIZE; i++) {
        atomic_store_relaxed(&account->reported[i], 0);
    }
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

static void
put_letter(const struct vm_aware_account *account, struct eth_addr mac,
           uint16_t vlan)
{
    bool first = false;

    ovs_mutex_lock(&mailbox_mutex);
    if (n_mailbox < MAX_SIGHTINGS) {
        if (n_mailbox >= allocated_mailbox) {
            mailbox = x2nrealloc(mailbox, &allocated_mailbox,
                                 sizeof *mailbox);
        }
        first = !n_mailbox;
        mailbox[n_mailbox++] = (struct vm_aware_sighting) {
            .bond = xstrdup(account->bond),
            .interface = xstrdup(account->interface),
            .mac = mac,
            .vlan = vlan,
        };
        COVERAGE_INC(vm_aware_sighting);
    } else {
        COVERAGE_INC(vm_aware_sighting_lost);
    }
    ovs_mutex_unlock(&mailbox_mutex);

    if (first) {
        seq_change(mailbox_seq());
    }
}

/* Reports that the far end now knows 'account' as 'mac' in 'vlan', unless that
 * was reported lately. */
static void
report(struct vm_aware_account *account, struct eth_addr mac, uint16_t vlan)
{
    uint64_t pair = eth_addr_to_uint64(mac) << 16 | vlan;
    size_t slot = hash_uint64(pair) & (CACHE_SIZE - 1);
    uint64_t known;

    atomic_read_relaxed(&account->reported[slot], &known);
    if (known != pair) {
        atomic_store_relaxed(&account->reported[slot], pair);
        put_letter(account, mac, vlan);
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

    atomic_add_relaxed(&side->packets, stats->n_packets, &orig);
    atomic_add_relaxed(&side->bytes, stats->n_bytes, &orig);
    if (side == &account->sides[VM_AWARE_SENT] && stats->n_packets
        && !eth_addr_is_zero(src)) {
        report(account, src, vlan);
    }
}

/* Empties the mailbox into '*sightings', which the caller frees with
 * vm_aware_sightings_free().  Returns their number. */
size_t
vm_aware_sightings_take(struct vm_aware_sighting **sightings)
{
    size_t n;

    ovs_mutex_lock(&mailbox_mutex);
    *sightings = mailbox;
    n = n_mailbox;
    mailbox = NULL;
    n_mailbox = allocated_mailbox = 0;
    ovs_mutex_unlock(&mailbox_mutex);

    return n;
}

void
vm_aware_sightings_free(struct vm_aware_sighting *sightings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(sightings[i].bond);
        free(sightings[i].interface);
    }
    free(sightings);
}

/* Wakes up poll_block() when there is something in the mailbox. */
void
vm_aware_sightings_wait(void)
{
    uint64_t seqno = seq_read(mailbox_seq());
    bool empty;

    ovs_mutex_lock(&mailbox_mutex);
    empty = !n_mailbox;
    ovs_mutex_unlock(&mailbox_mutex);

    seq_wait(mailbox_seq(), empty ? seqno : seqno - 1);
}
