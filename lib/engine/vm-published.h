/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_PUBLISHED_H
#define VM_PUBLISHED_H 1

/* The forwarding published last, as text: the line of each interface is in the
 * interface ("published_line").  Only the lines of slots that may have changed
 * are composed again.
 *
 * Ownership: the caller owns the structure, and the inventory the lines.
 *
 * Thread-safety: none; the caller is the engine that owns the inventory. */

#include <stdbool.h>

#include "model/vm-inventory.h"

struct ds;

struct vm_published {
    char *common;               /* All but the lines of interfaces, null before
                                 * the first time. */
    bool with_mac;              /* The lines tell attached addresses. */
    unsigned int last_version;  /* Of an interface. */
};

void vm_published_destroy(struct vm_published *);

/* Updates the text and returns true if it has changed.  That takes that slots
 * were 'placed' since the last update, namely those of the endpoints in
 * 'inventory->place', or that slots of the endpoints in 'remetered', which is
 * cleared, have got another meter; with vm-aware-reverse-path=drop, addresses
 * and time suffice.  Notes the news of the inventory. */
bool vm_published_update(struct vm_published *, struct vm_inventory *,
                         const struct vm_bond_config *, bool placed,
                         struct vm_changes *remetered, long long int now);

/* Appends all of the text, in the order of vm_forwarding_format(). */
void vm_published_format(const struct vm_published *,
                         const struct vm_inventory *, struct ds *);

#endif /* vm-published.h */
