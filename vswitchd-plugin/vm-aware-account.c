/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "vm-aware-account.h"

#include "dpif.h"
#include "engine/vm-engine.h"
#include "hash.h"
#include "model/vm-entity.h"
#include "openvswitch/shash.h"
#include "ovs-rcu.h"
#include "sset.h"
#include "util.h"
#include "vm-aware-learned.h"

/* Pairs remembered as reported, per interface.  A power of two. */
#define CACHE_SIZE 16

struct cache {
    atomic_uint64_t reported[CACHE_SIZE]; /* MAC << 16 | VLAN, 0 if none. */
};

/* The most pairs that one interface reports before the main thread calls
 * vm_aware_account_renew(). */
#define MAX_REPORTS 64

struct count {
    atomic_ullong packets;
    atomic_ullong bytes;
};

struct side {
    struct vm_aware_reporter *reporter;
};

/* What translations since the last vm_aware_account_begin() credit.  Its
 * references keep the account. */
struct vm_aware_reporter {
    struct vm_aware_account *account;
    struct ovs_refcount ref_cnt;
    struct side sides[VM_AWARE_N_SIDES];
    atomic_bool learning;       /* Reports its addresses. */
    atomic_uint32_t n_reports;  /* Since the last renewal. */
    ATOMIC(struct cache *) cache; /* Null until it reports. */
};

struct vm_aware_account {
    char *interface;            /* Immutable. */
    struct vm_aware_learned_queue *queue; /* Immutable. */
    struct ovs_refcount ref_cnt; /* One of each reporter. */
    struct count counts[VM_AWARE_N_SIDES];
    OVSRCU_TYPE(struct vm_aware_reporter *) reporter; /* The present one. */

    /* The main thread's. */
    struct vm_aware_part part;
    uint64_t told_bytes;      /* As news, */
    bool any_told;              /* if any was. */
};

/* Something was credited to an account since get_credit_seqno(), or one is
 * new.  Mostly it is true already when something is, so that threads do not
 * compete for it. */
static atomic_bool credited = true;

/* Returns the present reporter, in the main thread. */
static struct vm_aware_reporter *
get_reporter(const struct vm_aware_account *account)
{
    return ovsrcu_get_protected(struct vm_aware_reporter *,
                                &account->reporter);
}

static struct cache *
reporter_get_cache(struct vm_aware_reporter *reporter)
{
    struct cache *cache;

    atomic_read(&reporter->cache, &cache);
    return cache;
}

/* Returns the cache of 'reporter'.  It is made for the first report, so that
 * an interface that sends nothing has none. */
static struct cache *
reporter_make_cache(struct vm_aware_reporter *reporter)
{
    struct cache *cache = reporter_get_cache(reporter);

    if (!cache) {
        struct cache *new = xmalloc(sizeof *new);

        for (size_t i = 0; i < CACHE_SIZE; i++) {
            atomic_init(&new->reported[i], 0);
        }
        if (atomic_compare_exchange_strong(&reporter->cache, &cache, new)) {
            cache = new;
        } else {
            free(new);
        }
    }
    return cache;
}

static struct vm_aware_reporter *
reporter_create(struct vm_aware_account *account, bool learning)
{
    struct vm_aware_reporter *reporter = xzalloc(sizeof *reporter);

    reporter->account = account;
    ovs_refcount_ref(&account->ref_cnt);
    ovs_refcount_init(&reporter->ref_cnt);
    for (size_t i = 0; i < VM_AWARE_N_SIDES; i++) {
        reporter->sides[i].reporter = reporter;
    }
    atomic_init(&reporter->learning, learning);
    atomic_init(&reporter->n_reports, 0);
    atomic_init(&reporter->cache, NULL);
    return reporter;
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
        atomic_init(&account->counts[i].packets, 0);
        atomic_init(&account->counts[i].bytes, 0);
    }
    ovsrcu_init(&account->reporter, reporter_create(account, false));
    account_unref(account);
    atomic_store(&credited, true);
    return account;
}

static void
reporter_unref(struct vm_aware_reporter *reporter)
{
    if (ovs_refcount_unref(&reporter->ref_cnt) == 1) {
        account_unref(reporter->account);
        free(reporter_get_cache(reporter));
        free(reporter);
    }
}

/* Gives up the creator's reference when no translation that is under way now
 * can find the account any more. */
void
vm_aware_account_postpone_unref(struct vm_aware_account *account)
{
    ovsrcu_postpone(reporter_unref, get_reporter(account));
}

static void
read_count(const struct vm_aware_account *account, enum vm_aware_side side,
           uint64_t *packets, uint64_t *bytes)
{
    struct count *count = CONST_CAST(struct count *, &account->counts[side]);
    unsigned long long int value;

    atomic_read(&count->packets, &value);
    *packets = value;
    atomic_read(&count->bytes, &value);
    *bytes = value;
}

/* Stores in '*counters' all that has been credited to 'account' so far. */
void
vm_aware_account_read(const struct vm_aware_account *account,
                      struct vm_counters *counters)
{
    uint64_t reverse_mismatch_bytes;

    read_count(account, VM_AWARE_SENT,
               &counters->tx_packets, &counters->tx_bytes);
    read_count(account, VM_AWARE_DROPPED,
               &counters->dropped_packets, &counters->dropped_bytes);
    read_count(account, VM_AWARE_REVERSE_MISMATCH,
               &counters->reverse_mismatch_packets, &reverse_mismatch_bytes);
}

/* Returns the sum of all bytes that were credited to 'account'.  Those of a
 * frame are credited after the frame itself. */
