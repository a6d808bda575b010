/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_AWARE_TABLE_H
#define VM_AWARE_TABLE_H 1

/* The decisions of one bond, for translation.
 *
 * The main thread builds a table from the engine's decisions and publishes it
 * as a whole.  A published table never changes; when the next one is
 * published, it is freed when no reader can refer to it any longer.  A look-up
 * takes no lock and has no side effect, so that ofproto/trace can use it, too.
 *
 * There are two indexes to the same entries: by the name of the interface by
 * which a frame entered the switch, and by the address that the database
 * attaches to an interface.  Learned addresses are in vm-aware-address.
 *
 * An entry that is the same in the next table is shared by both.
 *
 * Ownership: tables own their entries together; these do not own their
 * accounts.
 *
 * Thread-safety: any thread may look up entries, as a reader of RCU, and
 * destroy a table; only the main thread may build one. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vm-down.h"
#include "base/vm-reason.h"
#include "openvswitch/hmap.h"
#include "packets.h"
#include "sset.h"

struct bond;
struct ds;
struct shash;
struct vm_aware_account;
struct vm_aware_meters;
struct vm_engine;

/* The decision for the frames of one sender. */
struct vm_aware_entry {
    void *member;               /* Handle of the member, null to drop. */
    const char *member_name;    /* Its name, null to drop. */
    uint32_t meter;             /* Datapath meter for what leaves over it, or
                                 * UINT32_MAX. */
    struct vm_aware_account *account; /* Null if they are not counted. */
    bool by_mac;                /* The source MAC identifies the sender. */
    bool reverse_strict;        /* Drop what comes in for it over another
                                 * member than 'member'. */

    /* Why; see vm_aware_entry_explain(). */
    const char *vm;             /* Identity of the sender, or null... */
    const char *vm_name;        /* ...and its name, or null. */
    const char *interface;      /* Of the sender, or null. */
    enum vm_reason reason;
    const char *because;        /* Member of which 'reason' speaks, or
                                 * null... */
    enum vm_down down;          /* ...and why that is down, if it is. */

    char *text;                 /* All of these strings, one after the
                                 * other. */
};

struct vm_aware_node;           /* An entry in a table. */

struct vm_aware_table {
    struct hmap by_name;
    struct hmap by_mac;
    struct vm_aware_node *nodes; /* Sorted by name. */
    size_t n_nodes;
    unsigned int n_handle_changes; /* When it was built. */
    struct sset members;        /* Their names. */
    struct vm_aware_entry host; /* For frames of the switch itself. */
    struct vm_aware_entry unidentified; /* For all others. */
    bool lacp_negotiated;       /* The partner chooses over which member a
                                 * frame comes in: do not check that. */
    bool single_source;         /* Frames with a source of the switch leave
                                 * over the host's member: false with LACP,
                                 * or if the operator says so. */
};

/* Builds the table of the decisions of the engine of 'bond'.  'accounts' maps
 * the name of each interface to its account.  'n_handle_changes' counts how
 * often a member has got another handle under its name.  'old', which may be
 * null, is the table before.
 *
 * What the engine has decided as before, according to its version, is taken
 * over as it is, unless a handle has changed or its meter has got another
 * number.  Its account is the same: an interface with another account is
 * another one to the engine, too, and has another version. */
struct vm_aware_table *vm_aware_table_build(const struct vm_engine *,
                                            const struct bond *,
                                            const struct vm_aware_meters *,
                                            const struct shash *accounts,
                                            unsigned int n_handle_changes,
                                            const struct vm_aware_table *old);
void vm_aware_table_destroy(struct vm_aware_table *);

/* Appends the sender, the member and the reason.  This is only composed for
 * those who ask, as many entries change at the loss of a member. */
void vm_aware_entry_explain(const struct vm_aware_entry *, struct ds *);

const struct vm_aware_entry *vm_aware_table_find_interface(
    const struct vm_aware_table *, const char *name);
const struct vm_aware_entry *vm_aware_table_find_attached(
    const struct vm_aware_table *, struct eth_addr);

#endif /* vm-aware-table.h */
