/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_BOND_H
#define VM_AWARE_BOND_H 1

/* One bond with bond_mode=vm-aware: its engine, with its inputs and outputs.
 *
 * In each iteration of the main loop the bond passes the state of bond.c and
 * of the datapath to its engine, runs it and performs the actions that it
 * returns.  All decisions are the engine's:
 *
 *     bond.c ---------> members --+             +--> vm-aware-table (publish)
 *     vm-aware-configure > VMs ---+             +--> vm-aware-announce (RARP)
 *     vm-aware-account --> loads -+-- vm_engine +--> vm-aware-log
 *     vm-aware-meter ---> drops --+             +--> vm-aware-meter (rates)
 *     vm-aware-learning > MACs ---+             +--> vm-aware-address
 *
 * A bond knows of no other bond, of no database and of no command.  A module
 * above it learns from vm_engine_seqno() that something about its VMs has
 * changed.
 *
 * Ownership: a bond owns all that it contains.
 *
 * Thread-safety: only the main thread may use a bond, except that any thread
 * may read 'table' and 'addresses' under RCU. */

#include "bond-provider.h"
#include "model/vm-tag.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "ovs-rcu.h"
#include "sset.h"
#include "vm-aware-address.h"
#include "vm-aware-announce.h"
#include "vm-aware-learning.h"
#include "vm-aware-log.h"
#include "vm-aware-meter.h"
#include "vm-aware-port-status.h"

struct vm_aware_account;
struct vm_aware_owners;
struct vm_aware_table;
struct vm_engine;

struct vm_aware_bond {
    struct bond_impl up;        /* Immutable. */
    struct bond *bond;          /* Immutable. */
    struct ofproto_dpif *ofproto; /* Immutable. */

    /* What handlers and revalidators read. */
    OVSRCU_TYPE(struct vm_aware_table *) table;
    struct vm_aware_addresses addresses;

    /* The main thread's. */
    struct ovs_list list_node;  /* In the list of all bonds. */
    struct vm_engine *engine;
    struct shash member_configs; /* Member name to "struct smap" of its
                                  * Interface:other_config. */
    struct shash devices;       /* See vm-aware-device.h. */
    struct shash handles;       /* Member name to its handle... */
    unsigned int n_handle_changes; /* ...and changes of that. */
    struct shash accounts;      /* Interface name to
                                 * "struct vm_aware_account *". */
    unsigned int credit_seqno;  /* Of the news of these. */
    struct vm_aware_meters meters;
    struct shash divided;       /* What was divided of drops, by VM. */
    struct sset senders;        /* Interfaces that sent something, according to
                                 * the last complete reading... */
    bool senders_are_new;       /* ...which vm-aware-host has yet to see. */
    struct sset bridges;        /* Names of those that can reach the bond. */
    bool native_tunneling;      /* The switch itself sends tunnels' frames. */
    struct shash patch_ports;   /* Names of their patch ports to "struct
                                 * vm_tag_port". */
    unsigned int n_patch_changes; /* Changes of the VLANs of these. */
    unsigned int n_way_changes; /* Of these and of 'tag_port', when
                                 * interfaces were last looked at. */
    struct sset rerouted;       /* Interfaces of which nothing is learned until
                                 * translation knows their VLANs. */
    struct shash misplaced;     /* See vm-aware-misplaced.h. */
    struct vm_aware_port_status port_status;

    /* What waits until flows are being revalidated. */
    struct vm_aware_announcer announcer;
    unsigned int announce_round; /* See vm_aware_host_count_announcing(). */
    struct vm_aware_log log;

    struct vm_aware_learning learning;
    struct vm_aware_account **retired; /* Of interfaces that are gone. */
    size_t n_retired, allocated_retired;
    struct vm_tag_port tag_port; /* Its VLANs. */
    unsigned int n_tag_changes; /* Changes of it. */
    unsigned int n_bond_changes; /* vm_aware_host_bond_changes() when the
                                  * interfaces were last looked at. */
    bool configured;            /* The interfaces that were there before the
                                 * bond had its mode are known. */
    bool publish;               /* The table is out of date. */
    bool flows_first;           /* It was published in this iteration of the
                                 * main loop: status is written in the next. */
    long long int read_at;      /* Last complete reading of counters, ms. */
    uint64_t routes_seqno;      /* Of the routes that flows into tunnels of
                                 * the kernel follow. */
};

struct vm_aware_bond *vm_aware_bond_cast(const struct bond_impl *);
const char *vm_aware_bond_name(const struct vm_aware_bond *);
const char *vm_aware_bond_bridge(const struct vm_aware_bond *);

/* Who has which address, for as long as the bond exists. */
struct vm_aware_owners vm_aware_bond_owners(struct vm_aware_bond *);

struct vm_aware_bond *vm_aware_bond_create(const struct bond_class *,
                                           struct bond *, const char *name,
                                           struct ofproto_dpif *);
void vm_aware_bond_destroy(struct vm_aware_bond *);

/* The main loop.  vm_aware_bond_run() announces and logs the decisions of the
 * last run and then calls vm_aware_bond_update(), which passes news to the
 * engine and performs its actions.  The latter must also be called when
 * configuration has changed.  'n_announcing' bonds have something to
 * announce. */
void vm_aware_bond_run(struct vm_aware_bond *, size_t n_announcing);
void vm_aware_bond_wait(const struct vm_aware_bond *);
void vm_aware_bond_update(struct vm_aware_bond *, long long int now);

/* Has flows revalidated once in the next iteration of the main loop. */
void vm_aware_bond_revalidate(const struct vm_aware_bond *);

/* All flow statistics have just been accounted: tells the engine what is new,
 * and does what waits for that, in the same iteration of the main loop. */
void vm_aware_bond_accounted(struct vm_aware_bond *);

/* Brings the engine's counters up to date: those of 'all' interfaces, or of
 * those that have sent something since all flow statistics were accounted. */
void vm_aware_bond_refresh_counters(struct vm_aware_bond *, bool all,
                                    long long int now);

#endif /* vm-aware-bond.h */