static uint64_t
sum_bytes(const struct vm_aware_account *account)
{
    unsigned long long int sum = 0;

    for (size_t i = 0; i < VM_AWARE_N_SIDES; i++) {
        struct count *count = CONST_CAST(struct count *, &account->counts[i]);
        unsigned long long int bytes;

        atomic_read(&count->bytes, &bytes);
        sum += bytes;
    }
    return sum;
}

/* Returns true if something was credited to 'account' since the last call, or
 * if this is the first one. */
static bool
has_news(struct vm_aware_account *account)
{
    uint64_t sum = sum_bytes(account);
    bool news = !account->any_told || sum != account->told_bytes;

    account->told_bytes = sum;
    account->any_told = true;
    return news;
}

/* Returns a number that changes whenever something may have been credited to
 * any account since the last call.  Sequential consistency makes sure that
 * what is credited without setting 'credited' again is read afterwards. */
static unsigned int
get_credit_seqno(void)
{
    static unsigned int seqno;
    bool news = true;

    if (atomic_compare_exchange_strong(&credited, &news, false)) {
        seqno++;
    }
    return seqno;
}

/* Tells 'engine' what 'accounts', by the names of their interfaces, say: 'all'
 * of them, or only those to which something was credited since the last
 * vm_aware_accounts_tell_news(). */
void
vm_aware_accounts_tell(const struct shash *accounts, bool all,
                       struct vm_engine *engine, long long int now)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, accounts) {
        const struct vm_aware_account *account = node->data;
        struct vm_counters counters;

        if (!all && account->any_told
            && account->told_bytes == sum_bytes(account)) {
            continue;
        }
        vm_aware_account_read(node->data, &counters);
        vm_engine_set_counters(engine, node->name, &counters, now);
    }
}

/* The same for what is new since the last call with these 'accounts', and adds
 * the names of those for which anything is to 'senders'.  'seqno' is 0 at
 * first, and belongs to 'accounts'. */
void
vm_aware_accounts_tell_news(const struct shash *accounts,
                            unsigned int *seqno, struct vm_engine *engine,
                            struct sset *senders, long long int now)
{
    unsigned int latest = get_credit_seqno();
    const struct shash_node *node;

    if (*seqno == latest) {
        return;
    }
    *seqno = latest;
    SHASH_FOR_EACH (node, accounts) {
        struct vm_counters counters;

        if (has_news(node->data)) {
            sset_add(senders, node->name);
            vm_aware_account_read(node->data, &counters);
            vm_engine_set_counters(engine, node->name, &counters, now);
        }
    }
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
    struct vm_aware_reporter *reporter = get_reporter(account);
    struct cache *cache = reporter_get_cache(reporter);

    atomic_store_relaxed(&reporter->n_reports, 0);
    for (size_t i = 0; forget && cache && i < CACHE_SIZE; i++) {
        atomic_store_relaxed(&cache->reported[i], 0);
    }
}

/* Sets whether the interface reports its addresses.  At first it does not. */
void
vm_aware_account_set_learning(struct vm_aware_account *account, bool learning)
{
    atomic_store_relaxed(&get_reporter(account)->learning, learning);
}

bool
vm_aware_account_is_learning(const struct vm_aware_account *account)
{
    bool learning;

    atomic_read_relaxed(&get_reporter(account)->learning, &learning);
    return learning;
}

/* Lets nothing be reported for translations before now any more, and begins to
 * learn anew. */
void
vm_aware_account_begin(struct vm_aware_account *account)
{
    struct vm_aware_reporter *old = get_reporter(account);

    atomic_store_relaxed(&old->learning, false);
    ovsrcu_set(&account->reporter, reporter_create(account, true));
    ovsrcu_postpone(reporter_unref, old);
}

void *
vm_aware_account_side(struct vm_aware_account *account,
                      enum vm_aware_side side)
{
    return (account
            ? &ovsrcu_get(struct vm_aware_reporter *,
                          &account->reporter)->sides[side]
            : NULL);
}

void
vm_aware_side_ref(void *side_)
{
    struct side *side = side_;

    ovs_refcount_ref(&side->reporter->ref_cnt);
}

void
vm_aware_side_unref(void *side_)
{
    struct side *side = side_;

    reporter_unref(side->reporter);
}

/* Reports that the far end now knows the interface as 'mac' in 'vlan', unless
 * that was reported lately or the interface has reported too much. */
static void
report(struct vm_aware_reporter *reporter, struct eth_addr mac, uint16_t vlan)
{
    struct vm_aware_account *account = reporter->account;
    uint64_t pair = eth_addr_to_uint64(mac) << 16 | vlan;
    size_t slot = hash_uint64(pair) & (CACHE_SIZE - 1);
    struct cache *cache = reporter_make_cache(reporter);
    uint64_t known;
    uint32_t n;

    atomic_read_relaxed(&cache->reported[slot], &known);
    if (known == pair) {
        return;
    }
    atomic_read_relaxed(&reporter->n_reports, &n);
    if (n < MAX_REPORTS) {
        atomic_store_relaxed(&reporter->n_reports, n + 1);
        atomic_store_relaxed(&cache->reported[slot], pair);
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
    struct vm_aware_reporter *reporter = side->reporter;
    enum vm_aware_side which = side - reporter->sides;
    struct count *count = &reporter->account->counts[which];
    unsigned long long int orig;
    bool learning, known;

    atomic_add(&count->packets, stats->n_packets, &orig);
    atomic_add(&count->bytes, stats->n_bytes, &orig);
    atomic_read(&credited, &known);
    if (!known) {
        atomic_store(&credited, true);
    }
    atomic_read_relaxed(&reporter->learning, &learning);
    if (learning && which == VM_AWARE_SENT && stats->n_packets
        && !eth_addr_is_zero(src)) {
        report(reporter, src, vlan);
    }
}
