/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_TABLE_H
#define VM_AWARE_TABLE_H 1

/* The decisions of one bond as translation reads them.
 *
 * A table is built by the main thread from the engine's decisions, published
 * as a whole and never changed afterwards; the one before is freed when no
 * reader can have it any more.  A look-up takes no lock and has no side
 * effect, so it serves ofproto/trace as well.
 *
 * Two indexes lead to the same entries: by the name of the interface by which
 * a frame entered the switch, and by the address that the database attaches
 * to an interface.  Learned addresses are in vm-aware-address.
 *
 * Thread-safety: look-ups from any thread, as readers of RCU. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "openvswitch/shash.h"
#include "packets.h"

struct bond;
struct vm_aware_account;
struct vm_aware_meters;
struct vm_engine;

/* What to do with the frames of one sender. */
struct vm_aware_entry {
    void *member;               /* Handle of the member, null to drop. */
    uint32_t meter;             /* Datapath meter for what leaves over it, or
                                 * UINT32_MAX. */
    struct vm_aware_account *account; /* Null if nobody counts them. */
    bool by_mac;                /* Ask again, by source MAC. */
    bool reverse_strict;        /* Drop what comes in for it over another
                                 * member than 'member'. */
    char *why;                  /* Who it is, and where and why it goes. */
};

struct vm_aware_table {
    struct shash by_name;       /* To "struct vm_aware_entry *". */
    struct hmap by_mac;
    struct vm_aware_entry *entries;
    size_t n_entries;
    struct vm_aware_entry host; /* What the switch itself sends. */
    struct vm_aware_entry unidentified; /* All others. */
    bool check_reverse;         /* Which member a frame comes in by means
                                 * something: no LACP partner chose it. */
};

/* Makes a table of what the engine of 'bond' has decided.  'accounts' maps
 * interfaces' names to their accounts. */
struct vm_aware_table *vm_aware_table_build(const struct vm_engine *,
                                            const struct bond *,
                                            const struct vm_aware_meters *,
                                            const struct shash *accounts);
void vm_aware_table_destroy(struct vm_aware_table *);

const struct vm_aware_entry *vm_aware_table_find_interface(
    const struct vm_aware_table *, const char *name);
const struct vm_aware_entry *vm_aware_table_find_attached(
    const struct vm_aware_table *, struct eth_addr);

#endif /* vm-aware-table.h */
