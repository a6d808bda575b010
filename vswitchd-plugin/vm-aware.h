/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_H
#define VM_AWARE_H 1

/* The bond class "vm-aware": one engine per bond.
 *
 * This room joins the others.  In each iteration of the main loop it tells the
 * engine what the bond and the database say, runs it and performs the actions
 * that it returns; the engine decides, nobody here does:
 *
 *     bond.c ------> members --+             +--> vm-aware-table (publish)
 *     vm-aware-db -> policies --> vm_engine --+--> vm-aware-announce (RARP)
 *     vm-aware-account -> load-+             +--> log
 *     vm-aware-meter --> drops-+             +--> vm-aware-meter (rates)
 *
 * Threads: everything declared here belongs to the main thread, except the
 * member 'table', which any thread may read under RCU. */

#include "bond-provider.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "ovs-rcu.h"
#include "sset.h"
#include "svec.h"
#include "vm-aware-meter.h"

struct vm_aware_account;
struct vm_aware_table;
struct vm_engine;

struct vm_aware {
    struct bond_impl up;        /* Immutable. */
    struct bond *bond;          /* Immutable. */
    struct ofproto_dpif *ofproto; /* Immutable. */

    /* What handlers and revalidators read. */
    OVSRCU_TYPE(struct vm_aware_table *) table;

    /* The main thread's. */
    struct ovs_list list_node;  /* In 'vm_aware_bonds'. */
    struct vm_engine *engine;
    struct shash member_configs; /* Member name to "struct smap" of its
                                  * Interface:other_config. */
    struct shash accounts;      /* Interface name to
                                 * "struct vm_aware_account *". */
    struct vm_aware_meters meters;
    struct shash divided;       /* What was divided of drops, by VM. */
    struct sset held;           /* Identities of VMs that are held. */

    /* What waits until flows are being revalidated, see vm_aware_run(). */
    struct sset waiting_announces; /* Slots to be announced. */
    struct svec waiting_lines;  /* Of the log. */

    long long int forget_at;    /* When to hear of all MACs again, ms. */
    struct vm_aware_account **retired; /* Of interfaces that are gone. */
    size_t n_retired, allocated_retired;
    bool is_access;             /* The bond is an access port: its frames are
                                 * untagged, whatever their VLAN. */
    bool lacp_negotiated;       /* As of the last publication. */
    bool publish;               /* The table is out of date. */
};

extern struct ovs_list vm_aware_bonds;

#define VM_AWARE_FOR_EACH_BOND(VA) LIST_FOR_EACH (VA, list_node, \
                                                  &vm_aware_bonds)

struct vm_aware *vm_aware_cast(const struct bond_impl *);
const char *vm_aware_name(const struct vm_aware *);
struct vm_aware *vm_aware_find(const char *bond);

void vm_aware_update(struct vm_aware *, long long int now);
void vm_aware_retire_account(struct vm_aware *, struct vm_aware_account *);
void vm_aware_refresh_counters(struct vm_aware *, long long int now);

#endif /* vm-aware.h */
