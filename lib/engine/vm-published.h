/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_PUBLISHED_H
#define VM_PUBLISHED_H 1

/* The forwarding published last, as far as it takes to know whether it has
 * changed: a fingerprint in each interface ("print"), and all else as text.
 * Only the fingerprints of slots that may have changed are made again.
 *
 * Ownership: the caller owns the structure.
 *
 * Thread-safety: none; the caller is the engine that owns the inventory. */

#include <stdbool.h>

#include "model/vm-inventory.h"

struct ds;
struct vm_forwarding;

/* What is new. */
enum vm_published_news {
    VM_PUBLISHED_NOTHING,
    VM_PUBLISHED_TEXT,          /* Only names of VMs, and why a member is down,
                                 * which are told to people. */
    VM_PUBLISHED_FORWARDING
};

struct vm_published {
    char *common;               /* All but what concerns a single interface,
                                 * null before the first time. */
    bool with_mac;              /* Attached addresses matter. */
    unsigned int last_version;  /* Of an interface. */
};

void vm_published_destroy(struct vm_published *);

/* Brings it up to date and returns what has changed.  That takes that
 * slots were 'placed' since the last update, namely those of the endpoints
 * in 'inventory->place', or that slots of the endpoints in 'remetered',
 * which is cleared, have got another meter; with
 * vm-aware-reverse-path=drop, addresses and time suffice.  Notes the news
 * of the inventory. */
enum vm_published_news vm_published_update(
    struct vm_published *, struct vm_inventory *,
    const struct vm_bond_config *, bool placed, struct vm_changes *remetered,
    long long int now);

/* Appends a line for each interface of which something else is published than
 * 'forwarding' tells.  The same for what concerns no single interface. */
void vm_published_check(const struct vm_published *,
                        const struct vm_inventory *,
                        const struct vm_forwarding *, struct ds *differences);

#endif /* vm-published.h */
